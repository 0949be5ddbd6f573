"""The CATAIR tables, read for the suite alone.

Lives here: layouts, structures, code lists and shapes of `edi_specs/catair/` as plain classes.
`edi_specs/catair/README.md` describes them. Never here: cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WIDTH = 80
ENVELOPE_VERSION = "v23"
DATES = ("MMDDYY", "MMDDCCYY", "YYMMDD", "MMCCYY", "MM", "HHMM", "HHMMSS")


@dataclass(frozen=True, slots=True)
class Field:
    """Columns `start` to `end` of a record, both counted from 1."""

    start: int
    end: int
    cls: str
    usage: str
    title: str
    turn: int
    constant: str
    codes: tuple[str, ...]
    words: tuple[str, ...]
    blank: bool
    key: str = field(init=False, compare=False, repr=False)
    """`40-49`, or `5`."""

    def __post_init__(self) -> None:
        """Write the key once; it is asked for more than all else."""
        key = str(self.start) if self.start == self.end else f"{self.start}-{self.end}"
        object.__setattr__(self, "key", key)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.end - self.start + 1

    @property
    def date(self) -> str:
        """The form of a date or time, "" for none."""
        return next((word for word in self.words if word in DATES), "")

    @property
    def filler(self) -> bool:
        """Tell whether the columns stay blank."""
        return self.cls == "S"


@dataclass(frozen=True, slots=True)
class Choice:
    """A condition on columns: `5-7=CN|MF`, `79-80=!04`."""

    start: int
    end: int
    values: tuple[str, ...]
    negated: bool

    def holds(self, text: str) -> bool:
        """Tell whether a record obeys."""
        return (text[self.start - 1 : self.end].rstrip() in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout of a record; `choice` None where it has no other."""

    record: str
    wire: str
    choice: Choice | None
    select: str
    fields: tuple[Field, ...]
    relations: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on the first record of a transaction."""

    record: str
    choice: Choice


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """One line of a structure: a record, or a loop that it opens.

    `rank` orders the slots of a loop; equal ranks mix. `unique` columns differ in each turn,
    `count` columns number the turns.
    """

    name: str
    must: bool
    most: int | None
    parts: tuple[Slot, ...] = ()
    choice: Choice | None = None
    guard: Guard | None = None
    mixed: bool = False
    ends: bool = False
    unique: tuple[int, int] | None = None
    count: tuple[int, int] | None = None
    rank: int = 0
    loop: bool = False

    @property
    def step(self) -> str:
        """The slot in an address, with what tells it from others of its name."""
        if self.choice is None:
            return self.name
        start, end = self.choice.start, self.choice.end
        key = str(start) if start == end else f"{start}-{end}"
        return f"{self.name}[{key}={'|'.join(self.choice.values)}]"


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """The structure for transactions whose first record fits `when`."""

    when: Guard | None
    slots: tuple[Slot, ...]

    def walk(self) -> Iterator[tuple[Slot, ...]]:
        """Yield the way to each slot, outermost first; the opener of a loop is the loop."""
        yield from _walk((), self.slots)


def _walk(way: tuple[Slot, ...], slots: tuple[Slot, ...]) -> Iterator[tuple[Slot, ...]]:
    for slot in slots:
        yield (*way, slot)
        yield from _walk((*way, slot), slot.parts)


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the records of one name in a loop: how columns begin; what begins otherwise comes last.

    So many or more that begin with `free` leave it open; `refused` where the wrong order is an error.
    """

    record: str
    key: str
    beginnings: tuple[str, ...]
    free: str
    free_count: int
    refused: bool


