"""Whether a rule of CBP speaks of an entry at all: US entries, and the stage they are filed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.rules.codes import codes

if TYPE_CHECKING:
    from gateway.entry import Entry, Line
    from gateway.rules.registry import Given

OCEAN = frozenset({"10", "11"})
AIR = frozenset({"40", "41"})
SURFACE = OCEAN | {"12", "20", "21", "30", "31"}
LOW_VALUE = "86"
ZONE = "06"
INFORMAL = frozenset({"11", "12"})
TEMPORARY = "23"
RE_WAREHOUSE = "22"
QUOTA = "02"
SUMMARY_STAGES = frozenset({"summary", "post-summary"})
TAKEN_AWAY = frozenset({"cancel", "query", "delete"})


def is_us(entry: Entry) -> bool:
    """Tell whether CBP is asked: by the entry's type, or by a port of Schedule D."""
    if entry.kind in codes("entry_types"):
        return True
    ports = [entry.port, entry.transport.unlading if entry.transport is not None else None]
    return any(port is not None and port.scheme == "schedule-d" for port in ports)


def is_us_declaration(entry: Entry) -> bool:
    """Tell whether it is an entry of a CBP type, and no manifest."""
    return entry.kind in codes("entry_types")


def mode(entry: Entry) -> str:
    """Give the mode of transport, "" where it is not known."""
    return (entry.transport.mode or "") if entry.transport is not None else ""


def origin_of(line: Line) -> str:
    """Give a line's country of origin, "" where it is not told."""
    return (line.origin.country or "") if line.origin is not None else ""


def stage(entry: Entry, given: Given) -> str:
    """Give the stage: what the filing says, else what the profile says, else "" (no presence is asked)."""
    told = entry.filing.stage if entry.filing is not None else None
    return told or given.profile.get("stage", "")


def is_release(entry: Entry, given: Given) -> bool:
    """Tell whether a whole cargo release (SE, add or replace) is meant."""
    if not is_us_declaration(entry) or stage(entry, given) != "release":
        return False
    return entry.filing is None or entry.filing.action in {None, "add", "replace"}


def is_summary(entry: Entry, given: Given) -> bool:
    """Tell whether a whole entry summary (AE, add or replace) is meant."""
    if not is_us_declaration(entry) or stage(entry, given) != "summary":
        return False
    return entry.filing is None or entry.filing.action in {None, "add", "replace"}


def whole_summary(entry: Entry, given: Given) -> bool:
    """Tell whether a whole entry summary is meant: a first one, one in its place, or a post summary correction."""
    if not is_us_declaration(entry) or stage(entry, given) not in SUMMARY_STAGES:
        return False
    return entry.filing is None or entry.filing.action not in TAKEN_AWAY


def us(entry: Entry, _given: Given) -> bool:
    """Tell whether CBP is asked."""
    return is_us(entry)


def us_declaration(entry: Entry, _given: Given) -> bool:
    """Tell whether it is an entry of a CBP type, and no manifest."""
    return is_us_declaration(entry)


def whole_filing(entry: Entry, given: Given) -> bool:
    """Tell whether a whole cargo release or entry summary is meant."""
    return is_release(entry, given) or is_summary(entry, given)
