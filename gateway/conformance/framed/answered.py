"""The suites of envelopes of answers, one for each format that is made of segments.

Lives here: the suites read from `fixtures/conformance/answered.toml`, which describes its keys. How an answer is held
to a case stands in `envelopes.py`. Never here: any case.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.framed.building import EDIFACT, X12, Maker, base, remarked, written
from gateway.conformance.framed.suites import FRAMED
from gateway.conformance.model import Built, Case, Clause, Expect, Operator
from gateway.conformance.ways.suites import WAY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LEVEL = 1
_OPEN = Expect("", open=True)
_BASES = {X12: "353/rail-004010.edi", EDIFACT: "CUSREP/truck.edi"}
# A group with a message without a fault, and one with a message with two.
_ROWS = {"right": "IGSgi", "wrong": "IGBgi"}
_MARKS = ("element", "component", "terminator")
_TOLD = ("sender", "receiver", "control", "options")
_WANTED = ("says", "begins", "marks", "once", "never")


@dataclass(frozen=True)
class AnsweredSuite:
    """The envelopes of one format's answers."""

    root: Path
    form: str

    @property
    def name(self) -> str:
        """`x12.answered.framed`."""
        return f"{self.form}.answered.{FRAMED}"

    def clauses(self) -> Iterator[Clause]:
        """Yield the statements of the file."""
        for one in _said(self.root)[self.form]["clause"]:
            yield Clause(
                self._clause(one), one["text"], one["source"], who="receiver", level=_LEVEL, pair=False
            )

    def _clause(self, one: Mapping[str, Any]) -> str:
        return f"{self.name}/{one['id']}/told"

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the file in its order, each of two messages."""
        for one in _said(self.root)[self.form]["clause"]:
            for case in one["case"]:
                for row, letters in _ROWS.items():
                    name = f"{self.name}/{one['id']}/{case['name']}/{row}"
                    make = partial(self._made, case, letters)
                    yield Case(
                        name, self.name, (self._clause(one),), _LEVEL, "must", good=True, make=make, kind=WAY
                    )

    def _made(self, case: Mapping[str, Any], letters: str) -> Built:
        chosen = base(self.form, _BASES[self.form])
        steps = {
            "way": "answered",
            "format": self.form,
            **{key: case[key] for key in _TOLD if key in case},
            "wanted": {key: case[key] for key in _WANTED if key in case},
        }
        data = written(chosen, Maker(chosen).built(letters))
        for was, now in case.get("swap", ()):
            if data.count(was.encode()) != 1:
                raise ValueError(f"{case['name']}: {was!r} is there {data.count(was.encode())} times")
            data = data.replace(was.encode(), now.encode())
        if "second" in case:
            data += remarked(data, b"".join(chosen.marks[name] for name in _MARKS), case["second"].encode())
        return Built(data, _OPEN, Operator("answered", case["name"]), steps)


@cache
def _said(root: Path) -> Mapping[str, Any]:
    path = root / "fixtures" / "conformance" / "answered.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def suites(root: Path, _seed: int) -> list[AnsweredSuite]:
    """Give every suite in order."""
    return [AnsweredSuite(root, X12), AnsweredSuite(root, EDIFACT)]
