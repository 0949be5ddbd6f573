"""Cases about what records have to do with each other: filer and block, substitution groups, the last word.

Lives here: the few statements about a transaction that neither a layout nor a structure table makes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.catair.making import Shape
from gateway.conformance.catair.structure import Structure
from gateway.conformance.model import Built, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.catair.draft import Draft, Way

_OTHER_FILER = "K4M"


class Agreements(Structure):
    """The cases about agreement inside one transaction."""

    def shapes(self) -> Iterator[tuple[str, Shape]]:
        """Yield each constraint with its place."""
        if self.application.filer:
            yield self.application.filer, self._filer()
        group = self._group()
        if group is not None:
            yield "PG00:6-9", self._rising(group)
            yield "PG00:5", self._referring(group)
        if self.application.final is not None and self._optional_end():
            yield self.application.final[0], self._final()

    # -- the filer --------------------------------------------------------------------------

    def _filer(self) -> Shape:
        way = (self.message.sections[0].slots[0],)
        return Shape(
            "filer",
            "The filer of the transaction is the filer of its block.",
            (
                ("same", "", partial(self.making.right, way)),
                ("other", "filer/mismatch", partial(self._other_filer, way)),
            ),
        )

    def _other_filer(self, way: Way, number: int) -> Built:
        name, _, key = self.application.filer.partition(":")
        start, _, end = key.partition("-")
        draft = self.composer.compose(way, number)
        header = draft.lines[0]
        was = header.text[int(start) - 1 : int(end)]
        header.text = header.text[: int(start) - 1] + _OTHER_FILER + header.text[int(end) :]
        begin = draft.start(0) + int(start) - 1
        at = (self.application.filer,)
        operator = Operator("filer.other", at[0], was, _OTHER_FILER)
        return self.making.bad(draft, "filer/mismatch", f"{name}:{key}", at, (begin, begin + 3), operator)

    # -- substitution groups ----------------------------------------------------------------

    def _group(self) -> tuple[Way, Way] | None:
        """Give the place of a substitution group and that of a reference to one."""
        for section in self.message.sections:
            ways = list(section.walk())
            start = next((way for way in ways if way[-1].step == "PG00[5=S]"), None)
            refer = next((way for way in ways if way[-1].step == "PG00[5=R]"), None)
            if start is not None and refer is not None:
                return start, refer
        return None

    def _rising(self, group: tuple[Way, Way]) -> Shape:
        return Shape(
            "rising",
            "The numbers of substitution groups rise in a transaction.",
            (
                ("rising", "", partial(self.counts.copies, group[0], 2)),
                ("repeated", "substitution/order", partial(self._same_number, group[0])),
            ),
            level=4,
        )

    def _same_number(self, way: Way, number: int) -> Built:
        draft = self.composer.compose(way, number, copies=2)
        heads = [index for index, line in enumerate(draft.lines) if line.way == way]
        line = draft.lines[heads[1]]
        line.text = line.text[:5] + "0001" + line.text[9:]
        at = (f"{line.address}:6-9",)
        return self.making.bad(
            draft, "substitution/order", "PG00:6-9", at, None, Operator("group.repeat", at[0], "0002", "0001")
        )

    def _referring(self, group: tuple[Way, Way]) -> Shape:
        start, refer = group
        return Shape(
            "referring",
            "A reference names a substitution group that stands before it.",
            (
                ("known", "", partial(self._referred, start, refer)),
                ("unknown", "substitution/unknown", partial(self._unknown_group, start, refer)),
            ),
            level=4,
        )

    def _both(self, start: Way, refer: Way, number: int) -> Draft:
        return self.composer.compose(refer, number, beside=start)

    def _referred(self, start: Way, refer: Way, number: int) -> Built:
        return Built(self._both(start, refer, number).written())

    def _unknown_group(self, start: Way, refer: Way, number: int) -> Built:
        draft = self._both(start, refer, number)
        line = draft.line
        line.text = line.text[:5] + "0009" + line.text[9:]
        at = (f"{line.address}:6-9",)
        return self.making.bad(
            draft,
            "substitution/unknown",
            "PG00:6-9",
            at,
            None,
            Operator("group.unknown", at[0], "0001", "0009"),
        )

    # -- the last word ----------------------------------------------------------------------

    def _optional_end(self) -> bool:
        name = self.application.final[0] if self.application.final is not None else ""
        slots = [
            way[-1] for section in self.message.sections for way in section.walk() if way[-1].name == name
        ]
        return not any(slot.must for slot in slots)

    def _final(self) -> Shape:
        name = self.application.final[0] if self.application.final is not None else ""
        return Shape(
            "final",
            f"A transaction ends with the {name} that decides it.",
            (("decided", "", self._first), ("undecided", "record/final", partial(self._undecided, name))),
        )

    def _undecided(self, name: str, number: int) -> Built:
        draft = self.composer.compose(self._any(), number)
        draft.lines = [line for line in draft.lines if line is not draft.lines[-1]]
        if not draft.lines:
            raise LookupError(f"{self.suite}: nothing is left without {name}")
        self.composer.frame(draft)
        return self.making.bad(draft, "record/final", name, (), None, Operator("record.drop", name, name))
