"""The service characters of one interchange: as its UNA says them, or the defaults.

Lives here: how a UNA is read, also one that is wrong, and what can be made of an interchange
that uses other characters than it announces. Never here: what UNB says (`envelope.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from gateway.formats.edifact import GAP

UNA_BYTES = 9
HEADER_BYTES_MAX = 2048
_ROLES = ("component", "element", "mark", "release", "repetition", "terminator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """One byte each; `release` and `repetition` are empty where the interchange has none.

    `line_end` is what stands between a terminator and the next segment throughout the
    interchange; `announced`: a UNA says so. `gap` are bytes that may stand between a terminator and the
    next segment.
    """

    component: bytes = b":"
    element: bytes = b"+"
    mark: bytes = b"."
    release: bytes = b"?"
    repetition: bytes = b"*"
    terminator: bytes = b"'"
    line_end: bytes = b""
    announced: bool = False
    gap: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "gap", GAP if self.terminator not in GAP else GAP.replace(self.terminator, b"")
        )

    @property
    def una(self) -> bytes:
        """The UNA that announces these characters."""
        return b"UNA" + b"".join(getattr(self, role) or b" " for role in _ROLES)


DEFAULTS = Delimiters()


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where an interchange begins: `una` is the UNA's extent (empty without one), `unb` the UNB's first byte."""

    delimiters: Delimiters
    una: tuple[int, int]
    unb: int
    problem: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadStart:
    """Why the service characters of an interchange cannot be known."""

    problem: str
    message: str
    start: int
    stop: int


def find_start(data: bytes, start: int) -> Start | BadStart:
    """Read the UNA at `start`, or take the defaults where a UNB stands there."""
    return _with_una(data, start) if data[start : start + 3] == b"UNA" else _without_una(data, start)


def _with_una(data: bytes, start: int) -> Start | BadStart:
    unb = data.find(b"UNB", start + 3, start + 3 + 40)
    if unb < 0:
        stop = min(len(data), start + UNA_BYTES)
        return BadStart(problem="una/length", message="no UNB follows the UNA", start=start, stop=stop)
    said = data[start + 3 : unb]
    # Line ends after the six characters are none of them; a terminator may be a line end itself.
    characters = said[:6] + said[6:].strip(GAP)
    if _one_lost(data, unb, said):
        characters = said.rstrip(GAP)
    problem = message = ""
    if len(characters) != 6:
        problem, message = "una/length", f"the UNA has {len(characters)} service characters"
        characters = said.strip(GAP)
        if len(characters) != 5:
            return BadStart(problem=problem, message=message, start=start, stop=unb)
        # The blank for the repetition separator was lost.
        characters = characters[:4] + b" " + characters[4:]
    delimiters = _announced(characters)
    if _clash(delimiters):
        words = f"the UNA {shown(characters)} gives one character two roles, or a letter, digit or blank one"
        return BadStart(problem="una/clash", message=words, start=start, stop=start + 3 + len(characters))
    return _compared(data, (start, unb), delimiters, problem, message)


def _one_lost(data: bytes, unb: int, said: bytes) -> bool:
    """Tell whether the sixth character of a UNA is only the end of its line, the terminator the fifth."""
    if said[5:6] not in {b"\r", b"\n"} or said[4:5] in {b" ", b"", b"\r", b"\n"}:
        return False
    end = data.find(said[5:6], unb, unb + HEADER_BYTES_MAX)
    return end > 0 and data[end - 1 : end] == said[4:5]


def _compared(
    data: bytes, una: tuple[int, int], delimiters: Delimiters, problem: str, message: str
) -> Start | BadStart:
    """Hold what a UNA says against the UNB that follows it."""
    start, unb = una
    following = data[unb + 3 : unb + 4]
    if following == delimiters.element:
        return Start(delimiters=delimiters, una=una, unb=unb, problem=problem, message=message)
    words = f"the UNB goes on with {shown(following)}, the UNA says {shown(delimiters.element)}"
    used = _used(data, unb)
    if used is None:
        return BadStart(problem="una/mismatch", message=words, start=start, stop=min(len(data), unb + 4))
    return Start(delimiters=used, una=una, unb=unb, problem="una/mismatch", message=words)


def _without_una(data: bytes, start: int) -> Start | BadStart:
    plain = DEFAULTS
    if data[start + 3 : start + 4] == plain.element:
        return Start(delimiters=plain, una=(start, start), unb=start)
    used = _used(data, start)
    words = f"the UNB goes on with {shown(data[start + 3 : start + 4])}, and no UNA announces it"
    if used is None:
        return BadStart(problem="una/missing", message=words, start=start, stop=min(len(data), start + 4))
    return Start(delimiters=used, una=(start, start), unb=start, problem="una/missing", message=words)


def _used(data: bytes, unb: int) -> Delimiters | None:
    """Tell the service characters from how a UNB uses them; None where that does not work.

    The element separator follows the tag, the component separator the four letters of the
    syntax identifier, and the terminator stands in front of UNH or UNG.
    """
    head = data[unb : unb + HEADER_BYTES_MAX]
    element, component = head[3:4], head[8:9]
    following = [at for tag in (b"UNH", b"UNG") if (at := head.find(tag + element, 9)) > 0]
    if not element or not following:
        return None
    before = head[: min(following)]
    terminator = before.rstrip(GAP)[-1:] or before[-1:]
    if terminator == element or terminator.isalnum():
        terminator = before[-1:]
    plain = DEFAULTS
    release = plain.release if plain.release not in {element, component, terminator} else b""
    repetition = plain.repetition if plain.repetition not in {element, component, terminator} else b""
    used = replace(
        plain,
        element=element,
        component=component,
        release=release,
        repetition=repetition,
        terminator=terminator,
    )
    return None if _clash(used) else used


@lru_cache(maxsize=64)
def _announced(characters: bytes) -> Delimiters:
    parts = {role: characters[at : at + 1] for at, role in enumerate(_ROLES)}
    for role in ("release", "repetition"):
        if parts[role] == b" ":
            parts[role] = b""
    return Delimiters(announced=True, **parts)


def _clash(delimiters: Delimiters) -> bool:
    used = [
        one
        for one in (
            delimiters.component,
            delimiters.element,
            delimiters.release,
            delimiters.repetition,
            delimiters.terminator,
        )
        if one
    ]
    plain = all(not one.isalnum() and one != b" " and one[0] < 0x80 for one in used)
    return len(set(used)) != len(used) or not plain or delimiters.mark not in {b".", b","}


def shown(raw: bytes) -> str:
    """Give bytes for a message: quoted when they can be printed, in hex when not."""
    if raw and all(0x20 <= byte < 0x7F for byte in raw):
        return f"'{raw.decode('ascii')}'"
    return "hex " + raw.hex(" ") if raw else "nothing"
