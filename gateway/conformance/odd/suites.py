"""The suites of odd transmissions: which oddity of which sample is asked, and how it is read.

Lives here: the choice, made by the name of sample and oddity alone, so that the same cases are asked under every seed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.mixed.suites import BESIDE
from gateway.conformance.model import Built, Case, Clause, Expect, Operator, salt
from gateway.conformance.odd import catair, json, wco

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_LEVEL = 1
_OPEN = Expect("", open=True)
_BYTES_MAX = 24000
_TEXTS = {
    "strict": "Whatever is odd in a transmission, an answer comes back that can be read and is about it.",
    "lenient": "What lenient reading mends of an odd transmission is told, and the rest is refused as ever.",
    "way": "An odd transmission under limits, and one that customs speaks of, gets an answer as every other.",
}
_ODD: Mapping[str, Callable[[bytes, int], Iterator[tuple[str, bytes]]]] = {
    "catair": catair.odd,
    "wco": wco.odd,
    "json": json.odd,
}
# Each oddity is asked of one in so many samples: one of the whole, and one of a place, which is made at several.
_ONE_IN = {"catair": (9, 20), "wco": (4, 16), "json": (4, 24)}
_PLACED = re.compile(r"-\d+(?:-first)?\Z")
# What owes nothing to a sample is asked of the first one alone, in every way.
_ALONE = "only/"
_FIRST = {"catair": "AE/certified", "wco": "DEC/simplified", "json": "entry/informal"}
_SIZE = 4_500
_WAYS = ("strict", "lenient", "way")
_LIMITS: tuple[tuple[str, int], ...] = (
    ("findings_max", 1), ("findings_max", 2), ("findings_max", 3), ("transactions_max", 1), ("transactions_max", 2),
    ("segments_max", 4), ("segments_max", 12), ("value_chars_max", 12), ("depth_max", 4), ("attributes_max", 1), ("findings_max", 5),
    ("transactions_max", 0),
)  # fmt: skip
_PARTIES = (("", ""), ("GATEWAY", "CUSTOMS"), ("ABC", "5301"))


@dataclass(frozen=True)
class OddSuite:
    """The odd transmissions of one format."""

    root: Path
    form: str

    @property
    def name(self) -> str:
        """`x12.odd`."""
        return f"{self.form}.odd"

    @property
    def size(self) -> int:
        """About how many cases there are: as many as one process lists for itself at most."""
        return _SIZE

    def clauses(self) -> Iterator[Clause]:
        """Yield a statement for each way of reading."""
        for way, text in _TEXTS.items():
            yield Clause(
                f"{self.name}/{way}", text, "samples of ours", who="receiver", level=_LEVEL, pair=False
            )

    def cases(self) -> Iterator[Case]:
        """Yield each oddity of some samples."""
        for path in self._samples():
            yield from self._of(path)

    def near(self, case_id: str, /) -> Iterator[Case]:
        """Yield the oddities of the sample that an id names."""
        for path in self._samples():
            if case_id.startswith(f"{self.name}/{_sample(path)}/"):
                yield from self._of(path)

    def _samples(self) -> Iterator[Path]:
        for path in sorted((self.root / "fixtures" / self.form).glob("*/*")):
            right = path.parent.name not in {"bad", "lenient"} and path.suffix not in BESIDE
            if right and path.is_file() and path.stat().st_size <= _BYTES_MAX:
                yield path

    def _of(self, path: Path) -> Iterator[Case]:
        sample = _sample(path)
        for name, way, drawn, data in _drawn(self.form, path):
            steps = _steps(self.form, drawn) if way == "way" else {}
            kind = {"strict": "message", "lenient": "lenient", "way": "way"}[way]
            yield Case(
                f"{self.name}/{sample}/{way}/{name}", self.name, (f"{self.name}/{way}",), _LEVEL, "must",
                good=True, make=partial(_made, data, path, name, steps), kind=kind,
            )  # fmt: skip


def _sample(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _steps(form: str, drawn: int) -> dict[str, Any]:
    """Draw a limit, or what customs says."""
    drawn, customs = divmod(drawn, 2)
    if not customs:
        limit, value = _LIMITS[drawn % len(_LIMITS)]
        return {
            "way": "limits",
            "format": form,
            "limit": limit,
            "value": value,
            "lenient": drawn // 16 % 2 == 1,
        }
    drawn, count = divmod(drawn, 4)
    said = [drawn // 100**at % 100 for at in range(count)]
    sender, receiver = _PARTIES[drawn % len(_PARTIES)]
    return {"way": "customs", "format": form, "said": said, "options": {}, "sender": sender, "receiver": receiver,
            "control": 1 + drawn % 99}  # fmt: skip


@cache
def _drawn(form: str, path: Path) -> tuple[tuple[str, str, int, bytes], ...]:
    """Give the oddities of a sample that are asked, each with its way, a number to draw by, and its bytes.

    The others, which are most of them, are let go at once.
    """
    return tuple(_asked(form, path))


def _asked(form: str, path: Path) -> Iterator[tuple[str, str, int, bytes]]:
    sample = _sample(path)
    first = sample == _FIRST[form]
    oddities = _ODD[form](path.read_bytes(), salt(0, f"{form}/{sample}") % 100_003)
    kept: dict[str, tuple[str, int, bytes]] = {}
    for name, data in oddities:
        drawn = salt(0, f"odd/{form}/{sample}/{name}")
        if name.startswith(_ALONE):
            if first:
                kept[name] = ("", drawn, data)
            continue
        drawn, left = divmod(drawn, _ONE_IN[form][_PLACED.search(name) is not None])
        if not left:
            kept[name] = (("strict", "lenient", "strict", "way")[drawn % 4], drawn // 4, data)
    for name, (way, drawn, data) in kept.items():
        for one in (way,) if way else _WAYS:
            yield name, one, drawn, data


def _made(data: bytes, path: Path, name: str, steps: dict[str, Any]) -> Built:
    return Built(data, _OPEN, Operator("odd", path.stem, "", name), steps)


def suites(root: Path, _seed: int) -> list[OddSuite]:
    """Give every suite in order."""
    return [OddSuite(root, form) for form in _ODD]
