"""Mapping tables as text: parsed into rows, every error with file and line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.mapping.convert import WORDS
from gateway.specs import SpecError

_HEAD = re.compile(
    r"mapping\s+(?P<format>[\w-]+)/(?P<message>[\w-]+)/(?P<version>[\w.-]+)\s+<->\s+entry/1"
    r"(?:\s+at\s+(?P<stage>[a-z-]+))?"
)
_COLUMN = re.compile(r'(?:"[^"]*"|\S| (?! ))+')
_TOKEN = re.compile(r'"[^"]*"|\S+')

# word -> how many arguments it takes; None: up to the next word
_MODIFIERS: dict[str, int | None] = {
    "key": 1, "by": None, "in": 1, "agree": 0, "codes": 1, "wrap": 1, "cut": 1, "default": 1,
    "~": 1, "read": 0, "write": 0, "nth": 1,
}  # fmt: skip


class MappingError(SpecError):
    """A mapping table is wrong. The message begins with `file:line:`."""


@dataclass(slots=True)
class Row:
    """One line of a table. `kind` is map, each, set or ignore."""

    line: int
    kind: str
    address: str
    paths: tuple[str, ...] = ()
    text: str = ""
    convert: tuple[str, ...] = ()
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: Sequence[Row] = ()

    def word(self, name: str) -> str | None:
        """Give the one argument of a word, None where the row does not have it."""
        found = self.words.get(name)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Table:
    """A parsed table: which message, and its rows.

    `stage` is what the message is by itself (a release, a summary), "" where only the entry can say. `made`: from the
    model, not by hand, so nothing in it can be wrong.
    """

    file: Path
    format: str
    message: str
    version: str
    rows: tuple[Row, ...]
    stage: str = ""
    made: bool = False

    @property
    def id(self) -> str:
        """`x12/309/004010`."""
        return f"{self.format}/{self.message}/{self.version}"


def parse_table(file: Path, text: str) -> Table:
    """Parse a table; `MappingError` names the line that is wrong."""
    head: re.Match[str] | None = None
    rows: list[Row] = []
    named: dict[tuple[str, ...], list[Row]] = {}
    open_blocks: list[tuple[int, list[Row]]] = [(0, rows)]
    for number, raw in enumerate(text.splitlines(), 1):
        line = _uncomment(raw)
        if not line.strip():
            continue
        if head is None:
            head = _HEAD.fullmatch(line.strip())
            if head is None:
                raise MappingError(
                    file, number, "a table begins with 'mapping format/message/version <-> entry/1'"
                )
            continue
        indent = len(line) - len(line.lstrip(" "))
        while indent < open_blocks[-1][0]:
            open_blocks.pop()
        if indent != open_blocks[-1][0]:
            raise MappingError(file, number, "this indentation belongs to no block")
        inner = _place(file, number, line.strip(), open_blocks[-1][1], named)
        if inner is not None:
            open_blocks.append((indent + 2, inner))
    if head is None:
        raise MappingError(file, 1, "the table is empty")
    return Table(file, head["format"], head["message"], head["version"], tuple(rows), head["stage"] or "")


def _place(
    file: Path, number: int, line: str, rows: list[Row], named: dict[tuple[str, ...], list[Row]]
) -> list[Row] | None:
    """Add what a line says to the rows around it; give the list of the rows inside it, if it has any."""
    word, *rest = line.split()
    if word == "block":
        if len(rest) != 1 or tuple(rest) in named:
            raise MappingError(file, number, "a block has a name of its own")
        return named.setdefault(tuple(rest), [])
    if word == "use":
        rows.extend(_used(file, number, tuple(rest), named))
        return None
    row = _row(file, number, line)
    rows.append(row)
    if row.kind != "each":
        return None
    row.rows = inner = list[Row]()
    return inner


def _used(
    file: Path, number: int, words: tuple[str, ...], named: dict[tuple[str, ...], list[Row]]
) -> list[Row]:
    """Give the rows of a block, their paths below an object of the entry where one is named."""
    if not words or len(words) > 2 or words[:1] not in named:
        raise MappingError(file, number, f"there is no block {' '.join(words)!r} above this line")
    if words not in named:
        below = words[1]
        named[words] = [
            replace(row, paths=tuple(path if path[:1] == "/" else f"{below}.{path}" for path in row.paths))
            for row in named[words[:1]]
        ]
    return named[words]


def _uncomment(line: str) -> str:
    """Cut a comment: `#` at the start or after a blank, outside quotes."""
    if "#" not in line:
        return line.rstrip()
    quoted = False
    for index, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == "#" and not quoted and (index == 0 or line[index - 1] == " "):
            return line[:index].rstrip()
    return line.rstrip()


def _row(file: Path, number: int, line: str) -> Row:
    first, *columns = _COLUMN.findall(line)
    kind, _, rest = first.partition(" ")
    if kind in ("set", "ignore"):
        tokens = _TOKEN.findall(line)
        if len(tokens) != 3 or not tokens[2].startswith('"'):
            raise MappingError(file, number, f'{kind} takes an address and a text in quotes: {kind} A "..."')
        return Row(number, kind, tokens[1], text=tokens[2].strip('"'))
    if kind == "each":
        if not columns:
            raise MappingError(file, number, "each takes an address and a list of the entry")
        words = _words(file, number, " ".join(columns[1:]))
        return Row(number, "each", rest.strip(), (columns[0].strip(),), words=words[1])
    if not columns:
        raise MappingError(file, number, "a row has an address, two blanks, then a path")
    convert, words_found = _words(file, number, " ".join(columns[1:]))
    return Row(number, "map", first.strip(), tuple(columns[0].split()), convert=convert, words=words_found)


def _words(file: Path, number: int, text: str) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    convert: list[str] = []
    words: dict[str, tuple[str, ...]] = {}
    tokens = _TOKEN.findall(text)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        index += 1
        if token in WORDS and not convert:
            convert.append(token)
            while index < len(tokens) and tokens[index] not in _MODIFIERS:
                convert.append(tokens[index].strip('"'))
                index += 1
            continue
        if token not in _MODIFIERS:
            raise MappingError(file, number, f"{token!r} is no word of a mapping table")
        count = _MODIFIERS[token]
        arguments: list[str] = []
        while index < len(tokens) and (
            len(arguments) < count if count is not None else tokens[index] not in _MODIFIERS
        ):
            arguments.append(tokens[index].strip('"'))
            index += 1
        if count is not None and len(arguments) != count:
            raise MappingError(file, number, f"{token!r} takes {count} argument(s)")
        words[token] = tuple(arguments)
    return tuple(convert), words
