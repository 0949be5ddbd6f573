"""The suite about AS2, read from `fixtures/conformance/as2.toml`; the file describes its messages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from gateway.conformance.exchange.suites import LEVEL
from gateway.conformance.model import Built, Case, Clause, Expect, Operator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PAYLOAD = "fixtures/x12/309/one-bill.edi"


@dataclass(frozen=True)
class As2Suite:
    """The clauses about messages and receipts."""

    root: Path
    name: str = "exchange.as2"

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses."""
        for one in _table(self.root):
            yield Clause(id=one["id"], text=one["text"], source=one["source"], who="receiver", level=LEVEL)

    def cases(self) -> Iterator[Case]:
        """Yield the cases."""
        for one in _table(self.root):
            for case in one["case"]:
                name = f"{one['id']}/{case['name']}"
                good = case.get("good", True)
                make = partial(self._make, case, good=good)
                yield Case(name, self.name, (one["id"],), LEVEL, "must", good, make, "as2")

    def _make(self, case: Mapping[str, Any], *, good: bool) -> Built:
        """Keep the payload and how its messages are made; keys and numbers are new in each run."""
        told = ", then ".join(one["said"].replace("|", " or ") for one in case["messages"])
        operator = None if good else Operator("message", "AS2", "", case["name"])
        data = (self.root / _PAYLOAD).read_bytes()
        return Built(data, Expect(told), operator, {"messages": case["messages"]})


@cache
def _table(root: Path) -> tuple[Mapping[str, Any], ...]:
    path = root / "fixtures" / "conformance" / "as2.toml"
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["clause"])


def suites(root: Path, _seed: int) -> list[As2Suite]:
    """Give the suite."""
    return [As2Suite(root)]
