"""Work by name: each name is a function of ours, and who asks for it loads nothing of what does it."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from importlib import import_module

import pytest

from gateway.shell import work_names
from gateway.shell.application import _handler
from gateway.shell.console import ROUTES
from gateway.shell.openapi import OPERATIONS
from gateway.shell.work_names import Work

NAMES = {name: work for name, work in vars(work_names).items() if isinstance(work, Work)}
HANDLERS = [*(one.handler for one in OPERATIONS), *(f"console.handlers.{name}" for _, _, name in ROUTES)]
DOES_WORK = (
    "gateway.entry",
    "gateway.mapping",
    "gateway.rules",
    "gateway.flow.translate",
    "asn1crypto",
    "lxml",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_a_function_that_takes_what_is_said_of_it(name):
    """Its parameters and its result are those that the type of the name has."""
    work = NAMES[name]
    function = inspect.signature(getattr(import_module(work.module), work.function))
    takes = ", ".join(str(one.annotation) for one in function.parameters.values())
    assert work_names.__annotations__[name] == f"Work[[{takes}], {function.return_annotation}]"


def test_a_name_goes_to_another_process_and_is_called_there():
    """What comes out of a pickle does the same."""
    assert pickle.loads(pickle.dumps(work_names.LOADED))() is True  # noqa: S301 - our own


@pytest.mark.parametrize("name", sorted(set(HANDLERS)))
def test_what_handles_a_request_is_there(name):
    """It is loaded with the first request for it; a wrong name may not wait for that."""
    assert callable(_handler(name))


def test_a_service_loads_nothing_of_what_does_the_work():
    """Nor what only a partner by AS2, a time-stamp or a signature in XML needs."""
    says = "import sys, gateway.shell.server; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", says], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = done.stdout.split()
    assert "gateway.shell.server" in loaded
    assert [one for one in loaded if one.startswith(DOES_WORK)] == []
