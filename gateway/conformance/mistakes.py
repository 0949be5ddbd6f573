"""What a user of the suite can get wrong: one list, so that the command line knows them all."""

from __future__ import annotations

from gateway.conformance.attest import StatementError
from gateway.conformance.baseline import BaselineError
from gateway.conformance.ids import LockError
from gateway.conformance.profiles import ProfileError
from gateway.conformance.results import ResultsError
from gateway.conformance.selection import SelectionError
from gateway.conformance.targets import TargetError
from gateway.conformance.targets.endpoint import EndpointError
from gateway.conformance.targets.program import ProgramError
from gateway.conformance.tasks import TaskError

MISTAKES: tuple[type[ValueError], ...] = (
    BaselineError,
    EndpointError,
    LockError,
    ProfileError,
    ProgramError,
    ResultsError,
    SelectionError,
    StatementError,
    TargetError,
    TaskError,
)
