"""A batch that is legal and small, with one record in the middle of attention.

Lives here: which records stand around a place, their columns, the bytes of the batch. Never
here: what is made wrong (`fields.py`, `structure.py`), and whether an order is legal (`order.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.conformance.catair.order import legal, ways
from gateway.conformance.catair.tables import ENVELOPE_VERSION, WIDTH, layouts
from gateway.conformance.catair.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gateway.conformance.catair.parts import Choice, Guard, Layout, Message, Section, Slot

Way = tuple["Slot", ...]
FILER = "Q7Z"
PORT = "2704"
SUBSTITUTION = "PG00"
SUBSTITUTIONS_MAX = 9_999


@dataclass(slots=True)
class Line:
    """One record of a transaction: its text, the way to its slot, its address."""

    name: str
    text: str
    way: Way = ()
    address: str = ""


@dataclass(slots=True)
class Draft:
    """A batch on the way to bytes. `focus` is the line looked at; the envelope's records are texts.

    `stands` tells whether its records may stand in their order, each as often as it does.
    """

    message: Message
    section: Section
    lines: list[Line]
    focus: int = 0
    head: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    stands: bool = True

    @property
    def line(self) -> Line:
        """The record looked at."""
        return self.lines[self.focus]

    def start(self, index: int) -> int:
        """Give the offset of a line's first byte."""
        return sum(map(len, self.head)) + sum(len(line.text) for line in self.lines[:index])

    def position(self, index: int) -> int:
        """Give a line's number in the batch: A is 1."""
        return len(self.head) + index + 1

    def written(self) -> bytes:
        """Write the batch."""
        return "".join((*self.head, *(line.text for line in self.lines), *self.tail)).encode("latin-1")


class Composer:
    """Makes legal transactions of one message. A number chooses among equals."""

    def __init__(self, root: Path, message: Message) -> None:
        """Keep the tables."""
        self.root = root
        self.message = message
        self.values = Values(root)
        self._controls: dict[tuple[str, str], str] = {}

    def section(self, way: Way) -> Section:
        """Give the section that a way leads through."""
        return next(one for one in self.message.sections if way[0] in one.slots)

    def compose(
        self,
        way: Way,
        number: int,
        *,
        layout: Layout | None = None,
        filled: Iterable[str] = (),
        texts: Mapping[str, str] | None = None,
        copies: int = 1,
        beside: Way = (),
    ) -> Draft:
        """Make the smallest legal transaction in which the last slot of `way` stands.

        `layout`, `filled` (field keys) and `texts` (key to columns) are about that record; `beside`
        is a second place that has to be there. LookupError where there is none.
        """
        section = self.section(way)
        making = _Making(self, section, way, number, copies, beside)
        making.focus_fields = (layout, tuple(filled), dict(texts or {}))
        making.level(section.slots, (), wanted=True, asked=True)
        draft = Draft(self.message, section, making.lines, making.focus)
        self._begin(draft, number)
        self._end(draft, number)
        self._place(draft, way, copies)
        address(draft.lines)
        self.frame(draft)
        return draft

    @staticmethod
    def _place(draft: Draft, way: Way, copies: int) -> None:
        """Give each line the way to where it really goes, and see that the one looked at goes where it was meant."""
        found = ways(draft.section, draft.lines)
        if found is None:
            if copies > 1:
                draft.stands = False
                return
            raise LookupError(f"{way[-1].name} cannot stand there alone")
        for line, there in zip(draft.lines, found, strict=True):
            line.way = there
        if draft.line.way != way:
            raise LookupError(f"{way[-1].name} would go to another place of its name")

    def _begin(self, draft: Draft, number: int) -> None:
        """Put a record in front that opens a transaction, where none does."""
        opens = self.message.application.opens
        first = draft.lines[0]
        if not opens or any(
            first.name == name and (told is None or told.holds(first.text)) for name, told in opens
        ):
            return
        for name, told in opens:
            for slot in draft.section.slots:
                if slot.name != name:
                    continue
                line = Line(name, self._text(name, told or slot.choice, number), (slot,))
                if legal(draft.section, [line, *draft.lines]):
                    draft.lines.insert(0, line)
                    draft.focus += 1
                    return
        raise LookupError(f"no record that opens a transaction can stand before {first.name}")

    def _end(self, draft: Draft, number: int) -> None:
        """Put a record at the end that decides the transaction, where none does."""
        final = self.message.application.final
        last = draft.lines[-1]
        if final is None or (last.name == final[0] and (final[1] is None or final[1].holds(last.text))):
            return
        levels = [last.way, *(last.way[:depth] for depth in range(len(last.way) - 1, -1, -1))]
        for way in levels:
            parts = way[-1].parts if way else draft.section.slots
            slot = next((one for one in parts if one.name == final[0]), None)
            if slot is not None:
                draft.lines.append(Line(final[0], self._text(final[0], final[1], number), (*way, slot)))
                return
        raise LookupError(f"{final[0]} cannot stand at the end")

    def _text(self, name: str, told: Choice | None, number: int) -> str:
        group = self.message.layouts[name]
        asked = {(told.start, told.end): self.values.obeying(told)} if told is not None else {}
        return self.values.record(self.values.usual(group), group, number, (), asked)

    def frame(self, draft: Draft) -> None:
        """Put A, B, Y and Z around the transaction."""
        application = self.message.application
        name = application.name
        records = layouts(self.root, envelope_file(application.direction))
        generated = name == "X1"
        count = f"{len(draft.lines):05}"
        texts: dict[str, dict[str, str]] = {
            "A": {"2-5": PORT, "6-8": FILER, "15-20": "030226", "26-27": "" if generated else name},
            "B": {"4-7": PORT, "8-10": FILER, "11-12": name},
            "Y": {"4-7": PORT, "8-10": FILER, "11-12": name, "13-17": count},
            "Z": {"2-5": PORT, "6-8": FILER, "15-20": "030226"},
        }
        if generated:
            texts.update({"B": {"80": "B"}, "Z": {"80": "Z"}, "Y": {"13-17": count, "80": "Y"}})
        made = {letter: self._control(letter, records[letter], texts[letter]) for letter in "ABYZ"}
        draft.head = [made["A"], made["B"]]
        draft.tail = [made["Y"], made["Z"]]

    def _control(self, letter: str, group: tuple[Layout, ...], texts: Mapping[str, str]) -> str:
        """Write a control record, or give one that was: they differ in the count of their records alone."""
        key = (letter, texts.get("13-17", ""))
        if key not in self._controls:
            self._controls[key] = control(group, texts, self.message.application.name)
        return self._controls[key]


