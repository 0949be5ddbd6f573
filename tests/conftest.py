"""What holds for every test: no chance and no clock; and the counts that a run tells at its end beside passed and failed."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import settings

COUNTED = "counted: "
# The same examples in every run, and no limit of time that a busy machine breaks.
settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def _own_sqlite() -> Iterator[None]:
    """Open ledgers in the tests' own process by `sqlite3`, as the tests do that look into the same file.

    Two copies of SQLite in one process undo each other's locks. Processes of their own choose by themselves.
    """
    from gateway.shell import sqlite

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "suits", lambda: sqlite.library("sqlite3"))
        yield


@pytest.fixture(scope="session", autouse=True)
def _interrupts_are_heard() -> None:
    """Let processes that tests start hear Ctrl-C; the background of a script ignores it, and hands that on."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sum of each count, whichever processes the tests ran in."""
    totals: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.startswith(COUNTED):
                totals[name.removeprefix(COUNTED)] += int(value)
    for name, total in totals.items():
        terminalreporter.write_line(f"{total} {name}")
