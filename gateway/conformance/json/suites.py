"""The JSON suites: one for each message that has a schema, one for JSON itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.json import tables
from gateway.conformance.json.document import Composer
from gateway.conformance.json.fields import Fields
from gateway.conformance.json.syntax import Syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Case, Clause


@dataclass(frozen=True)
class MessageSuite:
    """One message."""

    schema: tables.Schema
    seed: int

    @property
    def name(self) -> str:
        """`json.entry.1`."""
        return f"json.{self.schema.message}.{self.schema.version}"

    @cached_property
    def _part(self) -> Fields:
        return Fields(self.name, Composer(self.schema), self.seed)

    @property
    def size(self) -> int:
        """About how many cases there are."""
        return 8 * sum(len(fields) for fields in self.schema.shapes.values())

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of the message."""
        yield from self._part.clauses()

    def cases(self) -> Iterator[Case]:
        """Yield the cases of the message."""
        yield from self._part.cases()


@dataclass(frozen=True)
class SyntaxSuite:
    """JSON itself, and what one transmission may hold."""

    schema: tables.Schema
    seed: int
    name: str = "json.envelope"

    @cached_property
    def _part(self) -> Syntax:
        return Syntax(self.name, Composer(self.schema), self.seed)

    def clauses(self) -> Iterator[Clause]:
        """Yield the clauses of JSON itself."""
        yield from self._part.clauses()

    def cases(self) -> Iterator[Case]:
        """Yield the cases of JSON itself."""
        yield from self._part.cases()


def suites(root: Path, seed: int) -> list[MessageSuite | SyntaxSuite]:
    """Give every JSON suite in order."""
    known = tables.schemas(root)
    entry = next(one for one in known if one.message == "entry")
    return [SyntaxSuite(entry, seed), *(MessageSuite(schema, seed) for schema in known)]
