"""The work of the pool by name: what asks for it loads nothing of what does it.

A process of the pool has the code of all work, the gateway itself none of it. So it is there sooner, and is smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Generic, ParamSpec, TypeVar

from gateway.shell.ledger_heard import Match
from gateway.shell.work_jobs import AgainJob, AnswerJob, ReadDone, ReadJob, Reply, ToolDone, ToolJob
from gateway.specs import Limits

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Work(Generic[P, T]):
    """A function of one of our modules. It is called as itself, wherever that is done."""

    module: str
    function: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """Load it, the first time, and run it."""
        found: T = getattr(import_module(self.module), self.function)(*args, **kwargs)
        return found


_TABLES, _READ, _ANSWER = "gateway.shell.work_tables", "gateway.shell.work", "gateway.shell.work_answer"
_TOOLS, _AGAIN = "gateway.shell.work_tools", "gateway.shell.work_again"

LOADED: Work[[], bool] = Work(_TABLES, "loaded")
CHECKED: Work[[], bool] = Work(_TABLES, "checked")

READ: Work[[ReadJob], ReadDone] = Work(_READ, "read")
HEAR: Work[[bytes, Limits], list[Match]] = Work(_READ, "hear")
ANSWER: Work[[AnswerJob], Reply] = Work(_ANSWER, "answer")
RENEW: Work[[AgainJob], bytes] = Work(_AGAIN, "renew")

VALIDATE: Work[[ToolJob], ToolDone] = Work(_TOOLS, "validate")
TRANSLATE: Work[[ToolJob], ToolDone] = Work(_TOOLS, "translate")
EXPLAIN: Work[[bytes, str, Limits, int, str], bytes | None] = Work(_TOOLS, "explain")
TARGETS: Work[[], list[str]] = Work(_TOOLS, "targets")
PROFILES: Work[[], tuple[str, ...]] = Work(_TOOLS, "profiles")
PREPARE: Work[[Sequence[str]], None] = Work(_TOOLS, "prepare")
UNKNOWN_TARGETS: Work[[Sequence[str]], list[str]] = Work(_TOOLS, "unknown_targets")
