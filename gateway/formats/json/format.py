"""The format `json`: read, written and acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.json import acks, reader, sniff, writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Answer
    from gateway.specs import Limits, Specs
    from gateway.tree import Envelope, Interchange, Node

__all__ = ["FORMAT", "JsonFormat"]


class JsonFormat:
    """The format `json`."""

    name = reader.NAME
    media_type = "application/json"

    def sniff(self, head: bytes) -> bool:
        """Tell whether an object or a list begins here."""
        return sniff(head)

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes; an object is one transaction, a list of objects several."""
        return reader.read(data, specs, limits)

    def envelop(
        self,
        message: str,
        version: str,
        bodies: Sequence[Node],
        envelope: Envelope,
        specs: Specs,  # noqa: ARG002 - one shape for every format
    ) -> Interchange:
        """Wrap bodies; JSON has no envelope of its own."""
        return writer.envelop(message, version, bodies, envelope)

    def write(self, interchange: Interchange, specs: Specs) -> bytes:
        """Write a tree; what was read gives the same bytes again."""
        return writer.write(interchange, specs)

    def acknowledge(
        self,
        interchange: Interchange,
        answer: Answer,
        envelope: Envelope,
        specs: Specs,  # noqa: ARG002 - one shape for every format
    ) -> bytes:
        """Answer with a JSON document of either level."""
        return acks.acknowledge(interchange, answer, envelope)


FORMAT = JsonFormat()
