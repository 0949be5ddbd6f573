"""Where a segment may stand: puts segments into groups and says what is out of place.

Lives here: the walk over one message. Each segment goes into the innermost open group that has
room for it. Where none has, the few things that can have happened (one too many, out of
order, an opening segment missing, not of this message) are each tried on the segments that
follow, and the one that explains most is reported, once. Never here: elements (`elements.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.formats.edifact.segment import Segment
    from gateway.specs.edifact import EdifactSpec, Place

LOOK_AHEAD = 12
SIMULATIONS_MAX = 400


class Misplaced(NamedTuple):
    """A finding on structure. `segment` is the index of the segment that it is reported at."""

    problem: str
    segment: int
    address: tuple[Place, ...]
    name: str
    expected: str


@dataclass(slots=True)
class Frame:
    """One open group (or the message): where in its parts we are.

    `index` is the part of the last segment placed, `count` how often that part stood.
    `seen` counts parts over the whole turn, `entries` are (index, segment) as they came.
    """

    parts: tuple[Place, ...]
    way: tuple[Place, ...]
    node: int
    index: int = -1
    count: int = 0
    seen: dict[int, int] = field(default_factory=dict)
    over: set[int] = field(default_factory=set)
    entries: list[tuple[int, int]] = field(default_factory=list)
    late: set[int] = field(default_factory=set)
    missing: dict[int, Misplaced] = field(default_factory=dict)

    def copy(self) -> Frame:
        """Copy for a trial; what happened long ago is left out."""
        return Frame(
            parts=self.parts,
            way=self.way,
            node=self.node,
            index=self.index,
            count=self.count,
            seen=dict(self.seen),
            over=set(self.over),
            entries=self.entries[-LOOK_AHEAD:],
        )


class Step(NamedTuple):
    """Where a segment goes. `depth` is the open group that takes it, `part` its line there.

    `kind` is fit, full, order, early, virtual, qualifier or skip; with virtual, `inner` is
    the part inside the group whose opening segment is missing.
    """

    kind: str
    depth: int = 0
    part: int = 0
    inner: int = 0


# What is reported when two explanations leave equally much unexplained: the first.
_PREFERENCE = (
    "qualifier",
    "full here",
    "order unseen",
    "early",
    "virtual",
    "order seen",
    "full before",
    "skip",
)


def preference(option: Step, stack: list[Frame]) -> float:
    """Weigh an explanation by itself: below 1, and less for what happens more often."""
    word = option.kind
    if word in {"full", "order"}:
        frame = stack[option.depth]
        if word == "full":
            word += " here" if option.part == frame.index else " before"
        else:
            word += " seen" if frame.seen.get(option.part) else " unseen"
    return _PREFERENCE.index(word) / len(_PREFERENCE)


class Walker:
    """Places the segments of one message, the ones between UNH and UNT.

    After `run`, `owners[n]` is (index of the group node, place) of segment n, and `loops`
    the group nodes as (parent, place); a place is None where the segment was not accepted.
    """

    def __init__(self, spec: EdifactSpec, segments: Sequence[Segment]) -> None:
        """Take the segments between UNH and UNT."""
        self.spec = spec
        self.segments = segments
        self.names = [segment.tag for segment in segments]
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
        """Choose what happened where no open group has room for the segment."""
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
        """Open a group; with `leader` the segment at hand is its first."""
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
        elif name not in self.spec.words.layouts:
            problem, expected = "segment/unknown", f"a segment of directory {self.spec.version}"
        elif name not in self.spec.segment_ids:
            problem, expected = "segment/not-in-message", f"a segment of {self.spec.message}"
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
                self.report("segment/order", early, (*frame.way, here), f"after {place.tag}")

    def before(self, frame: Frame) -> str:
        """Name the part in front of which a late segment belongs."""
        return f"before {frame.parts[frame.index].tag}" if frame.index >= 0 else ""

    def close(self, depth: int, at: int) -> None:
        """End the groups inside the one at `depth`."""
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


def matches(place: Place, segment: Segment) -> bool:
    """Tell whether a segment's qualifier opens this place."""
    if place.qualifier is None:
        return True
    at, code = place.qualifier
    return at + 1 < len(segment.elements) and segment.notation.text(segment.elements[at + 1]) == code


