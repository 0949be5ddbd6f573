"""Random changes to a document: elements removed, doubled, moved, renamed; texts and attributes changed."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

TAILS = (" ", "\n", "x", "9" * 20, ".5", "E3", "é")
TEXTS = ("", " ", "0", "-1", "1.50", "AB", "20260301", "20260301093000Z")
NAMES = ("unitCode", "currencyID", "schemeID", "formatCode", "listID", "languageID", "x")
VALUES = ("KGM", "GBP", "gbp", "", "102", "en", "toolongcode")


def changed(data: bytes, random: Random) -> bytes:
    """Give a document with one to three random changes."""
    root = etree.fromstring(data, etree.XMLParser(remove_blank_text=True))
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        elements = [element for element in root.iter() if element is not root]
        if elements:
            random.choice(CHANGES)(random.choice(elements), elements, random)
    return etree.tostring(root)


def _remove(element: etree._Element, _: list[etree._Element], __: Random) -> None:
    element.getparent().remove(element)


def _double(element: etree._Element, _: list[etree._Element], __: Random) -> None:
    element.addnext(deepcopy(element))


def _swap(element: etree._Element, _: list[etree._Element], __: Random) -> None:
    following = element.getnext()
    if following is not None:
        following.addnext(element)


def _rename(element: etree._Element, others: list[etree._Element], random: Random) -> None:
    element.tag = random.choice(others).tag


def _lengthen(element: etree._Element, _: list[etree._Element], random: Random) -> None:
    element.text = (element.text or "") + random.choice(TAILS)


def _replace(element: etree._Element, _: list[etree._Element], random: Random) -> None:
    element.text = random.choice(TEXTS)


def _attribute(element: etree._Element, _: list[etree._Element], random: Random) -> None:
    element.set(random.choice(NAMES), random.choice(VALUES))


def _bare(element: etree._Element, _: list[etree._Element], __: Random) -> None:
    for name in list(element.attrib):
        del element.attrib[name]


def _graft(element: etree._Element, others: list[etree._Element], random: Random) -> None:
    target = random.choice(others)
    if target is not element and element not in target.iterancestors():
        target.append(deepcopy(element))


CHANGES: tuple[Callable[[etree._Element, list[etree._Element], Random], None], ...] = (
    _remove, _double, _swap, _rename, _lengthen, _replace, _attribute, _bare, _graft,
)  # fmt: skip
