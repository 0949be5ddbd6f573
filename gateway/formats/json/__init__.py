"""JSON entries in and out, and JSON acknowledgements; `docs/json.md` has the rules.

Lives here: how JSON begins. Everything else is loaded when bytes are JSON (`format.py`).
"""

import re

BOM = b"\xef\xbb\xbf"
UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|[\[{]\x00|\x00[\[{]")


def sniff(head: bytes) -> bool:
    """Tell whether an object or a list begins here, in whatever encoding."""
    if head.removeprefix(BOM).lstrip(b" \t\r\n")[:1] in {b"{", b"["}:
        return True
    return UTF16.match(head) is not None and b"\x00" in head and b"<" not in head[:4]
