"""Texts of a new set made fit for the standard: letters, capitals, lengths.

Lives here: what the rows `cut`, `plain`, `upper` and `longer` of `edi_specs/x12/writing.csv` ask for. A text
that was changed is told. Never here: segments and elements that a set lacks (`complete.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity
from gateway.specs.letters import letters, transliterated
from gateway.specs.x12_tables import Element

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from gateway.formats.x12.complete import Row
    from gateway.specs.x12 import Place, X12Spec
    from gateway.tree import Node

_OUTSIDE = re.compile(r"[^ -~]")


class Texts:
    """Texts made fit for the standard: letters, capitals, length of free text."""

    def __init__(self, spec: X12Spec, own: Sequence[Row], root: Path, index: int) -> None:
        """Take what the rows of the set say of its texts; `index` is the transaction's in the interchange."""
        self.scope = f"x12.{spec.message}.{spec.version}"
        self.plain = any(row.kind == "plain" for row in own)
        self.upper = any(row.kind == "upper" for row in own)
        self.cut = {number for row in own if row.kind == "cut" for number in row.value.split()}
        self.longer = {row.leaf: row.value.partition("-")[2] for row in own if row.kind == "longer"}
        self.letters = letters(root)
        self.index = index

    def fit(self, node: Node, places: Sequence[Place], way: str) -> Iterator[Finding]:
        """Make every text below a node fit in place; yield what was changed."""
        known = {place.name: place for place in places}
        for child in node.children:
            place = known.get(child.name)
            if place is None:
                continue
            here = f"{way}/{child.name}" if way else child.name
            if child.children:
                # The segment that opens a loop has the loop's own name.
                yield from self.fit(child, (place, *place.parts), here)
            else:
                yield from self.segment(child, place, here if not way.endswith(child.name) else way)

    def segment(self, segment: Node, place: Place, way: str) -> Iterator[Finding]:
        """Make the texts of one segment fit."""
        for key in [key for key in segment.values if f"{segment.name}-{key}" in self.longer]:
            yield from self.moved(segment, key, place, f"{way}-{key}")
        for key, text in segment.values.items():
            number = int(key[:2])
            if not text or "-" in key or number > len(place.segment.positions):
                continue
            element = place.segment.positions[number - 1].what
            if isinstance(element, Element) and element.kind == "AN":
                yield from self.leaf(segment, key, str(text), element, f"{way}-{key}")

    def moved(self, segment: Node, key: str, place: Place, way: str) -> Iterator[Finding]:
        """Give a text that is too long for its element to the one that takes longer ones, where there is one."""
        positions, text = place.segment.positions, segment.get(key)
        element = positions[int(key) - 1].what
        if not isinstance(element, Element) or len(text) <= element.length_max:
            return
        segment.values[key] = ""
        other = self.longer[f"{segment.name}-{key}"]
        wider = positions[int(other) - 1].what if int(other) <= len(positions) else None
        if isinstance(wider, Element) and len(text) <= wider.length_max and not segment.get(other):
            segment.values[other] = text
            return
        yield Finding(
            code=f"{self.scope}/{way}/text/left-out",
            message=f"{element.name} was left out: this release has no element for so long a one",
            severity=Severity.WARNING,
            layer=Layer.PROFILE,
            place=way,
            expected=f"at most {element.length_max} characters",
            actual=text,
            transaction=self.index,
        )

    def leaf(self, segment: Node, key: str, text: str, element: Element, place: str) -> Iterator[Finding]:
        """Make one text fit."""
        written = self.written(text)
        if element.number in self.cut:
            written = written[: element.length_max].rstrip()
        if written == text or not written:
            return
        segment.values[key] = written
        shorter = len(written) < len(self.written(text))
        yield Finding(
            code=f"{self.scope}/{place}/text/{'cut' if shorter else 'letters'}",
            message=f"{element.name} was written as the set takes it",
            severity=Severity.WARNING if shorter else Severity.INFO,
            layer=Layer.PROFILE,
            place=place,
            expected=f"at most {element.length_max} characters" if shorter else "letters of the X12 set",
            actual=text,
            transaction=self.index,
        )

    def written(self, text: str) -> str:
        """Give a text in letters that the set takes."""
        text = transliterated(text, self.letters, _OUTSIDE) if self.plain else text
        return text.upper() if self.upper else text
