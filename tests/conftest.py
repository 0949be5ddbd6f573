"""What holds for every test: no chance and no clock; and the counts that a run tells at its end beside passed and failed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

COUNTED = "counted: "
# The same examples in every run, and no limit of time that a busy machine breaks.
settings.load_profile("ci")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sum of each count, whichever processes the tests ran in."""
    totals: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name.startswith(COUNTED):
                totals[name.removeprefix(COUNTED)] += int(value)
    for name, total in totals.items():
        terminalreporter.write_line(f"{total} {name}")