def envelope_file(direction: str) -> str:
    """Give the layout file of A, B, Y and Z."""
    return f"{'IN' if direction == 'in' else 'OUT'}.{ENVELOPE_VERSION}"


def control_layout(group: tuple[Layout, ...], told: str) -> Layout:
    """Give the layout of a control record by its text."""
    fitting = [one for one in group if one.choice is not None and one.choice.holds(told)]
    return fitting[0] if fitting else next(one for one in group if one.choice is None)


def control(group: tuple[Layout, ...], texts: Mapping[str, str], name: str) -> str:
    """Write a control record from its columns; what the layout lacks is left out."""
    layout = control_layout(group, (" " * 10 + name).ljust(79) + texts.get("80", " "))
    keys = {one.key for one in layout.fields if not one.filler}
    record = list(layout.record.ljust(WIDTH))
    for key, text in texts.items():
        if key in keys:
            start = int(key.partition("-")[0])
            record[start - 1 : start - 1 + len(text)] = text
    return "".join(record)


class _Making:
    """One composition in progress."""

    def __init__(
        self, composer: Composer, section: Section, way: Way, number: int, copies: int, beside: Way
    ) -> None:
        self.composer = composer
        self.section = section
        self.way = way
        self.number = number
        self.copies = copies
        self.beside = beside
        self.lines: list[Line] = []
        self.focus = 0
        self.groups = 0
        # Of records that are alike in every turn, and do not begin a transaction.
        self.texts: dict[tuple[Slot, int, bool], str] = {}
        self.focus_fields: tuple[Layout | None, tuple[str, ...], dict[str, str]] = (None, (), {})
        self.guards: list[Guard] = [step.guard for step in (*way, *beside) if step.guard is not None]
        if section.when is not None:
            self.guards.append(section.when)

    def level(self, slots: tuple[Slot, ...], way: Way, *, wanted: bool, asked: bool) -> None:
        """Put the slots of one level that must stand.

        `wanted` tells whether the level is on the way that is made, `asked` whether on that to what stands beside.
        """
        depth = len(way)
        target = self.way[depth] if wanted and depth < len(self.way) else None
        beside = self.beside[depth] if asked and depth < len(self.beside) else None
        for slot in slots:
            if not (slot is target or slot is beside or (slot.must and slot.guard is None)):
                continue
            here = (*way, slot)
            last = slot is target and len(here) == len(self.way)
            if last:
                self.focus = len(self.lines)
            for turn in range(self.copies if last else 1):
                self.lines.append(Line(slot.name, self.text(slot, turn, last=last), here))
                if slot.parts:
                    self.level(slot.parts, here, wanted=slot is target, asked=slot is beside)

    def text(self, slot: Slot, turn: int, *, last: bool) -> str:
        """Write one record, or give one that was: many copies need not all differ."""
        if not self.lines or slot.unique or slot.count or slot.name == SUBSTITUTION:
            return self.made(slot, turn, last=last)
        key = (slot, turn % 8, last)
        text = self.texts.get(key)
        if text is None:
            text = self.texts[key] = self.made(slot, turn, last=last)
        return text

    def made(self, slot: Slot, turn: int, *, last: bool) -> str:
        """Write one record: what its slot, its guards and its own fields ask for."""
        values = self.composer.values
        asked: dict[tuple[int, int], str] = {}
        if not self.lines:
            self.header(asked)
        if slot.choice is not None:
            asked[slot.choice.start, slot.choice.end] = values.obeying(slot.choice)
        if slot.count is not None:
            width = slot.count[1] - slot.count[0] + 1
            if turn + 1 >= 10**width:
                raise LookupError(f"{slot.name} has no number after {turn}")
            asked[slot.count] = str(turn + 1).zfill(width)
        if slot.name == SUBSTITUTION:
            letter = slot.choice.values[0] if slot.choice is not None else "S"
            asked[5, 9] = letter + self.substitution(letter)
        layout, filled, texts = self.focus_fields if last else (None, (), {})
        group = self.composer.message.layouts[slot.name]
        if slot.unique is not None and layout is None:
            told = [
                one
                for one in group
                if one.choice is not None and not one.choice.negated and one.choice.start == slot.unique[0]
            ]
            layout = told[turn % len(told)] if told else None
        unique = (slot.unique, turn) if slot.unique is not None else None
        number = self.number + turn % 8
        return values.record(layout or values.usual(group), group, number, filled, asked, texts, unique)

    def header(self, asked: dict[tuple[int, int], str]) -> None:
        """Say in the header what the transaction may hold, and whose it is."""
        for guard in self.guards:
            asked[guard.choice.start, guard.choice.end] = self.composer.values.obeying(guard.choice)
        columns = self.composer.message.application.filer.partition(":")[2]
        if columns:
            start, _, end = columns.partition("-")
            asked[int(start), int(end)] = FILER

    def substitution(self, letter: str) -> str:
        """Give the number of a substitution group: each start has the next number, what refers to one the last."""
        if letter == "S":
            self.groups += 1
            if self.groups > SUBSTITUTIONS_MAX:
                raise LookupError("substitution groups have no more numbers")
        elif letter == "R" and not self.groups:
            raise LookupError("a reference needs a substitution group before it")
        return str(self.groups).zfill(4)


def address(lines: Sequence[Line]) -> None:
    """Give each line its address; occurrences of a slot in its loop are shown from the second on."""
    loops: list[tuple[Way, str, dict[Slot, int]]] = [((), "", {})]
    for line in lines:
        if not line.way:
            continue
        around, slot = line.way[:-1], line.way[-1]
        while loops[-1][0] != around:
            loops.pop()
        _, prefix, counter = loops[-1]
        turn = counter[slot] = counter.get(slot, 0) + 1
        step = line.name if turn == 1 else f"{line.name}[{turn}]"
        line.address = f"{prefix}/{step}" if prefix else step
        if slot.loop:
            loops.append((line.way, line.address, {}))
