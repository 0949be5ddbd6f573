"""Answers of every format, read by code of the suite's own.

Lives here: which reader reads which answer. Each says what the answer tells, and what is wrong
with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.catair import answers as catair
from gateway.conformance.edifact import answers as edifact
from gateway.conformance.json import answers as json
from gateway.conformance.wco import answers as wco
from gateway.conformance.x12 import answers as x12

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.model import Ack

_READERS: Mapping[str, Callable[[bytes, bytes], tuple[tuple[Ack, ...], tuple[str, ...]]]] = {
    "x12": x12.read,
    "catair": catair.read,
    "wco": wco.read,
    "json": json.read,
    "edifact": edifact.read,
}


def read_answer(form: str, answer: bytes, received: bytes) -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says and its flaws; nothing for a format without a reader."""
    reader = _READERS.get(form)
    return reader(answer, received) if reader is not None else ((), ())
