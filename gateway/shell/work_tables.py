"""The tables that all work reads by, loaded once in each process."""

from __future__ import annotations

from functools import cache

from gateway.flow.translate import Tables, load_tables


@cache
def tables() -> Tables:
    """Load the tables once in each process."""
    return load_tables()


def loaded() -> bool:
    """Load the tables now, so that the first submission does not wait for them."""
    return bool(tables())


def checked() -> bool:
    """Compile every mapping. Raises `MappingError` or `SpecError` for the first that is wrong."""
    tables().mappings.check()
    return True
