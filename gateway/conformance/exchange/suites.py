"""The exchange suites, read from `fixtures/conformance/exchange.toml`; the file describes its steps."""

from __future__ import annotations

import base64
import tomllib
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.exchange.calls import HEAR, LISTEN
from gateway.conformance.model import Built, Case, Clause, Expect, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LEVEL = 8


@dataclass(frozen=True)
class ExchangeSuite:
    """The clauses about one pattern of calls."""

    root: Path
    name: str
    said: tuple[Mapping[str, Any], ...]

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the pattern."""
        for one in self.said:
            yield Clause(
                id=one["id"],
                text=one["text"],
                source=one["source"],
                who="receiver",
                level=LEVEL,
            )

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the pattern."""
        for one in self.said:
            for case in one["case"]:
                name = f"{one['id']}/{case['name']}"
                good = case.get("good", True)
                make = partial(self._make, case, good=good)
                yield Case(name, self.name, (one["id"],), LEVEL, "must", good, make, "exchange")

    def _make(self, case: Mapping[str, Any], *, good: bool) -> Built:
        """Put the files into the steps, in base64, since results are text."""
        steps = [self._step(step) for step in case["steps"]]
        data = base64.b64decode(next((step["data"] for step in steps if step.get("data")), ""))
        operator = None if good else Operator("call", case["steps"][-1]["call"], "", case["name"])
        told = ", then ".join(_told(step) for step in case["steps"])
        return Built(data, Expect(told), operator, {"steps": steps})

    def _step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(step)
        for name, target in (("body", "data"), ("body_is", "wanted")):
            if found.get(name):
                data = (self.root / "fixtures" / found[name]).read_bytes()
                found[target] = base64.b64encode(data).decode("ascii")
        return found


def _told(step: Mapping[str, Any]) -> str:
    if step["call"] == LISTEN:
        return "an address of ours"
    if step["call"] == HEAR:
        return f"{step['count']} signed call{'s' if step['count'] > 1 else ''}"
    return f"{step['status']} {step['problem']}" if "problem" in step else str(step["status"])


@cache
def _tables(root: Path) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    path = root / "fixtures" / "conformance" / "exchange.toml"
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for one in tomllib.loads(path.read_text(encoding="utf-8"))["clause"]:
        name = one["id"].partition("/")[0]
        found[name] = (*found.get(name, ()), one)
    return found


def suites(root: Path, _seed: int) -> list[ExchangeSuite]:
    """Give every exchange suite in order."""
    return [ExchangeSuite(root, name, said) for name, said in _tables(root).items()]
