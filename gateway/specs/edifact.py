"""EDIFACT messages as data: `edi_specs/edifact/` read into message specs.

Lives here: the message files (an indented table of segments and groups) and what a
directory inherits from its base. `edi_specs/edifact/README.md` describes the tables. Never
here: reading or judging a message (`gateway.formats.edifact`).

A version is 0052 and 0054 of the message header in one word: `D96B`, `D3` and `41` for CONTRL.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.specs import SpecError
from gateway.specs.edifact_keys import Layout, Slot, layout
from gateway.specs.edifact_tables import Dictionary, Element, code_list, dictionary, directories
from gateway.specs.part import LeafSpec, MessageSpec, Part
from gateway.specs.segment_tables import Line, indented, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["EdifactSpec", "Place", "Words", "load", "versions", "words"]

SEPARATOR = ":"
NEWEST_SERVICE = "41"
_HEADS = frozenset({"message", "source", "since"})
_LINE = re.compile(r"([A-Z]{3})(?:\.([A-Z]))?(?:\[(\d{4})=([^\]]+)\])?")
# Segments that stand in a message and belong to the service directory.
_SERVICE = ("UNH", "UNS", "UNT")
_USAGES = {"M": "M", "C": "O"}


@dataclass(frozen=True, slots=True)
class Words:
    """A directory's dictionary, and each of its segments laid out."""

    dictionary: Dictionary
    layouts: Mapping[str, Layout]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of a message file: a segment, or a group that this segment opens.

    `tag` is the segment's, `name` the node's: the same, but where a tag stands twice on one
    level (`CST.H`). `qualifier` is (slot from 0, code) where the tag alone does not choose this place.
    `group` is the number that the directory prints for a group; it moves between directories.
    """

    tag: str
    name: str
    layout: Layout
    usage: str
    count_max: int
    qualifier: tuple[int, str] | None = None
    loop: bool = False
    group: int = 0
    parts: tuple[Place, ...] = ()

    def walk(self) -> Iterator[Place]:
        """Yield this place and every place below it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True, kw_only=True)
class EdifactSpec(MessageSpec):
    """A message of one directory.

    `body` has what stands between UNH and UNT; `words` every segment of the directory, in
    the message or not.
    """

    body: tuple[Place, ...]
    words: Words
    segment_ids: frozenset[str] = field(default=frozenset())


@cache
def words(folder: Path, directory: str) -> Words:
    """Load a directory; UNH, UNS and UNT of the newest syntax are added where it has none."""
    own = dictionary(folder, directory)
    lists = {
        position.by[0]: code_list(own.chain, position.by[0])
        for segment in own.segments.values()
        for position in segment.positions
        if position.by
    }
    layouts = {name: layout(segment, lists) for name, segment in own.segments.items()}
    if "UNH" not in layouts:
        service = words(folder, NEWEST_SERVICE)
        layouts.update({name: service.layouts[name] for name in _SERVICE})
    return Words(own, layouts)


@cache
def service_words(root: Path, directory: str) -> Words:
    """Load a directory of service segments from a data folder."""
    return words(root / "edi_specs" / "edifact", directory)


def load(root: Path, message: str, version: str) -> EdifactSpec | None:
    """Load one message, `("CUSDEC", "D96B")`; None where the tables have no such message or directory."""
    folder = root / "edi_specs" / "edifact"
    table = _file(folder, message, version)
    return _load(table, version, words(folder, version)) if table else None


def versions(root: Path) -> Mapping[str, tuple[str, ...]]:
    """Give each message's directories, oldest first."""
    folder = root / "edi_specs" / "edifact"
    known = sorted(directories(folder), key=lambda name: directories(folder)[name][1])
    found: dict[str, tuple[str, ...]] = {}
    for message in sorted({path.stem for path in folder.glob("*/*.msg")}):
        found[message] = tuple(one for one in known if _file(folder, message, one))
    return found


def _file(folder: Path, message: str, directory: str) -> Path | None:
    """Give the message's own file in the directory or in its nearest base that has one."""
    if not (message.isalnum() and message.isascii()):
        return None
    return nearest(folder, f"{message}.msg", directory, directories(folder))


