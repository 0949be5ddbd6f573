"""What a CATAIR message is made of, as the suite sees it: fields, layouts, places, sections.

Lives here: plain classes, and how a choice is written in the tables. Never here: reading the tables (`tables.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
