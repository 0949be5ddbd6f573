"""X12 transaction sets as data: `edi_specs/x12/` read into message specs.

Lives here: the set files (an indented table of segments and loops) and what a release
inherits from its base. `edi_specs/x12/README.md` describes the tables. Never here:
reading or judging a message (`gateway.formats.x12`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.specs import SpecError
from gateway.specs.part import LeafSpec, MessageSpec, Part
from gateway.specs.segment_tables import Line, indented, nearest
from gateway.specs.x12_tables import Composite, Dictionary, Element, Position, Segment, dictionary, releases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Place", "X12Spec", "groups", "known_release", "load", "versions"]

SEPARATOR = "-"
_HEADS = frozenset({"set", "group", "source", "since"})
_NAME = re.compile(r"([A-Z][A-Z0-9]{1,2})(?:\[(\d\d)=([^\]]+)\])?")
_SET = re.compile(r"[A-Z0-9]{3}")
_CHANGE = re.compile(r"(\d\d)(?:=(\S+)|:([MOXN]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of a set file: a segment, or a loop that this segment opens.

    `qualifier` is (element position, codes) where the segment id alone does not choose
    this place. `count_max` None is unbounded. `parts` are what follows in the loop. `name` is the
    segment's id, and `tag` too: the walk over segments asks for both (`gateway.segments`), very often.
    """

    segment: Segment
    usage: str
    count_max: int | None
    qualifier: tuple[int, frozenset[str]] | None = None
    loop: bool = False
    parts: tuple[Place, ...] = ()
    name: str = field(init=False)
    tag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.segment.name)
        object.__setattr__(self, "tag", self.segment.name)

    def walk(self) -> Iterator[Place]:
        """Yield this place and every place below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class X12Spec(MessageSpec):
    """A transaction set of one release.

    `body` has what stands between ST and SE; `groups` the GS01 that may carry the set,
    the one to write first; `dictionary` every segment of the release, in the set or not.
    """

    body: tuple[Place, ...]
    groups: tuple[str, ...]
    header: Segment
    trailer: Segment
    dictionary: Dictionary
    segment_ids: frozenset[str] = field(default=frozenset())


def load(root: Path, message: str, version: str) -> X12Spec | None:
    """Load one set, `("309", "004010")`; None where the tables have no such set or release."""
    folder = root / "edi_specs" / "x12"
    table = _set_file(folder, message, version)
    if table is None:
        return None
    base = releases(folder)[version][0]
    spec = _load_set(table, dictionary(folder, version))
    return replace(spec, base=base if _set_file(folder, message, base) else "")


def versions(root: Path) -> Mapping[str, tuple[str, ...]]:
    """Give each set's releases, oldest first."""
    folder = root / "edi_specs" / "x12"
    found: dict[str, tuple[str, ...]] = {}
    for message in sorted({path.stem for path in folder.glob("*/*.set")}):
        found[message] = tuple(release for release in releases(folder) if _set_file(folder, message, release))
    return found


@cache
def groups(root: Path) -> frozenset[str]:
    """Give every GS01 code that one of our sets may travel under."""
    found: set[str] = set()
    for table in (root / "edi_specs" / "x12").glob("*/*.set"):
        found.update(indented(table, _HEADS)[0].get("group", "").split())
    return frozenset(found)


def known_release(root: Path, release: str) -> bool:
    """Tell whether there are tables for a release."""
    return release in _releases(root)


@cache
def _releases(root: Path) -> Mapping[str, tuple[str, str]]:
    # A path of three parts is made anew for each group otherwise.
    return releases(root / "edi_specs" / "x12")


def _set_file(folder: Path, message: str, release: str) -> Path | None:
    """Give the set's own file in the release or in its nearest base that has one."""
    # What a sender wrote in ST01 becomes a file name only where it can be a set's number.
    if not _SET.fullmatch(message):
        return None
    return nearest(folder, f"{message}.set", release, releases(folder))


def _load_set(table: Path, words: Dictionary) -> X12Spec:
    head, lines = indented(table, _HEADS)
    body = _places(table, lines, words, 0)
    if lines:
        raise SpecError(table, lines[0][0], "indented deeper than the loop it would stand in")
    message, _, title = head.get("set", "").partition(" ")
    if message != table.stem or not head.get("group"):
        raise SpecError(table, 1, "a set file begins with `set`, its own number and title, and `group`")
    header, trailer = words.segments["ST"], words.segments["SE"]
    top = (_part_of_segment(header, control=True), *_parts(body), _part_of_segment(trailer, control=True))
    return X12Spec(
        format="x12",
        message=message,
        version=words.release,
        title=title.strip(),
        root=Part(name=message, title=title.strip(), parts=top, usage="M"),
        separator=SEPARATOR,
        source=head.get("source", ""),
        since=head.get("since", words.since),
        body=body,
        groups=tuple(head["group"].split()),
        header=header,
        trailer=trailer,
        dictionary=words,
        segment_ids=frozenset(place.name for top_place in body for place in top_place.walk()),
    )


