"""The format `edifact`: read, written and acknowledged.

Lives here: the `Format` and streaming. Never here: what a message is (`edi_specs/edifact/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.edifact import envelop, reader, sniff, writer
from gateway.formats.edifact.stream import iter_transactions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.finding import Answer
    from gateway.segments.window import Readable
    from gateway.specs import Limits, Specs
    from gateway.tree import Envelope, Interchange, Node, Transaction

__all__ = ["FORMAT", "iter_transactions"]


class Edifact:
    """The format; it keeps no state."""

    name = "edifact"
    media_type = "application/edifact"

    def sniff(self, head: bytes) -> bool:
        """Tell whether bytes begin with UNA or UNB, a byte order mark or line ends before it allowed."""
        return sniff(head)

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes; whatever is wrong is a finding."""
        return reader.read(data, specs, limits)

    def iter_transactions(self, file: Readable, specs: Specs, limits: Limits) -> Iterator[Transaction]:
        """Yield the messages of a file of any size; see `stream.py`."""
        return iter_transactions(file, specs, limits)

    def envelop(
        self, message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
    ) -> Interchange:
        """Wrap message bodies in a new envelope."""
        return envelop.envelop(message, version, bodies, envelope, specs)

    def write(self, interchange: Interchange, specs: Specs) -> bytes:
        """Write a tree."""
        return writer.write(interchange, specs)

    def acknowledge(
        self, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs
    ) -> bytes:
        """Answer with CONTRL, or with CUSRES or APERAK."""
        from gateway.formats.edifact.acks import acknowledge  # noqa: PLC0415 - who only reads needs none of it

        return acknowledge(interchange, answer, envelope, specs)


FORMAT = Edifact()
