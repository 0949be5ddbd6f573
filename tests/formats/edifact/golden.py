"""Writes the answer beside each bad fixture: `python -m tests.formats.edifact.golden`.

A `.ack` is what a partner would get for the file on one fixed day: the CONTRL. Where no UNB could be read,
or the message is itself an acknowledgement, there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Answer, Level, no_errors
from gateway.formats.edifact.format import FORMAT
from gateway.tree import Envelope
from tests.formats.edifact.support import FIXTURES, SPECS, read

if TYPE_CHECKING:
    from pathlib import Path

ENVELOPE = Envelope(sender="", receiver="", control=1, at="2026-11-25T12:00:00+00:00")


def bad() -> list[Path]:
    """List the bad fixtures."""
    return sorted(FIXTURES.glob("bad/*.edi"))


def acknowledged(data: bytes, level: Level = Level.SYNTAX) -> bytes:
    """Give the answer to a file about its syntax, or the refusal of what is asked of customs."""
    result = read(data)
    findings = tuple(result.all_findings())
    answer = Answer(level=level, accepted=no_errors(findings), findings=findings)
    return FORMAT.acknowledge(result, answer, ENVELOPE, SPECS)


if __name__ == "__main__":
    for file in bad():
        said = acknowledged(file.read_bytes())
        if said:
            file.with_suffix(".ack").write_bytes(said)
