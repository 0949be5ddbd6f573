"""Odd things that are put into trees before they are written, options of envelopes, and frames: by format.

Lives here: the data of the suites `made`. Never here: which of them meets which sample (`trees.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXTS = (
    "", "A", "a b", "*", ":", "~", "^", "'", "+", "?", "??'+:*", "<&>\"'", "]]>", "\u20ac", "caf\u00e9", " before",
    "behind ", "0", "-1.5", "1,5", "000", "\n", "\x1f\x1c", '\\"{}[]', "XYZ", "9" * 40, "W" * 600, "\u0394", "true",
    "null", "1e3", "\t",
)  # fmt: skip
ODD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "x12": {
        "texts": _TEXTS,
        "keys": ("00", "01", "02-3", "03#2", "03#2-2", "17", "99", "1", "xx", "40", "05#3", "04-2", ""),
        "layouts": (
            "n5", "n30", "t7e", "t0a", "tzz", "n-", "d", "d2a-3a-5e-7e--", "d7c-3e--27--0a", "n4 t7e0d0a", "x1", "t",
            "d2a-3a-5e---", "n1",
        ),
        "names": ("ZZZ", "N1", "ISA", "", "SE", "ST", "M\u00c4"),
    },
    "edifact": {
        "texts": _TEXTS,
        "keys": (
            "1004", "C002.1001#2", "C999.0001", "9999", "x", "C506-ACE.1154", "S001.0001", "0062", "1", "2.3", "",
            "C080.3036#2", "01", "02-3",
        ),
        "layouts": (
            "r4654582b414141", "t27", "t0a", "d554e413a2b2e3f2027", "d554e417c2a2e5c207e", "d554e41", "dzz",
            "v3320554e4f43", "v34", "r", "rff", "t", "d", "v3420554e4f57 t27", "r554e532e4c312b44", "d3a2b2e3f2027",
            "d2b2b2b2b2b2b2b2b2b",
        ),
        "names": ("UNB", "UNA", "", "FTX", "UNS.1", "U.X", "UNH", "UNS.L1", "F\u00c4X"),
    },
    "catair": {
        "texts": _TEXTS,
        "keys": ("1-2", "79-80", "10-20#X", "x", "27-36", "1-80", "3-3", "4-7", "8-10", "", "12-22#AWB"),
        "layouts": ("i2-5=1", "e27-36", "n74", "n10", "i60-80=25", "x", "n", "i4-7=", "e8-10,n79", "i11-12=x", "n0"),
        "names": ("ZZ", "UNKNOWN", "10", "B", "", "50", "A"),
    },
    "wco": {
        "texts": _TEXTS,
        "keys": ("", "@unitCode", "@x", "#2", "@currencyID#2", "@schemeID", "@languageID", "@unitCode#3"),
        "layouts": ("<x/>", "<ID>\x01\x02\x03</ID>", "\x01\x02", "x", "<a>\x04\x05</a>"),
        "names": ("Odd", "Pointer", "ID", "MetaData", "Declaration", "Response", "submitDeclarationRequest", "SequenceNumeric"),
    },
    "json": {
        "texts": _TEXTS,
        "keys": ("number", "x", "a b", '"', "type", "quantity", "", "\x01"),
        "layouts": ("{}", '{"a": \x01number\x02"1"\x03}', "\x041bills\x05", "x", "[\x040lines\x05]"),
        "names": ("odd", "bills", "", "parties", "lines", '"'),
    },
}  # fmt: skip
# Options of an envelope, each a choice of one.
OPTIONS: Mapping[str, tuple[dict[str, str], ...]] = {
    "x12": (
        {}, {"group": "ZZ", "group_sender": "GS", "group_receiver": "GR"}, {"component": "\xa7", "repetition": "\xb6"},
        {"authorization_qualifier": "03", "authorization": "ABC", "security_qualifier": "01", "security": "KEY"},
        {"isa_qualifier": "02", "isa_receiver_qualifier": "01", "acknowledgment": "1", "usage": "T", "isa_version": "00501"},
        {"group_date": "20260301", "group_time": "2359", "group_control": "77", "release": "005010X1"},
        {"set_control": "9998", "convention": "X1"}, {"element": "|", "terminator": "'", "line_end": "\n"},
        {"element": "\xa6", "terminator": "\x85", "component": ">"}, {"isa_version": "00401"}, {"terminator": "\r", "line_end": "\n"},
    ),
    "edifact": (
        {}, {"syntax": "4"}, {"syntax": "1"}, {"syntax": "2", "repertoire": "UNOB"}, {"repertoire": "UNOA"}, {"repertoire": "UNOW", "syntax": "4"},
        {"sender_qualifier": "14", "receiver_qualifier": "", "sender_routing": "RS", "receiver_routing": "RR"},
        {"reference": "REF1", "password": "PW", "password_qualifier": "AA", "application": "", "priority": "A"},
        {"acknowledgment": "1", "agreement": "AGR", "test": "1", "message_reference": "70"},
        {"association": "A1", "correlation": "COR", "una": "no"}, {"group": "yes"}, {"una": "no", "line_end": "\r\n"},
        {"group": "yes", "group_sender": "GS", "group_receiver": "GR", "group_reference": "G9", "syntax": "4"},
        {"component": "|", "element": "*", "terminator": "~", "line_end": "\n", "una": "no"}, {"release": "", "mark": ","},
        {"release": "\\", "repetition": "^", "syntax": "4"}, {"mark": ",", "una": "no"}, {"repetition": ""},
        {"syntax": "4", "repetition": ""},
    ),
    "catair": (
        {}, {"port": "1001"}, {"port": "4601"}, {"port": "4701"}, {"port": "2704", "filer": "XYZ"}, {"port": "5301", "site": "1704"},
        {"site": "5201", "id": "ID9", "password": "SECRET"}, {"office": "A1", "correlation": "our own text, which is long"},
        {"correlation": "short"}, {"contact_name": "JO DOE", "contact_phone": "5550100", "bond_type": "8"},
        {"surety": "123", "signature": "J DOE", "payment_type": "2"}, {"filer": "AB"}, {"port": "10"},
        {"port": "1001", "signature": "S", "payment_type": "7", "surety": "998"},
    ),
    "wco": (
        {}, {"profile": "neutral"}, {"profile": "uk-cds"}, {"header.AgencyAssignedCustomizationCode": "v2"},
        {"header.WCODataModelVersionCode": "", "header.ResponsibleCountryCode": "IE"}, {"header.WCOTypeName": "X & Y"},
        {"profile": "neutral", "header.AgencyName": "AUTHORITY"},
    ),
    "json": ({},),
}  # fmt: skip
# Frames: whether what was read stays beside what is put in, and that.
FRAMES: Mapping[str, tuple[tuple[bool, dict[str, str]], ...]] = {
    "x12": (
        (False, {}), (True, {"element": "|"}), (True, {"component": "\xa7", "repetition": "\xb6"}), (True, {"repetition": ""}),
        (True, {"terminator": "'", "line_end": "\r\n"}), (False, {"line_end": "\n"}),
    ),
    "edifact": (
        (False, {}), (True, {"element": "*"}), (True, {"release": ""}), (True, {"repetition": "^"}), (True, {"mark": ","}),
        (True, {"terminator": "~", "line_end": "\n"}), (False, {"component": "|"}), (True, {"repetition": ""}),
    ),
    "catair": ((False, {}), (True, {"direction": "out"}), (True, {"direction": "in"})),
    "wco": (
        (False, {}), (True, {"head": ""}), (True, {"tail": "\n\n"}), (True, {"profile": "neutral"}), (False, {"profile": "neutral"}),
        (True, {"prefix.DEC": "q"}), (True, {"prefix.echo": "e"}),
    ),
    "json": ((False, {}), (True, {"head": "\ufeff"}), (True, {"tail": ""}), (False, {"head": " "})),
}  # fmt: skip
# Ports of entries: of districts that may stand in one block, and of others.
PORTS = ("4601", "4701", "1001", "3001", "4704", "1101")
# Layouts of the segment that opens an interchange: service characters cut off, too many, none, others than it has.
OPENED: Mapping[str, tuple[str, ...]] = {
    "x12": (
        "d", "n20", "n16", "t7e0a", "d7c-3e--27--0a", "d2a-a7-b6-85--", "d2a-3a-5e-7e-0a-0d0a", "d2a-3a-5e-7e", "n17 t0d",
    ),
    "edifact": (
        "d", "d554e41", "d554e413a2b2e3f20270d0a", "d554e417c2a2e5c207e0a", "d554e417c2a2e5c20", "d554e417c2a2e5c207e t7e",
        "d554e413a2b2e3f2027 t27", "d554e417c2a2e5c207e v3420554e4f57 t7e0d0a", "d554e413a3a3a3a3a3a t27", "t270a",
    ),
}  # fmt: skip
