"""Why a record does not fit its layout: the slow path, field by field.

The pattern of a layout accepts; only what it refuses comes here. A test holds the two
to the same verdict.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Layer, Severity
from gateway.formats.catair.cutting import BAD, upper
from gateway.specs.catair_fields import TEXT_CLASSES, WIDTH, content_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs.catair_fields import Field, Layout

CLASS_NAMES = {
    "A": "letters, then blanks",
    "AN": "letters, digits, blanks",
    "X": "printable characters",
    "C": "printable characters",
    "N": "digits, zeros in front",
    "SN": "digits at the right edge, blanks or zeros in front",
    "D": "a date",
}
MASK = "******"


class Fault(NamedTuple):
    """One rule that a record breaks; `problem` is `constraint/problem` of the code."""

    field: Field | None
    problem: str
    message: str
    expected: str = ""
    actual: str = ""
    severity: Severity = Severity.ERROR
    layer: Layer = Layer.SCHEMA


def faults(layout: Layout, text: str) -> Iterator[Fault]:
    """Yield every rule of the layout that a record breaks, in column order, relations last.

    A record of another length breaks no rule here: that was said when it was cut.
    """
    if len(text) != WIDTH:
        return
    gap = False
    turn_blank: dict[int, bool] = {}
    for field in layout.fields:
        if field.turn:
            turn_blank[field.turn] = turn_blank.get(field.turn, True) and not field.cut(text).strip(" ")
    open_turns = [turn for turn, blank in turn_blank.items() if blank]
    for field in layout.fields:
        if field.turn > 1 and turn_blank[field.turn]:
            continue
        if field.turn and not gap and any(turn < field.turn for turn in open_turns):
            gap = True
            yield Fault(
                field,
                "turn/gap",
                f"{field.title} stands behind a blank repeat; repeats fill from the left",
                layer=Layer.SYNTAX,
                actual=field.cut(text).strip(" "),
            )
        yield from _field_faults(field, text)
    for relation in layout.relations:
        if not relation.holds(text):
            keys = " ".join(field.key for field in relation.fields)
            yield Fault(
                relation.fields[0],
                f"relation/{relation.kind}",
                f"columns {keys}: {relation.why}",
                expected=f"{relation.kind} {keys}",
            )


def _field_faults(field: Field, text: str) -> Iterator[Fault]:
    raw = field.cut(text)
    value = raw.strip(" ")
    shown = MASK if field.secret else value
    if BAD.search(raw):
        yield Fault(
            field,
            "character/invalid",
            f"{field.title} holds characters that no record may hold",
            expected="printable ASCII",
            actual=shown,
            layer=Layer.SYNTAX,
        )
        return
    if field.cls == "S":
        if value:
            yield Fault(
                field,
                "filler/data",
                f"data in columns {field.key}, which stay blank",
                expected="blanks",
                actual=value,
                layer=Layer.SYNTAX,
            )
        return
    if not value:
        if not field.blank:
            yield Fault(field, "usage/missing", f"{field.title} is missing", expected=_wanted(field))
        return
    if _fits(field, raw):
        return
    raised = upper(raw)
    if raised != raw and _fits(field, raised):
        yield Fault(
            field,
            "character/lower-case",
            f"{field.title} has lower case letters; CBP raises some and refuses others",
            expected=raised.strip(" "),
            actual=shown,
            severity=Severity.WARNING,
        )
        return
    if field.cls in TEXT_CLASSES and raw.startswith(" ") and _fits(field, value.ljust(field.width)):
        yield Fault(
            field,
            "justify/left",
            f"{field.title} does not begin at its first column",
            expected=value,
            actual=MASK if field.secret else raw,
            severity=Severity.WARNING,
        )
        return
    yield _value_fault(field, raised, shown)


def _value_fault(field: Field, raw: str, shown: str) -> Fault:
    value = raw.strip(" ")
    wanted = _wanted(field)
    if field.constant:
        return Fault(field, "constant/wrong", f"{field.title} is not {field.constant}", wanted, shown)
    if field.codes is not None:
        return Fault(
            field,
            "code/unknown",
            f"'{shown}' is no code of {field.title}",
            wanted,
            shown,
            layer=Layer.CODE,
        )
    if field.date:
        return Fault(field, "date/invalid", f"{field.title} is no real {field.date}", wanted, shown)
    if field.shape:
        return Fault(field, "shape/wrong", f"{field.title} has not the shape it needs", wanted, shown)
    if field.cls in {"N", "SN"} and value.isdigit() and value.isascii():
        return Fault(field, "justify/right", f"{field.title} is not filled from the right", wanted, raw)
    return Fault(field, "class/wrong", f"{field.title} does not hold {CLASS_NAMES[field.cls]}", wanted, shown)


def _fits(field: Field, raw: str) -> bool:
    padded = " " * (field.start - 1) + raw
    pattern = content_pattern(field)
    return re.match(f".{{{field.start - 1}}}{pattern}\\Z", padded, re.DOTALL) is not None


def _wanted(field: Field) -> str:
    if field.constant:
        return field.constant
    if field.codes is not None:
        codes = list(field.codes)
        return " ".join(codes[:20]) + (" ..." if len(codes) > 20 else "")
    if field.date:
        return field.date
    return field.shape_name or f"{field.kind} {CLASS_NAMES.get(field.cls, '')}".strip()
