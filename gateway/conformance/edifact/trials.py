"""What is tried on one element of UN/EDIFACT, constraint by constraint.

Lives here: the pairs for presence, length, type and codes, where ISO 9735 is not like X12. Never
here: the message around the element.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.x12.tables import Composite, Element
from gateway.conformance.x12.trials import DROP, KEEP, LENGTH_TESTED_MAX, Constraint, Trial
from gateway.conformance.x12.values import capitals, digits, legal_codes, letters, together, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.conformance.x12.tables import Position


def constraints(position: Position, word: str, *, repeats: bool, component: bool) -> Iterator[Constraint]:
    """Yield every constraint on one element; `repeats` tells whether the syntax has a separator for it."""
    if position.usage == "M":
        yield Constraint(
            "usage", 2, f"{word} is mandatory.",
            (Trial("usage/present", how=KEEP), Trial("usage/missing", "element/missing", how=DROP)),
        )  # fmt: skip
    what = position.what
    if isinstance(what, Composite):
        yield _components(what, word, trailing=repeats)
        return
    if what.codes is not None:
        yield _codes(what, word)
    else:
        yield _length(what, word)
        yield _type(what, word)
    if not component:
        yield Constraint(
            "components", 1, f"{word} is one value without components.",
            (Trial("components/in-simple", "element/components", text=lambda n: _twice(what, n, ":")),
             Trial("components/none", how=KEEP)),
        )  # fmt: skip
        if repeats:
            yield Constraint(
                "repeats", 2, f"{word} does not repeat.",
                (Trial("repeats/once", how=KEEP),
                 Trial("repeats/too-many", "element/repeats", text=lambda n: _twice(what, n, "*"))),
            )  # fmt: skip


def _twice(what: Element, number: int, mark: str) -> str:
    one = value(what, number)
    return f"{one}{mark}{one}"


def _any(position: Position, number: int) -> str:
    return value(position.what, number) if isinstance(position.what, Element) else ""


def _components(what: Composite, word: str, *, trailing: bool) -> Constraint:
    most = len(what.positions)

    def usual(number: int) -> list[str]:
        there = together(what.positions, what.notes, {1}) or {1}
        return [_any(one, number) if at in there else "" for at, one in enumerate(what.positions, 1)]

    def many(number: int) -> str:
        return ":".join([*usual(number), "X"])

    tried = [
        Trial("components/all", how=KEEP),
        Trial("components/too-many", "element/components", text=many),
    ]
    if trailing:
        tried.append(
            Trial(
                "components/trailing-separator",
                "segment/trailing-separators",
                text=lambda n: ":".join(usual(n)).rstrip(":") + ":",
            )
        )
    return Constraint("components", 1, f"{word} has at most {most} components.", tuple(tried))


def _codes(element: Element, word: str) -> Constraint:
    codes = legal_codes(element)
    tried = [Trial("code/first", text=lambda _: codes[0])] if codes else []
    if len(codes) > 1:
        tried.append(Trial("code/last", text=lambda _: codes[-1]))
    foreign = _foreign(element)
    problem = "code/unknown" if element.closed else "code/unlisted"
    if foreign:
        tried.append(Trial(problem, problem, text=lambda _: foreign))
    told = "." if element.closed else "; our list is a part of the directory's, another code is doubtful."
    force = "must" if element.closed else "should"
    text = f"{word} is one of the codes of element {element.number}{told}"
    return Constraint("codes", 5, text, tuple(tried), force)


def _foreign(element: Element) -> str:
    """Give a text of the element's type that no directory has as a code."""
    make: Callable[[int, int], str] = digits if element.kind == "N0" else capitals
    for size in range(element.most, element.least - 1, -1):
        for turn in range(40):
            text = make(size, turn + 16)
            if text not in (element.codes or ()):
                return text
    return ""


def _length(element: Element, word: str) -> Constraint:
    least, most = element.least, element.most
    make: Callable[[int, int], str] = {"N0": digits, "A": capitals}.get(element.kind, letters)
    bounds = f"{least}" if least == most else f"{least} to {most}"
    text = f"{word} has {bounds} {'digits' if element.kind == 'N0' else 'characters'}."
    if most > LENGTH_TESTED_MAX:
        return Constraint("length", 1, text, (), reason=f"a value of {most} characters is not exchanged")
    tried = [
        Trial("length/max", text=lambda n: make(most, n)),
        Trial("length/too-long", "element/too-long", text=lambda n: make(most + 1, n)),
    ]
    if least != most:
        tried.insert(0, Trial("length/min", text=lambda n: make(least, n)))
    if least > 1:
        tried.append(Trial("length/too-short", "element/too-short", text=lambda n: make(least - 1, n)))
    return Constraint("length", 1, text, tuple(tried))


def _type(element: Element, word: str) -> Constraint:
    if element.kind == "N0":
        return Constraint("type", 1, f"{word} is a number; its sign and mark do not count.", _number(element))
    if element.kind == "A":
        size = max(element.least, 1)
        good = Trial("type/letters", text=lambda n: capitals(size, n))
        bad = Trial("type/digit", "type/letters", text=lambda n: capitals(size, n)[:-1] + "7")
        return Constraint("type", 1, f"{word} is made of letters.", (good, bad))
    size = max(element.least, min(element.most, 6))
    tried = [
        Trial("type/printable", text=lambda n: letters(size, n)),
        Trial("type/control-character", "type/characters", text=lambda n: letters(size, n)[:-1] + "\x07"),
        Trial("type/not-ascii", "type/characters", text=lambda n: letters(size, n)[:-1] + "\xe9"),
    ]
    if size > 2:
        tried.append(Trial("type/blank-inside", text=lambda n: letters(1, n) + " " * (size - 2) + "Z"))
    return Constraint("type", 1, f"{word} holds characters of UNOB.", tuple(tried))


def _number(element: Element) -> tuple[Trial, ...]:
    most = element.most
    tried = [
        Trial("type/negative-max", text=lambda n: "-" + digits(most, n)),
        Trial("type/letter-in-number", "type/number", text=lambda n: digits(most, n)[:-1] + "A"),
    ]
    if most > 1:
        tried += [
            Trial("type/decimal-max", text=lambda n: digits(most, n)[:-1] + ".5"),
            Trial("type/mark-at-the-end", "type/number", text=lambda n: digits(1, n) + "."),
            Trial("type/plus-in-text", "type/number", text=lambda n: "A" + digits(1, n)),
        ]
    if element.least == 1:
        tried.append(Trial("type/mark-in-front", "type/leading-mark", text=lambda _: ".5"))
    return tuple(tried)
