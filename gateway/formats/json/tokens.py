"""JSON's own grammar (RFC 8259): tokens of a byte string, texts of scalars, and back.

A field name that would be misread in an address (`/ # [ ] ~`, controls, the empty name)
is escaped in the tree as `~` and two hexadecimal digits, the empty name as `~`.
"""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.specs.json import JsonLeaf

# A string without escapes, and what is no string; none of them may run into letters or digits.
_PLAIN = rb"""(?P<plain>[^"\\\x00-\x1f]*+)"""
_BARE = rb"""(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![0-9A-Za-z_.+-]))
      | (?P<word>(?:true|false|null)(?![0-9A-Za-z_.+-]))"""
TOKEN = re.compile(
    rb"""[ \t\n\r]*+
    (?: (?P<mark>[{}\[\]:,])
      | "%b"
      | "(?P<escaped>(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+)"
      | %b
    )"""
    % (_PLAIN, _BARE),
    re.VERBOSE,
)
# What most fields of an object are: the comma behind the one before, a name without escapes, the colon, and a value
# that is no object, no list and has no escapes, where it is one.
MEMBER = re.compile(
    rb"""[ \t\n\r]*+(?P<comma>,)?+[ \t\n\r]*+"(?P<name>[^"\\\x00-\x1f]*+)"[ \t\n\r]*+:
    (?: [ \t\n\r]*+ (?: "%b" | %b ) )?+"""
    % (_PLAIN, _BARE),
    re.VERBOSE,
)
BLANKS = re.compile(rb"[ \t\n\r]*+")
SURROGATE = re.compile("[\ud800-\udfff]")

_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_UNSAFE = re.compile(r"[~/#\[\]\x00-\x1f\x7f]")
_ESCAPED = re.compile(r"~([0-9a-f]{2})")


def scalar(raw: bytes) -> str:
    """Give the text of a scalar token: a string's content, a number's or word's letters, "" for null.

    The token is a whole one, as `TOKEN` cuts it; bytes that are no UTF-8 become U+FFFD.
    """
    if raw[:1] != b'"':
        return "" if raw == b"null" else raw.decode("ascii")
    text = raw[1:-1].decode("utf-8", "replace")
    if "\\" in text:
        try:
            text = json.loads(f'"{text}"')
        except ValueError:
            return text
        text = SURROGATE.sub("\ufffd", text)
    return text


def encode(text: str, leaf: JsonLeaf | None) -> str:
    """Write a scalar in the canonical way: integers and booleans bare, all else as a string."""
    kind = leaf.kind if leaf is not None else "string"
    if kind == "boolean" and text in {"true", "false"}:
        return text
    if kind == "integer" and _INTEGER.fullmatch(text):
        return text
    return quote(text)


def quote(text: str) -> str:
    """Write a JSON string, no letter escaped that need not be."""
    return encode_basestring(SURROGATE.sub("\ufffd", text))


def name_to_key(name: str) -> str:
    """Give a field name as it stands in the tree."""
    if name.isidentifier():
        # As nearly all are.
        return name
    if not name:
        return "~"
    return _UNSAFE.sub(lambda found: f"~{ord(found[0]):02x}", name)


def key_to_name(key: str) -> str:
    """Give the field name of a tree's key (without `#2`)."""
    if key == "~":
        return ""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), key)
