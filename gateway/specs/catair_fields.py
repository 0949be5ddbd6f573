"""CATAIR fields and records: what may stand in which columns, compiled to patterns.

Lives here: `Field`, `Layout`, `Record` and the way from a row of `layouts/*.csv` to a
pattern over the 80 characters. Never here: reading a batch, or which records may follow
which. Columns count from 1, both ends included, as the guide prints them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.specs.part import LeafSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WIDTH = 80

# catair.md 2.3: what each class may hold. `X` and `C` are the printable characters of 2.2.
CHARSETS = {
    "A": "A-Z",
    "AN": "A-Z0-9 ",
    "X": r" -`{-~\xa2",
    "C": r" -`{-~\xa2",
    "S": " ",
}
TEXT_CLASSES = frozenset({"A", "AN", "X", "C"})

_DAYS = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    r"|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_LEAP = "(?:[02468][048]|[13579][26])"
_HOURS = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
DATES = {
    "MMDDYY": f"(?:{_DAYS}[0-9]{{2}}|0229{_LEAP})",
    # 1900 and 2100 were and are no leap years; 2000 was.
    "MMDDCCYY": f"(?:{_DAYS}[0-9]{{4}}|0229(?:[0-9]{{2}}(?!00){_LEAP}|{_LEAP}00))",
    "YYMMDD": f"(?:[0-9]{{2}}{_DAYS}|{_LEAP}0229)",
    "MMCCYY": "(?:0[0-9]|1[0-2])[0-9]{4}",
    "MM": "(?:0[1-9]|1[0-2])",
    "HHMM": f"(?:{_HOURS}|2400)",
    "HHMMSS": f"{_HOURS}[0-5][0-9]",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(LeafSpec):
    """One field of a record.

    `cls` is the class of catair.md 2.3 (`A AN X C N SN D S`), `blank` whether spaces may
    stand for it, `decimals` the implied ones, `date` the form of a date or time, `zero`
    whether an absent number is written as zeros, `turn` the place among side-by-side
    repeats (0: none), `constant` the only text allowed, `secret` a password, `shape` a
    pattern over the text without padding. `schemes` are the shapes of a field that holds
    numbers of several kinds; its leaf is `3-14#irs` where the text has that shape. `free`
    text may begin anywhere in its columns.
    """

    start: int
    end: int
    cls: str
    blank: bool
    decimals: int | None = None
    date: str = ""
    zero: bool = False
    secret: bool = False
    turn: int = 0
    constant: str = ""
    shape: str = ""
    shape_name: str = ""
    rule: str = ""
    schemes: tuple[tuple[str, str], ...] = ()
    free: bool = False

    def leaf_key(self, text: str) -> str:
        """Give the key of this field's leaf when it holds a text."""
        for name, shape in self.schemes:
            if re.fullmatch(shape, text):
                return f"{self.key}#{name}"
        return self.key

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.end - self.start + 1

    def cut(self, text: str) -> str:
        """Give the field's columns of a record."""
        return text[self.start - 1 : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Fields of one record that hang together: `paired`, `exclusive`, `any`, `needs`."""

    kind: str
    fields: tuple[Field, ...]
    why: str

    def holds(self, text: str) -> bool:
        """Tell whether a record of 80 characters obeys."""
        filled = [bool(field.cut(text).strip()) for field in self.fields]
        if self.kind == "paired":
            return all(filled) or not any(filled)
        if self.kind == "exclusive":
            return sum(filled) < 2
        if self.kind == "any":
            return any(filled)
        return not filled[0] or all(filled[1:])


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One layout of a record: its fields cover columns 1 to 80 without gap.

    `slices` are the columns of the leaves, counted from 0: every field but fillers, passwords,
    and fields of several schemes. `cuts` are all fields but passwords, as a reader takes them; None
    where the key of a field depends on what it holds. `writes` are all fields as a writer takes
    them: key, constant, width, whether it holds numbers, what stands there when it is empty. `exact`:
    a record that was read is written as it was, there is no constant to be filled in.
    """

    name: str
    wire: str
    select: str
    fields: tuple[Field, ...]
    relations: tuple[Relation, ...]
    by_key: Mapping[str, Field]
    slices: Mapping[str, tuple[int, int]]
    writes: tuple[tuple[str, str, int, bool, str], ...]
    cuts: tuple[tuple[str, int, int], ...] | None = None
    exact: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Accept exactly the records that obey fields and relations. Compiled when the first of them comes."""
        return record_pattern(self.fields, self.relations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """A condition on the columns of a record: `5-7=CN`, `3=A|R`, `79-80=!04`."""

    start: int
    end: int
    values: tuple[str, ...]
    negated: bool

    @staticmethod
    def parse(text: str) -> Selector:
        """Read `5-7=CN|MF` or `5-7=!CN`; ValueError where it is neither."""
        columns, _, values = text.partition("=")
        start, _, end = columns.partition("-")
        negated = values.startswith("!")
        return Selector(
            start=int(start),
            end=int(end or start),
            values=tuple(values.removeprefix("!").split("|")),
            negated=negated,
        )

    def cut(self, text: str) -> str:
        """Give the columns it looks at, without padding."""
        return text[self.start - 1 : self.end].rstrip()

    def holds(self, text: str) -> bool:
        """Tell whether a record obeys."""
        return (self.cut(text) in self.values) is not self.negated


_DIGITS = re.compile("[0-9]+")
_SIMPLE = re.compile("[A-Z0-9]+(?: [A-Z0-9]+)*")
_PRINTABLE = re.compile("[!-`{-~](?:[ -`{-~]*[!-`{-~])?")


def _at_one_look(field: Field) -> re.Pattern[str]:
    """Give what a text matches that may stand in a field as it is; some others may too."""
    if field.cls in {"N", "SN"}:
        return _DIGITS
    return _SIMPLE if field.cls in {"A", "AN"} and not field.shape else _PRINTABLE


class Record:
    """One record id of an application with its layouts; most have one."""

    __slots__ = ("_leaves", "layout", "layouts", "name", "room", "title", "wire")

    def __init__(self, name: str, title: str, layouts: Sequence[Layout]) -> None:
        """Keep the layouts in the order in which their conditions are asked, the general one last."""
        self.name = name
        self.title = title
        self.wire = layouts[0].wire
        ordered = sorted(layouts, key=lambda each: not each.select)
        self.layouts = tuple((Selector.parse(each.select) if each.select else None, each) for each in ordered)
        self.layout = layouts[0] if len(layouts) == 1 else None
        self._leaves = self._sorted_leaves()
        # What a text is held to at one look: the width of its field, and its characters.
        self.room = {key: (field.width, _at_one_look(field)) for key, field in self._leaves.items()}

    def choose(self, text: str) -> Layout:
        """Give the layout of this record's text, the last where no condition holds."""
        if self.layout is not None:
            return self.layout
        for selector, layout in self.layouts:
            if selector is None or selector.holds(text):
                return layout
        return self.layouts[-1][1]

    def leaves(self) -> Mapping[str, Field]:
        """Give the fields of all layouts by their columns, fillers left out."""
        return self._leaves

    def _sorted_leaves(self) -> dict[str, Field]:
        found: dict[str, Field] = {}
        for _, layout in self.layouts:
            for field in layout.fields:
                if field.cls != "S":
                    found.setdefault(field.key, field)
        return dict(sorted(found.items(), key=lambda item: (item[1].start, item[1].end)))


def trie(words: Iterable[str]) -> str:
    """Write a list of words of one width as a pattern that shares beginnings."""
    tails: dict[str, list[str]] = {}
    for word in words:
        if word:
            tails.setdefault(word[0], []).append(word[1:])
    if not tails:
        return ""
    whole: dict[str, list[str]] = {}
    for letter, rest in tails.items():
        whole.setdefault(trie(rest), []).append(letter)
    branches = [
        (re.escape(letters[0]) if len(letters) == 1 else f"[{''.join(map(re.escape, letters))}]") + tail
        for tail, letters in whole.items()
    ]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"


def _number(width: int) -> str:
    """Write `(S)N`: blanks, then digits up to the right edge, at least one."""
    pattern = "[0-9]"
    for size in range(2, width + 1):
        pattern = f"(?:[0-9]{{{size}}}| {pattern})"
    return pattern


def _letters(width: int) -> str:
    """Write `A`: letters, then blanks up to the right edge."""
    pattern = "[A-Z]"
    for size in range(2, width + 1):
        pattern = f"[A-Z](?:{pattern}| {{{size - 1}}})"
    return pattern


def content_pattern(field: Field) -> str:
    """Write the pattern of a field that is not blank, padding included."""
    width = field.width
    if field.constant:
        return re.escape(field.constant.ljust(width))
    if field.codes is not None:
        return trie(code.ljust(width) for code in field.codes)
    if field.date:
        return DATES[field.date]
    if field.shape:
        # The look-behind ends the padding at the field's own edge.
        padding = ("", "") if field.cls == "SN" else ("(?! )", f" {{0,{width}}}")
        return rf"{padding[0]}(?:{field.shape}){padding[1]}(?<=\A.{{{field.end}}})"
    begin = f" {{{width}}}" if field.free else " "
    return _class_pattern(field.cls, width, begin)


def _class_pattern(cls: str, width: int, begin: str) -> str:
    """Write the pattern of a class; `begin` is what a text may not begin with."""
    if cls == "SN":
        return _number(width)
    if cls == "A":
        return _letters(width)
    if cls in {"N", "S"}:
        return f"{'[0-9]' if cls == 'N' else ' '}{{{width}}}"
    return f"(?!{begin})[{CHARSETS[cls]}]{{{width}}}"


def field_pattern(field: Field) -> str:
    """Write the pattern of a field, blank where that is allowed."""
    content = content_pattern(field)
    if not field.blank or field.cls == "S":
        return content
    return f"(?:{content}| {{{field.width}}})"


def _blank(field: Field) -> str:
    return f".{{{field.start - 1}}} {{{field.width}}}"


def _relation_pattern(relation: Relation) -> str:
    blanks = [_blank(field) for field in relation.fields]
    if relation.kind == "paired":
        together = "".join(f"(?={blank})" for blank in blanks)
        filled = "".join(f"(?!{blank})" for blank in blanks)
        return f"(?:{together}|{filled})"
    if relation.kind == "exclusive":
        return f"(?!(?!{blanks[0]})(?!{blanks[1]}))"
    if relation.kind == "any":
        return "(?!" + "".join(f"(?={blank})" for blank in blanks) + ")"
    needed = "".join(f"(?!{blank})" for blank in blanks[1:])
    return f"(?:(?={blanks[0]})|{needed})"


def _turns_pattern(turns: list[list[Field]]) -> str:
    """Write side-by-side repeats: once one is blank, so is all that follows."""
    pattern = ""
    for fields in reversed(turns):
        own = "".join(field_pattern(field) for field in fields)
        rest = ""
        if pattern:
            last = turns[-1][-1].end
            rest = f"(?:{pattern}| {{{last - fields[-1].end}}})"
        pattern = own + rest
    return pattern


def record_pattern(fields: Sequence[Field], relations: Sequence[Relation]) -> re.Pattern[str]:
    """Compile a whole record: relations as look-aheads, then the fields in order."""
    parts = [_relation_pattern(relation) for relation in relations]
    turns: list[list[Field]] = []
    for field in fields:
        if field.turn:
            if field.turn > len(turns):
                turns.append([])
            turns[-1].append(field)
            continue
        if turns:
            parts.append(_turns_pattern(turns))
            turns = []
        parts.append(field_pattern(field))
    if turns:
        parts.append(_turns_pattern(turns))
    return re.compile("".join(parts) + r"\Z", re.DOTALL)
