"""How long content is kept. Without a word it is kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from gateway.shell.config_base import Part

FILINGS_YEARS_MIN = 5
"""19 CFR 163.4(a): records of an entry are kept for five years from the date of entry."""


class Retention(Part):
    """After what time content goes, counted from the last thing that happened to a submission.

    `filings_years` is for what went to customs, never under five; `others_days` for what was refused
    before it did. None keeps for ever.
    """

    filings_years: int | None = Field(default=None, ge=FILINGS_YEARS_MIN, le=100)
    others_days: int | None = Field(default=None, ge=1, le=36500)

    def filings_before(self, now: datetime) -> datetime | None:
        """Give the instant before which filings are old enough; None where they are kept for ever."""
        if self.filings_years is None:
            return None
        year = now.year - self.filings_years
        if (now.month, now.day) == (2, 29):
            # The day before in a year without it: a day longer rather than a day shorter.
            return now.replace(year=year, day=28)
        return now.replace(year=year)

    def others_before(self, now: datetime) -> datetime | None:
        """Give the instant before which everything else is old enough; None where it is kept for ever."""
        return None if self.others_days is None else now - timedelta(days=self.others_days)
