"""One format made of segments, as data: `edi_specs/conformance/segments/<format>.toml`.

Lives here: the description that every generator asks, read and checked. Which formats there are is told
by the files. Never here: cases.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from gateway.conformance.rows import rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Frame:
    """Delimiters and control numbers of an interchange. `line_end` stands after each segment."""

    element: str
    component: str
    repetition: str
    terminator: str
    control: str
    set_control: str
    group_control: str = ""
    line_end: str = ""


@dataclass(frozen=True, eq=False)
class Written:
    """The segments before and after those of a message, each a list of its elements, and what stands in front."""

    head: tuple[tuple[str, ...], ...]
    tail: tuple[tuple[str, ...], ...]
    advice: str = ""


@dataclass(frozen=True, eq=False)
class Told:
    """How an envelope's fault is told: `of` is looked for in "severity level problem place"."""

    of: str
    codes: Mapping[str, str] = field(default_factory=dict)
    message: str | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """The message that acknowledges: codes by their place in it, when all is well, doubtful or refused.

    `segment` and `element` say where a fault is; `missing_at` is how many segments away a missing one is told.
    Without `noted` what is only doubtful is not told.
    """

    message: str
    taken: Mapping[str, str]
    refused: Mapping[str, str]
    segment: Mapping[str, str]
    element: Mapping[str, str]
    told: tuple[Told, ...]
    noted: Mapping[str, str] | None = None
    missing_at: int = 0

    def tells(self, text: str) -> Told:
        """Give how a fault of an envelope is told: the first that fits."""
        return next(one for one in self.told if re.search(one.of, text))


@dataclass(frozen=True, eq=False)
class Era:
    """The releases that a syntax is alike in. `trailing` is what separators at an end are called, "" for right."""

    name: str
    releases: tuple[str, ...]
    answer: Answer
    older_codes: bool
    repeats: bool
    trailing: str
    no_repetition: str = ""
    service: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Tables:
    """How the tables of `edi_specs/<format>/` are written."""

    index: str
    messages: str
    codes: str
    note: re.Pattern[str]
    relations: Mapping[str, str]
    places: str
    optional: str
    large_counts: str
    borrowed: str = ""


@dataclass(frozen=True, eq=False)
class Trying:
    """What is tried on an element beside the rows of `trials.csv`."""

    components: str
    list_of: str
    foreign: str
    too_many_components: str
    copies: str


@dataclass(frozen=True, eq=False)
class Envelopes:
    """What is tried on the envelope beside the rows of `<format>_envelope.csv`."""

    source: str
    element_source: str
    elements: str
    case: str
    tags: tuple[str, ...]
    apart: frozenset[str]
    companion: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dialect:
    """One format: its words, its frame, its eras, how it is answered and how an answer is read."""

    name: str
    root: Path
    source: str
    unknown: str
    stranger: str
    service: frozenset[str]
    unanswered: frozenset[str]
    tables: Tables
    trials: Trying
    frame: Frame
    written: Written
    eras: tuple[Era, ...]
    shown: tuple[tuple[str, str, str], ...]
    envelopes: Envelopes
    read: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """Where the tables are."""
        return self.root / "edi_specs" / self.name

    def era_of(self, release: str) -> Era:
        """Give the era of a release."""
        return _era(self, release)

    def era(self, name: str) -> Era:
        """Give an era by its name."""
        return next(one for one in self.eras if one.name == name)

    @property
    def relations(self) -> Mapping[str, str]:
        """The problem of a broken note by the letter that its kind has here."""
        return {letter: f"relation/{kind}" for kind, letter in self.tables.relations.items()}


@cache
def _era(one: Dialect, release: str) -> Era:
    return next(era for era in one.eras if release in era.releases)


def folder(root: Path) -> Path:
    """Give where the descriptions are."""
    return root / "edi_specs" / "conformance" / "segments"


def dialects(root: Path) -> list[Dialect]:
    """Give every format that is described."""
    return [dialect(root, path.stem) for path in sorted(folder(root).glob("*.toml"), reverse=True)]


@cache
def dialect(root: Path, name: str) -> Dialect:
    """Read the description of a format."""
    plain = tomllib.loads((folder(root) / f"{name}.toml").read_text(encoding="utf-8"))
    answers = {key: _answer(one) for key, one in plain["answer"].items()}
    table, envelopes, written = plain["tables"], plain["envelopes"], plain["written"]
    return Dialect(
        name=name,
        root=root,
        source=plain["source"],
        unknown=plain["unknown"],
        stranger=plain["stranger"],
        service=frozenset(plain["service"]),
        unanswered=frozenset(plain["unanswered"]),
        tables=Tables(**{**table, "note": re.compile(table["note"])}),
        trials=Trying(**plain["trials"]),
        frame=Frame(**plain["frame"]),
        written=Written(
            tuple(map(tuple, written["head"])), tuple(map(tuple, written["tail"])), written.get("advice", "")
        ),
        eras=tuple(
            Era(**{**one, "releases": tuple(one["releases"]), "answer": answers[one["answer"]]})
            for one in plain["era"]
        ),
        shown=tuple((one["name"], one["message"], one["release"]) for one in plain["envelope"]),
        envelopes=Envelopes(
            **{**envelopes, "tags": tuple(envelopes["tags"]), "apart": frozenset(envelopes["apart"])}
        ),
        read=plain["read"],
    )


def _answer(plain: Mapping[str, Any]) -> Answer:
    return Answer(**{**plain, "told": tuple(Told(**one) for one in plain["told"])})


@dataclass(frozen=True, slots=True)
class AckRow:
    """How an acknowledgement says a problem: level, code of today, code of the older eras."""

    level: str
    code: str
    older: str
    severity: str

    @property
    def bad(self) -> bool:
        """Tell whether it refuses what it is in."""
        return self.severity not in {"warning", "info"}


@cache
def ack_rows(one: Dialect) -> Mapping[str, AckRow]:
    """Give what the acknowledgements call each problem."""
    found = rows(one.root / "edi_specs" / "ack_codes" / one.tables.codes)
    return {
        row["problem"]: AckRow(
            row.get("level") or "element", row["code"], row["older"] or row["code"], row["severity"]
        )
        for row in found
    }
