"""Open loops, and where the next segment can go.

Lives here: what is known of each open loop, the innermost place with room for a segment, and the
few things that can have happened where there is none. Never here: the choice between those, and what
is reported (`walker.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Container

LOOK_AHEAD = 12


class Place(Protocol):
    """One line of a message's table: a segment, or a loop that this segment opens.

    `tag` is the segment's id, `name` the node's; `usage` is M where it has to come, `count_max` None
    is unbounded. `parts` are what follows in the loop.
    """

    @property
    def tag(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def usage(self) -> str: ...  # noqa: D102
    @property
    def count_max(self) -> int | None: ...  # noqa: D102
    @property
    def loop(self) -> bool: ...  # noqa: D102
    @property
    def parts(self) -> tuple[Self, ...]: ...  # noqa: D102


P = TypeVar("P", bound=Place)
S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar(Generic[P, S]):
    """What the walk over a message has to know; segments are whatever its format cuts.

    `body` has what stands between header and `trailer`, `tags` its segments, `known` those of the
    release or directory. `opens` tells whether a segment's qualifier opens a place. `foreign` is
    the problem of a segment that is known and not of this message; `of_message` and `of_release`
    are the words for what was expected.
    """

    body: tuple[P, ...]
    tags: frozenset[str]
    known: Container[str]
    opens: Callable[[P, S], bool]
    trailer: str
    foreign: str
    of_message: str
    of_release: str


class Misplaced(NamedTuple):
    """A finding on structure. `segment` is the index of the segment that it is reported at."""

    problem: str
    segment: int
    way: tuple[str, ...]
    name: str
    expected: str


@dataclass(slots=True)
class Frame(Generic[P]):
    """One open loop (or the message): where in its parts we are; `way` leads to it.

    `index` is the part of the last segment placed, `count` how often that part stood.
    `seen` counts parts over the whole turn, `entries` are (index, segment) as they came. `over` and `late`
    are parts that something has been said of, hardly ever any.
    """

    parts: tuple[P, ...]
    way: tuple[str, ...]
    node: int
    index: int = -1
    count: int = 0
    seen: dict[int, int] = field(default_factory=dict)
    over: frozenset[int] = frozenset()
    entries: list[tuple[int, int]] = field(default_factory=list)
    late: frozenset[int] = frozenset()
    missing: dict[int, Misplaced] = field(default_factory=dict)

    def copy(self) -> Frame[P]:
        """Copy for a trial; what happened long ago is left out."""
        return Frame(
            parts=self.parts,
            way=self.way,
            node=self.node,
            index=self.index,
            count=self.count,
            seen=dict(self.seen),
            over=self.over,
            entries=self.entries[-LOOK_AHEAD:],
        )


class Step(NamedTuple):
    """Where a segment goes. `depth` is the open loop that takes it, `part` its line there.

    `kind` is fit, full, order, early, virtual, qualifier or skip; with virtual, `inner` is
    the part inside the loop whose opening segment is missing.
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


def preference(option: Step, stack: list[Frame[P]]) -> float:
    """Weigh an explanation by itself: below 1, and less for what happens more often."""
    word = option.kind
    if word in {"full", "order"}:
        frame = stack[option.depth]
        if word == "full":
            word += " here" if option.part == frame.index else " before"
        else:
            word += " seen" if frame.seen.get(option.part) else " unseen"
    return _PREFERENCE.index(word) / len(_PREFERENCE)


def fit(stack: list[Frame[P]], tag: str, segment: S, opens: Callable[[P, S], bool]) -> Step | None:
    """Find the innermost open loop with room for a segment."""
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        at = frame.index
        for index, place in enumerate(frame.parts[at:] if at > 0 else frame.parts, max(at, 0)):
            if place.tag != tag or not opens(place, segment):
                continue
            if index == at and full(frame, place):
                continue
            return Step("fit", depth, index)
    return None


def full(frame: Frame[P], place: P) -> bool:
    """Tell whether the part at which a loop stands has come as often as it may.

    What has been reported as too often is not counted any more.
    """
    return place.count_max is not None and frame.count >= place.count_max and frame.index not in frame.over


def stays(step: Step, stack: list[Frame[P]]) -> bool:
    """Tell whether a segment is only misplaced: the loops that are open around it stay open."""
    frame = stack[step.depth]
    back = step.kind == "order" or (step.kind == "full" and step.part < frame.index)
    return back and not frame.parts[step.part].loop


def candidates(stack: list[Frame[P]], tag: str) -> list[Step]:
    """List what can have happened to a segment that fits nowhere, innermost first."""
    found: list[Step] = []
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        for index, place in enumerate(frame.parts):
            if place.tag == tag:
                found.extend(_own(frame, depth, index, place))
            elif index >= frame.index:
                # What is no loop has no parts.
                room = index > frame.index or not full(frame, place)
                inner = next((n for n, part in enumerate(place.parts) if part.tag == tag), None)
                if room and inner is not None:
                    found.append(Step("virtual", depth, index, inner))
    return found


def _own(frame: Frame[P], depth: int, index: int, place: P) -> list[Step]:
    if index > frame.index:
        return [Step("qualifier", depth, index)]
    if index == frame.index:
        return [Step("full" if full(frame, place) else "qualifier", depth, index)]
    count = frame.seen.get(index, 0)
    if place.count_max is not None and count >= place.count_max:
        return [Step("full", depth, index)]
    return [Step("order", depth, index), Step("early", depth, index)]


def move(frame: Frame[P], step: Step) -> None:
    """Count a part and go to it; what comes out of order does not move the loop back."""
    index = step.part
    frame.seen[index] = frame.seen.get(index, 0) + 1
    if index == frame.index:
        frame.count += 1
    elif index > frame.index or step.kind == "early":
        frame.index = index
        frame.count = frame.seen[index]


def advance(stack: list[Frame[P]], step: Step) -> int:
    """Apply a step in a trial; give the number of mandatory parts that it skips."""
    if step.kind == "skip":
        return 0
    if stays(step, stack):
        move(stack[step.depth], step)
        return 0
    if step.kind == "full":
        stack[step.depth].over |= {step.part}
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
        inner: Frame[P] = Frame(parts=place.parts, way=(), node=0)
        stack.append(inner)
        if step.kind == "virtual":
            skipped += advance(stack, Step("fit", len(stack) - 1, step.inner))
    return skipped


def _skipped(frame: Frame[P], index: int) -> int:
    return sum(
        1
        for number in range(frame.index + 1, index)
        if frame.parts[number].usage == "M" and not frame.seen.get(number)
    )


def following(stack: list[Frame[P]], trailer: str) -> str:
    """Name the segments that could stand next."""
    names: list[str] = []
    for frame in reversed(stack):
        for index in range(max(frame.index, 0), len(frame.parts)):
            place = frame.parts[index]
            if not (index == frame.index and full(frame, place)) and place.tag not in names:
                names.append(place.tag)
    return " ".join([*names[:20], trailer])
