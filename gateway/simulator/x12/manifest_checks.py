"""What customs checks in a 309 (x12-customs.md 9): codes of CAMIR, appendices H and L."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.state import State
    from gateway.tree import Node

_WEIGHT_UNITS = ("L", "LB", "K", "KG", "")
_MASTER_INBOND = ("10", "11")
_AMENDED = ("Y", "X")
_EMPTY_EQUIPMENT = "12"


class Condition(NamedTuple):
    """One thing wrong: the segment it is about, text and CAMIR code ("" unknown)."""

    segment: Node
    text: str
    code: str = ""


class Bill(NamedTuple):
    """One bill of a 309: its LX turn as a list of segments, number with issuer."""

    segments: Sequence[Node]
    number: str


def conveyance(ace: Ace, head: Node, segments: Sequence[Node]) -> Iterator[Condition]:
    """Judge conveyance and port; a fault here refuses every bill."""
    if not 2 <= len(head.get("01")) <= 4:
        yield Condition(head, "INVALID CARRIER CODE", "009")
    if not head.get("02"):
        yield Condition(head, "INVALID TRANS MODE", "010")
    if not head.get("06") and head.get("02") != "J":
        yield Condition(head, "INVALID VOYAGE/TRIP #", "012")
    ports = [node for node in segments if node.name == "P4"]
    if not ports:
        yield Condition(head, "NO P01/P4 RECORD FOUND", "002")
    for port in ports:
        if not ace.onfile.port_known(port.get("01")):
            yield Condition(port, "INVALID UNLADING DDPP", "014")
        if port.get("03") and not port.get("03").strip("0").isdigit():
            yield Condition(port, "INVALID B/L COUNT", "013")


def bill(state: State, one: Bill, kind: str) -> Iterator[Condition]:
    """Judge one bill and what is on file of it. `kind` is the manifest type, M10-09."""
    by_name: dict[str, list[Node]] = {}
    for node in one.segments:
        by_name.setdefault(node.name, []).append(node)
    m11, m13 = (by_name.get(name, [None])[0] for name in ("M11", "M13"))
    on_file = any(row["number"] == one.number for row in _on_file(state))
    if m13 is not None and m13.get("03") in {"D", "R"} and not on_file:
        yield Condition(m13, "BILL NOT ON FILE", "017")
    if m11 is None:
        if m13 is None or m13.get("03") != "D":
            yield Condition(one.segments[0], "NO B01/M11 RECORD FOUND", "003")
        return
    if not m11.get("01") or not m11.get("12") or len(m11.get("01")) > 12:
        yield Condition(m11, "MISSING OR INVALID BILL", "017")
    if on_file and kind not in _AMENDED:
        yield Condition(m11, "SHIPMENT ALREADY ON FILE")
    yield from _content(m11, by_name)


def _content(m11: Node, by_name: Mapping[str, Sequence[Node]]) -> Iterator[Condition]:
    """Judge units, parties, equipment and in-bond data of one bill."""
    if m11.get("06") not in _WEIGHT_UNITS:
        yield Condition(m11, "INVALID WEIGHT UNIT", "021")
    if m11.get("09") in _MASTER_INBOND and "M12" not in by_name:
        yield Condition(m11, "MIB NO I01/M12 RECORD", "008")
    parties = {node.get("01") for node in by_name.get("N1", [])}
    if m11.get("09") != _EMPTY_EQUIPMENT:
        if "SH" not in parties:
            yield Condition(m11, "INVALID S01/N1 REC FOUND", "004")
        if not parties & {"CN", "N1"}:
            yield Condition(m11, "INVALID U01/N1 OR N01/N1", "005")
    if "VID" in by_name and "N10" not in by_name:
        yield Condition(by_name["VID"][0], "INVALID D01/N10 RECORD", "007")
    for node in by_name.get("M12", []):
        if node.get("02") and not node.get("02").strip("0").isalnum():
            yield Condition(node, "INVALID INBOND NUMBER", "032")


def _on_file(state: State) -> Iterator[Mapping[str, str]]:
    for filing in state.filings.values():
        if filing.kind == "manifest" and filing.release != "cancelled":
            yield from filing.row("bills")
