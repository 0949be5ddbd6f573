"""The event loop that the service and the simulator run on.

Lives here: libuv's loop where the platform has it (`uvloop`), else Python's own. Both do the same;
libuv's takes less time for each socket.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Run until `main` is done; give what it gives."""
    if importlib.util.find_spec("uvloop") is None:
        return asyncio.run(main)
    import uvloop  # noqa: PLC0415 - not on every platform

    return uvloop.run(main)