def _places(table: Path, lines: list[Line], words: Dictionary, level: int) -> tuple[Place, ...]:
    """Take the lines of one level, and what is indented under them, off the list."""
    found: list[Place] = []
    while lines and lines[0][1] == level:
        number, _, text = lines.pop(0)
        place = _place(table, number, text, words)
        if place.loop:
            place = replace(place, parts=_places(table, lines, words, level + 1))
        found.append(place)
    return tuple(found)


def _place(table: Path, line: int, text: list[str], words: Dictionary) -> Place:
    match = _NAME.fullmatch(text[0])
    if not match or len(text) < 3 or text[1] not in {"M", "O"}:
        raise SpecError(table, line, "a line is: segment, M or O, maximum, `loop` and changes")
    name, at, codes = match.groups()
    if name not in words.segments:
        raise SpecError(table, line, f"release {words.release} has no segment {name}")
    count = text[2]
    if count != ">1" and not (count.isdecimal() and int(count) > 0):
        raise SpecError(table, line, f"not a maximum: {count!r}")
    changes = [word for word in text[3:] if word != "loop"]
    if at:
        changes.append(f"{at}={codes}")
    return Place(
        segment=_changed(table, line, words.segments[name], changes),
        usage=text[1],
        count_max=None if count == ">1" else int(count),
        qualifier=(int(at), frozenset(codes.split("|"))) if at else None,
        loop="loop" in text[3:],
    )


def _changed(table: Path, line: int, segment: Segment, changes: list[str]) -> Segment:
    """Apply `02=A|J` (only these codes here) and `05:N` (usage here) to one segment."""
    positions = list(segment.positions)
    for change in changes:
        match = _CHANGE.fullmatch(change)
        at = int(match[1]) - 1 if match else -1
        if match is None or not 0 <= at < len(positions):
            raise SpecError(table, line, f"not a change of an element of {segment.name}: {change!r}")
        position = positions[at]
        if match[3]:
            positions[at] = replace(position, usage=match[3])
            continue
        if not isinstance(position.what, Element):
            raise SpecError(table, line, f"{segment.name}-{match[1]} is a composite and has no codes")
        known = position.what.codes or {}
        codes = {code: known.get(code, "") for code in match[2].split("|")}
        positions[at] = replace(position, what=replace(position.what, codes=codes, closed=True))
    return replace(segment, positions=tuple(positions)) if changes else segment


def _parts(places: tuple[Place, ...]) -> tuple[Part, ...]:
    """Give the places as parts; places of one name that qualifiers tell apart become one."""
    found: dict[str, Part] = {}
    for place in places:
        part = _part_of_place(place)
        if place.name in found:
            part = _merged(found[place.name], part)
        found[place.name] = part
    return tuple(found.values())


def _merged(one: Part, other: Part) -> Part:
    counts = (one.count_max, other.count_max)
    inner = {part.name: part for part in one.parts}
    for part in other.parts:
        inner[part.name] = _merged(inner[part.name], part) if part.name in inner else part
    return replace(
        one,
        leaves={**other.leaves, **one.leaves},
        parts=tuple(inner.values()),
        count_max=None if None in counts else sum(count for count in counts if count),
        loop=one.loop or other.loop,
    )


def _part_of_place(place: Place) -> Part:
    leader = _part_of_segment(place.segment)
    if not place.loop:
        return replace(leader, usage=place.usage, count_max=place.count_max)
    return Part(
        name=place.name,
        title=leader.title,
        usage=place.usage,
        count_max=place.count_max,
        loop=True,
        parts=(replace(leader, usage="M"), *_parts(place.parts)),
    )


def _part_of_segment(segment: Segment, *, control: bool = False) -> Part:
    leaves: dict[str, LeafSpec] = {}
    for number, position in enumerate(segment.positions, 1):
        key = f"{number:02}"
        if isinstance(position.what, Composite):
            for inner, component in enumerate(position.what.components, 1):
                usage = component.usage if position.usage == "M" or component.usage != "M" else "X"
                leaf = _leaf(f"{key}-{inner}", component, control=control or position.control)
                leaves[leaf.key] = replace(leaf, usage=usage)
        else:
            leaves[key] = _leaf(key, position, control=control)
    return Part(name=segment.name, title=segment.title, leaves=leaves, usage="M")


def _leaf(key: str, position: Position, *, control: bool) -> LeafSpec:
    element = position.what
    if not isinstance(element, Element):
        raise TypeError(f"{key} is a composite inside a composite")
    return LeafSpec(
        key=key,
        title=position.title or element.name,
        kind=element.kind,
        length_min=element.length_min,
        length_max=element.length_max,
        usage=position.usage,
        codes=element.codes,
        control=control or position.control,
        meaning=position.meaning,
    )