def fit(stack: list[Frame], name: str, segment: Segment) -> Step | None:
    """Find the innermost open group with room for a segment."""
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        for index in range(max(frame.index, 0), len(frame.parts)):
            place = frame.parts[index]
            if place.tag != name or not matches(place, segment):
                continue
            if index == frame.index and full(frame, place):
                continue
            return Step("fit", depth, index)
    return None


def full(frame: Frame, place: Place) -> bool:
    """Tell whether the part at which a group stands has come as often as it may.

    What has been reported as too often is not counted any more.
    """
    return frame.count >= place.count_max and frame.index not in frame.over


def stays(step: Step, stack: list[Frame]) -> bool:
    """Tell whether a segment is only misplaced: the groups that are open around it stay open."""
    frame = stack[step.depth]
    back = step.kind == "order" or (step.kind == "full" and step.part < frame.index)
    return back and not frame.parts[step.part].loop


def candidates(stack: list[Frame], name: str) -> list[Step]:
    """List what can have happened to a segment that fits nowhere, innermost first."""
    found: list[Step] = []
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        for index, place in enumerate(frame.parts):
            if place.tag == name:
                found.extend(_own(frame, depth, index, place))
            elif place.loop and index >= frame.index:
                room = index > frame.index or not full(frame, place)
                inner = next((n for n, part in enumerate(place.parts) if part.tag == name), None)
                if room and inner is not None:
                    found.append(Step("virtual", depth, index, inner))
    return found


def _own(frame: Frame, depth: int, index: int, place: Place) -> list[Step]:
    if index > frame.index:
        return [Step("qualifier", depth, index)]
    if index == frame.index:
        return [Step("full" if full(frame, place) else "qualifier", depth, index)]
    count = frame.seen.get(index, 0)
    if count >= place.count_max:
        return [Step("full", depth, index)]
    return [Step("order", depth, index), Step("early", depth, index)]


def move(frame: Frame, step: Step) -> None:
    """Count a part and go to it; what comes out of order does not move the group back."""
    index = step.part
    frame.seen[index] = frame.seen.get(index, 0) + 1
    if index == frame.index:
        frame.count += 1
    elif index > frame.index or step.kind == "early":
        frame.index = index
        frame.count = frame.seen[index]


def advance(stack: list[Frame], step: Step) -> int:
    """Apply a step in a trial; give the number of mandatory parts that it skips."""
    if step.kind == "skip":
        return 0
    if stays(step, stack):
        move(stack[step.depth], step)
        return 0
    if step.kind == "full":
        stack[step.depth].over.add(step.part)
    skipped = 0
    while len(stack) - 1 > step.depth:
        frame = stack.pop()
        skipped += _skipped(frame, len(frame.parts))
    frame = stack[step.depth]
    if step.kind not in {"order", "early"}:
        skipped += _skipped(frame, step.part)
    place = frame.parts[step.part]
    move(frame, step)
    if place.loop:
        inner = Frame(parts=place.parts, way=(), node=0)
        stack.append(inner)
        if step.kind == "virtual":
            skipped += advance(stack, Step("fit", len(stack) - 1, step.inner))
    return skipped


def _skipped(frame: Frame, index: int) -> int:
    return sum(
        1
        for number in range(frame.index + 1, index)
        if frame.parts[number].usage == "M" and not frame.seen.get(number)
    )


def following(stack: list[Frame]) -> str:
    """Name the segments that could stand next."""
    names: list[str] = []
    for frame in reversed(stack):
        for index in range(max(frame.index, 0), len(frame.parts)):
            place = frame.parts[index]
            if not (index == frame.index and full(frame, place)) and place.tag not in names:
                names.append(place.tag)
    return " ".join([*names[:20], "UNT"])
