"""Documents that try something: name, bytes, the problem that refuses them ("" for harmless ones)."""

from __future__ import annotations

from typing import NamedTuple

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
OPEN = (
    '<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"'
    ' xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">'
)
CLOSE = "</md:MetaData>"


class Attack(NamedTuple):
    """One document and the problem of the finding that it must get."""

    name: str
    data: bytes
    problem: str


def document(inner: str = "", *, dtd: str = "", head: str = HEAD) -> str:
    """Give a small valid declaration with something put into it."""
    body = f"<Declaration><FunctionCode>9</FunctionCode>{inner}</Declaration>"
    return f"{head}{dtd}{OPEN}{body}{CLOSE}"


def _laughs() -> str:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE lolz [<!ENTITY l0 "lol">{entities}]>'


def _wide(name: str) -> bytes:
    return document().replace("UTF-8", name).encode(name)


def _many(name: str) -> str:
    return " ".join(f'{name.format(number)}="urn:{number}"' for number in range(100_000))


_LONG = "A" * 1_000_001
_DTD = '<!DOCTYPE x [<!ENTITY e SYSTEM "{}">]>'
_ID = "<ID>{}</ID>"

TEXTS = (
    ("xxe file", document(_ID.format("&e;"), dtd=_DTD.format("file:///etc/passwd")), "xml/dtd"),
    ("xxe network", document(_ID.format("&e;"), dtd=_DTD.format("http://127.0.0.1:9/x")), "xml/dtd"),
    (
        "parameter entity",
        document(dtd='<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///dev/zero"> %p;]>'),
        "xml/dtd",
    ),
    ("billion laughs", document(_ID.format("&l9;"), dtd=_laughs()), "xml/dtd"),
    (
        "quadratic blow-up",
        document(_ID.format("&a;" * 50_000), dtd=f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'),
        "xml/dtd",
    ),
    ("external dtd", document(dtd='<!DOCTYPE MetaData SYSTEM "http://127.0.0.1:9/x.dtd">'), "xml/dtd"),
    ("public dtd", document(dtd='<!DOCTYPE MetaData PUBLIC "-//x" "x.dtd">'), "xml/dtd"),
    ("empty dtd", document(dtd="<!DOCTYPE MetaData>"), "xml/dtd"),
    ("attribute defaults", document(dtd="<!DOCTYPE x [<!ATTLIST ID schemeID CDATA 'y'>]>"), "xml/dtd"),
    ("entity without dtd", document(_ID.format("&e;")), "xml/entity"),
    ("null character", document(_ID.format("&#0;")), "xml/character"),
    ("noncharacter", document(_ID.format("&#xFFFF;")), "xml/character"),
    ("xml 1.1", document(head='<?xml version="1.1"?>'), "xml/version"),
    ("utf-7 label", document(head='<?xml version="1.0" encoding="UTF-7"?>'), "xml/encoding"),
    ("utf-16 label on utf-8", document(head='<?xml version="1.0" encoding="UTF-16"?>'), "xml/encoding"),
    ("latin-1 label", document(head='<?xml version="1.0" encoding="ISO-8859-1"?>'), "xml/encoding"),
    ("unknown label", document(head='<?xml version="1.0" encoding="x-none"?>'), "xml/encoding"),
    ("huge text", document(f"<ID>{_LONG}</ID>"), "limit/value_chars_max"),
    ("huge text in pieces", document(f"<ID>{'A<!---->' * 1_000_001}</ID>"), "limit/value_chars_max"),
    ("huge attribute", document(f'<ID schemeName="{_LONG}">1</ID>'), "limit/value_chars_max"),
    ("huge blank", document(f"<ID>1{' ' * 1_000_001}</ID>"), "limit/value_chars_max"),
    ("deep nesting", document("<a>" * 200_000 + "</a>" * 200_000), "limit/depth_max"),
    ("deep nesting, unclosed", document("<a>" * 200_000), "limit/depth_max"),
    ("just too deep", document("<a>" * 63 + "</a>" * 63), "limit/depth_max"),
    (
        "many attributes",
        document(f"<ID {_many('a{}')}>1</ID>"),
        "limit/attributes_max",
    ),
    (
        "many namespaces",
        document(f"<ID {_many('xmlns:a{}')}>1</ID>"),
        "limit/attributes_max",
    ),
    ("include", document('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
     "element/unknown"),
    ("nil", document('<ID xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/>'),
     "attribute/unknown"),
    (
        "another type",
        document(
            '<ID xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/'
            'XMLSchema" xsi:type="xs:anyType">1</ID>'
        ),
        "attribute/unknown",
    ),
    (
        "schema locations",
        document('<ID xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:wco:'
                 'datamodel:WCO:DEC-DMS:2 http://127.0.0.1:9/x.xsd" xsi:noNamespaceSchemaLocation='
                 '"file:///etc/passwd">1</ID>'),
        "",
    ),
    ("stylesheet", document(head=f'{HEAD}<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>'), ""),
    ("doctype in a comment", document("<!-- <!DOCTYPE x [<!ENTITY y 'z'>]> -->"), ""),
    ("doctype in a text", document(_ID.format("<![CDATA[<!DOCTYPE x>]]>")), ""),
    ("comment in a value", document(_ID.format("26GB<!-- cut -->0001")), ""),
    ("two roots", document() + "<x/>", "xml/malformed"),
    ("text after the root", document() + "x", "xml/malformed"),
    ("comment with two hyphens", document("<!-- a -- b -->"), "xml/malformed"),
    ("attribute twice", document('<ID schemeID="a" schemeID="b">1</ID>'), "xml/malformed"),
    ("unbound prefix", document("<q:ID>1</q:ID>"), "xml/namespace"),
    ("xml prefix bound anew", document('<ID xmlns:xml="urn:x">1</ID>'), "xml/namespace"),
    ("truncated", document()[:-20], "xml/truncated"),
    ("truncated in a tag", document()[:120], "xml/truncated"),
    ("no xml", "<<<", "xml/malformed"),
    ("blank", " \n", "xml/truncated"),
)  # fmt: skip

ATTACKS = (
    *(Attack(name, text.encode(), problem) for name, text, problem in TEXTS),
    Attack("empty", b"", "xml/empty"),
    Attack("utf-16 with mark", _wide("UTF-16"), "xml/encoding"),
    Attack("utf-16 little endian without mark", _wide("UTF-16-LE"), "xml/encoding"),
    Attack("utf-16 big endian without mark", _wide("UTF-16-BE"), "xml/encoding"),
    Attack("utf-32", _wide("UTF-32"), "xml/encoding"),
    Attack("utf-7 mark", b"+/v8-" + document().encode("utf-7"), "xml/encoding"),
    Attack(
        "utf-7 in bytes",
        document(dtd=_DTD).replace("<", "+ADw-").replace(">", "+AD4-").encode(),
        "xml/malformed",
    ),
    Attack("ebcdic", document().encode("cp500"), "xml/encoding"),
    Attack("no utf-8", document(_ID.format("@")).encode().replace(b"@", b"\xff"), "xml/encoding"),
    Attack("overlong", document(_ID.format("@")).encode().replace(b"@", b"\xc0\x80"), "xml/encoding"),
    Attack("surrogate", document(_ID.format("@")).encode().replace(b"@", b"\xed\xa0\x80"), "xml/encoding"),
    Attack("null byte", document(_ID.format("@")).encode().replace(b"@", b"\x00"), "xml/malformed"),
)
