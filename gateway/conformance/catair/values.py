"""Texts for the columns of a CATAIR record: legal ones, and whole records from a few wishes.

Lives here: what a field of a class, code list, date or shape may hold. Never here: which
records stand together (`draft.py`), and what is wrong (`trials.py`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from gateway.conformance.catair.tables import WIDTH, samples
from gateway.conformance.segments.values import capitals, digits, letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gateway.conformance.catair.parts import Choice, Field, Layout

# So many records are kept as they were made.
_KEPT_MAX = 4096
_BASE_36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DATES = {
    "MMDDYY": ("030226", "123125", "022924"),
    "MMDDCCYY": ("03022026", "12312025", "02292024"),
    "YYMMDD": ("260302", "251231", "240229"),
    "MMCCYY": ("032026", "122025"),
    "MM": ("03", "12", "01"),
    "HHMM": ("1015", "0000", "2359"),
    "HHMMSS": ("101530", "000000", "235959"),
}


class Values:
    """Makes texts for fields and records."""

    def __init__(self, root: Path) -> None:
        """Keep where the tables are."""
        self.root = root
        # By the ids of layouts, which stand beside what is kept, so that an id stays its own.
        self._stand: dict[tuple[int, frozenset[str]], tuple[Layout, frozenset[str]]] = {}
        self._made: dict[tuple[Any, ...], tuple[Layout, Sequence[Layout], str]] = {}
        self._fields: dict[tuple[int, frozenset[str]], tuple[Layout, tuple[Field, ...]]] = {}
        self._codes: dict[tuple[int, int, str], tuple[Layout, Sequence[Layout], tuple[str, ...]]] = {}
        self._usual: dict[int, tuple[Sequence[Layout], Layout]] = {}

    @cached_property
    def samples(self) -> Mapping[str, tuple[tuple[str, ...], str]]:
        """Right and wrong texts of each shape."""
        return samples(self.root)

    def shape(self, one: Field) -> str:
        """Give the name of a field's shape, "" for none."""
        return next((word for word in one.words if word in self.samples), "")

    def text(self, one: Field, number: int, size: int | None = None) -> str:
        """Make a legal text of a field, without padding; `size` asks for a length."""
        if one.constant:
            return one.constant
        if one.codes:
            return one.codes[number % len(one.codes)]
        if one.date:
            forms = _DATES[one.date]
            return forms[number % len(forms)]
        name = self.shape(one)
        if name:
            fitting = [text for text in self.samples[name][0] if len(text) <= one.width]
            if not fitting:
                raise LookupError(f"no text of shape {name} fits {one.width} columns")
            return fitting[number % len(fitting)]
        length = size if size is not None else min(one.width, 6)
        if one.cls in {"N", "SN"}:
            length = size if size is not None else one.width
            return digits(length, number)
        return capitals(length, number) if one.cls == "A" else letters(length, number)

    @staticmethod
    def padded(one: Field, text: str) -> str:
        """Fill a text to the field's columns."""
        right = (one.cls == "SN" and not one.codes) or "right" in one.words
        return text.rjust(one.width) if right else text.ljust(one.width)

    @staticmethod
    def obeying(condition: Choice) -> str:
        """Give columns that a condition holds for."""
        width = condition.end - condition.start + 1
        return "".ljust(width) if condition.negated else condition.values[0].ljust(width)

    def usual(self, group: Sequence[Layout]) -> Layout:
        """Give the layout that asks for no special columns, where there is a text for it; else the first."""
        known = self._usual.get(id(group))
        if known is None:
            plain = [one for one in group if one.choice is None or one.choice.negated]
            usual = next((one for one in (*plain, *group) if self.reachable(one, group)), group[0])
            known = self._usual[id(group)] = (group, usual)
        return known[1]

    @staticmethod
    def reachable(layout: Layout, group: Sequence[Layout]) -> bool:
        """Tell whether a record can be told to have this layout: others may take every code it has."""
        if layout.choice is not None:
            return True
        taken: dict[int, set[str]] = {}
        for other in group:
            if other.choice is not None and not other.choice.negated:
                taken.setdefault(other.choice.start, set()).update(other.choice.values)
        held = [one for one in layout.fields if one.start in taken and one.codes]
        return not any(set(one.codes) <= taken[one.start] for one in held)

    def record(
        self,
        layout: Layout,
        group: Sequence[Layout],
        number: int,
        filled: Iterable[str] = (),
        asked: Mapping[tuple[int, int], str] | None = None,
        texts: Mapping[str, str] | None = None,
        unique: tuple[tuple[int, int], int] | None = None,
    ) -> str:
        """Write 80 columns: what is mandatory, what is wished for, what these bring along.

        `filled` are keys of fields that must not be blank, `texts` their columns, `asked` columns
        that others demand. `unique` are columns that differ in each turn, and the turn.
        """
        wishes = dict(asked or {})
        if layout.choice is not None and not layout.choice.negated:
            wishes.setdefault((layout.choice.start, layout.choice.end), self.obeying(layout.choice))
        record = self._columns(layout, group, number, frozenset(filled), unique)
        for (start, end), text in wishes.items():
            record = record[: start - 1] + text + record[end:]
        for key, text in (texts or {}).items():
            first, _, last = key.partition("-")
            record = record[: int(first) - 1] + text + record[int(last or first) :]
        return record

    def _columns(
        self,
        layout: Layout,
        group: Sequence[Layout],
        number: int,
        filled: frozenset[str],
        unique: tuple[tuple[int, int], int] | None,
    ) -> str:
        """Give the columns of the fields that stand; many records of a batch are alike."""
        key = (id(layout), id(group), number, filled, unique)
        known = self._made.get(key)
        if known is not None:
            return known[2]
        columns = [" "] * WIDTH
        for one in self._filled(layout, filled):
            if unique is not None and (one.start, one.end) == unique[0]:
                text = self._turn(one, unique[1])
            else:
                text = self._free(one, layout, group, number + one.start)
            columns[one.start - 1 : one.end] = self.padded(one, text)[: one.width]
        if len(self._made) >= _KEPT_MAX:
            self._made.clear()
        made = "".join(columns)
        self._made[key] = (layout, group, made)
        return made

    def _filled(self, layout: Layout, filled: frozenset[str]) -> tuple[Field, ...]:
        """Give the fields that stand, each answer kept."""
        known = self._fields.get((id(layout), filled))
        if known is None:
            there = self.standing(layout, filled)
            fields = tuple(one for one in layout.fields if not one.filler and one.key in there)
            known = self._fields[id(layout), filled] = (layout, fields)
        return known[1]

    def _free(self, one: Field, layout: Layout, group: Sequence[Layout], number: int) -> str:
        """Give a text that does not make the record one of another layout."""
        codes = self._untaken(one, layout, group) if layout.choice is None and one.codes else ()
        return codes[number % len(codes)] if codes else self.text(one, number)

    def _untaken(self, one: Field, layout: Layout, group: Sequence[Layout]) -> tuple[str, ...]:
        """Give the codes of a field that no other layout is told by, each answer kept."""
        known = self._codes.get((id(layout), id(group), one.key))
        if known is None:
            taken = {
                value
                for other in group
                if other.choice is not None and not other.choice.negated and other.choice.start == one.start
                for value in other.choice.values
            }
            codes = tuple(code for code in one.codes if code not in taken)
            known = self._codes[id(layout), id(group), one.key] = (layout, group, codes)
        return known[2]

    @staticmethod
    def _turn(one: Field, turn: int) -> str:
        """Give a text that differs in each turn."""
        if one.codes:
            if turn >= len(one.codes):
                raise LookupError(f"{one.title} has not {turn + 1} different codes")
            return one.codes[turn]
        if one.cls in {"N", "SN"}:
            return str(turn + 1).zfill(one.width)
        text = ""
        left = turn + 1
        while left:
            left, digit = divmod(left, 36)
            text = _BASE_36[digit] + text
        return text.rjust(one.width, "0")

    def standing(self, layout: Layout, filled: frozenset[str]) -> frozenset[str]:
        """Give the fields that stand, as `present` does; each answer is kept."""
        known = self._stand.get((id(layout), filled))
        if known is None:
            found = frozenset(self.present(layout, set(filled)))
            known = self._stand[id(layout), filled] = (layout, found)
        return known[1]

    def present(self, layout: Layout, filled: set[str]) -> set[str]:
        """Give the fields that stand: mandatory ones and those wished for, relations obeyed.

        Side by side repeats fill from the left: where one is wished for, those before it are full.
        """
        turns = {one.turn for one in layout.fields if one.key in filled and one.turn}
        last = max(turns, default=0)
        there = {
            one.key
            for one in layout.fields
            if not one.filler and ((not one.blank and one.turn <= max(last, 1)) or one.key in filled)
        }
        by_turn: dict[int, list[Field]] = {}
        for one in layout.fields:
            if one.turn and not one.filler:
                by_turn.setdefault(one.turn, []).append(one)
        for turn, fields in by_turn.items():
            if turn < last and not any(one.key in there for one in fields):
                there.add(fields[0].key)
        return self._related(layout, there, filled)

    @staticmethod
    def _related(layout: Layout, there: set[str], wished: set[str]) -> set[str]:
        wished = _with_partners(layout, set(wished))
        there |= wished
        for _ in range(4):
            before = set(there)
            for relation, keys in layout.relations:
                stand = [key for key in keys if key in there]
                if relation in {"paired", "needs"}:
                    there = _with_partners(layout, there)
                elif relation == "any" and not stand:
                    there.add(keys[0])
                elif relation == "exclusive" and len(stand) > 1:
                    there -= set(stand) - ({key for key in stand if key in wished} or {stand[0]})
            if there == before:
                break
        return there


def _with_partners(layout: Layout, keys: set[str]) -> set[str]:
    """Add the fields that others bring along."""
    found = set(keys)
    for _ in range(3):
        for relation, related in layout.relations:
            if (relation == "paired" and found & set(related)) or (
                relation == "needs" and related[0] in found
            ):
                found |= set(related)
    return found
