"""The loop of the service."""

from __future__ import annotations

import asyncio
import importlib.util
from typing import TYPE_CHECKING

import uvloop

from gateway.shell.loop import run

if TYPE_CHECKING:
    import pytest


async def _kind() -> type:
    return type(asyncio.get_running_loop())


def test_the_loop_is_libuvs() -> None:
    """Where uvloop is installed the service runs on it."""
    assert issubclass(run(_kind()), uvloop.Loop)


def test_pythons_own_loop_serves_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without uvloop the service runs on Python's own loop."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert not issubclass(run(_kind()), uvloop.Loop)
