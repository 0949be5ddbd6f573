"""AS2 (RFC 4130) headers: who, to whom, which message, what receipt is asked for.

A stranger's headers are read strictly, with the latitude that products need: a Message-ID
without `@`, folded values, algorithm names in any spelling. Nothing is sent or stored here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.signing.mime import MimeError, read_parameters
from gateway.signing.verdict import Refusal

KIND = "as2.rfc4130"
VERSION = "1.2"
NAME_CHARS_MAX = 128
MESSAGE_ID_CHARS_MAX = 998

_NAME = re.compile(r"[\x20-\x7e]{1,128}")
_PLAIN = re.compile(r'[^\s"\\]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*+)"')
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,998}")
_VERSION = re.compile(r"1\.[0-9]")
_DIGESTS = {"sha256": "sha-256", "sha384": "sha-384", "sha512": "sha-512"}
"""Algorithm without hyphen to its name in `micalg`; SHA-1 and MD5 are not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the headers of an AS2 request say.

    `message_id` is as received, brackets included; `identity` without them, for finding
    duplicates. `micalg` is the digest for the receipt, "" when none that was asked for is ours.
    `async_url` is where an asynchronous receipt is wanted; it counts only when the partner's
    profile names the same.
    """

    sender: str
    receiver: str
    message_id: str
    version: str = "1.0"
    mdn_wanted: bool = False
    signed_mdn: bool = False
    micalg: str = "sha-256"
    async_url: str = ""

    @property
    def identity(self) -> str:
        """The Message-ID without brackets."""
        return self.message_id.removeprefix("<").removesuffix(">")


def read_request(headers: Mapping[str, str]) -> Request:
    """Read the headers of a request, names in any case. Raises `Refusal`."""
    found = {name.lower(): value.strip(" \t") for name, value in headers.items()}
    version = found.get("as2-version", "1.0")
    if not _VERSION.fullmatch(version):
        raise Refusal(
            KIND,
            "AS2-Version",
            "version/unknown",
            "the AS2 version is not known",
            expected="1.x",
            actual=version,
        )
    message_id = found.get("message-id", "")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise Refusal(
            KIND,
            "Message-ID",
            "message-id/invalid",
            "the Message-ID is absent or has spaces",
            actual=message_id,
        )
    wanted = "disposition-notification-to" in found
    signed, micalg = _options(found.get("disposition-notification-options", ""))
    return Request(
        sender=read_name(found.get("as2-from", ""), "AS2-From"),
        receiver=read_name(found.get("as2-to", ""), "AS2-To"),
        message_id=message_id,
        version=version,
        mdn_wanted=wanted,
        signed_mdn=wanted and signed,
        micalg=micalg,
        async_url=found.get("receipt-delivery-option", ""),
    )


def request_headers(
    sender: str,
    receiver: str,
    message_id: str,
    *,
    subject: str = "",
    async_url: str = "",
    micalg: str = "sha-256",
) -> dict[str, str]:
    """Give the AS2 headers of a request that asks for a signed receipt. Raises `Refusal`."""
    headers = {
        "AS2-Version": VERSION,
        "AS2-From": write_name(sender),
        "AS2-To": write_name(receiver),
        "Message-ID": message_id,
        "MIME-Version": "1.0",
        "Disposition-Notification-To": write_name(sender),
        "Disposition-Notification-Options": "signed-receipt-protocol=required, pkcs7-signature;"
        f" signed-receipt-micalg=required, {micalg}",
    }
    if subject:
        headers["Subject"] = subject
    if async_url:
        headers["Receipt-Delivery-Option"] = async_url
    return headers


def read_name(value: str, header: str = "AS2-From") -> str:
    """Give an AS2 name without its quotes (RFC 4130 §6.2). Raises `Refusal`."""
    match = _QUOTED.fullmatch(value)
    name = re.sub(r"\\(.)", r"\1", match[1]) if match else value
    if not _NAME.fullmatch(name) or (match is None and not _PLAIN.fullmatch(value)):
        raise Refusal(KIND, header, "name/invalid", "this is not an AS2 name", actual=value)
    return name


def write_name(name: str) -> str:
    """Give an AS2 name as a header has it, in quotes where it needs them. Raises `Refusal`."""
    if not _NAME.fullmatch(name):
        raise Refusal(KIND, "AS2-From", "name/invalid", "this is not an AS2 name", actual=name)
    if _PLAIN.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mic(octets: bytes, micalg: str = "sha-256") -> str:
    """Give `Received-content-MIC`: the digest in base64, a comma, the algorithm."""
    value = hashlib.new(_plain(micalg), octets).digest()
    return f"{base64.b64encode(value).decode('ascii')}, {micalg}"


def same_mic(stated: str, expected: str) -> bool:
    """Compare two MICs: algorithms by meaning, digests exactly and in constant time."""
    ours, theirs = (_split_mic(text) for text in (expected, stated))
    return ours[1] == theirs[1] in _DIGESTS and hmac.compare_digest(ours[0].encode(), theirs[0].encode())


def known_micalg(name: str) -> str:
    """Give our spelling of a digest algorithm, "" for one that is not allowed."""
    return _DIGESTS.get(_plain(name), "")


def _split_mic(text: str) -> tuple[str, str]:
    value, _, algorithm = text.rpartition(",")
    return value.strip(), _plain(algorithm)


def _plain(name: str) -> str:
    return name.strip().strip('"').lower().replace("-", "")


def _options(text: str) -> tuple[bool, str]:
    """Read `Disposition-Notification-Options`: signed or not, and the first digest that is ours."""
    if not text:
        return False, "sha-256"
    try:
        options = read_parameters("; " + re.sub(r"\s*,\s*", ",", text.rstrip("; ")))
    except MimeError as error:
        message = "the receipt options cannot be read"
        raise Refusal(
            KIND, "Disposition-Notification-Options", "options/invalid", message, actual=text
        ) from error
    protocols = [one.lower() for one in options.get("signed-receipt-protocol", "").split(",")[1:]]
    algorithms = options.get("signed-receipt-micalg", "required,sha-256").split(",")[1:]
    ours = [known for one in algorithms if (known := known_micalg(one))]
    return "pkcs7-signature" in protocols, ours[0] if ours else ""
