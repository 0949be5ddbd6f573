"""The format `catair`: read, written and acknowledged.

The keys of `Envelope.options` that this format knows are listed in `edi_specs/options.csv`. The
password of A and Z is no leaf of the tree and in no finding; `redact` blanks it in bytes
that are to be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.catair import reader, sniff, writer
from gateway.formats.catair.redact import redact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Answer
    from gateway.specs import Limits, Specs
    from gateway.tree import Envelope, Interchange, Node

__all__ = ["FORMAT", "Catair", "redact"]


class Catair:
    """The format: dispatch to reader, writer and acknowledgements."""

    name = "catair"
    media_type = "text/plain"

    def sniff(self, head: bytes) -> bool:
        """Tell whether bytes begin like a batch control record."""
        return sniff(head)

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes; whatever is wrong is a finding."""
        return reader.read(data, specs, limits)

    def envelop(
        self, message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
    ) -> Interchange:
        """Wrap transactions in A, B, Y and Z; texts are made to fit and each change is told."""
        return writer.envelop(message, version, bodies, envelope, specs)

    def write(self, interchange: Interchange, specs: Specs) -> bytes:
        """Write a tree as records of exactly 80 characters."""
        return writer.write(interchange, specs)

    def acknowledge(
        self, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs
    ) -> bytes:
        """Answer the sender: rejected batch, the application's answer, later notices."""
        from gateway.formats.catair import acks  # noqa: PLC0415 - who only reads needs none of it

        return acks.acknowledge(interchange, answer, envelope, specs)


FORMAT = Catair()
