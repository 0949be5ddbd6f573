"""The verdict of the XSDs: lxml over the shipped files of a profile.

Lives here: compiling schemas and parsing documents with one hardened parser. Nothing is
ever fetched: a schema's imports come from the shipped files, and what a document says of
schema locations is not looked at.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from lxml import etree

from gateway.specs.wco import schemas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class _Shipped(etree.Resolver):
    """Gives the schemas of one profile by file name, and nothing else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.files = files

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override] # noqa: ARG002 - lxml hands over three, the stubs know two
        """Give the file that the last part of an address names; anything else is empty."""
        name = system_url.rpartition("/")[2]
        return self.resolve_string(self.files.get(name, b""), context, base_url=system_url)


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


def parse(data: bytes) -> etree._Element:
    """Parse a document. Raises `etree.XMLSyntaxError` for what libxml2 does not take."""
    return etree.fromstring(data, parser())


@cache
def compiled(root: Path, profile: str, name: str) -> etree.XMLSchema:
    """Compile one schema of a profile: `MetaData`, `DEC`, `RES`, `CAN`."""
    files = schemas(root, profile)
    reader = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    reader.resolvers.add(_Shipped(files))
    return etree.XMLSchema(etree.fromstring(files[f"{name}.xsd"], reader, base_url=f"shipped/{name}.xsd"))


def said(schema: etree.XMLSchema) -> str:
    """Give what lxml said last, on one line."""
    text = str(schema.error_log).strip().rpartition("\n")[2]
    return text.partition(": ")[2] or "not valid"
