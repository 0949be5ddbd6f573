"""WCO Data Model XML: Declarations (DEC) and Responses (RES) in a MetaData envelope.

Lives here: how XML begins. Everything else is loaded when bytes are XML (`format.py`).
"""

import re

_XML = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*<[?!A-Za-z_]")
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<", b"\x4c\x6f\xa7\x94")


def sniff(head: bytes) -> bool:
    """Tell whether bytes begin like XML in any encoding; reading says the rest."""
    return _XML.match(head) is not None or head.startswith(_WIDE)
