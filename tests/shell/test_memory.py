"""How often a process looks for garbage: not while it loads, and not in what it has loaded."""

from __future__ import annotations

import subprocess
import sys

LOADED = """
import gc
from gateway.shell.memory import OBJECTS_NEW_MAX, all_loaded, search_seldom

def searches():
    return sum(one["collections"] for one in gc.get_stats())

search_seldom()
before = searches()
import gateway.shell.server
import gateway.shell.work
print("searched while it loaded:", searches() > before)
all_loaded()
print("all set aside:", gc.get_freeze_count() > 50_000 and len(gc.get_objects()) < 1000)
rings = [[] for _ in range(2 * OBJECTS_NEW_MAX)]
for ring in rings:
    ring.append(ring)
del rings, ring
print("searched since:", searches() > before)
"""


def test_what_loads_is_not_searched_and_what_comes_later_is() -> None:
    """A service loads without a search; what it has then is set aside, and cycles that it makes are found."""
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "searched while it loaded: False",
        "all set aside: True",
        "searched since: True",
    ]
