"""Answers of every format, read by code of the suite's own.

Lives here: which reader reads which answer. Each says what the answer tells, and what is wrong
with it.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from gateway.conformance.catair import answers as catair
from gateway.conformance.json import answers as json
from gateway.conformance.segments import answers as segments
from gateway.conformance.segments.dialect import dialect, folder
from gateway.conformance.wco import answers as wco
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.model import Ack

    Reader = Callable[[bytes, bytes], tuple[tuple[Ack, ...], tuple[str, ...]]]

_READERS: Mapping[str, Reader] = {"catair": catair.read, "wco": wco.read, "json": json.read}


@cache
def _reader(form: str) -> Reader | None:
    """Give the reader of a format, the one for segments where the format is described as made of these."""
    root = data_root()
    if (folder(root) / f"{form}.toml").is_file():
        return partial(segments.read, dialect(root, form))
    return _READERS.get(form)


def read_answer(form: str, answer: bytes, received: bytes) -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says and its flaws; nothing for a format without a reader."""
    reader = _reader(form)
    return reader(answer, received) if reader is not None else ((), ())
