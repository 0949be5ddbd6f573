"""Programs that we did not write: where one is missing a test is skipped; in CI not those it installs."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

# What `.ci/run` brings.
INSTALLED_BY_CI = frozenset({"openssl", "xmlsec1", "jose"})


def need(*names: str) -> None:
    """Ask for programs on the path."""
    missing = [name for name in names if shutil.which(name) is None]
    if (
        missing
        and INSTALLED_BY_CI.issuperset(missing)
        and os.environ.get("CI", "").lower() in {"1", "true", "yes"}
    ):
        pytest.fail(f"in CI this may not be missing: {', '.join(missing)}")
    if missing:
        lacking(f"{', '.join(missing)} not installed")


def lacking(what: str) -> NoReturn:
    """Skip a test because something that it needs is not there."""
    pytest.skip(what)
