"""Cases about the end of a segment: an element too many, separators after the last one.

Lives here: one pair for each segment of a set, at one of its places. Never here: single
elements (`elements.py`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.conformance.model import Built, Case, Clause, Operator, salt
from gateway.conformance.segments.draft import compose
from gateway.conformance.segments.elements import targets_of
from gateway.conformance.segments.expectation import accepted, element_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.segments.elements import Target
    from gateway.conformance.segments.tables import Message


class Tails:
    """The cases about the ends of the segments of one set."""

    def __init__(self, suite: str, spec: Message, seed: int) -> None:
        """Keep what the cases are made from."""
        self.suite = suite
        self.spec = spec
        self.seed = seed

    def _described(self) -> Iterator[tuple[str, list[Target]]]:
        for name, targets in targets_of(self.spec).items():
            if not targets[0][-1].segment.open:
                yield name, targets

    def clauses(self) -> Iterator[Clause]:
        """Yield the two statements about each segment."""
        for name, targets in self._described():
            size = len(targets[0][-1].segment.positions)
            yield Clause(
                f"{self.suite}/{name}/elements", f"{name} has at most {size} elements.",
                f"{self.spec.source}, segment {name}",
            )  # fmt: skip
            if not self.spec.era.trailing:
                continue
            yield Clause(
                f"{self.suite}/{name}/trailing", f"No separator follows the last element of {name}.",
                f"{self.spec.source}, syntax",
            )  # fmt: skip

    def cases(self) -> Iterator[Case]:
        """Yield the cases of each segment."""
        for name, targets in self._described():
            for clause, variant, good in (
                ("elements", "elements/max", True),
                ("elements", "elements/too-many", False),
                ("trailing", "trailing/none", True),
                ("trailing", "trailing/separator", False),
            ):
                if clause == "trailing" and not self.spec.era.trailing:
                    continue
                case = f"{self.suite}/{name}/{variant}"
                make = partial(self._make, case, targets, variant)
                yield Case(
                    case, self.suite, (f"{self.suite}/{name}/{clause}",), 1, "must", good=good, make=make
                )

    def _make(self, case: str, targets: list[Target], variant: str) -> Built:
        number = salt(self.seed, case)
        target = targets[number % len(targets)]
        size = len(target[-1].segment.positions)
        usable = [at for at, one in enumerate(target[-1].segment.positions, 1) if one.usage != "N"]
        draft = None
        if variant == "elements/max":
            draft = next(
                (one for at in reversed(usable) if (one := compose(self.spec, target, number, {at}))),
                None,
            )
        draft = draft or compose(self.spec, target, number)
        if draft is None:
            raise LookupError(case)
        line = draft.line
        if variant.endswith(("/max", "/none")):
            return Built(draft.written(), accepted(draft))
        if variant == "elements/too-many":
            line.values.extend("" for _ in range(size - len(line.values)))
            line.values.append("X")
            expect = element_fault(draft, "element/too-many", (size + 1, 0, 0), 1)
            return Built(
                draft.written(), expect, Operator("elements.too-many", f"{line.id}-{size + 1:02}", "", "X")
            )
        begin = len(line.text(draft.frame))
        at = len(line.values) + 1
        line.values.append("")
        expect = element_fault(draft, "segment/trailing-separators", (at, 0, 0), 1, begin)
        return Built(draft.written(), expect, Operator("trailing.separator", line.id, "", "*"))
