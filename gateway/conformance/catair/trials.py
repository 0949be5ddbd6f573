"""What is tried on one field of a record, constraint by constraint: texts just inside and outside.

Lives here: the pairs for presence, class, code list, date, shape, constant and filler, with the
words of the clause. Never here: the record around the field (`fields.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance.segments.values import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.catair.parts import Field
    from gateway.conformance.catair.values import Values

_BAD_DATES = {
    "MMDDYY": (("day-30-february", "023026"), ("month-13", "130226"), ("no-leap-day", "022925")),
    "MMDDCCYY": (("day-30-february", "02302026"), ("month-13", "13022026"), ("no-leap-day", "02292025")),
    "YYMMDD": (("day-30-february", "260230"), ("month-13", "261302"), ("no-leap-day", "250229")),
    "MMCCYY": (("month-13", "132026"),),
    "MM": (("month-13", "13"),),
    "HHMM": (("hour-25", "2500"), ("minute-60", "1260")),
    "HHMMSS": (("hour-24", "240000"), ("second-60", "101560")),
}
_GOOD_DATES = {
    "MMDDYY": "022924",
    "MMDDCCYY": "02292024",
    "YYMMDD": "240229",
    "MMCCYY": "122026",
    "MM": "12",
    "HHMM": "2359",
    "HHMMSS": "235959",
}
_CLASS_WORDS = {
    "A": "letters, then blanks",
    "AN": "letters, digits and blanks",
    "X": "printable characters without lower case",
    "C": "printable characters without lower case",
    "N": "digits in every column, zeros in front",
    "SN": "digits at the right edge, blanks or zeros in front",
    "D": "a date",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """One text in the columns of a field: `id` is `class/full`, `problem` "" for a right one.

    `text` makes the columns of a number; None leaves what the record has.
    """

    id: str
    problem: str = ""
    text: Callable[[int], str] | None = None

    @property
    def good(self) -> bool:
        """Tell whether the result is right."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Constraint:
    """A clause on one field and what is tried on it."""

    name: str
    level: int
    text: str
    tried: tuple[Trial, ...]
    reason: str = ""


def constraints(one: Field, values: Values) -> Iterator[Constraint]:
    """Yield every constraint on one field that is no filler."""
    if not one.blank:
        yield Constraint(
            "usage",
            2,
            f"{one.title} is mandatory.",
            (Trial("usage/present"), Trial("usage/missing", "usage/missing", lambda _: " " * one.width)),
        )
    found = _content(one, values)
    if found is not None:
        yield found


def filler(one: Field) -> Constraint:
    """Give the constraint of columns that stay blank."""
    return Constraint(
        "filler",
        1,
        f"Columns {one.key} stay blank.",
        (
            Trial("filler/blank"),
            Trial("filler/data", "filler/data", lambda n: _at(one.width, n % one.width, "X")),
        ),
    )


def _at(width: int, at: int, letter: str) -> str:
    return " " * at + letter + " " * (width - at - 1)


def _content(one: Field, values: Values) -> Constraint | None:
    if one.constant:
        return _constant(one)
    if one.codes:
        return _codes(one)
    if one.date:
        return _date(one)
    if values.shape(one):
        return _shape(one, values)
    return _class(one, values)


def _constant(one: Field) -> Constraint:
    wrong = "".join("Z" if letter != "Z" else "Y" for letter in one.constant).ljust(one.width)
    if one.cls in {"N", "SN"}:
        wrong = "".join("9" if letter != "9" else "8" for letter in one.constant).ljust(one.width)
    return Constraint(
        "constant",
        1,
        f"{one.title} is {one.constant}.",
        (Trial("constant/right"), Trial("constant/wrong", "constant/wrong", lambda _: wrong)),
    )


def _codes(one: Field) -> Constraint:
    first, last = one.codes[0].ljust(one.width), one.codes[-1].ljust(one.width)
    tried = [Trial("code/first", text=lambda _: first)]
    if len(one.codes) > 1:
        tried.append(Trial("code/last", text=lambda _: last))
    foreign = foreign_code(one)
    if foreign:
        tried.append(Trial("code/unknown", "code/unknown", lambda _: foreign.ljust(one.width)))
    return Constraint("codes", 5, f"{one.title} is one of {_listed(one.codes)}.", tuple(tried))


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(codes[:8]) + (f" and {len(codes) - 8} more" if len(codes) > 8 else "")


