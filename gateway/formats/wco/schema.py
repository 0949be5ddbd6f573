"""The verdict of the XSDs: lxml over the shipped files of a profile.

Lives here: compiling schemas and parsing documents with one hardened parser. Nothing is
ever fetched: a schema's imports are shipped beside it, and what a document says of schema
locations is not looked at.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from pathlib import Path


def parser() -> etree.XMLParser:
    """Make the parser for strangers' documents: no DTD, no entity, no network, no huge trees.

    Comments and processing instructions are left out, so that text around them is one text; so are
    the blanks between elements, which say nothing in any schema here.
    """
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
        collect_ids=False,
    )


_idle: list[etree.XMLParser] = []
"""Parsers that nobody uses just now: to make one takes a fifth of the time in which it parses a small document."""


def parse(data: bytes) -> etree._Element:
    """Parse a document. Raises `etree.XMLSyntaxError` for what libxml2 does not take."""
    try:
        one = _idle.pop()
    except IndexError:
        one = parser()
    try:
        return etree.fromstring(data, one)
    finally:
        # Not two threads with one parser: the second would wait for the first.
        _idle.append(one)


@cache
def compiled(root: Path, profile: str, name: str) -> etree.XMLSchema:
    """Compile one schema of a profile: `MetaData`, `DEC`, `RES`, `CAN`."""
    # By path and not through a resolver of ours: libxml2 has one loader for the whole process, which a
    # parse that ends on another thread puts back while this one still needs it.
    path = root / "xsd" / "wco" / profile / f"{name}.xsd"
    return etree.XMLSchema(etree.parse(path, parser()))


def said(schema: etree.XMLSchema) -> str:
    """Give what lxml said last, on one line."""
    text = str(schema.error_log).strip().rpartition("\n")[2]
    return text.partition(": ")[2] or "not valid"
