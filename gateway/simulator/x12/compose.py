"""Letter: writes an interchange as the simulator's own text, without the gateway's writer.

Lives here: segments, counts and the envelope turned round. Never here: what is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.tree import Interchange, Node

Segment = tuple[str, ...]
# GS01 of each set from 004040 on; before, every customs set went in SO.
_GROUPS: Mapping[str, str] = {"350": "AU", "355": "AZ", "997": "FA", "999": "FA"}
_FIRST_OWN_GROUP = "004040"


def frame(interchange: Interchange, isa: Node, group: Node | None) -> dict[str, str]:
    """Give what an answer needs of the envelope it turns round, as plain texts."""
    head = isa.children[0] if isa.children else isa
    gs = group.children[0] if group is not None and group.children else None
    kept = {f"isa{place}": head.get(place) for place in ("05", "06", "07", "08", "11", "12", "15")}
    kept |= {name: interchange.frame.get(name, "") for name in ("element", "component", "terminator")}
    if gs is not None:
        kept |= {f"gs{place}": gs.get(place) for place in ("02", "03", "08")}
    return kept


def letter(
    kept: Mapping[str, str], control: int, at: datetime, sets: Sequence[tuple[str, Sequence[Segment]]]
) -> bytes:
    """Write one interchange: one group with the sets given as (set id, its segments)."""
    release = (kept.get("gs08") or "004010")[:6]
    message = sets[0][0] if sets else ""
    identifier = "SO" if release < _FIRST_OWN_GROUP else _GROUPS.get(message, "SO")
    group = "FA" if message in {"997", "999"} else identifier
    segments: list[Segment] = []
    for turn, (name, body) in enumerate(sets, 1):
        number = f"{turn:04d}"
        segments += [("ST", name, number), *body, ("SE", str(len(body) + 2), number)]
    if sets:
        day, hour = at.strftime("%Y%m%d"), at.strftime("%H%M")
        head = (
            "GS",
            group,
            kept.get("gs03", ""),
            kept.get("gs02", ""),
            day,
            hour,
            str(control),
            "X",
            release,
        )
        segments = [head, *segments, ("GE", str(len(sets)), str(control))]
    return wrapped(kept, control, at, segments, groups=1 if sets else 0)


def wrapped(
    kept: Mapping[str, str], control: int, at: datetime, inside: Sequence[Segment], groups: int
) -> bytes:
    """Write ISA, what is inside, IEA, with the delimiters of the sender."""
    element = kept.get("element") or "*"
    end = kept.get("terminator") or "~"
    isa = (
        "ISA",
        *("00", " " * 10, "00", " " * 10),
        *(kept["isa07"], kept["isa08"].ljust(15), kept["isa05"], kept["isa06"].ljust(15)),
        *(at.strftime("%y%m%d"), at.strftime("%H%M"), kept["isa11"], kept["isa12"]),
        *(f"{control:09d}", "0", kept["isa15"] or "T", kept.get("component") or ">"),
    )
    segments = [isa, *inside, ("IEA", str(groups), f"{control:09d}")]
    taken = element + end + (kept.get("component") or ">")
    return "".join(_written(segment, element, taken) + end for segment in segments).encode(
        "latin-1", "replace"
    )


def _written(segment: Segment, element: str, taken: str) -> str:
    """Join a segment; trailing empty elements go, delimiters inside values become blanks."""
    if segment[0] == "ISA":
        return element.join(segment)
    clean = ["".join(" " if character in taken else character for character in value) for value in segment]
    while len(clean) > 1 and not clean[-1]:
        clean.pop()
    return element.join(clean)


def segments_of(root: Node) -> Iterator[Node]:
    """Yield the segments of a set in the order of the wire."""
    if not root.children:
        yield root
    for child in root.children:
        yield from segments_of(child)


def copy(node: Node, *changes: tuple[str, str]) -> Segment:
    """Give a received segment again, with some elements changed."""
    values = {**node.values, **dict(changes)}
    last = max((int(key[:2]) for key in values if values[key]), default=0)
    return (node.name, *(values.get(f"{place:02d}", "") for place in range(1, last + 1)))