def foreign_code(one: Field) -> str:
    """Give a text of the field's class that is no code of it, "" where every text is one."""
    numeric = one.cls in {"N", "SN"}
    for size in range(one.width, 0, -1):
        for turn in range(40):
            digits = "".join(str((turn + 7 + at * 3) % 10) for at in range(size))
            text = digits if numeric else letters(size, turn + 16)
            if text not in one.codes:
                return text
    return ""


def _date(one: Field) -> Constraint:
    good = _GOOD_DATES[one.date]
    bad = (*_BAD_DATES[one.date], ("letter", good[:-1] + "A"))
    return Constraint(
        "date",
        1,
        f"{one.title} is a real {one.date}.",
        (
            Trial("date/real", text=lambda _: good),
            *(Trial(f"date/{name}", "date/invalid", _always(text)) for name, text in bad),
        ),
    )


def _always(text: str) -> Callable[[int], str]:
    return lambda _: text


def _shape(one: Field, values: Values) -> Constraint:
    name = values.shape(one)
    right, wrong = values.samples[name]
    fitting = [text for text in right if len(text) <= one.width]
    tried = [
        Trial(f"shape/right-{turn}", text=_always(values.padded(one, text)))
        for turn, text in enumerate(fitting, 1)
    ]
    if len(wrong) <= one.width:
        tried.append(Trial("shape/wrong", "shape/wrong", lambda _: values.padded(one, wrong)))
    else:
        short = wrong[: one.width]
        tried.append(Trial("shape/wrong", "shape/wrong", lambda _: values.padded(one, short)))
    return Constraint("shape", 1, f"{one.title} has the shape of {name}.", tuple(tried))


def _class(one: Field, values: Values) -> Constraint | None:
    tried = list(_CLASSES[one.cls](one, values)) if one.cls in _CLASSES else []
    if not tried:
        return None
    return Constraint(
        "class", 1, f"{one.title} is of class {one.cls}: {_CLASS_WORDS[one.cls]}.", tuple(tried)
    )


def _letters(one: Field, values: Values) -> Iterator[Trial]:
    width = one.width
    yield Trial("class/full", text=lambda n: values.text(one, n, width))
    yield Trial("class/one-letter", text=lambda n: values.text(one, n, 1).ljust(width))
    yield Trial("class/digit-in-letters", "class/wrong", lambda n: values.text(one, n, width)[:-1] + "7")
    if width > 2:
        yield Trial(
            "class/blank-inside", "class/wrong", lambda n: values.text(one, n, width)[: width - 2] + " Z"
        )


def _alphanumeric(one: Field, values: Values) -> Iterator[Trial]:
    width = one.width
    yield Trial("class/full", text=lambda n: values.text(one, n, width))
    yield Trial("class/one-character", text=lambda n: values.text(one, n, 1).ljust(width))
    yield Trial("class/sign", "class/wrong", lambda n: values.text(one, n, width)[:-1] + "&")


def _printable(one: Field, values: Values) -> Iterator[Trial]:
    width = one.width
    yield Trial("class/full", text=lambda n: values.text(one, n, width))
    yield Trial("class/signs", text=lambda _: "&#'(%/-.,*"[:width].ljust(width))
    yield Trial(
        "class/control-character", "character/invalid", lambda n: values.text(one, n, width)[:-1] + "\x07"
    )


def _digits(one: Field, values: Values) -> Iterator[Trial]:
    width = one.width
    yield Trial("class/full", text=lambda n: values.text(one, n, width))
    yield Trial("class/zeros-in-front", text=lambda _: "1".zfill(width))
    yield Trial("class/letter-in-number", "class/wrong", lambda n: values.text(one, n, width)[:-1] + "A")
    if width > 1:
        yield Trial("justify/blank-in-front", "justify/right", lambda _: "1".rjust(width))


def _spaced(one: Field, values: Values) -> Iterator[Trial]:
    width = one.width
    yield Trial("class/full", text=lambda n: values.text(one, n, width))
    yield Trial("class/blanks-in-front", text=lambda _: "1".rjust(width))
    yield Trial("class/letter-in-number", "class/wrong", lambda n: values.text(one, n, width)[:-1] + "A")
    if width > 1:
        yield Trial("justify/left", "justify/right", lambda _: "1".ljust(width))


_CLASSES = {"A": _letters, "AN": _alphanumeric, "X": _printable, "C": _printable, "N": _digits, "SN": _spaced}
