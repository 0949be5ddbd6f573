"""Whether this process may go on as two: a copy has one thread, whatever the others of this one were about."""

from __future__ import annotations

import sys
from pathlib import Path


def alone() -> bool:
    """Tell whether there is no other thread; where that is not known, there may be one."""
    return sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1
