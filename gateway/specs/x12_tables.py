"""The X12 dictionaries of one release: elements, composites, segments, code lists.

Lives here: what `edi_specs/x12/<release>/*.csv` say, as frozen classes. A release takes
from its base whatever its own folder does not say, by element, composite, segment and
code list. Never here: how a transaction set is built from segments (`gateway.specs.x12`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from gateway.specs import SpecError, read_csv
from gateway.specs.segment_tables import bases, grouped, whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TYPES = frozenset({"AN", "ID", "DT", "TM", "R", *(f"N{places}" for places in range(10))})
CODE_RULES = frozenset({"", "open", "closed"})
USAGES = frozenset("MOXN")
RELATIONS = frozenset("PRECL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One data element.

    `codes` is None where any text may stand. With `closed` a code outside the list is an
    error, otherwise the list is a part of the standard's and such a code is a warning.
    """

    number: str
    name: str
    kind: str
    length_min: int
    length_max: int
    codes: Mapping[str, str] | None = None
    closed: bool = False


class Relation(NamedTuple):
    """One syntax note: `P0304` is ("P", (3, 4)). P R E C L as in X12.6."""

    kind: str
    positions: tuple[int, ...]

    @property
    def name(self) -> str:
        """The note as printed: `P0304`."""
        return self.kind + "".join(f"{position:02}" for position in self.positions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """One composite: its components in order, and the relations between them."""

    number: str
    name: str
    components: tuple[Position, ...]
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One place in a segment or composite. `repeat` counts repetitions, from 00402 on.

    `meaning` is what customs means by it, "" where the standard's name says it.
    """

    what: Element | Composite
    usage: str
    repeat: int = 1
    title: str = ""
    control: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment. `open` has no description of its elements here: any may stand.

    `divided` are the numbers of the elements that are composites or repeat: all others
    are one leaf each.
    """

    name: str
    title: str
    positions: tuple[Position, ...]
    relations: tuple[Relation, ...] = ()
    open: bool = False
    divided: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        divided = frozenset(
            number
            for number, position in enumerate(self.positions, 1)
            if isinstance(position.what, Composite) or position.repeat > 1
        )
        object.__setattr__(self, "divided", divided)


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """What one release says, its bases taken in. `chain` names the folders, nearest first.

    Of a base that no message is of, only the elements are made.
    """

    release: str
    since: str
    chain: tuple[Path, ...]
    elements: Mapping[str, Element] = field(default_factory=dict)

    @cached_property
    def composites(self) -> Mapping[str, Composite]:
        """The composites by number."""
        return _composites(self.chain, self.elements)

    @cached_property
    def segments(self) -> Mapping[str, Segment]:
        """The segments by name."""
        return _segments(self.chain, self.elements, self.composites)


@cache
def releases(folder: Path) -> Mapping[str, tuple[str, str]]:
    """Give `releases.csv`: release to (base, since)."""
    return bases(folder / "releases.csv", "release")


@cache
def dictionary(folder: Path, release: str) -> Dictionary:
    """Load the dictionaries of one release; KeyError for a release that is not listed."""
    base, since = releases(folder)[release]
    own = folder / release
    before = dictionary(folder, base) if base else None
    chain = (own, *before.chain) if before else (own,)
    elements = _elements(own / "elements.csv", chain, dict(before.elements) if before else {})
    return Dictionary(
        release=release,
        since=since,
        chain=chain,
        elements=elements,
    )


def _elements(table: Path, chain: tuple[Path, ...], found: dict[str, Element]) -> dict[str, Element]:
    rules: dict[str, str] = {
        number: ("" if element.codes is None else "closed" if element.closed else "open")
        for number, element in found.items()
    }
    changed = {path.stem for path in chain[0].glob("codes/*.csv")}
    for line, row in read_csv(table) if table.exists() else ():
        if row["type"] not in TYPES or row["codes"] not in CODE_RULES:
            raise SpecError(table, line, f"no such type or code rule: {row['type']!r}, {row['codes']!r}")
        number = row["element"]
        rules[number] = row["codes"]
        changed.add(number)
        found[number] = Element(
            number=number,
            name=row["name"],
            kind=row["type"],
            length_min=whole(table, line, row["min"]),
            length_max=whole(table, line, row["max"]),
        )
    for number in changed:
        if number not in found:
            raise SpecError(chain[0] / "codes" / f"{number}.csv", 1, "a code list of an element not listed")
        if not rules[number]:
            continue
        element = found[number]
        found[number] = Element(
            number=number,
            name=element.name,
            kind=element.kind,
            length_min=element.length_min,
            length_max=element.length_max,
            codes=_codes(chain, number),
            closed=rules[number] == "closed",
        )
    return found


def _codes(chain: tuple[Path, ...], number: str) -> Mapping[str, str]:
    for folder in chain:
        table = folder / "codes" / f"{number}.csv"
        if table.exists():
            codes = {row["code"]: row["meaning"] for _, row in read_csv(table)}
            if not codes:
                raise SpecError(table, 1, "a code list without a code")
            return codes
    raise SpecError(chain[0] / "elements.csv", 0, f"element {number} names a code list that is not there")


def _composites(chain: tuple[Path, ...], elements: Mapping[str, Element]) -> dict[str, Composite]:
    found: dict[str, Composite] = {}
    for table, name, head, rows in grouped(chain, "composites.csv", "composite"):
        line, row = head
        components = tuple(
            Position(
                what=_known(table, at, elements, item["element"]),
                usage=_usage(table, at, item["usage"]),
                title=item["name"],
                control="control" in item["notes"].split(),
            )
            for at, item in rows
        )
        found[name] = Composite(
            number=name,
            name=row["name"],
            components=components,
            relations=_relations(table, line, row["notes"], len(components)),
        )
    return found


@cache
def meanings(folder: Path) -> Mapping[tuple[str, str], str]:
    """Give `meanings.csv`, where there is one: what customs means by an element of a segment."""
    table = folder / "meanings.csv"
    rows = read_csv(table) if table.exists() else ()
    return {(row["segment"], row["element"]): row["meaning"] for _, row in rows}


def _segments(
    chain: tuple[Path, ...], elements: Mapping[str, Element], composites: Mapping[str, Composite]
) -> dict[str, Segment]:
    found: dict[str, Segment] = {}
    either: dict[str, Element | Composite] = {**elements, **composites}
    said = meanings(chain[0].parent)
    for table, name, head, rows in grouped(chain, "segments.csv", "segment"):
        line, row = head
        notes = row["notes"].split()
        positions = tuple(
            Position(
                what=_known(table, at, either, item["element"]),
                usage=_usage(table, at, item["usage"]),
                repeat=whole(table, at, item["repeat"]),
                title=item["name"],
                control="control" in item["notes"].split(),
                meaning=said.get((name, item["position"]), ""),
            )
            for at, item in rows
        )
        found[name] = Segment(
            name=name,
            title=row["name"],
            positions=positions,
            relations=_relations(
                table, line, " ".join(note for note in notes if note != "open"), len(positions)
            ),
            open="open" in notes,
        )
    return found


_T = TypeVar("_T")


def _known(table: Path, line: int, known: Mapping[str, _T], name: str) -> _T:
    try:
        return known[name]
    except KeyError:
        raise SpecError(table, line, f"no element or composite {name!r} in this release") from None


def _usage(table: Path, line: int, text: str) -> str:
    if text not in USAGES:
        raise SpecError(table, line, f"no such usage: {text!r}")
    return text


def _relations(table: Path, line: int, text: str, size: int) -> tuple[Relation, ...]:
    found = []
    for note in text.split():
        digits = note[1:]
        positions = tuple(int(digits[at : at + 2]) for at in range(0, len(digits), 2)) if digits else ()
        fits = len(digits) % 2 == 0 and len(positions) > 1 and all(0 < at <= size for at in positions)
        if note[0] not in RELATIONS or not fits:
            raise SpecError(table, line, f"not a syntax note for {size} elements: {note!r}")
        found.append(Relation(note[0], positions))
    return tuple(found)
