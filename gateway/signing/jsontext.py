"""Strict reading of small JSON objects that strangers wrote, and base64url as JWS has it.

No duplicate names, no NaN, no deep nesting, no surrogates: two readers of one text must
not see two things.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NoReturn

HEADER_BYTES_MAX = 4096
"""Of a token's header."""
_NUMBER_DIGITS_MAX = 30
_DEPTH_MAX = 16
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]*+")


class JsonTextError(ValueError):
    """The text is not a JSON object that everybody reads alike. The message says why."""


def strict_object(data: bytes | str, bytes_max: int) -> dict[str, Any]:
    """Read one JSON object, at most `bytes_max` bytes and 16 levels. Raises `JsonTextError`."""
    if len(data) > bytes_max:
        raise JsonTextError(f"longer than {bytes_max} bytes")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        text.encode("utf-8")
        plain = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_no_float,
            parse_int=_short_int,
        )
    except RecursionError:
        raise JsonTextError("nested too deep") from None
    except ValueError as error:
        raise JsonTextError(str(error)) from error
    if not isinstance(plain, dict):
        raise JsonTextError("not an object")
    _check(plain, _DEPTH_MAX)
    return plain


def encode64(data: bytes) -> str:
    """Write base64url without padding (RFC 7515 §2)."""
    return encode64_bytes(data).decode("ascii")


def encode64_bytes(data: bytes) -> bytes:
    """Write base64url without padding, as bytes."""
    return binascii.b2a_base64(data, newline=False).translate(_URLSAFE).rstrip(b"=")


def decode64(text: str) -> bytes:
    """Read base64url without padding, in its one canonical spelling. Raises `ValueError`."""
    try:
        raw = text.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("not base64url") from None
    if not _BASE64URL.fullmatch(raw):
        raise ValueError("not base64url")
    try:
        data = base64.urlsafe_b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        raise ValueError("not base64url") from None
    if base64.urlsafe_b64encode(data).rstrip(b"=") != raw:
        raise ValueError("base64url with stray bits")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _no_float(text: str) -> NoReturn:
    raise ValueError(f"{text[:_NUMBER_DIGITS_MAX]} is not a whole number")


def _short_int(text: str) -> int:
    if len(text) > _NUMBER_DIGITS_MAX:
        raise ValueError(f"a number has more than {_NUMBER_DIGITS_MAX} digits")
    return int(text)


def _check(plain: object, depth: int) -> None:
    if depth < 0:
        raise JsonTextError("nested too deep")
    if isinstance(plain, dict):
        for name, value in plain.items():
            _check(name, depth)
            _check(value, depth - 1)
    elif isinstance(plain, list):
        for value in plain:
            _check(value, depth - 1)
    elif isinstance(plain, str) and not plain.isascii():
        try:
            plain.encode("utf-8")
        except UnicodeEncodeError:
            raise JsonTextError("a lone surrogate stands in a text") from None
