"""What is tried on one element, constraint by constraint: values just inside and just outside.

Lives here: the pairs for presence, length, type, codes and repetition, with the words of the
clause that each stands on. Never here: the message around the element (`elements.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance.x12.tables import Composite, Element
from gateway.conformance.x12.values import digits, foreign_code, legal_codes, letters, together, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.x12.tables import Position

# Beyond this a value is longer than what any segment may have.
LENGTH_TESTED_MAX = 4096
# Control characters, and what is not ASCII.
ILLEGAL = "\x07\xe9\x00\x1b\x7f"
VALUE, DROP, ADD, KEEP, LEAVE = "value", "drop", "add", "keep", "leave"


@dataclass(frozen=True, slots=True)
class Trial:
    """One change of a legal set: `id` is `length/max`, `problem` the fault it makes, "" for none.

    `how` is `value` (put what `text` makes of a number), `drop` (take it out), `add` (put a
    value where none may stand), `keep` (it is there), `leave` (it is not).
    """

    id: str
    problem: str = ""
    how: str = VALUE
    text: Callable[[int], str] | None = None
    force: str = ""

    @property
    def good(self) -> bool:
        """Tell whether the result is right."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Constraint:
    """A clause on one element, without the element's name, and what is tried on it."""

    name: str
    level: int
    text: str
    tried: tuple[Trial, ...]
    force: str = "must"
    reason: str = ""


def constraints(position: Position, word: str, *, repeats: bool, component: bool) -> Iterator[Constraint]:
    """Yield every constraint on one element."""
    yield from _usage(position, word)
    what = position.what
    if isinstance(what, Composite):
        if position.usage != "N":
            yield _components(what, word)
    elif position.usage != "N":
        yield from _content(what, word)
        if not component:
            yield Constraint(
                "components", 1, f"{word} is one value without components.",
                (Trial("components/in-simple", "element/components", text=lambda n: _joined(what, n, ":")),
                 Trial("components/none", how=KEEP)),
            )  # fmt: skip
    if repeats and position.usage != "N" and isinstance(what, Element):
        yield _repeats(position, what, word)


def _usage(position: Position, word: str) -> Iterator[Constraint]:
    if position.usage == "M":
        yield Constraint(
            "usage", 2, f"{word} is mandatory.",
            (Trial("usage/present", how=KEEP), Trial("usage/missing", "element/missing", how=DROP)),
        )  # fmt: skip
    elif position.usage == "N":
        yield Constraint(
            "usage", 2, f"{word} is not used.",
            (Trial("usage/absent", how=LEAVE), Trial("usage/added", "element/not-used", how=ADD)),
        )  # fmt: skip


def _components(what: Composite, word: str) -> Constraint:
    most = len(what.positions)

    def many(number: int) -> str:
        return ":".join([*(_any(position, number) for position in what.positions), "X"])

    def trailing(number: int) -> str:
        there = together(what.positions, what.notes, {1}) or {1}
        parts = [
            _any(position, number) if at in there else "" for at, position in enumerate(what.positions, 1)
        ]
        return ":".join(parts).rstrip(":") + ":"

    return Constraint(
        "components", 1, f"{word} has at most {most} components, and none after the last separator.",
        (
            Trial("components/all", how=KEEP),
            Trial("components/too-many", "element/components", text=many),
            Trial("components/trailing-separator", "element/trailing-components", text=trailing),
        ),
    )  # fmt: skip


def _any(position: Position, number: int) -> str:
    return value(position.what, number) if isinstance(position.what, Element) else ""


def _content(element: Element, word: str) -> Iterator[Constraint]:
    if element.codes is not None:
        yield from _codes(element, word)
        return
    yield _length(element, word)
    yield _type(element, word)


def _codes(element: Element, word: str) -> Iterator[Constraint]:
    codes = legal_codes(element)
    tried = [Trial("code/first", text=lambda _: codes[0])] if codes else []
    if len(codes) > 1:
        tried.append(Trial("code/last", text=lambda _: codes[-1]))
    if foreign_code(element, 0) is not None:
        problem = "code/unknown" if element.closed else "code/unlisted"
        tried.append(Trial(problem, problem, text=lambda n: foreign_code(element, n) or ""))
    yield Constraint(
        "codes", 5,
        f"{word} is one of the codes of element {element.number}"
        + ("." if element.closed else "; our list is a part of the standard's, another code is doubtful."),
        tuple(tried), "must" if element.closed else "should",
    )  # fmt: skip


def _length(element: Element, word: str) -> Constraint:
    least, most, kind = element.least, element.most, element.kind
    counted = "digits" if kind[0] in "NR" else "characters"
    bounds = f"{least}" if least == most else f"{least} to {most}"
    text = f"{word} has {bounds} {counted}."
    if most > LENGTH_TESTED_MAX:
        return Constraint("length", 1, text, (), reason=f"a value of {most} characters is not exchanged")
    if kind in {"DT", "TM"}:
        return Constraint("length", 1, text, _clock_lengths(element))
    make = digits if kind[0] in "NR" else letters
    tried = [
        Trial("length/max", text=lambda n: make(most, n)),
        Trial("length/too-long", "element/too-long", text=lambda n: make(most + 1, n)),
    ]
    if least != most:
        tried.insert(0, Trial("length/min", text=lambda n: make(least, n)))
    if least > 1:
        tried.append(Trial("length/too-short", "element/too-short", text=lambda n: make(least - 1, n)))
    return Constraint("length", 1, text, tuple(tried))