def _load(table: Path, version: str, known: Words) -> EdifactSpec:
    head, lines = indented(table, _HEADS)
    body = _places(table, lines, known, 0, count(1))
    if lines:
        raise SpecError(table, lines[0][0], "indented deeper than the group it would stand in")
    message, _, title = head.get("message", "").partition(" ")
    if message != table.stem:
        raise SpecError(table, 1, "a message file begins with `message`, its own name and title")
    ends = [_part_of_segment(name, known.layouts[name], control=True) for name in ("UNH", "UNT")]
    return EdifactSpec(
        format="edifact",
        message=message,
        version=version,
        title=title.strip(),
        root=Part(
            name=message,
            title=title.strip(),
            parts=(ends[0], *(_part(place) for place in body), ends[1]),
            usage="M",
        ),
        separator=SEPARATOR,
        source=head.get("source", ""),
        since=head.get("since", ""),
        body=body,
        words=known,
        segment_ids=frozenset(place.tag for top in body for place in top.walk()),
    )


def _places(
    table: Path, lines: list[Line], known: Words, level: int, groups: Iterator[int]
) -> tuple[Place, ...]:
    """Take the lines of one level, and what is indented under them, off the list."""
    found: list[Place] = []
    while lines and lines[0][1] == level:
        number, _, text = lines.pop(0)
        place = _place(table, number, text, known)
        if place.loop:
            number_of_group = next(groups)
            parts = _places(table, lines, known, level + 1, groups)
            place = replace(place, group=number_of_group, parts=parts)
        found.append(place)
        name, times = Counter(one.name for one in found).most_common(1)[0]
        if times > 1:
            raise SpecError(table, number, f"{name} stands twice on this level: one of them needs a suffix")
    return tuple(found)


def _place(table: Path, line: int, text: list[str], known: Words) -> Place:
    match = _LINE.fullmatch(text[0])
    if not match or len(text) not in {3, 4} or text[1] not in _USAGES or text[3:] not in ([], ["loop"]):
        raise SpecError(table, line, "a line is: segment, M or C, maximum, and `loop` for a group")
    tag, suffix, element, code = match.groups()
    if tag not in known.layouts:
        raise SpecError(table, line, f"directory {known.dictionary.directory} has no segment {tag}")
    if not (text[2].isdecimal() and int(text[2]) > 0):
        raise SpecError(table, line, f"not a maximum: {text[2]!r}")
    place = known.layouts[tag]
    qualifier = None
    if element:
        if element not in place.places:
            raise SpecError(table, line, f"{tag} has no element {element}")
        qualifier = (place.places[element][0], code)
    return Place(
        tag=tag,
        name=f"{tag}.{suffix}" if suffix else tag,
        layout=place,
        usage=text[1],
        count_max=int(text[2]),
        qualifier=qualifier,
        loop="loop" in text[3:],
    )


def _part(place: Place) -> Part:
    leader = _part_of_segment(place.name, place.layout, control=place.tag == "UNS")
    usage = _USAGES[place.usage]
    if not place.loop:
        return replace(leader, usage=usage, count_max=place.count_max)
    return Part(
        name=place.name,
        title=f"{leader.title} (group {place.group})",
        usage=usage,
        count_max=place.count_max,
        loop=True,
        parts=(replace(leader, usage="M"), *(_part(one) for one in place.parts)),
    )


def _part_of_segment(name: str, known: Layout, *, control: bool = False) -> Part:
    leaves: dict[str, LeafSpec] = {}
    for slot in known.slots:
        if slot.by >= 0 and slot.turn == 1 and slot.composite is not None:
            for code in known.lists[slot.composite.number]:
                for key, leaf in zip(slot.keys(code), _leaves(slot, control=control), strict=True):
                    leaves[key] = replace(leaf, key=key)
                leaves[slot.keys(code)[slot.by]] = replace(
                    leaves[slot.keys(code)[slot.by]], control=True, usage="O"
                )
        for leaf in _leaves(slot, control=control):
            # Later occurrences share the entry of the first: an address may say which.
            leaves.setdefault(leaf.key.partition("#")[0], replace(leaf, key=leaf.key.partition("#")[0]))
    return Part(name=name, title=known.segment.title, leaves=leaves, usage="M")


def _leaves(slot: Slot, *, control: bool) -> Iterator[LeafSpec]:
    for cell in slot.cells:
        element: Element = cell.element
        usage = _USAGES[cell.usage]
        if slot.composite is None:
            usage = _USAGES[slot.usage]
        elif slot.usage == "C" and cell.usage == "M":
            usage = "X"
        yield LeafSpec(
            key=cell.key,
            title=cell.name,
            kind=element.kind,
            length_min=element.length_min,
            length_max=element.length_max,
            usage=usage,
            codes=element.codes,
            control=control,
        )
