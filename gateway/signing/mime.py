"""MIME entities as bytes: headers, parameters, the exact parts of a multipart.

Nothing is rebuilt: a part that somebody signed is the slice of what was received. Written
entities have CRLF line ends and ASCII headers.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

HEADER_BYTES_MAX = 64 * 1024
HEADERS_MAX = 128
PARTS_MAX = 16

_NAME = re.compile(r"[!-9;-~]++")
_FOLD = re.compile(r"\r?\n[ \t]+")
_TYPE = re.compile(r"\s*+([A-Za-z0-9!#$&^_.+-]++/[A-Za-z0-9!#$&^_.+-]++)\s*+")
_PARAMETER = re.compile(r';\s*+([A-Za-z0-9!#$&^_.*+-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;"]*+))\s*+')
_SEMICOLONS = re.compile(r"(?:;\s*+)*+")
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


class MimeError(ValueError):
    """The bytes are not the MIME entity that they should be. The message says why."""


class ContentType(NamedTuple):
    """A media type in lower case, with its parameters; their names are in lower case."""

    name: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Entity:
    """Headers by name in lower case (unfolded), the body, and all of it as received.

    `raw` is None for an entity whose headers came with HTTP.
    """

    headers: Mapping[str, str]
    body: bytes
    raw: bytes | None = None

    @property
    def content_type(self) -> ContentType:
        """The media type; absent is text/plain (RFC 2045 §5.2). Raises `MimeError`."""
        return read_content_type(self.headers.get("content-type", "text/plain"))

    def decoded(self) -> bytes:
        """Give the body without its Content-Transfer-Encoding. Raises `MimeError`."""
        encoding = self.headers.get("content-transfer-encoding", "binary").strip().lower()
        if encoding == "base64":
            try:
                return base64.b64decode(b"".join(self.body.split()), validate=True)
            except binascii.Error as error:
                raise MimeError("the body is not base64") from error
        if encoding == "quoted-printable":
            return quopri.decodestring(self.body)
        if encoding in {"7bit", "8bit", "binary"}:
            return self.body
        raise MimeError(f"the transfer encoding {encoding[:32]!r} is not known")


def read_entity(raw: bytes) -> Entity:
    """Cut an entity into headers and body. Raises `MimeError`."""
    if raw.startswith(b"\r\n"):
        return Entity({}, raw[2:], raw)
    ends = [
        (place, mark)
        for mark in (b"\r\n\r\n", b"\n\n")
        if (place := raw.find(mark, 0, HEADER_BYTES_MAX)) >= 0
    ]
    if not ends:
        raise MimeError("the headers do not end")
    place, mark = min(ends)
    return Entity(read_headers(raw[:place]), raw[place + len(mark) :], raw)


def read_headers(block: bytes) -> dict[str, str]:
    """Read header lines; the same name twice is refused, since readers differ. Raises `MimeError`."""
    try:
        text = _FOLD.sub(" ", block.decode("ascii"))
    except UnicodeDecodeError as error:
        raise MimeError("the headers are not ASCII") from error
    headers: dict[str, str] = {}
    for line in re.split(r"\r?\n", text):
        name, colon, value = line.partition(":")
        lower = name.strip(" \t").lower()
        if not colon or not _NAME.fullmatch(lower):
            raise MimeError("a header line has no name")
        if any(char < " " and char != "\t" for char in value):
            raise MimeError("a header has control characters")
        if lower in headers or len(headers) >= HEADERS_MAX:
            raise MimeError(f"the header {lower[:32]} stands twice, or there are too many")
        headers[lower] = value.strip(" \t")
    return headers


def read_content_type(value: str) -> ContentType:
    """Read a media type or another value with parameters. Raises `MimeError`."""
    match = _TYPE.match(value)
    if match is None:
        raise MimeError("a Content-Type cannot be read")
    return ContentType(match[1].lower(), read_parameters(value[match.end() :]))


def read_parameters(text: str) -> dict[str, str]:
    """Read `; name=value; name="value"`. Raises `MimeError`."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        match = _PARAMETER.match(text, at)
        if match is None:
            if _SEMICOLONS.fullmatch(text, at):
                break
            raise MimeError("a parameter cannot be read")
        name = match[1].lower()
        if name in found:
            raise MimeError(f"the parameter {name[:32]} stands twice")
        found[name] = match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        at = match.end()
    return found


def split_parts(body: bytes, boundary: str) -> list[bytes]:
    """Cut a multipart body into its parts, each exactly as received. Raises `MimeError`.

    The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1).
    """
    if not _BOUNDARY.fullmatch(boundary):
        raise MimeError("the boundary is not one")
    line = re.compile(
        rb"(?:\A|\r\n|(?<!\r)\n)--" + re.escape(boundary.encode("ascii")) + rb"(--)?[ \t]*+(?:\r?\n|\Z)"
    )
    parts: list[bytes] = []
    start: int | None = None
    at = 0
    while match := line.search(body, at):
        if start is not None:
            parts.append(body[start : max(start, match.start())])
        if match[1] is not None:
            return parts
        if len(parts) >= PARTS_MAX:
            raise MimeError("there are too many parts")
        start = match.end()
        # The line end after one boundary may be the one before the next.
        at = max(
            match.start() + 1,
            match.end() - 2 if body[match.end() - 2 : match.end()] == b"\r\n" else match.end() - 1,
        )
    raise MimeError("the last boundary is missing")


def checked(headers: Mapping[str, str]) -> dict[str, str]:
    """Give the headers as they are. Raises `MimeError` for one that would break a line."""
    for name, value in headers.items():
        if not value.isascii() or any(char < " " for char in value):
            raise MimeError(f"the header {name} cannot be written")
    return dict(headers)


def write_entity(headers: Mapping[str, str], body: bytes) -> bytes:
    """Write an entity with CRLF. Raises `MimeError` for a header that would break a line."""
    lines = [f"{name}: {value}\r\n" for name, value in checked(headers).items()]
    return "".join(lines).encode("ascii") + b"\r\n" + body


def write_parts(parts: list[bytes], boundary: str) -> bytes:
    """Join parts into a multipart body. Raises `MimeError` when the boundary occurs in one."""
    mark = f"--{boundary}".encode("ascii")
    if not _BOUNDARY.fullmatch(boundary) or any(mark in part for part in parts):
        raise MimeError("the boundary is not one, or occurs in the content")
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


def write_base64(data: bytes) -> bytes:
    """Write base64 in lines of 64 characters with CRLF."""
    text = base64.b64encode(data)
    return b"".join(text[at : at + 64] + b"\r\n" for at in range(0, len(text), 64))
