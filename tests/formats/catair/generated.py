"""Makes records from the layouts: a good one, and for each rule of each field a bad one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.specs.catair_layouts import layouts
from tests.formats.catair.support import SPECS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.specs.catair_fields import Field, Layout, Record

SHAPES = {
    "entry": "00010429", "filer": "Q7Z", "party": "12-3456789", "party-query": "12-3456789**", "port": "2704",
    "port-k": "58309", "firms": "W123", "zone": "02600A001", "hts": "8473301180", "hts10": "8473301180",
    "mid": "TWEXAPRE12TAI", "mid-or-party": "TWEXAPRE12TAI", "visa": "6VN000123", "case": "A570918000",
    "digits": "123456", "auto-license": "AB123456", "stamp": "112526103000AM", "signed": "-125",
    "irs": "12-3456789", "ssn": "123-45-6789", "cbp": "262704-00001",
}  # fmt: skip
DATES = {
    "MMDDYY": "112526", "MMDDCCYY": "11252026", "YYMMDD": "261125", "MMCCYY": "112026", "MM": "11",
    "HHMM": "0930", "HHMMSS": "093015",
}  # fmt: skip


class Case(NamedTuple):
    """One layout under test, and how it is called in test ids."""

    name: str
    record: Record
    layout: Layout


def cases() -> list[Case]:
    """List every layout of every record of every table, each once."""
    folder = SPECS.root / "edi_specs" / "catair" / "layouts"
    found = []
    for file in sorted(folder.glob("*.csv")):
        for record in layouts(SPECS.root, file.stem).values():
            for _, layout in record.layouts:
                mark = f"[{layout.select}]" if layout.select else ""
                found.append(Case(f"{file.stem}/{record.name}{mark}", record, layout))
    return found


def sample(field: Field) -> str:
    """Give a text that a field takes, without padding."""
    if field.constant:
        return field.constant
    if field.codes is not None:
        return next(iter(field.codes))
    if field.date:
        return DATES[field.date]
    if field.shape_name:
        return SHAPES[field.shape_name][: field.width]
    if field.cls == "N":
        return "7".zfill(field.width)
    return {"A": "ABC", "AN": "A1", "X": "X-1", "C": "X-1", "SN": "7", "S": ""}[field.cls][: field.width]


def put(text: str, field: Field, value: str) -> str:
    """Put a text into a field's columns, padded as its class wants."""
    padded = value.rjust(field.width) if field.cls == "SN" else value.ljust(field.width)
    return text[: field.start - 1] + padded[: field.width] + text[field.end :]


def good(case: Case) -> str:
    """Give a record that breaks no rule, with every field filled that may be."""
    text = " " * 80
    for field in case.layout.fields:
        if field.turn < 3:
            text = put(text, field, sample(field))
    selector = next(each for each, layout in case.record.layouts if layout is case.layout)
    if selector is not None and not selector.negated:
        text = (
            text[: selector.start - 1]
            + selector.values[0]
            + text[selector.start - 1 + len(selector.values[0]) :]
        )
    for relation in case.layout.relations:
        if relation.kind == "exclusive":
            text = put(text, relation.fields[-1], "")
        if relation.kind == "paired" and not relation.holds(text):
            for field in relation.fields:
                text = put(text, field, "")
    return text


def bad(case: Case, text: str) -> Iterator[tuple[str, Field, str]]:
    """Yield (problem, field, record) for each rule that can be broken by itself."""
    wire = len(case.layout.wire)
    selector = next(each for each, layout in case.record.layouts if layout is case.layout)
    for field in case.layout.fields:
        chosen = selector is not None and field.start <= selector.end and selector.start <= field.end
        if chosen or field.turn > 1 or (field.end <= wire and field.cls != "S"):
            continue
        if field.cls == "S":
            yield "filler/data", field, text[: field.start - 1] + "X" + text[field.start :]
        else:
            yield "character/invalid", field, text[: field.start - 1] + "\x07" + text[field.start :]
            if not field.blank:
                yield "usage/missing", field, put(text, field, "")
            yield from _broken(field, text)
            yield from _untidy(field, text)
    yield from _gaps(case, text)
    for relation in case.layout.relations:
        yield f"relation/{relation.kind}", relation.fields[0], _unrelated(relation, text)


def _gaps(case: Case, text: str) -> Iterator[tuple[str, Field, str]]:
    third = [field for field in case.layout.fields if field.turn == 3]
    if third:
        for field in case.layout.fields:
            if field.turn in {2, 3}:
                text = put(text, field, "" if field.turn == 2 else sample(field))
        yield "turn/gap", third[0], text


def _broken(field: Field, text: str) -> Iterator[tuple[str, Field, str]]:
    if field.constant:
        yield "constant/wrong", field, put(text, field, "Q9"[: field.width])
    elif field.codes is not None:
        # No list has a code that begins with an exclamation mark.
        yield "code/unknown", field, put(text, field, "!")
    elif field.date:
        yield "date/invalid", field, put(text, field, "9" * field.width)
    elif field.shape:
        yield "shape/wrong", field, put(text, field, "!")
    elif field.cls in {"N", "SN"}:
        yield "class/wrong", field, put(text, field, "X" * field.width)
    elif field.cls in {"A", "AN"}:
        yield "class/wrong", field, put(text, field, "!")


def _untidy(field: Field, text: str) -> Iterator[tuple[str, Field, str]]:
    """Yield what is only in the wrong place or case; one column leaves no room for it."""
    if field.width == 1 or field.codes or field.constant or field.date or field.shape or field.free:
        return
    if field.cls in {"N", "SN"}:
        left = "7".ljust(field.width)
        yield "justify/right", field, text[: field.start - 1] + left + text[field.end :]
    else:
        value = sample(field)[: field.width - 1]
        yield "justify/left", field, put(text, field, f" {value}")
        yield "character/lower-case", field, put(text, field, f"{value[:-1]}x")


def _unrelated(relation, text: str) -> str:
    first, *others = relation.fields
    if relation.kind == "exclusive":
        for field in relation.fields:
            text = put(text, field, sample(field))
    elif relation.kind == "any":
        for field in relation.fields:
            text = put(text, field, "")
    else:
        text = put(text, first, sample(first))
        for field in others:
            text = put(text, field, "")
    return text