@dataclass(frozen=True, slots=True)
class Application:
    """One application id with its tables. `filer` is the field that repeats the filer of B."""

    name: str
    direction: str
    version: str
    title: str
    answer: str
    dialect: str
    preparer: bool
    opens: tuple[tuple[str, Choice | None], ...]
    final: tuple[str, Choice | None] | None
    filer: str
    layouts: tuple[str, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Message:
    """One application's message: its records and its structures.

    `own` are the records of its own layout file; `sources` name the file of each record.
    """

    application: Application
    own: frozenset[str]
    layouts: Mapping[str, tuple[Layout, ...]]
    sections: tuple[Section, ...]
    sources: Mapping[str, str] = field(default_factory=dict)


def choice(text: str) -> Choice:
    """Read `5-7=CN|MF` or `79-80=!04`."""
    columns, _, values = text.partition("=")
    start, _, end = columns.partition("-")
    picked = tuple(values.removeprefix("!").split("|"))
    return Choice(int(start), int(end or start), picked, values.startswith("!"))


def named(text: str) -> tuple[str, Choice | None]:
    """Read `SE90[5-6=01|02]`."""
    name, _, rest = text.partition("[")
    return name, choice(rest.removesuffix("]")) if rest else None


@cache
def applications(root: Path) -> Mapping[str, Application]:
    """Give every application that has tables."""
    found = {}
    for row in rows(root / "edi_specs" / "catair" / "applications.csv"):
        if row["version"]:
            found[row["application"]] = Application(
                name=row["application"],
                direction=row["direction"],
                version=row["version"],
                title=row["title"],
                answer=row["answer"],
                dialect=row["dialect"],
                preparer=row["preparer"] == "P",
                opens=tuple(named(word) for word in row["opens"].split()),
                final=named(row["final"]) if row["final"] else None,
                filer=row["filer"],
                layouts=tuple(row["layouts"].split()),
                orders=_orders(root, row["application"]),
            )
    return found


def _orders(root: Path, application: str) -> tuple[Order, ...]:
    return tuple(
        Order(
            record=row["record"],
            key=row["columns"],
            beginnings=tuple(row["order"].split()),
            free=row["free"].partition(" ")[0],
            free_count=int(row["free"].partition(" ")[2] or 0),
            refused=row["weight"] == "error",
        )
        for row in rows(root / "edi_specs" / "catair" / "orders.csv")
        if row["application"] == application
    )


@cache
def layouts(root: Path, file: str) -> Mapping[str, tuple[Layout, ...]]:
    """Read `layouts/<file>.csv`: record to its layouts."""
    folder = root / "edi_specs" / "catair"
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows(folder / "layouts" / f"{file}.csv"):
        grouped.setdefault((row["record"], row["select"]), []).append(row)
    bound: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for row in rows(folder / "relations.csv"):
        if row["layouts"] == file.partition(".")[0]:
            bound.setdefault(row["record"], []).append((row["relation"], tuple(row["fields"].split())))
    found: dict[str, tuple[Layout, ...]] = {}
    for (record, select), group in grouped.items():
        layout = Layout(
            record,
            group[0]["wire"],
            choice(select) if select else None,
            select,
            tuple(_field(root, row) for row in group),
            tuple(bound.get(record, ())),
        )
        found[record] = (*found.get(record, ()), layout)
    return found


def _field(root: Path, row: dict[str, str]) -> Field:
    start, end = int(row["start"]), int(row["end"])
    told = row["codes"]
    codes: tuple[str, ...] = ()
    if told.startswith("@"):
        codes = _codes(root, told[1:])
    elif told and not told.startswith("="):
        codes = tuple(told.split("|"))
    return Field(
        start=start,
        end=end,
        cls=row["class"].rstrip("?"),
        usage=row["usage"],
        title=row["field"],
        turn=int(row["turn"] or 0),
        constant=told[1:] if told.startswith("=") else "",
        codes=tuple(code for code in codes if len(code) <= end - start + 1),
        words=tuple(row["format"].split()),
        # In a side-by-side repeat M means: there, if the repeat is there at all.
        blank=row["usage"] != "M" or (row["class"].endswith("?") and not row["turn"]),
    )


@cache
def _codes(root: Path, name: str) -> tuple[str, ...]:
    return tuple(row["code"] for row in rows(root / "edi_specs" / "catair" / "codes" / f"{name}.csv"))


@cache
def samples(root: Path) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Give for each shape the texts that have it and one that has not."""
    table = root / "edi_specs" / "conformance" / "catair_shapes.csv"
    return {row["shape"]: (tuple(row["right"].split()), row["wrong"]) for row in rows(table)}


@cache
def ack_codes(root: Path, name: str) -> Mapping[str, str]:
    """Give `ack_codes/<name>.csv`: problem to code."""
    return {row["problem"]: row["code"] for row in rows(root / "edi_specs" / "ack_codes" / f"{name}.csv")}


@cache
def control_names(root: Path) -> Mapping[tuple[str, str, str], str]:
    """Give what a fault in a control record is called, by record, columns and problem."""
    table = rows(root / "edi_specs" / "catair" / "control.csv")
    return {(row["record"], row["columns"], row["problem"]): row["name"] for row in table}


@cache
def message(root: Path, name: str) -> Message:
    """Read the tables of one application. KeyError where it has none."""
    application = applications(root)[name]
    found: dict[str, tuple[Layout, ...]] = {}
    sources: dict[str, str] = {}
    for file in application.layouts:
        for record, group in layouts(root, file).items():
            if record not in found:
                found[record] = group
                sources[record] = file
    own = frozenset(record for record, file in sources.items() if file.partition(".")[0] == name)
    sections = _sections(root, f"{name}.{application.version}")
    return Message(application, own, found, sections, sources)


@dataclass(frozen=True, slots=True)
class _Row:
    depth: int
    words: tuple[str, ...]


def _lines(root: Path, name: str, depth: int) -> Iterator[_Row]:
    path = root / "edi_specs" / "catair" / "structures" / f"{name}.txt"
    for raw in path.read_text(encoding="utf-8").splitlines():
        if not raw.strip() or raw.startswith("#"):
            continue
        here = depth + (len(raw) - len(raw.lstrip())) // 2
        words = tuple(raw.split())
        if words[0] == "include":
            yield from _lines(root, words[1], here)
        else:
            yield _Row(here, words)


def _sections(root: Path, name: str) -> tuple[Section, ...]:
    answer: Slot | None = None
    groups: list[tuple[Guard | None, list[_Row]]] = []
    for row in _lines(root, name, 0):
        if row.words[0] == "define":
            answer = _slot(row.words[2:], 1)
        elif row.words[0].startswith("["):
            groups.append((_guard(" ".join(row.words).strip("[]").removeprefix("when ")), []))
        else:
            if not groups:
                groups.append((None, []))
            groups[-1][1].append(row)
    return tuple(Section(when, _slots(group, 0, answer)[0]) for when, group in groups)


def _guard(text: str) -> Guard:
    record, _, rest = text.partition(":")
    return Guard(record, choice(rest))


def _slots(
    lines: list[_Row], depth: int, answer: Slot | None, *, mixed: bool = False, rank: int = 0
) -> tuple[tuple[Slot, ...], list[_Row]]:
    found: list[Slot] = []
    while lines and lines[0].depth >= depth:
        row, lines = lines[0], lines[1:]
        if row.words == ("any", "of"):
            inner, lines = _slots(lines, depth + 1, answer, mixed=True, rank=rank)
            found.extend(inner)
            rank += 1
            continue
        words = row.words[1:] if row.words[0] in {"loop", "echo"} else row.words
        slot = _slot(words, rank)
        if row.words[0] == "loop":
            opener = _slot(lines[0].words, 0)
            parts, lines = _slots(lines[1:], depth + 1, answer, mixed=slot.mixed, rank=1)
            slot = replace(slot, parts=parts, loop=True, choice=slot.choice or opener.choice)
        elif row.words[0] == "echo" and answer is not None:
            slot = replace(slot, parts=(answer,), loop=True)
        found.append(slot)
        if not mixed:
            rank += 1
    return tuple(found), lines


def _slot(words: tuple[str, ...], rank: int) -> Slot:
    name, picked = named(words[0])
    slot = Slot(name, words[1] == "M", None if words[2] == "-" else int(words[2]), choice=picked, rank=rank)
    flags = list(words[3:])
    while flags:
        flag = flags.pop(0)
        if flag == "any":
            slot = replace(slot, mixed=True)
        elif flag == "end":
            slot = replace(slot, ends=True)
        elif flag == "if":
            slot = replace(slot, guard=_guard(flags.pop(0)))
        elif flag in {"unique", "count"}:
            start, _, end = flags.pop(0).partition("-")
            columns = (int(start), int(end or start))
            slot = replace(slot, unique=columns) if flag == "unique" else replace(slot, count=columns)
    return slot
