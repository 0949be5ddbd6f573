"""Programs that we did not write: where one is missing a test is skipped, and fails in CI.

`.ci/run` installs every one of them.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def strict() -> bool:
    """Tell whether nothing may be missing."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def need(*names: str) -> None:
    """Ask for programs on the path."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        lacking(f"{', '.join(missing)} not installed")


def needs(*names: str) -> pytest.MarkDecorator:
    """Mark a test that runs programs: skipped where one is missing; in CI it runs, and fails then."""
    missing = [name for name in names if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing) and not strict(), reason=f"{', '.join(missing)} not installed")


def lacking(what: str) -> NoReturn:
    """Say that something which a test needs is not there: a skip here, a failure with CI=true."""
    if strict():
        pytest.fail(f"in CI this may not be missing: {what}")
    pytest.skip(what)
