"""A small ACE, as pure functions; its socket is in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator import onfile, scenarios
from gateway.simulator.ace import Ace, Handler
from gateway.simulator.catair import Catair
from gateway.simulator.wco import Wco
from gateway.simulator.x12 import X12

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.specs import Specs

__all__ = ["Ace", "Handler", "assemble"]


def assemble(specs: Specs, folder: Path, scenario: str = "") -> Ace:
    """Put a small ACE together from the tables of one folder of scenarios.

    Raises `scenarios.ScenarioError` where a file is wrong or `scenario` is not among them.
    """
    loaded = scenarios.load(folder)
    if scenario and scenario not in loaded.by_name:
        known = ", ".join(loaded.by_name)
        raise scenarios.ScenarioError(f"{folder}: no scenario {scenario!r}; there are {known}")
    return Ace(
        specs=specs,
        scenarios=loaded,
        onfile=onfile.load(folder / "on_file", specs.root),
        handlers={"catair": Catair(), "x12": X12(), "wco": Wco()},
    )
