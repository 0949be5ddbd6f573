"""Dates and times by the code of their format (2379), as patterns.

Lives here: which text is a date of which format, the calendar included. Never here: what a
date means.
"""

from __future__ import annotations

import re
from functools import cache

_DAYS = (
    r"(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
    r"|02(?:0[1-9]|1[0-9]|2[0-8]))"
)
_LEAP = r"(?:0[48]|[2468][048]|[13579][26])"
# A century's own year 00 leaps every fourth time; with two digits it is taken to.
_CCYYMMDD = rf"(?!0000)(?:[0-9]{{4}}{_DAYS}|(?:[0-9]{{2}}{_LEAP}|(?:[02468][048]|[13579][26])00)0229)"
_YYMMDD = rf"(?:[0-9]{{2}}{_DAYS}|(?:{_LEAP}|00)0229)"
_DDMMYY = (
    r"(?:(?:(?:0[1-9]|[12][0-9]|3[01])(?:0[13578]|1[02])|(?:0[1-9]|[12][0-9]|30)(?:0[469]|11)"
    rf"|(?:0[1-9]|1[0-9]|2[0-8])02)[0-9]{{2}}|2902(?:{_LEAP}|00))"
)
_HHMM = r"(?:[01][0-9]|2[0-3])[0-5][0-9]"
_SS = r"[0-5][0-9]"
_OFFSET = r"[+-][01][0-9](?:[0-5][0-9])?"
_ZONE = r"[A-Z]{3}"

# Each letter is a part of a date.
_PARTS = {
    "D": _CCYYMMDD,
    "d": _YYMMDD,
    "r": _DDMMYY,
    "T": _HHMM,
    "S": _SS,
    "O": _OFFSET,
    "Z": _ZONE,
    "Y": r"[0-9]{4}",
    "M": r"(?:0[1-9]|1[0-2])",
    "W": r"(?:0[1-9]|[1-4][0-9]|5[0-3])",
    "-": "-?",
}
FORMS = {
    "2": "r",
    "101": "d",
    "102": "D",
    "201": "dT",
    "203": "DT",
    "204": "DTS",
    "205": "DTO",
    "208": "DTSO",
    "303": "DTZ",
    "304": "DTSZ",
    "602": "Y",
    "610": "YM",
    "616": "YW",
    "713": "dT-dT",
    "718": "D-D",
    "719": "DT-DT",
}
FORMATS = {code: "".join(_PARTS[part] for part in form) for code, form in FORMS.items()}
SHORT, LONG = _YYMMDD, _CCYYMMDD
TIME = _HHMM


@cache
def _compiled(code: str) -> re.Pattern[str] | None:
    return re.compile(FORMATS[code]) if code in FORMATS else None


def is_date(text: str, code: str) -> bool:
    """Tell whether a text is a date of a format; of a format that is not known here any text is."""
    pattern = _compiled(code)
    return pattern is None or pattern.fullmatch(text) is not None
