"""CATAIR structure: which records follow which, how often, under which condition.

Lives here: the loader of `structures/*.txt`, an indented table of records and loops:

    loop SE15       C  2997            a loop is named by the record that opens it
      SE15          M  1
      SE16          C  99              use, largest count (`-` is unbounded)
    SE20            C  4  if 10:40=A   only when the header says so
    any of                             the rows below it stand in any order
    echo SE10       M  1               a loop of the record and of `define answer ...`
    include PGSET.v2026-07
    [when SE10:5=A|R]                  the rows below hold for these headers

Flags: `any` parts in any order, `end` closes its loop, `unique 5-7` no two alike,
`count 5-7` these columns count from 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.specs import SpecError
from gateway.specs.catair_fields import Selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAME = re.compile(r"([A-Z0-9]+)(?:\[([^\]]+)\])?\Z")
_INDENT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition on a field of the transaction's first record: `10:40=A`."""

    record: str
    selector: Selector

    @staticmethod
    def parse(text: str) -> Guard:
        """Read `10:40=A`; ValueError where it is something else."""
        record, _, rest = text.partition(":")
        return Guard(record=record, selector=Selector.parse(rest))


@dataclass(slots=True, kw_only=True, eq=False)
class Slot:
    """One place for a record or a loop. `rank` orders the slots of a loop; equal ranks mix."""

    name: str
    usage: str
    count_max: int | None
    rank: int
    selector: Selector | None = None
    guard: Guard | None = None
    loop: Loop | None = None
    end: bool = False
    unique: tuple[int, int] | None = None
    count: tuple[int, int] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Loop:
    """The slots of a loop or of the whole transaction; the leader is slot 0 of a loop.

    `mixed` says that the slots behind the leader stand in any order, `guarded` that some slot in it or
    below has a condition.
    """

    name: str
    mixed: bool = False
    slots: list[Slot] = field(default_factory=list)
    by_symbol: dict[str, tuple[Slot, ...]] = field(default_factory=dict)
    by_name: dict[str, Slot] = field(default_factory=dict)
    mandatory: tuple[Slot, ...] = ()
    guarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The structure that holds for transactions whose header fits `when`; None fits all.

    `asked` are the columns, begin and end, by which a record of a name is placed and judged among
    others, `asked_of_header` those of the first record.
    """

    when: Guard | None
    root: Loop
    selectors: dict[str, Selector]
    asked: Mapping[str, tuple[tuple[int, int], ...]]
    asked_of_header: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    file: Path
    number: int
    depth: int
    words: tuple[str, ...]

    def wrong(self, reason: str) -> SpecError:
        return SpecError(self.file, self.number, reason)


def load_structure(folder: Path, name: str) -> tuple[Section, ...]:
    """Load `<folder>/<name>.txt`. SpecError with file and line where it is wrong."""
    lines = list(_lines(folder, name, 0))
    defined: list[_Line] = []
    sections: list[tuple[Guard | None, list[_Line]]] = []
    for line in lines:
        if line.words[0] == "define":
            defined.append(_Line(line.file, line.number, 0, line.words[2:]))
        elif line.words[0].startswith("["):
            text = " ".join(line.words).strip("[]").removeprefix("when ")
            sections.append((Guard.parse(text), []))
        else:
            if not sections:
                sections.append((None, []))
            sections[-1][1].append(line)
    answer = defined[0] if defined else None
    return tuple(_section(when, rows, answer) for when, rows in sections)


def _lines(folder: Path, name: str, depth: int) -> Iterator[_Line]:
    file = folder / f"{name}.txt"
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(file, 0, f"cannot be read: {error.strerror}") from error
    for number, raw in enumerate(text.splitlines(), 1):
        words = tuple(raw.split())
        if not words or raw.startswith("#"):
            continue
        indent = len(raw) - len(raw.lstrip(" "))
        if indent % _INDENT:
            raise SpecError(file, number, "indented by an odd number of blanks")
        here = depth + indent // _INDENT
        if words[0] == "include":
            yield from _lines(folder, words[1], here)
        else:
            yield _Line(file, number, here, words)


def _section(when: Guard | None, rows: list[_Line], answer: _Line | None) -> Section:
    selectors: dict[str, Selector] = {}
    root = Loop(name="")
    rest = _fill(root, rows, 0, 0, answer, mixed=False)
    if rest != len(rows):
        raise rows[rest].wrong("indented too deep")
    _index(root, selectors)
    asked: dict[str, dict[tuple[int, int], None]] = {}
    _ask(root, asked)
    for name, selector in selectors.items():
        asked.setdefault(name, {})[selector.start - 1, selector.end] = None
    of_header = tuple(asked.pop("", {}))
    columns = {name: tuple(found) for name, found in asked.items()}
    return Section(when=when, root=root, selectors=selectors, asked=columns, asked_of_header=of_header)


def _ask(loop: Loop, asked: dict[str, dict[tuple[int, int], None]]) -> None:
    """Collect the columns that slots ask about, by record; "" is the header."""
    for slot in loop.slots:
        if slot.guard is not None:
            asked.setdefault("", {})[slot.guard.selector.start - 1, slot.guard.selector.end] = None
        for columns in (slot.unique, slot.count):
            if columns is not None:
                asked.setdefault(slot.name, {})[columns] = None
        if slot.loop is not None:
            _ask(slot.loop, asked)


def _fill(loop: Loop, rows: list[_Line], at: int, depth: int, answer: _Line | None, *, mixed: bool) -> int:
    """Read the rows of one depth into a loop; give the row that ends it."""
    rank = loop.slots[-1].rank + 1 if loop.slots else 0
    while at < len(rows) and rows[at].depth >= depth:
        line = rows[at]
        if line.depth > depth:
            raise line.wrong("indented too deep")
        if line.words == ("any", "of"):
            at = _fill(loop, rows, at + 1, depth + 1, answer, mixed=True)
            rank = loop.slots[-1].rank + 1
            continue
        slot, any_order = _slot(line, rank)
        loop.slots.append(slot)
        at += 1
        if line.words[0] == "loop":
            slot.loop = Loop(name=slot.name, mixed=any_order)
            leader, _ = (
                _slot(rows[at], 0) if at < len(rows) and rows[at].depth == depth + 1 else (slot, False)
            )
            if leader is slot or leader.name != slot.name:
                raise line.wrong("a loop begins with the record that names it")
            slot.loop.slots.append(leader)
            at = _fill(slot.loop, rows, at + 1, depth + 1, answer, mixed=any_order)
        elif line.words[0] == "echo":
            if answer is None:
                raise line.wrong("`echo` needs a `define answer` above it")
            said, _ = _slot(answer, 1)
            slot.loop = Loop(name=slot.name)
            slot.loop.slots += [Slot(name=slot.name, usage="M", count_max=1, rank=0), said]
        if not mixed:
            rank += 1
    return at


def _slot(line: _Line, rank: int) -> tuple[Slot, bool]:
    words = line.words[1:] if line.words[0] in {"loop", "echo"} else line.words
    name = _NAME.match(words[0])
    if name is None or len(words) < 3 or words[1] not in {"M", "C"}:
        raise line.wrong("a row is a record, M or C, and a largest count")
    try:
        slot = Slot(
            name=name[1],
            usage=words[1],
            count_max=None if words[2] == "-" else int(words[2]),
            rank=rank,
            selector=Selector.parse(name[2]) if name[2] else None,
        )
        any_order = False
        flags = iter(words[3:])
        for flag in flags:
            if flag == "any":
                any_order = True
            elif flag == "end":
                slot.end = True
            elif flag == "if":
                slot.guard = Guard.parse(next(flags))
            elif flag == "unique":
                slot.unique = _columns(next(flags))
            elif flag == "count":
                slot.count = _columns(next(flags))
            else:
                raise line.wrong(f"`{flag}` is no flag")
    except (ValueError, StopIteration) as error:
        raise line.wrong("a number or a condition is missing") from error
    return slot, any_order


def _columns(text: str) -> tuple[int, int]:
    start, _, end = text.partition("-")
    return int(start) - 1, int(end or start)


def _index(loop: Loop, selectors: dict[str, Selector]) -> None:
    """Build the lookups of a loop; a leader is consumed when its loop opens."""
    found: dict[str, list[Slot]] = {}
    first = 1 if loop.name else 0
    for position, slot in enumerate(loop.slots):
        if slot.selector is not None:
            selectors.setdefault(slot.name, slot.selector)
        if position >= first:
            chooser = slot.selector or (slot.loop.slots[0].selector if slot.loop else None)
            symbols = [f"{slot.name}={value}" for value in chooser.values] if chooser else [slot.name]
            for symbol in symbols:
                found.setdefault(symbol, []).append(slot)
        if slot.loop is not None:
            _index(slot.loop, selectors)
    loop.by_name = {slot.name: slot for slot in loop.slots}
    loop.guarded = any(slot.guard or (slot.loop and slot.loop.guarded) for slot in loop.slots)
    loop.by_symbol = {symbol: tuple(slots) for symbol, slots in found.items()}
    loop.mandatory = tuple(slot for slot in loop.slots[first:] if slot.usage == "M")
