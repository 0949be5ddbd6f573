"""CATAIR: the 80-column records of the ACE Automated Broker Interface.

The profile keys of `Envelope.options` that this format knows are listed in `writer.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.formats.catair.reader import read

if TYPE_CHECKING:
    from gateway.specs import Limits, Specs
    from gateway.tree import Interchange

__all__ = ["FORMAT", "Catair"]

# Columns 1 to 25 of A: letter, site, id, password, date, blanks (catair.md 3.1).
_HEAD = re.compile(r"A(?=[A-Z0-9 ]{0,3}[A-Z0-9])[A-Z0-9 ]{4}[A-Z0-9 ]{3}.{6}(?:[0-9]{6}| {6}) {5}")


class Catair:
    """The format: dispatch to reader, writer and acknowledgements."""

    name = "catair"
    media_type = "text/plain"

    def sniff(self, head: bytes) -> bool:
        """Tell whether bytes begin like a batch control record."""
        return _HEAD.match(head[:80].decode("latin-1").upper()) is not None

    def read(self, data: bytes, specs: Specs, limits: Limits) -> Interchange:
        """Read any bytes; whatever is wrong is a finding."""
        return read(data, specs, limits)


FORMAT = Catair()
