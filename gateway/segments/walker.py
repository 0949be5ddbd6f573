"""Where a segment may stand: puts segments into loops and says what is out of place.

Lives here: the walk over one message. Each segment goes into the innermost open loop
that has room for it. Where none has, the few things that can have happened (one too many,
out of order, an opening segment missing, not of this message) are each tried on the segments that
follow, and the one that explains most is reported, once. Never here: elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from gateway.segments.placing import (
    LOOK_AHEAD,
    Frame,
    Misplaced,
    P,
    S,
    Step,
    advance,
    candidates,
    fit,
    following,
    move,
    preference,
    stays,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.segments.placing import Grammar

SIMULATIONS_MAX = 400


class Walker(Generic[P, S]):
    """Places the segments of one message, the ones between its header and its trailer.

    After `run`, `owners[n]` is (index of the loop node, place) of segment n, and `loops`
    the loop nodes as (parent, place); a place is None where the segment was not accepted.
    """

    def __init__(self, grammar: Grammar[P, S], tags: Sequence[str], segments: Sequence[S]) -> None:
        """Take the cut segments, and the tag of each."""
        self.grammar = grammar
        self.segments = segments
        self.tags = tags
        self.loops: list[tuple[int, P | None]] = [(-1, None)]
        self.owners: list[tuple[int, P | None]] = []
        self.found: list[Misplaced] = []
        self.stack: list[Frame[P]] = [Frame(parts=grammar.body, way=(), node=0)]
        self.simulations = 0
        # The part that stands where its loop was opened without its first segment, by that segment's index.
        self.headless: dict[int, P] = {}

    def run(self) -> None:
        """Place every segment, then close what is open."""
        stack, opens = self.stack, self.grammar.opens
        for at, (tag, segment) in enumerate(zip(self.tags, self.segments, strict=True)):
            step = fit(stack, tag, segment, opens)
            if step is not None:
                self.put(step, at)
            else:
                self.take(self.explain(at), at)
        self.close(0, len(self.segments))
        self.finish(self.stack[0], len(self.stack[0].parts), len(self.segments))
        self.found.sort(key=lambda one: one.segment)

    def fit(self, stack: list[Frame[P]], at: int) -> Step | None:
        """Find the innermost open loop with room for segment `at`."""
        return fit(stack, self.tags[at], self.segments[at], self.grammar.opens)

    def explain(self, at: int) -> Step:
        """Choose what happened where no open loop has room for the segment."""
        tag = self.tags[at]
        if tag not in self.grammar.tags:
            return Step("skip")
        options = [*candidates(self.stack, tag), Step("skip")]
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
            step = self.fit(stack, later)
            if step is None:
                cost += 1
            else:
                cost += advance(stack, step)
        return cost

    def put(self, step: Step, at: int) -> None:
        """Place a segment that fits, as nearly all do."""
        stack, part = self.stack, step.part
        if len(stack) - 1 > step.depth:
            self.close(step.depth, at)
        frame = stack[step.depth]
        place = frame.parts[part]
        if part > frame.index + 1:
            self.finish(frame, part, at)
        move(frame, step)
        frame.entries.append((part, at))
        if place.loop:
            self.open(frame, place)
        else:
            self.owners.append((frame.node, place))

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
            frame.over |= {step.part}
            word = "loop" if place.loop else "segment"
            self.report(f"{word}/too-many", at, (*frame.way, place.name), f"at most {place.count_max}")
        move(frame, step)
        frame.entries.append((step.part, at))
        if step.kind == "virtual":
            self.headless[at] = place.parts[step.inner]
            self.report("segment/missing", at, (*frame.way, place.name), place.name)
            self.open(frame, place, leader=False)
            self.take(Step("fit", len(self.stack) - 1, step.inner), at)
            return
        if place.loop:
            self.open(frame, place)
        else:
            self.owners.append((around.node, place))

    def open(self, frame: Frame[P], place: P, *, leader: bool = True) -> None:
        """Open a loop; with `leader` the segment at hand is its first."""
        self.loops.append((frame.node, place))
        node = len(self.loops) - 1
        self.stack.append(Frame(parts=place.parts, way=(*frame.way, place.name), node=node))
        if leader:
            self.owners.append((node, place))

    def skip(self, at: int) -> None:
        """Report a segment that belongs nowhere; it stays in the tree where it stood."""
        tag, grammar, frame = self.tags[at], self.grammar, self.stack[-1]
        if not tag:
            problem, expected = "segment/empty", "a segment id"
        elif tag not in grammar.known:
            problem, expected = "segment/unknown", grammar.of_release
        elif tag not in grammar.tags:
            problem, expected = grammar.foreign, grammar.of_message
        else:
            problem, expected = "segment/unexpected", following(self.stack, grammar.trailer)
        self.found.append(Misplaced(problem, at, frame.way, tag, expected))
        self.owners.append((frame.node, None))

    def out_of_order(self, frame: Frame[P], step: Step, at: int) -> None:
        """Report a part that comes after a later one, or the later one that came too early."""
        place = frame.parts[step.part]
        reported = frame.missing.pop(step.part, None)
        if reported is not None:
            self.found.remove(reported)
        if step.kind == "order":
            if step.part not in frame.late:
                frame.late |= {step.part}
                self.report("segment/order", at, (*frame.way, place.name), self.before(frame))
            return
        blamed: set[int] = set()
        for index, early in reversed(frame.entries):
            if index <= step.part:
                break
            if index not in blamed:
                blamed.add(index)
                way = (*frame.way, frame.parts[index].name)
                if early in self.headless:
                    # The first segment of that loop is missing: what stands there is what can be too early.
                    way = (*way, self.headless[early].name)
                self.report("segment/order", early, way, f"after {place.tag}")

    def before(self, frame: Frame[P]) -> str:
        """Name the part in front of which a late segment belongs."""
        return f"before {frame.parts[frame.index].tag}" if frame.index >= 0 else ""

    def close(self, depth: int, at: int) -> None:
        """End the loops inside the one at `depth`."""
        while len(self.stack) - 1 > depth:
            frame = self.stack.pop()
            if frame.index + 1 < len(frame.parts):
                self.finish(frame, len(frame.parts), at)

    def finish(self, frame: Frame[P], index: int, at: int) -> None:
        """Report mandatory parts that stand before `index` and have not come."""
        parts = frame.parts
        for number in range(frame.index + 1, index):
            place = parts[number]
            if place.usage == "M" and not frame.seen.get(number) and number not in frame.missing:
                word = "loop" if place.parts else "segment"
                self.report(f"{word}/missing", at, (*frame.way, place.name), place.name)
                frame.missing[number] = self.found[-1]

    def report(self, problem: str, at: int, way: tuple[str, ...], expected: str) -> None:
        """Add one finding at segment `at`."""
        self.found.append(Misplaced(problem, at, way, way[-1], expected))
