"""The format `wco`: read, written and acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.wco import sniff
from gateway.formats.wco.reader import read
from gateway.formats.wco.writer import envelop, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Answer
    from gateway.specs import Limits, Specs
    from gateway.tree import Envelope, Interchange, Node

__all__ = ["FORMAT", "WcoFormat"]


class WcoFormat:
    """The WCO XML format. Anything that begins like XML is taken to be of it."""

    name = "wco"
    media_type = "application/xml"

    def sniff(self, head: bytes) -> bool:
        """Tell whether bytes begin like XML in any encoding; reading says the rest."""
        return sniff(head)

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes; see `reader.read`."""
        return read(data, specs, limits)

    def envelop(
        self, message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
    ) -> Interchange:
        """Wrap bodies in a new MetaData; see `writer.envelop`."""
        return envelop(message, version, bodies, envelope, specs)

    def write(self, interchange: Interchange, specs: Specs) -> bytes:
        """Write a tree; see `writer.write`."""
        return write(interchange, specs)

    def acknowledge(
        self, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs
    ) -> bytes:
        """Answer with a RES document; see `acks.acknowledge`."""
        from gateway.formats.wco.acks import acknowledge  # noqa: PLC0415 - who only reads needs none of it

        return acknowledge(interchange, answer, envelope, specs)


FORMAT = WcoFormat()
