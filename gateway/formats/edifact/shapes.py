"""What one value may be, said once: for the patterns of a message and for the compiled matcher.

Lives here: the few kinds of values that elements come down to in one notation. Never here: how a kind is
written as a pattern (`pattern.py`), as structures (`matching.py`), or explained (`values.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from gateway.formats.edifact.notation import Notation
    from gateway.specs.edifact_tables import Element

Kind = Literal["text", "quantity", "codes", "figure", "upper", "letters"]


class Shape(NamedTuple):
    """A kind of value, its length, and its codes.

    `least` and `most` count characters of a text and digits of a number. Of a `figure` the codes are the
    decimal marks that may stand in it; a `quantity` is a text that may be a number, and then not one with
    the mark that is its code.
    """

    kind: Kind
    least: int
    most: int
    codes: tuple[str, ...] = ()


def shape(element: Element, notation: Notation) -> Shape:
    """Give what a value of an element may be."""
    least, most = element.length_min, element.length_max
    if element.codes is not None:
        return Shape(
            "codes", least, most, tuple(code for code in element.codes if code and least <= len(code) <= most)
        )
    if element.kind == "N":
        marks = ("," if notation.comma else "") + ("." if notation.point else "")
        return Shape("figure", least, most, tuple(marks))
    if element.kind == "A":
        return Shape("upper" if notation.charset.letters == "upper" else "letters", least, most)
    if element.numeric and not (notation.comma and notation.point):
        return Shape("quantity", least, most, ("," if notation.point else ".",))
    return Shape("text", least, most)
