"""What is judged: this library, a program, a live endpoint, a sender; and toys that are wrong on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.targets.library import Library

if TYPE_CHECKING:
    from gateway.conformance.profiles import Profile
    from gateway.conformance.targets.base import Target


class TargetError(ValueError):
    """A target that cannot be named so."""


def open_target(name: str, profile: Profile, timeout_s: float) -> Target:  # noqa: ARG001
    """Open a target by what stands after `--target`. TargetError where that names none."""
    if name == "library":
        return Library(timeout_s=timeout_s)
    raise TargetError(
        f"{name}: a target is library, exec:'CMD {{in}} {{out}}', an http(s) address or sender:PORT"
    )
