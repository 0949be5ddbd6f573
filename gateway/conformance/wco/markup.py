"""Statements about XML itself, and how a document is changed for each.

Lives here: encodings, declarations, comments, entities, tags, cuts. Each change takes a document on
its way to bytes and gives the bytes.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.conformance.wco.draft import Draft

Change = Callable[[Draft], bytes]
Tried = tuple[str, str, Change]
_DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _same(draft: Draft) -> bytes:
    return draft.written()


def _headed(head: str) -> Change:
    """Put another text in front of the root."""

    def change(draft: Draft) -> bytes:
        draft.head = head
        return draft.written()

    return change


def _ended(tail: str) -> Change:
    """Put another text behind the root."""

    def change(draft: Draft) -> bytes:
        draft.tail = tail
        return draft.written()

    return change


def _first(markup: str) -> Change:
    """Put markup where the first text of the header is."""

    def change(draft: Draft) -> bytes:
        draft.root.children[1].markup = markup
        return draft.written()

    return change


def _encoded(label: str, codec: str) -> Change:
    """Say one encoding in the declaration, and write in one."""

    def change(draft: Draft) -> bytes:
        draft.head = f'<?xml version="1.0" encoding="{label}"?>\n'
        draft.root.children[1].text = "DEC\N{LATIN SMALL LETTER E WITH ACUTE}"
        return draft.written().decode("utf-8").encode(codec)

    return change


def _cut(share: float) -> Change:
    """Leave the end off."""

    def change(draft: Draft) -> bytes:
        data = draft.written().rstrip()
        return data[: max(int(len(data) * share), 40)]

    return change


def _cut_at(mark: bytes, more: int) -> Change:
    """Leave off what follows the first such bytes and some."""

    def change(draft: Draft) -> bytes:
        data = draft.written()
        return data[: data.index(mark) + more]

    return change


def _swapped(old: bytes, new: bytes) -> Change:
    """Put other bytes for the last such ones."""

    def change(draft: Draft) -> bytes:
        before, _, after = draft.written().rpartition(old)
        return before + new + after

    return change


def _prefixed(draft: Draft) -> bytes:
    """Give FunctionCode a prefix that nobody declared."""
    data = draft.written()
    return data.replace(b"<FunctionCode>", b"<no:FunctionCode>").replace(
        b"/FunctionCode", b"/no:FunctionCode"
    )


def _nothing(_draft: Draft) -> bytes:
    return b""


STATEMENTS: tuple[tuple[str, str, str, tuple[Tried, ...]], ...] = (
    (
        "xml", "encoding", "The document is UTF-8.",
        (
            ("utf-8", "", _encoded("UTF-8", "utf-8")),
            ("small-letters", "", _headed('<?xml version="1.0" encoding="utf-8"?>\n')),
            ("byte-order-mark", "", _headed("\ufeff" + _DECLARED)),
            ("not-said", "", _headed("")),
            ("ascii", "", _headed('<?xml version="1.0" encoding="US-ASCII"?>\n')),
            ("latin-1", "xml/encoding", _encoded("ISO-8859-1", "latin-1")),
            ("latin-1-as-utf-8", "xml/encoding", _encoded("UTF-8", "latin-1")),
            ("utf-16", "xml/encoding", _encoded("UTF-16", "utf-16")),
            ("utf-16-without-mark", "xml/encoding", _encoded("UTF-16", "utf-16-le")),
            ("unknown", "xml/encoding", _headed('<?xml version="1.0" encoding="X-NONE"?>\n')),
        ),
    ),
    (
        "xml", "version", "The document is XML 1.0.",
        (("1.0", "", _same),
         ("1.1", "xml/version", _headed('<?xml version="1.1" encoding="UTF-8"?>\n'))),
    ),
    (
        "xml", "dtd", "The document has no document type.",
        (("none", "", _same),
         ("empty", "xml/dtd", _headed(_DECLARED + "<!DOCTYPE MetaData>\n")),
         ("entity", "xml/dtd", _headed(_DECLARED + '<!DOCTYPE MetaData [<!ENTITY a "DEC">]>\n')),
         ("external", "xml/dtd", _headed(_DECLARED + '<!DOCTYPE MetaData SYSTEM "urn:example:dtd">\n'))),
    ),
    (
        "xml", "references", "References are those of XML itself.",
        (("predefined", "", _first("&lt;&gt;&amp;&quot;&apos;")), ("number", "", _first("&#68;EC")),
         ("hexadecimal", "", _first("&#x44;EC")), ("unknown", "xml/entity", _first("&dec;")),
         ("control-character", "xml/character", _first("&#1;")),
         ("no-character", "xml/character", _first("&#xD800;"))),
    ),
    (
        "xml", "markup", "Comments, instructions and sections of text change nothing.",
        (("comment", "", _first("<!-- kind -->DEC")), ("comment-inside", "", _first("D<!-- kind -->EC")),
         ("instruction", "", _first("<?kind?>DEC")), ("cdata", "", _first("<![CDATA[DEC]]>")),
         ("around", "", _headed(_DECLARED + "<!-- before -->\n<?before?>\n")),
         ("behind", "", _ended("\n<!-- behind -->\n\n")),
         ("two-hyphens", "xml/malformed", _first("<!-- a -- b -->DEC")),
         ("section-end-in-text", "xml/malformed", _first("]]>"))),
    ),
    (
        "xml", "tags", "Every tag is closed by its own.",
        (("closed", "", _same), ("other-name", "xml/malformed", _swapped(b"Declaration>", b"Declared>")),
         ("crossed", "xml/malformed", _swapped(b"</FunctionCode>", b"</Declaration>")),
         ("two-roots", "xml/malformed", _ended("\n<Second/>\n")),
         ("text-behind", "xml/malformed", _ended("\nbehind\n")),
         ("text-before", "xml/malformed", _headed("before"))),
    ),
    (
        "xml", "attributes", "An attribute stands once and in quotes.",
        (("once", "", _same),
         ("twice", "xml/malformed", _swapped(b"<FunctionCode>", b'<FunctionCode name="a" name="b">')),
         ("no-quotes", "xml/malformed", _swapped(b"<FunctionCode>", b"<FunctionCode name=a>")),
         ("no-value", "xml/malformed", _swapped(b"<FunctionCode>", b"<FunctionCode name>")),
         ("less-than", "xml/malformed", _swapped(b"<FunctionCode>", b'<FunctionCode name="<">'))),
    ),
    (
        "xml", "prefixes", "Every prefix is declared.",
        (("declared", "", _same),
         ("not-declared", "xml/namespace",
          _prefixed)),
    ),
    (
        "xml", "whole", "The document is there to its end.",
        (("whole", "", _same), ("empty", "xml/empty", _nothing),
         ("half", "xml/truncated", _cut(0.5)), ("most", "xml/truncated", _cut(0.9)),
         ("in-a-tag", "xml/truncated", _cut_at(b"<FunctionCode>", 5)),
         ("in-a-text", "xml/truncated", _cut_at(b"<FunctionCode>", 15)),
         ("in-an-attribute", "xml/truncated", _cut_at(b'="urn', 4)),
         ("before-the-last-tag", "xml/truncated", _cut_at(b"</Declaration>", 14))),
    ),
)  # fmt: skip
