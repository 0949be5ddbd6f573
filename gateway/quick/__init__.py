"""The compiled part: what a message's way to JSON costs most, in C, with a twin in Python.

Lives here: a tree of nodes in one block of memory (`tree`), what cuts a message that is known to be
valid into such a tree, and what goes over it with a table's rows. Each gives None for what it does
not do, and then the present Python does it. Never here: what a format or a table means, and
anything that judges. Nothing here imports another part of the gateway.

`COMPILED` says whether it is there. It is built when the package is installed (`hatch_build.py`);
where it was not, where it was built from other sources, or with `GATEWAY_NO_COMPILED=1` in the
environment, it is False, and everything works without it.
"""

from __future__ import annotations

import os
from importlib import import_module

from gateway.quick.asked import Asked

VERSION = 3
"""Raised with each change of a structure or of a function's arguments; `tree.pxd` has the same number."""


MODULES = (
    "items",
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


def _compiled() -> bool:
    if os.environ.get("GATEWAY_NO_COMPILED") == "1":
        return False
    try:
        # All of them: a build that lacks one is of other sources.
        return all(import_module(f"{__name__}.{one}").version == VERSION for one in MODULES)
    except ImportError:
        return False


COMPILED = _compiled()

__all__ = ["COMPILED", "VERSION", "Asked"]
