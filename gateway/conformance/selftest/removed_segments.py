"""Constraints taken out of the tables of every format that is made of segments.

Lives here: the kinds of constraints that these tables have in common, and where each stands in them.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.segments.dialect import dialects
from gateway.conformance.selftest.removal import Removal, Row, lines, tables
from gateway.specs import data_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.conformance.segments.dialect import Dialect

_KINDS = (
    r"type/(?:letter-in-number|point-in-integer|two-points|no-leap-day|30-february|month-13|letter-in-date"
    r"|hour-24|minute-60|second-60|letter-in-time|mark-at-the-end|mark-in-front|plus-in-text|digit)$"
)
_USAGES = frozenset("MXN")
_LINE = r"^( *[A-Z]\S* +"
_CHOSEN = r"^( *[A-Z.]+)\[[^]]*\]"


def _any_length(row: Row) -> None:
    row["min"], row["max"] = "1", "9999"


def _any_type(row: Row) -> None:
    if row["type"] not in {"AN", "ID"}:
        row["type"] = "AN"


def _any_code(row: Row) -> None:
    row["codes"] = ""


def _repeating(row: Row) -> None:
    if row["repeat"] == "1":
        row["repeat"] = "99"


def _optional(letter: str, row: Row) -> None:
    if row["usage"] in _USAGES:
        row["usage"] = letter


def _unrelated(note: re.Pattern[str], row: Row) -> None:
    row["notes"] = note.sub("", row["notes"]).strip()


def _both(change: Callable[[Row], None], folder: str, root: Path) -> None:
    for name in ("segments.csv", "composites.csv"):
        tables(f"{folder}/*/{name}", change, root)


def _uncoded(elements: str, messages: str, root: Path) -> None:
    # A code that chooses a place is asked for by the line of the place as well.
    tables(elements, _any_code, root)
    lines(messages, _CHOSEN, r"\1", root)


def _of(one: Dialect) -> Iterator[Removal]:
    """Yield each kind of constraint that a format's tables have, with the cases that are about it."""
    folder, own = f"edi_specs/{one.name}", one.tables
    elements, messages = f"{folder}/*/elements.csv", f"{folder}/*/*{own.messages}"
    ends = f"{one.written.head[-1][0]}|{one.written.tail[0][0]}"
    any_place = rf"{one.name}\.(?!envelope|samples)[^/]*/(?!(?:{ends})-)"
    element = any_place + r".*-\d\d(?:-\d+)?/"
    place = any_place + r"(?!.*-\d\d(?:-\d+)?/).*"

    def removal(name: str, change: Callable[[Path], None], cases: str) -> Removal:
        return Removal(f"{one.name}/{name}", change, re.compile(cases))

    yield removal("length", partial(tables, elements, _any_length), element + "length/")
    yield removal("type", partial(tables, elements, _any_type), element + _KINDS)
    yield removal(
        "relation",
        partial(_both, partial(_unrelated, own.note), folder),
        any_place + r".*/(?:paired|required|exclusive|conditional|list)/",
    )
    yield removal(
        "element-usage", partial(_both, partial(_optional, own.optional), folder), element + "usage/"
    )
    if own.places == "position":
        yield removal("repeat", partial(tables, f"{folder}/*/segments.csv", _repeating), element + "repeats/")
    else:
        yield removal("codes", partial(_uncoded, elements, messages), any_place + ".*/code/")
    yield removal(
        "segment-usage",
        partial(lines, messages, _LINE + r")M(?= +[\d>])", rf"\1{own.optional}"),
        place + "usage/missing",
    )
    yield removal(
        "maximum", partial(lines, messages, _LINE + r"[MOC] +)\d+", r"\g<1>99999"), place + "maximum/"
    )


REMOVALS = tuple(removal for one in dialects(data_root()) for removal in _of(one))
