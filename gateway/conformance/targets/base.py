"""The shape of a target: it is given a case that was made, and lets us see something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gateway.conformance.model import Built, Case, Seen, View


class Target(Protocol):
    """One thing that is judged. `name` stands in the results."""

    name: str
    view: View

    def send(self, case: Case, built: Built) -> Seen:
        """Give the bytes to the target and see what comes back. Trouble is told, never raised."""

    def close(self) -> None:
        """Let go of what was opened."""
