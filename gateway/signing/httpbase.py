"""What of an HTTP message is signed: its components, and the base that they make (RFC 9421 §2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.signing.structured import InnerList, Item, write_inner_list, write_item
from gateway.signing.verdict import Refusal

KIND = "http.rfc9421"
_FIELD_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]++")
_FOLD = re.compile(r"\r?\n[ \t]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What of a request or response can be signed.

    `fields` are the header fields as name and value, in order. A request has `method` and
    `target_uri` (the public one, absolute), a response `status` and the `request` it answers.
    """

    fields: Sequence[tuple[str, str]] = ()
    method: str = ""
    target_uri: str = ""
    status: int = 0
    request: Message | None = None


def signature_base(message: Message, signed: InnerList) -> bytes:
    """RFC 9421 §2.5: the lines that are signed. Raises `Refusal` for what the message has not."""
    lines, seen = [], set()
    for item in signed.items:
        name = write_item(item)
        if name in seen:
            raise Refusal(KIND, name, "component/repeated", "a component is covered twice", actual=name)
        seen.add(name)
        lines.append(f"{name}: {_value(message, item)}")
    lines.append(f'"@signature-params": {write_inner_list(signed)}')
    try:
        return "\n".join(lines).encode("ascii")
    except UnicodeEncodeError as error:
        raise Refusal(KIND, "fields", "field/not-ascii", "a covered field is not ASCII") from error


def _value(message: Message, item: Item) -> str:
    name = item.value
    if (
        not isinstance(name, str)
        or item.parameters.keys() - {"req"}
        or item.parameters.get("req", True) is not True
    ):
        raise Refusal(
            KIND,
            "component",
            "component/unsupported",
            "a component is not understood",
            actual=write_item(item),
        )
    subject = message
    if "req" in item.parameters:
        if message.request is None:
            raise Refusal(KIND, name, "component/absent", "there is no request to cover", actual=name)
        subject = message.request
    return _derived(subject, name) if name.startswith("@") else field_value(subject, name)


def _derived(message: Message, name: str) -> str:
    """RFC 9421 §2.2, without `@query-param`."""
    if name == "@status" and message.status:
        return str(message.status)
    parts = urlsplit(message.target_uri)
    # §2.2.3: the authority is in lower case and has no default port.
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    values = {
        "@method": message.method,
        "@target-uri": message.target_uri,
        "@authority": parts.netloc.rpartition("@")[2].lower().removesuffix(port or " "),
        "@scheme": parts.scheme,
        "@path": parts.path or "/",
        "@query": f"?{parts.query}",
        "@request-target": (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    }
    if not message.method or name not in values:
        raise Refusal(KIND, name, "component/absent", f"the message has no {name}", actual=name)
    return values[name]


def field_value(message: Message, name: str) -> str:
    """RFC 9421 §2.1: the values of a field, trimmed, unfolded, joined."""
    values = [_FOLD.sub(" ", value).strip(" \t") for own, value in message.fields if own.lower() == name]
    if not values or not _FIELD_NAME.fullmatch(name):
        raise Refusal(KIND, name, "component/absent", f"the message has no field {name}", actual=name)
    joined = ", ".join(values)
    if "\n" in joined or "\r" in joined:
        raise Refusal(KIND, name, "field/invalid", f"the field {name} has line ends", actual=name)
    return joined
