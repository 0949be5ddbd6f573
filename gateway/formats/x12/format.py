"""The format `x12`: read, written and acknowledged.

Lives here: the `Format` and streaming. Never here: what a set is (`edi_specs/x12/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.x12 import reader, sniff
from gateway.formats.x12.profile import check_profile, check_profiles, fitting
from gateway.formats.x12.segment import Segment, text_of
from gateway.formats.x12.stream import iter_transactions
from gateway.specs.x12_profiles import AUTO, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.finding import Answer, Finding
    from gateway.segments.window import Readable
    from gateway.specs import Limits, Specs
    from gateway.tree import Envelope, Interchange, Node, Transaction

__all__ = ["FORMAT", "iter_transactions", "segments_of"]


class X12:
    """The format; it keeps no state."""

    name = "x12"
    media_type = "application/edi-x12"

    def sniff(self, head: bytes) -> bool:
        """Tell whether bytes begin with an ISA, a byte order mark or line ends before it allowed."""
        return sniff(head)

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes; whatever is wrong is a finding."""
        return reader.read(data, specs, limits)

    def iter_transactions(self, file: Readable, specs: Specs, limits: Limits) -> Iterator[Transaction]:
        """Yield the transactions of a file of any size; see `stream.py`."""
        return iter_transactions(file, specs, limits)

    def check_profile(self, interchange: Interchange, name: str, specs: Specs, on: str = "") -> list[Finding]:
        """List what a profile such as `cbp_ocean` objects to; see `profile.py`."""
        return check_profile(interchange, name, specs, on)

    def check_profiles(
        self, interchange: Interchange, names: Sequence[str], specs: Specs, on: str = ""
    ) -> list[Finding]:
        """List what counts, levels and the named profiles object to; `auto` takes the one that fits."""
        return check_profiles(interchange, names, specs, on)

    def profile_names(self, specs: Specs) -> tuple[str, ...]:
        """Name every profile that may be asked for, `auto` included."""
        return (AUTO, *profiles(specs.root))

    def fitting_profile(self, transaction: Transaction, specs: Specs) -> str:
        """Name the profile that fits a transaction, "" where none does."""
        return fitting(transaction, specs)

    def envelop(
        self, message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
    ) -> Interchange:
        """Wrap message bodies in a new envelope."""
        from gateway.formats.x12 import writer  # noqa: PLC0415 - who only reads needs none of it

        return writer.envelop(message, version, bodies, envelope, specs)

    def write(self, interchange: Interchange, specs: Specs) -> bytes:  # noqa: ARG002 - a frame says it all
        """Write a tree."""
        from gateway.formats.x12 import writer  # noqa: PLC0415 - who only reads needs none of it

        return writer.write(interchange)

    def acknowledge(
        self, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs
    ) -> bytes:
        """Answer with TA1, 997 or 999, or with 355 and 350."""
        from gateway.formats.x12.acks import acknowledge  # noqa: PLC0415 - who only reads needs none of it

        return acknowledge(interchange, answer, envelope, specs)


FORMAT = X12()


def segments_of(transaction: Transaction) -> tuple[list[str], str]:
    """Give the segments of a transaction that was read, without terminators, and its delimiters.

    The delimiters are terminator, element separator and component separator.
    """
    segments = [node for node in _walk(transaction.root) if isinstance(node, Segment)]
    if not segments:
        return [], ""
    marks = segments[0].delimiters
    texts = [text_of(node.data[node.start : node.end]) for node in segments]
    return texts, (marks.terminator + marks.element + marks.component).decode("latin-1")


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
