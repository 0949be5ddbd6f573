"""Transmissions that no table says: situations, oddities, every fault that was mended, as data.

Lives here: the suites read from `fixtures/conformance/<format>.toml`, one for each format. A case is a file below
`fixtures/`, or a text of its own, with single places changed, and what is found of it. The file of X12 describes
the keys. Never here: any case.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.mixed.suites import PROFILE
from gateway.conformance.model import Built, Case, Clause, Expect, Operator, Spot
from gateway.formats import names
from gateway.specs import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LEVEL = 2


@dataclass(frozen=True)
class WrittenSuite:
    """The cases of one format that are written by hand."""

    root: Path
    form: str

    @property
    def name(self) -> str:
        """`x12.cases`."""
        return f"{self.form}.cases"

    @property
    def path(self) -> Path:
        """The file that has them."""
        return self.root / "fixtures" / "conformance" / f"{self.form}.toml"

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements of the file; one side alone is right where the other has a table."""
        for one in _said(self.path):
            sides = {case.get("finds") is None for case in one["case"]}
            yield Clause(
                one["id"], one["text"], one["source"], one.get("force", "must"),
                level=one.get("level", _LEVEL), pair=len(sides) > 1,
            )  # fmt: skip

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the file in its order."""
        for one in _said(self.path):
            for case in one["case"]:
                yield Case(
                    f"{one['id']}/{case['name']}", self.name, (one["id"],), one.get("level", _LEVEL),
                    one.get("force", "must"), case.get("finds") is None, partial(self._make, one, case),
                    kind=PROFILE if case.get("profile") else "message",
                )  # fmt: skip

    def _make(self, one: Mapping[str, Any], case: Mapping[str, Any]) -> Built:
        base = case.get("base", one.get("base", ""))
        text = (
            case["text"] if "text" in case else (self.root / "fixtures" / base).read_bytes().decode("latin-1")
        )
        for was, now, *turn in case.get("swap", ()):
            text = self._swapped(text, was, now, turn[0] if turn else 0, case["name"])
        for was, now in case.get("all", ()):
            text = text.replace(was, now)
        number = case.get("number", one.get("number", ""))
        if number:
            text = self._numbered(text, number, f"{one['id']}/{case['name']}")
        data = text.encode("latin-1")
        if case.get("finds") is None:
            return Built(data)
        spots = tuple(self._spot(data, plain, case["name"]) for plain in case["finds"])
        where = spots[0].at[0] if spots and spots[0].at else case["name"]
        expect = Expect(case.get("disposition", "rejected"), spots, None, where)
        return Built(data, expect, Operator("written", where))

    def _swapped(self, text: str, was: str, now: str, turn: int, name: str) -> str:
        """Change the one place where a text stands, or its nth from 1."""
        count = text.count(was)
        if not was or count < max(turn, 1) or (count > 1 and not turn):
            raise SpecError(self.path, 0, f"{name}: {was!r} is there {count} times")
        parts = text.split(was)
        at = max(turn, 1)
        return was.join(parts[:at]) + now + was.join(parts[at:])

    def _numbered(self, text: str, number: str, name: str) -> str:
        """Put a control number of the case's own, as long and made of its id, in the place of the base's.

        A service that remembers numbers rightly says of the next case with the same one that it came before.
        """
        if number not in text:
            raise SpecError(self.path, 0, f"{name}: {number!r} is not there")
        digits = int.from_bytes(hashlib.sha256(name.encode()).digest())
        own = "".join(
            str(digits // 10**at % 10) if letter.isdecimal() else letter for at, letter in enumerate(number)
        )
        return text.replace(number, own)

    def _spot(self, data: bytes, plain: Mapping[str, Any], name: str) -> Spot:
        """Give a finding that has to come; `marks` is the text that its bytes are, with its turn from 1."""
        span = None
        if "marks" in plain:
            marked = plain["marks"].encode("latin-1")
            start = -1
            for _ in range(plain.get("turn", 1)):
                start = data.find(marked, start + 1)
            if start < 0 or not marked:
                raise SpecError(self.path, 0, f"{name}: {plain['marks']!r} is not there")
            span = (start, start + len(marked))
        at = plain.get("at", ())
        return Spot(plain["code"].replace("/", "."), (at,) if isinstance(at, str) else tuple(at), span)


@cache
def _said(path: Path) -> tuple[Mapping[str, Any], ...]:
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["clause"]) if path.is_file() else ()


def suites(root: Path, _seed: int) -> list[WrittenSuite]:
    """Give every suite that has a file, in order."""
    found = [WrittenSuite(root, form) for form in names()]
    return [one for one in found if one.path.is_file()]