def _clock_lengths(element: Element) -> tuple[Trial, ...]:
    least, most = element.least, element.most
    if element.kind == "DT":
        full = "20260302" if most >= 8 else "260302"
        return (
            Trial("length/exact", text=lambda _: full),
            Trial("length/too-short", "element/too-short", text=lambda _: full[: least - 1]),
            Trial("length/too-long", "element/too-long", text=lambda _: full + "1"),
        )
    full = "10153055"
    longest = most if most in {4, 6, 7, 8} else 4
    return (
        Trial("length/min", text=lambda _: full[:least]),
        Trial("length/max", text=lambda _: full[:longest]),
        Trial("length/too-short", "element/too-short", text=lambda _: full[: least - 1]),
        Trial("length/too-long", "element/too-long", text=lambda _: (full + "55")[: most + 1]),
    )


def _type(element: Element, word: str) -> Constraint:
    kind = element.kind
    if kind[0] == "N":
        return Constraint("type", 1, f"{word} is a number without a decimal point.", _whole(element))
    if kind == "R":
        return Constraint(
            "type", 1, f"{word} is a number, with a decimal point where it needs one.", _real(element)
        )
    if kind == "DT":
        return Constraint("type", 1, f"{word} is a day that exists.", _day(element))
    if kind == "TM":
        return Constraint("type", 1, f"{word} is a time of day.", _time(element))
    return Constraint("type", 1, f"{word} holds printable characters, and not blanks alone.", _text(element))


def _size(element: Element) -> int:
    return min(element.most, max(element.least, 4))


def _whole(element: Element) -> tuple[Trial, ...]:
    size = _size(element)
    tried = [
        Trial("type/negative", text=lambda n: "-" + digits(size, n)),
        Trial("type/letter-in-number", "type/number", text=lambda n: digits(size, n)[:-1] + "A"),
    ]
    if size > 1:
        tried.append(
            Trial("type/point-in-integer", "type/number", text=lambda n: digits(size, n)[:-1] + ".5")
        )
    return tuple(tried)


def _real(element: Element) -> tuple[Trial, ...]:
    size = _size(element)
    tried = [
        Trial("type/negative", text=lambda n: "-" + digits(size, n)),
        Trial("type/letter-in-number", "type/number", text=lambda n: digits(size, n)[:-1] + "A"),
    ]
    if size > 1:
        tried.append(Trial("type/point", text=lambda n: digits(size, n)[:-1] + ".5"))
        tried.append(Trial("type/two-points", "type/number", text=lambda n: digits(size, n)[:-1] + "..5"))
    return tuple(tried)


def _day(element: Element) -> tuple[Trial, ...]:
    cut = 0 if element.most >= 8 else 2
    return (
        Trial("type/leap-day", text=lambda _: "20240229"[cut:]),
        Trial("type/no-leap-day", "type/date", text=lambda _: "20260229"[cut:]),
        Trial("type/30-february", "type/date", text=lambda _: "20260230"[cut:]),
        Trial("type/month-13", "type/date", text=lambda _: "20261301"[cut:]),
        Trial("type/letter-in-date", "type/date", text=lambda _: "2026030A"[cut:]),
    )


def _time(element: Element) -> tuple[Trial, ...]:
    tried = [
        Trial("type/midnight", text=lambda _: "0000"),
        Trial("type/last-minute", text=lambda _: "2359"),
        Trial("type/hour-24", "type/time", text=lambda _: "2400"),
        Trial("type/minute-60", "type/time", text=lambda _: "1260"),
        Trial("type/letter-in-time", "type/time", text=lambda _: "12A0"),
    ]
    if element.most >= 6:
        tried.append(Trial("type/second-60", "type/time", text=lambda _: "121560"))
    return tuple(tried)


def _text(element: Element) -> tuple[Trial, ...]:
    size = max(element.least, min(element.most, 6))
    tried = [
        Trial("type/illegal-character", "type/characters", text=lambda n: _spoilt(size, n)),
        Trial("type/blanks-alone", "type/characters", text=lambda _: " " * size),
    ]
    if size > 2:
        tried.insert(0, Trial("type/blank-inside", text=lambda n: letters(1, n) + " " * (size - 2) + "Z"))
    else:
        tried.insert(0, Trial("type/printable", text=lambda n: letters(size, n)))
    if element.most > element.least:
        tried.append(
            Trial(
                "type/trailing-blank",
                "element/trailing-blanks",
                text=lambda n: letters(element.least, n) + " ",
                force="should",
            )
        )
    return tuple(tried)


def _spoilt(size: int, number: int) -> str:
    at = number % size
    text = letters(size, number)
    return text[:at] + ILLEGAL[number % len(ILLEGAL)] + text[at + 1 :]


def _joined(element: Element, number: int, mark: str) -> str:
    one = value(element, number)
    return f"{one}{mark}{one}"


def _repeats(position: Position, element: Element, word: str) -> Constraint:
    most = position.repeat

    def times(count: int) -> Callable[[int], str]:
        return lambda number: "^".join(value(element, number + turn) for turn in range(count))

    good = Trial("repeats/max", text=times(most)) if most > 1 else Trial("repeats/once", how=KEEP)
    said = f"repeats at most {most} times" if most > 1 else "does not repeat"
    return Constraint(
        "repeats", 2, f"{word} {said}.",
        (good, Trial("repeats/too-many", "element/repeats", text=times(most + 1))),
    )  # fmt: skip
