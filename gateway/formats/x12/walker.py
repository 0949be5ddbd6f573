"""Where a segment may stand: puts segments into loops and says what is out of place.

Lives here: the walk over one transaction. Each segment goes into the innermost open loop
that has room for it. Where none has, the few things that can have happened (one too many,
out of order, an opening segment missing, not of this set) are each tried on the segments that
follow, and the one that explains most is reported, once. Never here: elements (`elements.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12.placing import (
    LOOK_AHEAD,
    Frame,
    Misplaced,
    Step,
    advance,
    candidates,
    fit,
    following,
    move,
    preference,
    stays,
)
from gateway.formats.x12.segment import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.specs.x12 import Place, X12Spec

SIMULATIONS_MAX = 400


class Walker:
    """Places the segments of one transaction, the ones between ST and SE.

    After `run`, `owners[n]` is (index of the loop node, place) of segment n, and `loops`
    the loop nodes as (parent, place); a place is None where the segment was not accepted.
    """

    def __init__(self, spec: X12Spec, segments: Sequence[Sequence[bytes]]) -> None:
        """Take the cut segments."""
        self.spec = spec
        self.segments = segments
        self.names = [text_of(elements[0]) for elements in segments]
        self.loops: list[tuple[int, Place | None]] = [(-1, None)]
        self.owners: list[tuple[int, Place | None]] = []
        self.found: list[Misplaced] = []
        self.stack = [Frame(parts=spec.body, way=(), node=0)]
        self.simulations = 0

    def run(self) -> None:
        """Place every segment, then close what is open."""
        for at in range(len(self.segments)):
            step = fit(self.stack, self.names[at], self.segments[at]) or self.explain(at)
            self.take(step, at)
        self.close(0, len(self.segments))
        self.finish(self.stack[0], len(self.stack[0].parts), len(self.segments))
        self.found.sort(key=lambda one: one.segment)

    def explain(self, at: int) -> Step:
        """Choose what happened where no open loop has room for the segment."""
        name = self.names[at]
        if name not in self.spec.segment_ids:
            return Step("skip")
        options = [*candidates(self.stack, name), Step("skip")]
        if len(options) == 1 or self.simulations >= SIMULATIONS_MAX:
            return options[0]
        self.simulations += 1
        return min(options, key=lambda option: self.cost(option, at))

    def cost(self, option: Step, at: int) -> float:
        """Count what would stay unexplained in the segments that follow, and the option itself."""
        stack = [frame.copy() for frame in self.stack]
        cost = preference(option, self.stack) + 1
        if option.kind == "early":
            entries = stack[option.depth].entries
            late = {index for index, _ in entries if index > option.part}
            cost += len(late) - 1
        if option.kind in {"order", "early"} and option.part in self.stack[option.depth].missing:
            cost -= 1
        advance(stack, option)
        last = min(at + 1 + LOOK_AHEAD, len(self.segments))
        for later in range(at + 1, last):
            step = fit(stack, self.names[later], self.segments[later])
            if step is None:
                cost += 1
            else:
                cost += advance(stack, step)
        return cost

    def take(self, step: Step, at: int) -> None:
        """Place one segment as decided, and report what that means."""
        if step.kind == "skip":
            self.skip(at)
            return
        frame = self.stack[step.depth]
        place = frame.parts[step.part]
        around = self.stack[-1]
        if not stays(step, self.stack):
            self.close(step.depth, at)
            around = frame
        if step.kind in {"order", "early"}:
            self.out_of_order(frame, step, at)
        else:
            self.finish(frame, step.part, at)
        if step.kind == "full" and step.part not in frame.over:
            frame.over.add(step.part)
            word = "loop" if place.loop else "segment"
            self.report(f"{word}/too-many", at, (*frame.way, place), f"at most {place.count_max}")
        move(frame, step)
        frame.entries.append((step.part, at))
        if step.kind == "virtual":
            self.report("segment/missing", at, (*frame.way, place), place.name)
            self.open(frame, place, leader=False)
            self.take(Step("fit", len(self.stack) - 1, step.inner), at)
            return
        if place.loop:
            self.open(frame, place)
        else:
            self.owners.append((around.node, place))

    def open(self, frame: Frame, place: Place, *, leader: bool = True) -> None:
        """Open a loop; with `leader` the segment at hand is its first."""
        self.loops.append((frame.node, place))
        node = len(self.loops) - 1
        self.stack.append(Frame(parts=place.parts, way=(*frame.way, place), node=node))
        if leader:
            self.owners.append((node, place))

    def skip(self, at: int) -> None:
        """Report a segment that belongs nowhere; it stays in the tree where it stood."""
        name = self.names[at]
        frame = self.stack[-1]
        if not name:
            problem, expected = "segment/empty", "a segment id"
        elif name not in self.spec.dictionary.segments:
            problem, expected = "segment/unknown", f"a segment of release {self.spec.version}"
        elif name not in self.spec.segment_ids:
            problem, expected = "segment/not-in-set", f"a segment of set {self.spec.message}"
        else:
            problem, expected = "segment/unexpected", following(self.stack)
        self.found.append(Misplaced(problem, at, frame.way, name, expected))
        self.owners.append((frame.node, None))

    def out_of_order(self, frame: Frame, step: Step, at: int) -> None:
        """Report a part that comes after a later one, or the later one that came too early."""
        place = frame.parts[step.part]
        reported = frame.missing.pop(step.part, None)
        if reported is not None:
            self.found.remove(reported)
        if step.kind == "order":
            if step.part not in frame.late:
                frame.late.add(step.part)
                self.report("segment/order", at, (*frame.way, place), self.before(frame))
            return
        blamed: set[int] = set()
        for index, early in reversed(frame.entries):
            if index <= step.part:
                break
            if index not in blamed:
                blamed.add(index)
                here = frame.parts[index]
                self.report("segment/order", early, (*frame.way, here), f"after {place.name}")

    def before(self, frame: Frame) -> str:
        """Name the part in front of which a late segment belongs."""
        return f"before {frame.parts[frame.index].name}" if frame.index >= 0 else ""

    def close(self, depth: int, at: int) -> None:
        """End the loops inside the one at `depth`."""
        while len(self.stack) - 1 > depth:
            frame = self.stack.pop()
            self.finish(frame, len(frame.parts), at)

    def finish(self, frame: Frame, index: int, at: int) -> None:
        """Report mandatory parts that stand before `index` and have not come."""
        for number in range(frame.index + 1, index):
            place = frame.parts[number]
            if place.usage == "M" and not frame.seen.get(number) and number not in frame.missing:
                word = "loop" if place.loop and place.parts else "segment"
                self.report(f"{word}/missing", at, (*frame.way, place), place.name)
                frame.missing[number] = self.found[-1]

    def report(self, problem: str, at: int, way: tuple[Place, ...], expected: str) -> None:
        """Add one finding at segment `at`."""
        self.found.append(Misplaced(problem, at, way, way[-1].name, expected))
