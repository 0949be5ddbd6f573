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

FORMATS = {
    "2": _DDMMYY,
    "101": _YYMMDD,
    "102": _CCYYMMDD,
    "201": _YYMMDD + _HHMM,
    "203": _CCYYMMDD + _HHMM,
    "204": _CCYYMMDD + _HHMM + _SS,
    "205": _CCYYMMDD + _HHMM + _OFFSET,
    "208": _CCYYMMDD + _HHMM + _SS + _OFFSET,
    "303": _CCYYMMDD + _HHMM + _ZONE,
    "304": _CCYYMMDD + _HHMM + _SS + _ZONE,
    "602": r"[0-9]{4}",
    "610": r"[0-9]{4}(?:0[1-9]|1[0-2])",
    "616": r"[0-9]{4}(?:0[1-9]|[1-4][0-9]|5[0-3])",
    "713": f"{_YYMMDD}{_HHMM}-?{_YYMMDD}{_HHMM}",
    "718": f"{_CCYYMMDD}-?{_CCYYMMDD}",
    "719": f"{_CCYYMMDD}{_HHMM}-?{_CCYYMMDD}{_HHMM}",
}
SHORT, LONG = _YYMMDD, _CCYYMMDD
TIME = _HHMM


@cache
def _compiled(code: str) -> re.Pattern[str] | None:
    return re.compile(FORMATS[code]) if code in FORMATS else None


def is_date(text: str, code: str) -> bool:
    """Tell whether a text is a date of a format; of a format that is not known here any text is."""
    pattern = _compiled(code)
    return pattern is None or pattern.fullmatch(text) is not None
