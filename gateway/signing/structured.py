"""Structured field values (RFC 9651), as much of them as digests and signatures use.

Dictionaries of items and inner lists with parameters; strings, tokens, integers, byte
sequences and booleans. Decimals, dates and display strings are refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

FIELD_CHARS_MAX = 16 * 1024
MEMBERS_MAX = 64

_KEY = re.compile(r"[a-z*][a-z0-9_\-.*]*+")
_STRING = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*+)"')
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*+")
_INTEGER = re.compile(r"-?[0-9]{1,15}(?![0-9.])")
_BYTES = re.compile(r":([A-Za-z0-9+/=]*+):")
_SPACES, _BLANKS = " ", " \t"


class FieldError(ValueError):
    """A field value is not what RFC 9651 allows, or not what is read here."""


class Token(str):
    """A token, which is written without quotes."""

    __slots__ = ()


Bare = str | Token | int | bytes | bool
Parameters = dict[str, Bare]


@dataclass(frozen=True, slots=True)
class Item:
    """A value with its parameters."""

    value: Bare
    parameters: Parameters = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InnerList:
    """Items in parentheses, with parameters of the whole."""

    items: tuple[Item, ...]
    parameters: Parameters = field(default_factory=dict)


def read_dictionary(text: str) -> dict[str, Item | InnerList]:
    """Read a dictionary (RFC 9651 §4.2.2); a name given again replaces. Raises `FieldError`."""
    if len(text) > FIELD_CHARS_MAX or not text.isascii():
        raise FieldError(f"not ASCII, or longer than {FIELD_CHARS_MAX}")
    reader = _Reader(text.strip(" "))
    members: dict[str, Item | InnerList] = {}
    while not reader.done():
        name = reader.take(_KEY, "a name")
        if reader.skip("="):
            members[name] = reader.member()
        else:
            members[name] = Item(value=True, parameters=reader.parameters())
        if len(members) > MEMBERS_MAX:
            raise FieldError("too many members")
        reader.over(_BLANKS)
        if reader.done():
            break
        reader.expect(",")
        reader.over(_BLANKS)
        if reader.done():
            raise FieldError("a comma stands at the end")
    return members


def write_item(item: Item) -> str:
    """Write an item with its parameters (RFC 9651 §4.1.3)."""
    return _write(item.value) + _write_parameters(item.parameters)


def write_inner_list(items: InnerList) -> str:
    """Write an inner list with its parameters (RFC 9651 §4.1.1.1)."""
    return f"({' '.join(write_item(item) for item in items.items)}){_write_parameters(items.parameters)}"


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def done(self) -> bool:
        return self._at >= len(self._text)

    def skip(self, char: str) -> bool:
        """Pass over a character if it comes next."""
        if self._text.startswith(char, self._at):
            self._at += 1
            return True
        return False

    def expect(self, char: str) -> None:
        if not self.skip(char):
            raise FieldError(f"{char!r} is missing at {self._at}")

    def over(self, chars: str) -> None:
        """Pass over as many of these characters as come next."""
        rest = self._text[self._at :]
        self._at += len(rest) - len(rest.lstrip(chars))

    def take(self, pattern: re.Pattern[str], what: str) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise FieldError(f"{what} is missing at {self._at}")
        self._at = match.end()
        return match[match.lastindex or 0]

    def member(self) -> Item | InnerList:
        return self.inner_list() if self.skip("(") else self.item()

    def inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            self.over(_SPACES)
            if self.skip(")"):
                return InnerList(tuple(items), self.parameters())
            items.append(self.item())
            if len(items) > MEMBERS_MAX:
                raise FieldError("too many items")
            if not self._text.startswith((" ", ")"), self._at):
                raise FieldError(f"items run together at {self._at}")

    def item(self) -> Item:
        return Item(self.bare(), self.parameters())

    def parameters(self) -> Parameters:
        found: Parameters = {}
        while self.skip(";"):
            self.over(_SPACES)
            name = self.take(_KEY, "a name")
            found.pop(name, None)
            found[name] = self.bare() if self.skip("=") else True
            if len(found) > MEMBERS_MAX:
                raise FieldError("too many parameters")
        return found

    def bare(self) -> Bare:
        char = self._text[self._at : self._at + 1]
        if char == '"':
            return re.sub(r"\\(.)", r"\1", self.take(_STRING, "a string"))
        if char == ":":
            try:
                return base64.b64decode(self.take(_BYTES, "a byte sequence"), validate=True)
            except binascii.Error as error:
                raise FieldError("a byte sequence is not base64") from error
        if char == "?":
            self._at += 1
            if self.skip("1"):
                return True
            self.expect("0")
            return False
        if char.isdigit() or char == "-":
            return int(self.take(_INTEGER, "an integer"))
        return Token(self.take(_TOKEN, "a value"))


def _write(value: Bare) -> str:
    if isinstance(value, bool):
        return "?1" if value else "?0"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f":{base64.b64encode(value).decode('ascii')}:"
    if isinstance(value, Token):
        return str(value)
    if not value.isascii() or not value.isprintable():
        raise FieldError("a string has characters that a field cannot carry")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write_parameters(parameters: Parameters) -> str:
    return "".join(
        f";{name}" + ("" if value is True else f"={_write(value)}") for name, value in parameters.items()
    )
