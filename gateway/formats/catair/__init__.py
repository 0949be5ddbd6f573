"""CATAIR: the 80-column records of the ACE Automated Broker Interface.

Lives here: how a batch begins. Everything else is loaded when bytes are one (`format.py`).
"""

import re

# Columns 1 to 25 of A: letter, site, id, password, date, blanks (catair.md 3.1).
_HEAD = re.compile(r"A(?=[A-Z0-9 ]{0,3}[A-Z0-9])[A-Z0-9 ]{4}[A-Z0-9 ]{3}.{6}(?:[0-9]{6}| {6}) {5}")


def sniff(head: bytes) -> bool:
    """Tell whether bytes begin like a batch control record."""
    return _HEAD.match(head[:80].decode("latin-1").upper()) is not None
