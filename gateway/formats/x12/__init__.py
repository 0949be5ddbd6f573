"""ANSI X12: the customs sets and what belongs to them.

Lives here: how X12 begins. Everything else is loaded when bytes are X12 (`format.py`).
"""

BOM = b"\xef\xbb\xbf"
GAP = b"\r\n\t "


def sniff(head: bytes) -> bool:
    """Tell whether bytes begin with an ISA, a byte order mark or line ends before it allowed."""
    start = head.removeprefix(BOM).lstrip(GAP)
    return start[:3] == b"ISA" and not start[3:4].isalnum()
