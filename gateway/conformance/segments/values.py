"""Values that an element may and may not have, and which elements of a segment stand together.

Lives here: texts made from type, length and codes, and the choice of elements that obey the
syntax notes. Never here: where a segment stands (`draft.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.conformance.segments.tables import Element, Note, Position

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
DATES = ("20260302", "20251231", "20240229", "20260915", "20270101")
_SHORT_DATES = tuple(date[2:] for date in DATES)
TIMES = ("1015", "0000", "2359", "0830")


# After so many numbers texts are the same again, and texts up to this length are kept.
_PERIOD = 468
_SHORT = 64


def value(element: Element, number: int, length: int | None = None, avoid: Iterable[str] = ()) -> str:
    """Make a legal text; `number` chooses among equals, `length` asks for one, `avoid` for others."""
    texts = _listed(element, avoid)
    if texts and (length is None or element.kind in _TIMED):
        return texts[number % len(texts)]
    return _spelt(_spelling_of(element), usual_length(element) if length is None else length, number)


def texts_of(element: Element, avoid: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the legal texts that `value` chooses from: that of a number is the one at its rest."""
    return _listed(element, avoid) or spelt(_spelling_of(element), usual_length(element))


# Dates and times are what they are, whatever length is asked for.
_TIMED = frozenset({"DT", "TM"})


def _listed(element: Element, avoid: Iterable[str]) -> tuple[str, ...]:
    """Give the texts of an element that has a list of them, none for one that is spelt."""
    if element.kind == "DT":
        return DATES if element.most >= 8 else _SHORT_DATES
    return TIMES if element.kind == "TM" else legal_codes(element, avoid)


def _spelling_of(element: Element) -> int:
    return _DIGITS if element.kind[0] in "NR" else _CAPITALS if element.kind == "A" else LETTERS_DIGITS


def legal_codes(element: Element, avoid: Iterable[str] = ()) -> tuple[str, ...]:
    """Give the codes of an element's list that fit its length."""
    if not element.codes:
        return ()
    fit, shut = _fitting(element), set(avoid)
    return tuple(code for code in fit if code not in shut) if shut else fit


@lru_cache(maxsize=4096)
def _fitting(element: Element) -> tuple[str, ...]:
    return tuple(
        code
        for code in element.codes or ()
        if element.least <= len(code) <= element.most and code == code.strip()
    )


def usual_length(element: Element) -> int:
    """Give a length inside the bounds, short but not at the edge where there is room."""
    return min(element.most, max(element.least, min(element.least + 2, 8)))


def letters(size: int, number: int) -> str:
    """Give capital letters and digits that begin with a letter."""
    return _spelt(LETTERS_DIGITS, size, number)


def capitals(size: int, number: int) -> str:
    """Give capital letters alone."""
    return _spelt(_CAPITALS, size, number)


def digits(size: int, number: int) -> str:
    """Give digits that do not begin with a zero."""
    return _spelt(_DIGITS, size, number)


LETTERS_DIGITS, _CAPITALS, _DIGITS = range(3)
# After so many numbers the texts of each are the same again.
_PERIODS = (_PERIOD, 26, 9)


def _spelt(kind: int, size: int, number: int) -> str:
    """Spell a text, or give one that was: a few make up most messages."""
    return (_kept if size <= _SHORT else _spelling)(kind, size, number % _PERIOD)


def _spelling(kind: int, size: int, number: int) -> str:
    if kind == _DIGITS:
        return "".join([str((number + at * 3) % 9 + 1) for at in range(size)])
    if kind == _CAPITALS:
        return "".join([LETTERS[(number + at * 7) % 26] for at in range(size)])
    return "".join([LETTERS[(number + at * 7) % (36 if at else 26)] for at in range(size)])


_kept = lru_cache(maxsize=8192)(_spelling)


@lru_cache(maxsize=256)
def spelt(kind: int, size: int) -> tuple[str, ...]:
    """Give every text that is spelt of letters and digits, capitals or digits, in the order of their numbers."""
    return tuple(_spelling(kind, size, number) for number in range(_PERIODS[kind]))


def foreign_code(element: Element, number: int, *, longest: bool) -> str | None:
    """Give a text of legal length that is no code of the list, None where every text is one.

    Either the shortest, chosen by the number, or the longest of the element's own type.
    """
    known = set(element.codes or ())
    sizes = list(range(element.least, element.most + 1))
    make, step = letters, 5
    if longest:
        sizes.reverse()
        make, step, number = digits if element.kind[0] in "NR" else capitals, 1, 0
    for size in sizes:
        for turn in range(60):
            text = make(size, number + turn * step + 16)
            if text not in known:
                return text
    return None


def together(
    positions: Sequence[Position], notes: Sequence[Note], wanted: Iterable[int], absent: Iterable[int] = ()
) -> set[int] | None:
    """Give the positions that stand when these are wanted and those are absent, all notes obeyed.

    None where that cannot be.
    """
    banned = {at for at, position in enumerate(positions, 1) if position.usage == "N"} | set(absent)
    must = {at for at, position in enumerate(positions, 1) if position.usage == "M"} - set(absent)
    return _complete(notes, must | set(wanted), banned, 0)


def _complete(notes: Sequence[Note], present: set[int], banned: set[int], depth: int) -> set[int] | None:
    if present & banned or depth > 30:
        return None
    for note in notes:
        if holds(note, present):
            continue
        first, *rest = note.positions
        if note.kind in {"P", "C"}:
            return _complete(notes, present | set(note.positions), banned, depth + 1)
        if note.kind == "E":
            return None
        for option in rest if note.kind == "L" else [first, *rest]:
            found = _complete(notes, present | {option}, banned, depth + 1)
            if found is not None:
                return found
        return None
    return present


def holds(note: Note, present: Iterable[int]) -> bool:
    """Tell whether a syntax note is obeyed (X12.6; D2 to D6 of ISO 9735)."""
    there = [at in set(present) for at in note.positions]
    if note.kind == "P":
        return all(there) or not any(there)
    if note.kind == "R":
        return any(there)
    if note.kind == "E":
        return sum(there) < 2
    if not there[0]:
        return True
    return all(there[1:]) if note.kind == "C" else any(there[1:])
