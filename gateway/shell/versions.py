"""Which version of a package is installed."""

from __future__ import annotations

OWN = "customs-gateway"


def version(package: str = OWN) -> str:
    """Give the version of a package. importlib.metadata.PackageNotFoundError where it is not installed.

    What reads it loads half of `email`; most commands never ask.
    """
    from importlib import metadata  # noqa: PLC0415

    return metadata.version(package)
