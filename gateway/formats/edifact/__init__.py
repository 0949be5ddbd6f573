"""UN/EDIFACT: customs and service messages.

Lives here: how EDIFACT begins. Everything else is loaded when bytes are EDIFACT (`format.py`).
"""

BOM = b"\xef\xbb\xbf"
GAP = b"\r\n\t "
HEADS = (b"UNB", b"UNA")


def sniff(head: bytes) -> bool:
    """Tell whether bytes begin with UNA or UNB, a byte order mark or line ends before it allowed."""
    start = head.removeprefix(BOM).lstrip(GAP)
    return start[:3] in HEADS and not start[3:4].isalnum()
