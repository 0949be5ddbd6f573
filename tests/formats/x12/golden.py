"""Writes the acknowledgement beside each good fixture: `python -m tests.formats.x12.golden`.

A `.ack` is what a partner would get for the file on one fixed day: TA1, 997 or 999. What is itself an
acknowledgement has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Answer, Level, no_errors
from gateway.formats.x12.format import FORMAT
from gateway.tree import Envelope
from tests.formats.x12.support import FIXTURES, SPECS, read

if TYPE_CHECKING:
    from pathlib import Path

ENVELOPE = Envelope(sender="", receiver="", control=1, at="2026-11-25T12:00:00+00:00")


def good() -> list[Path]:
    """List the good fixtures."""
    return [file for file in sorted(FIXTURES.glob("*/*.edi")) if file.parent.name not in {"bad", "lenient"}]


def acknowledged(data: bytes) -> bytes:
    """Give the technical acknowledgement of a file."""
    result = read(data)
    found = tuple(result.all_findings())
    answer = Answer(level=Level.SYNTAX, accepted=no_errors(found), findings=found)
    return FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)


if __name__ == "__main__":
    for file in good():
        said = acknowledged(file.read_bytes())
        if said:
            file.with_suffix(".ack").write_bytes(said)
