"""What is judged: this library, a program, a live endpoint, a sender; and toys that are wrong on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.targets.toys import TOYS, Toy
from gateway.shell.versions import version
from gateway.specs import Specs

if TYPE_CHECKING:
    from gateway.conformance.profiles import Profile
    from gateway.conformance.targets.base import Target


class TargetError(ValueError):
    """A target that cannot be named so."""


def version_of(name: str) -> str:
    """Give the version of a target that we can know beforehand, "" for what is not ours."""
    return version() if name.partition(":")[0] == "library" else ""


def open_target(name: str, profile: Profile, timeout_s: float) -> Target:
    """Open a target by what stands after `--target`. TargetError where that names none."""
    if name == "library" or name.startswith("library:"):
        from gateway.conformance.targets.library import Library  # noqa: PLC0415 - each target loads what it needs
        from gateway.conformance.ways.remembering import remember  # noqa: PLC0415 - as above

        # Cases of a run follow each other; nothing that is read changes in between.
        remember()
        if name == "library":
            return Library(timeout_s=timeout_s)
        folder = Path(name.removeprefix("library:"))
        if not (folder / "edi_specs").is_dir():
            raise TargetError(f"{name}: {folder} has no edi_specs")
        return Library(Specs(folder), timeout_s=timeout_s)
    if name.startswith("exec:"):
        from gateway.conformance.targets.program import Dialogue, Program  # noqa: PLC0415 - as above

        options = profile.about("exec")
        command = name.removeprefix("exec:")
        return Dialogue(command, timeout_s) if options.get("lines") else Program(command, options, timeout_s)
    if name.startswith(("http://", "https://")):
        from gateway.conformance.targets.endpoint import Endpoint  # noqa: PLC0415 - as above

        return Endpoint(name, profile.about("http"), timeout_s)
    if name.partition(":")[0] == "toy" and name.partition(":")[2] in TOYS:
        return Toy(name.partition(":")[2])
    raise TargetError(
        f"{name}: a target is library, exec:'CMD {{in}} {{out}}', an http(s) address or sender:PORT"
    )
