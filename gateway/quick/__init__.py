"""The compiled part: what a message's way to JSON costs most, in C, with a twin in Python.

Lives here: what tells that a message has no fault (`matcher`), a tree of nodes in one block of memory (`tree`),
what cuts a valid message into such a tree, and what goes over it with a table's rows. Each gives None for what it
does not do, and then the present Python does it. Never here: what a format or a table means, and
what is wrong with a message. Nothing here imports another part of the gateway.

`COMPILED` says whether it is there, `LEFT_OUT` why not. It is built when the package is installed (`hatch_build.py`);
where it was not, where it was built from other sources, or with `GATEWAY_NO_COMPILED=1` in the
environment, it is False, and everything works without it.
"""

from __future__ import annotations

import os
from importlib import import_module

from gateway.quick.asked import Asked

VERSION = 5
"""Raised with each change of a structure or of a function's arguments; `tree.pxd` has the same number."""


MODULES = (
    "items",
    "kinds",
    "lines",
    "markup",
    "matcher",
    "matching",
    "places",
    "program",
    "references",
    "rows",
    "segments",
    "texts",
    "tree",
    "values",
)


def _left_out() -> str:
    """Tell why it is not used, "" where it is."""
    if os.environ.get("GATEWAY_NO_COMPILED") == "1":
        return "switched off by GATEWAY_NO_COMPILED=1"
    # All of them: a build that lacks one is of other sources.
    for one in MODULES:
        try:
            built = import_module(f"{__name__}.{one}").version
        except ModuleNotFoundError:
            return f"{one} was not built"
        except (ImportError, ValueError) as error:  # a module of another build, or of another Python
            return f"{one} cannot be loaded: {error}"
        if built != VERSION:
            return f"{one} was built from other sources"
    return ""


LEFT_OUT = _left_out()
"""Why the compiled part is not used, "" where it is."""

COMPILED = not LEFT_OUT

__all__ = ["COMPILED", "LEFT_OUT", "VERSION", "Asked"]
