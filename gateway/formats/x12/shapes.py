"""What one value may be, said once: for the pattern of a set and for the compiled matcher.

Lives here: the few kinds of values that the types of X12 come down to. Never here: how a kind is written
as a pattern (`fields.py`), as structures (`matching.py`), or explained (`values.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.segments.matching import Choice
    from gateway.specs.x12 import Place, X12Spec
    from gateway.specs.x12_tables import Element

Kind = Literal["text", "codes", "digits", "whole", "decimal", "date", "time"]


class Shape(NamedTuple):
    """A kind of value, its length, and the codes of a list, sorted.

    `least` and `most` count characters of a text and digits of a number; a `date` is CCYYMMDD and
    a `time` HHMM, HHMMSS or with up to two decimals, whatever the lengths say.
    """

    kind: Kind
    least: int
    most: int
    codes: tuple[str, ...] = ()


def shape(element: Element) -> Shape:
    """Give what a value of an element may be."""
    least, most = element.length_min, element.length_max
    kind = element.kind
    if kind == "TM":
        return Shape("time", least, most)
    if kind == "DT":
        return Shape("date" if (least, most) == (8, 8) else "digits", least, most)
    if kind == "R":
        return Shape("decimal", least, most)
    if kind[0] == "N":
        return Shape("whole", least, most)
    if element.codes is not None:
        fitting = {code for code in element.codes if least <= len(code) <= most}
        return Shape("codes", least, most, tuple(sorted(fitting)))
    return Shape("text", least, most)


def takers(place: Place, before: Iterable[Place]) -> list[Choice]:
    """Give the qualifiers of places above that take this place's segment."""
    return [other.qualifier for other in before if other.name == place.name and other.qualifier is not None]


def has_convention(spec: X12Spec) -> bool:
    """Tell whether the ST of a set may name an implementation convention."""
    return len(spec.header.positions) > 2
