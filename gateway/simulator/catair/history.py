"""Last events of a filing and their days, as several answers tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.state import moment

if TYPE_CHECKING:
    from gateway.simulator.state import Event, Filing


def last(filing: Filing, word: str) -> Event | None:
    """Give the last event of that word, None where it never happened."""
    return next((event for event in reversed(filing.history) if event.word == word), None)


def day_of(event: Event | None) -> str:
    """Give the day of an event as MMDDYY, "" for none."""
    return moment(event.at).strftime("%m%d%y") if event else ""
