"""The formats, all of one shape: sniff, read, envelop, write, acknowledge.

Lives here: the protocol and the list. A format is a folder with `reader.py`,
`writer.py`, `grammar.py` (structure against the spec), `acks.py`, a `format.py` that has
`FORMAT`, and an `__init__.py` with `sniff`, which loads nothing: what bytes are is asked of
every format, the rest of one. Formats know nothing of each other, of the entry, of mappings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.finding import Answer
    from gateway.specs import Limits, Specs
    from gateway.tree import Envelope, Interchange, Node

# In the order in which they are asked; CATAIR's head is the weakest sign and comes last.
NAMES = ("x12", "edifact", "wco", "json", "catair")


@runtime_checkable
class Format(Protocol):
    """What every format answers. Nothing here does IO or raises for bad input."""

    name: str
    media_type: str

    def sniff(self, head: bytes) -> bool:
        """Tell whether bytes that begin like `head` (up to 4096) are of this format."""

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes. Whatever is wrong is a `Finding`; another exception is our bug."""

    def envelop(
        self, message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
    ) -> Interchange:
        """Wrap message bodies in a new envelope, counters and control numbers filled in.

        A body is what a mapping writes: the transaction's root without the envelope's
        own segments (no ST/SE, no UNH/UNT, no A/B/Y/Z, no MetaData).
        """

    def write(self, interchange: Interchange, specs: Specs) -> bytes:
        """Write a tree. What was read gives the same bytes again."""

    def acknowledge(
        self, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs
    ) -> bytes:
        """Answer the sender in this format.

        `Level.SYNTAX`: TA1/997/999, CONTRL, rejected A/B/Y/Z, RES, JSON.
        `Level.CUSTOMS`: 355 when refused and 350 for dispositions, CUSRES, SX/SO, RES, JSON.
        `envelope` has our side as sender. b"" where the format has no answer to give.
        """


class _Formats(Mapping[str, "Format"]):
    """The formats by name; each is loaded when somebody takes it."""

    def __getitem__(self, name: str) -> Format:
        found = named(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())


@cache
def formats() -> Mapping[str, Format]:
    """Give every format that this build has, by name, in the order of sniffing."""
    return _Formats()


@cache
def names() -> tuple[str, ...]:
    """Give the name of every format that this build has, in the same order; none is loaded for that."""
    return tuple(name for name in NAMES if find_spec(f"gateway.formats.{name}") is not None)


@cache
def named(name: str) -> Format | None:
    """Give one format, None where this build has none of that name; the others are not loaded for that."""
    if name not in NAMES:
        return None
    try:
        found: Format = import_module(f"gateway.formats.{name}.format").FORMAT
    except ModuleNotFoundError as error:
        if error.name != f"gateway.formats.{name}":
            raise
        return None
    return found


def sniff(data: bytes) -> Format | None:
    """Give the format that these bytes look like, None where none says yes; no other is loaded for that."""
    head = data[:4096]
    return next((named(name) for name, mine in _signs() if mine(head)), None)


@cache
def _signs() -> tuple[tuple[str, Callable[[bytes], bool]], ...]:
    """Give what each format says of the beginning of some bytes, in the order in which they are asked."""
    return tuple((name, import_module(f"gateway.formats.{name}").sniff) for name in names())
