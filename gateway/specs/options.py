"""What may be said of an envelope beside its parties and its number: `edi_specs/options.csv`.

Lives here: whether somebody's words are options of a format. Never here: what a format does with them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.specs import SpecError, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

RULES = "rules"
"""Stands in the place of a format for what rules are told of a partner."""
MARKS = frozenset({"element", "component", "repetition", "terminator", "release", "mark"})
"""What divides a message: each is another character."""
_ANY = ".*"


class Option(NamedTuple):
    """One option of a format; a `name` that ends in `.*` stands for any text there.

    `values` is a regular expression, `wanted` the same in words.
    """

    format: str
    name: str
    values: str
    wanted: str
    default: str
    meaning: str

    def named(self, name: str) -> bool:
        """Tell whether a name is that of this option."""
        if self.name.endswith(_ANY):
            start = self.name.removesuffix("*")
            return name.startswith(start) and name != start
        return name == self.name

    def takes(self, text: str) -> bool:
        """Tell whether a text is one of its values."""
        return not self.values or re.fullmatch(self.values, text) is not None


@cache
def options(root: Path) -> Mapping[str, tuple[Option, ...]]:
    """Give the options by format, in the order of the table. `SpecError` for values that are no regular expression."""
    file = root / "edi_specs" / "options.csv"
    found: dict[str, list[Option]] = {}
    for line, row in read_csv(file):
        one = Option(*row.values())
        try:
            re.compile(one.values)
        except re.error as error:
            raise SpecError(file, line, f"{one.values}: {error}") from error
        found.setdefault(one.format, []).append(one)
    return {name: tuple(rows) for name, rows in found.items()}


def unfit(root: Path, said: Mapping[str, str], formats: Iterable[str]) -> tuple[str, str] | None:
    """Give the first of some words that is no option of these formats, and why; None where all are.

    What several formats call the same may be of any of them. The words are not repeated: one may be a secret.
    """
    table = options(root)
    tables = [table[name] for name in formats if name in table]
    known = [one for rows in tables for one in rows]
    for name, text in said.items():
        of_name = [one for one in known if one.named(name)]
        if not of_name:
            from difflib import get_close_matches  # noqa: PLC0415 - for who has made a mistake

            near = get_close_matches(name, [one.name for one in known], 1)
            return name, f"there is no such option{f'; there is {near[0]}' if near else ''}"
        if not any(one.takes(text) for one in of_name):
            return name, f"this is not {' or '.join(dict.fromkeys(one.wanted for one in of_name))}"
    return _clash(said, tables)


def _clash(said: Mapping[str, str], tables: Sequence[Sequence[Option]]) -> tuple[str, str] | None:
    """Find characters that divide two things at once in every format where they divide something."""
    found = None
    for rows in tables:
        marks = {one.name: said.get(one.name, one.default) for one in rows if one.name in MARKS}
        told = {name: text for name, text in marks.items() if len(text.strip()) == 1}
        if not any(name in said for name in told):
            continue
        twice = [name for name, text in told.items() if [*told.values()].count(text) > 1]
        if not twice:
            return None
        first = next(name for name in twice if name in said)
        found = found or (first, f"{' and '.join(twice)} are the same character")
    return found
