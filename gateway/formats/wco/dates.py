"""Dates that the schema lets pass: no such day, or another form than formatCode says.

Lives here: that one check, over every DateTimeString of a message, and the address of an
element found by lxml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer
from gateway.formats.wco.node import BLANK, XmlNode, local
from gateway.formats.wco.values import stamp_flaws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element


def date_findings(label: str, root: XmlNode, transaction: int) -> Iterator[Finding]:
    """Yield what is wrong with the dates of a message, in document order."""
    for element in root.element.iter("{*}DateTimeString"):
        text = (element.text or "").strip(BLANK)
        for flaw in stamp_flaws(text, str(element.get("formatCode", ""))):
            node, place = locate(root, element)
            yield Finding(
                code=f"{label}/{plain(place)}/{flaw.problem}",
                message=f"{place.rpartition('/')[0] or place}: this is no date as expected",
                layer=Layer.CODE,
                clause="wco/DateTimeString",
                place=place,
                span=node.span(""),
                expected=flaw.expected,
                actual=flaw.actual,
                transaction=transaction,
            )


def locate(root: XmlNode, wanted: _Element) -> tuple[XmlNode, str]:
    """Give the node and the concrete address of an element below a message's root."""
    chain: list[_Element] = []
    at: _Element | None = wanted
    while at is not None and at is not root.element:
        chain.append(at)
        at = at.getparent()
    node, place = root, ""
    for element in reversed(chain):
        seen = 0
        for child in node.children:
            seen += child.name == local(element)
            if isinstance(child, XmlNode) and child.element is element:
                turn = f"[{seen}]" if seen > 1 else ""
                place = f"{place}/{child.name}{turn}" if place else f"{child.name}{turn}"
                node = child
                break
    return node, place


def plain(place: str) -> str:
    """Give an address without occurrences: `A[2]/B` is `A/B`."""
    return "/".join(step.partition("[")[0] for step in place.split("/"))
