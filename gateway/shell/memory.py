"""How often a process looks for garbage that only a search can find.

A message of some megabytes is a tree of hundreds of thousands of objects, all of them in
use. Python's own settings walk such a tree over and over while it grows: three quarters of
the time of a declaration of 999 items went there. Reference counts free nearly everything
here; the search is for the few cycles that are left, and may wait.

What a process loads stays: to search it while it loads finds nothing, and took a twentieth of a start. A process that
works long says when it has loaded, and what is there then is never searched again.

When a process ends, Python searches once more, through all that was ever loaded: a tenth of a short
command. What is left then goes with the process.
"""

from __future__ import annotations

import atexit
import gc

OBJECTS_LOADED_MAX = 250_000
OBJECTS_NEW_MAX = 10_000
ROUNDS_YOUNG = 20
ROUNDS_MIDDLE = 50


def search_seldom() -> None:
    """Set it for this process; every command and every process of the pool begins with it."""
    atexit.register(gc.freeze)
    gc.set_threshold(OBJECTS_LOADED_MAX, ROUNDS_YOUNG, ROUNDS_MIDDLE)


def all_loaded() -> None:
    """Take all that is there for what stays, and search what comes: for a process that has loaded and works long."""
    gc.freeze()
    gc.set_threshold(OBJECTS_NEW_MAX, ROUNDS_YOUNG, ROUNDS_MIDDLE)
