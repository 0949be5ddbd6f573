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
from gateway.conformance.parts import Parted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.parts import Part


@dataclass(frozen=True)
class MessageSuite(Parted):
    """One message."""

    schema: tables.Schema
    seed: int

    @property
    def name(self) -> str:
        """`json.entry.1`."""
        return f"json.{self.schema.message}.{self.schema.version}"

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        return (Fields(self.name, Composer(self.schema), self.seed),)

    @property
    def size(self) -> int:
        """About how many cases there are."""
        return 8 * sum(len(fields) for fields in self.schema.shapes.values())


@dataclass(frozen=True)
class SyntaxSuite(Parted):
    """JSON itself, and what one transmission may hold."""

    schema: tables.Schema
    seed: int
    name: str = "json.envelope"

    @cached_property
    def parts(self) -> Sequence[Part]:
        """What it is made of."""
        return (Syntax(self.name, Composer(self.schema), self.seed),)


def suites(root: Path, seed: int) -> list[MessageSuite | SyntaxSuite]:
    """Give every JSON suite in order."""
    known = tables.schemas(root)
    entry = next(one for one in known if one.message == "entry")
    return [SyntaxSuite(entry, seed), *(MessageSuite(schema, seed) for schema in known)]
