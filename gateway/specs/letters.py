"""Letters that a wire does not take, written with those that it takes: `edi_specs/letters.csv`.

Lives here: the table, and the one way to use it. Which letters a format takes is the format's to say.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from gateway.specs import read_csv

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from pathlib import Path


@cache
def letters(root: Path) -> Mapping[str, str]:
    """Give how a letter is written that is more than a letter with an accent."""
    return {row["character"]: row["written"] for _, row in read_csv(root / "edi_specs" / "letters.csv")}


def transliterated(text: str, table: Mapping[str, str], outside: re.Pattern[str]) -> str:
    """Write a text without the letters of `outside`: accents off, what the table says, `?` for what is left."""
    if not outside.search(text):
        return text
    written = []
    for letter in text:
        if not outside.match(letter):
            written.append(letter)
            continue
        other = table.get(letter) or table.get(letter.upper())
        if other is None:
            bare = "".join(
                table.get(part, part)
                for part in unicodedata.normalize("NFKD", letter)
                if not unicodedata.combining(part)
            )
            other = outside.sub("?", bare)
        written.append(other.lower() if letter.islower() else other)
    return "".join(written)
