"""A badge: the endpoint document that a badge service draws from."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.conformance.results import Results


def write(results: Results, out: IO[str]) -> None:
    """Write the document."""
    json.dump(document(results.footer["counts"]), out, indent=2)
    out.write("\n")


def document(counts: dict[str, Any]) -> dict[str, Any]:
    """Give the document of some counts: errors say that nothing can be said."""
    judged = counts["total"] - counts["skip"] - counts["excluded"]
    failed, other = counts["failed"]["must"], counts["fail"] - counts["failed"]["must"]
    if counts["error"] or counts["broken"] or not judged:
        message, colour = (
            f"not judged: {counts['error']} errors" if counts["error"] else "not judged",
            "lightgrey",
        )
    elif failed:
        message, colour = f"{failed} of {judged} failed", "red"
    elif other or counts["known"] or counts["fixed"]:
        message = f"{judged} judged, {other + counts['known'] + counts['fixed']} to look at"
        colour = "yellow"
    else:
        message, colour = f"{judged} passed", "brightgreen"
    return {
        "schemaVersion": 1,
        "label": "conformance",
        "message": message,
        "color": colour,
        "isError": colour == "lightgrey",
    }
