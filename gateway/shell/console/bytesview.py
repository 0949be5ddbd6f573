"""The bytes of a message, cut where its values stand, so that each can be lit up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.shell.console.markup import Content, Markup, tag

BYTES_MAX = 200_000


def anchor(span: Sequence[int]) -> str:
    """Name the element that shows a span."""
    return f"b{span[0]}-{span[1]}"


def spans_of(lineage: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], list[str]]:
    """Give each span of a lineage with the canonical paths that came from it."""
    found: dict[tuple[int, int], list[str]] = {}
    for origin in lineage:
        for leaf in origin.get("source", ()):
            span = leaf.get("span")
            if span and span[1] > span[0]:
                found.setdefault((int(span[0]), int(span[1])), []).append(str(origin["path"]))
    return found


def shown(
    data: bytes, marks: Mapping[tuple[int, int], Sequence[str]], faults: Sequence[Sequence[int]]
) -> Markup:
    """Give the bytes with an element for each span: values with their paths, faults marked."""
    wrong = {(int(span[0]), int(span[1])) for span in faults if span[1] > span[0]}
    pieces: list[Content] = []
    at = 0
    for start, end in sorted({*marks, *wrong}):
        if start < at or end > min(len(data), BYTES_MAX):
            continue  # inside what is marked already, or beyond what is shown
        pieces.append(_text(data[at:start]))
        paths = marks.get((start, end), ())
        pieces.append(
            tag(
                "mark" if (start, end) in wrong else "span",
                _text(data[start:end]),
                id=anchor((start, end)),
                class_="value",
                title=", ".join(paths) or "finding",
                data_paths=" ".join(paths),
            )
        )
        at = end
    pieces.append(_text(data[at:BYTES_MAX]))
    if len(data) > BYTES_MAX:
        pieces.append(tag("em", f" ... and {len(data) - BYTES_MAX} more bytes"))
    return tag("pre", pieces, class_="bytes", tabindex="0")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\x1d", "␝").replace("\x1c", "␜").replace("\x1e", "␞")


def folded(data: bytes, format_name: str) -> bytes:
    """Give bytes as people read them: CATAIR records one a line. Only for display without spans."""
    if format_name != "catair" or b"\n" in data:
        return data
    return b"\n".join(data[start : start + 80] for start in range(0, len(data), 80))
