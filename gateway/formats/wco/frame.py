"""The frame: what a writer needs beside the tree to give a document's bytes again.

Lives here: noting it. What stands before and after the root, the encoding, and the
prefixes that the sender gave to the namespaces of the profile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.formats.wco.node import Document, XmlNode
from gateway.formats.wco.writer import profile_of

if TYPE_CHECKING:
    from gateway.specs import Specs
    from gateway.tree import Interchange

_PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t\r\n]+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


def frame(found: Interchange, document: Document, specs: Specs, *, valid: bool) -> None:
    """Note what stands around the root, and the prefixes that the sender gave our namespaces."""
    profile = profile_of(specs, found.frame["profile"])
    root = found.root
    assert isinstance(root, XmlNode)  # noqa: S101 - the tree was just read
    parts = [key.removeprefix("space.") for key in profile.values if key.startswith("space.")]
    declared = {uri: prefix or "" for prefix, uri in reversed(root.element.nsmap.items())}
    for part in parts:
        if profile.space(part) in declared:
            found.frame[f"prefix.{part}"] = declared[profile.space(part)]
    if found.frame.get("message") == "RES" and "prefix.DEC" in found.frame:
        found.frame["prefix.echo"] = found.frame["prefix.DEC"]
    # Only in a valid document does an element's namespace tell its place in the grammar.
    document.prefixes = declared if valid else {}
    document.valid = valid
    found.frame["encoding"] = document.encoding
    head = _PROLOG.match(document.data)
    end = len(document.data.rstrip(b" \t\r\n"))
    if document.data.endswith((b"-->", b"?>"), 0, end):
        end = root.extent().end
    found.frame["head"] = document.text(0, head.end() if head is not None else 0)
    found.frame["tail"] = document.text(end, len(document.data))
