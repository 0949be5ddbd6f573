"""Records of 80 columns: cut out of a sample, and changed in a column."""

from __future__ import annotations

WIDTH = 80


def records(data: bytes) -> list[str]:
    """Cut a sample into its records."""
    text = data.decode("latin-1")
    return [text[at : at + WIDTH] for at in range(0, len(text), WIDTH)]


def put(row: str, column: int, text: str) -> str:
    """Write a text into a record from a column on, counted from 1."""
    row = row.ljust(WIDTH)
    return (row[: column - 1] + text + row[column - 1 + len(text) :])[:WIDTH]
