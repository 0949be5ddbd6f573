"""Rules of the canonical entry itself: links, totals, dates that agree with each other."""
