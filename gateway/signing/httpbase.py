"""What of an HTTP message is signed: its components, and the base that they make (RFC 9421 §2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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


def made_base(message: Message, names: tuple[str, ...], parameters: str) -> tuple[bytes, str]:
    """Give the base of a signature that we make, and the list that it signs, as written.

    `names` are components, `content-digest;req` that of the request; `parameters` as written.
    The same lines as `signature_base` gives; what is the same each time is worked out once.
    Raises `Refusal` for what the message has not.
    """
    head, components = _written(names)
    signed = head + parameters
    lines = [f"{label}: {_component(message, name, of_request=req)}" for label, name, req in components]
    lines.append(f'"@signature-params": {signed}')
    try:
        return "\n".join(lines).encode("ascii"), signed
    except UnicodeEncodeError as error:
        raise Refusal(KIND, "fields", "field/not-ascii", "a covered field is not ASCII") from error


@lru_cache(maxsize=256)
def _written(names: tuple[str, ...]) -> tuple[str, tuple[tuple[str, str, bool], ...]]:
    """Write the components once: the list in parentheses, and label, name and `req` of each."""
    components = []
    for full in names:
        name = full.removesuffix(";req")
        label = write_item(Item(name, {"req": True} if name != full else {}))
        components.append((label, name, name != full))
    labels = [label for label, _, _ in components]
    if len(set(labels)) != len(labels):
        raise Refusal(KIND, "components", "component/repeated", "a component is covered twice")
    return f"({' '.join(labels)})", tuple(components)


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
    return _component(message, name, of_request="req" in item.parameters)


def _component(message: Message, name: str, *, of_request: bool) -> str:
    subject = message
    if of_request:
        if message.request is None:
            raise Refusal(KIND, name, "component/absent", "there is no request to cover", actual=name)
        subject = message.request
    return _derived(subject, name) if name.startswith("@") else field_value(subject, name)


def _derived(message: Message, name: str) -> str:
    """RFC 9421 §2.2, without `@query-param`."""
    if name == "@status" and message.status:
        return str(message.status)
    if message.method and name == "@method":
        return message.method
    if message.method and name == "@target-uri":
        return message.target_uri
    parts = urlsplit(message.target_uri)
    # §2.2.3: the authority is in lower case and has no default port.
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    values = {
        "@authority": parts.netloc.rpartition("@")[2].lower().removesuffix(port),
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
    values = [value.strip(" \t") for own, value in message.fields if own.lower() == name]
    if not values or not _FIELD_NAME.fullmatch(name):
        raise Refusal(KIND, name, "component/absent", f"the message has no field {name}", actual=name)
    joined = ", ".join(values)
    if "\n" in joined:
        joined = ", ".join(_FOLD.sub(" ", value) for value in values)
    if "\n" in joined or "\r" in joined:
        raise Refusal(KIND, name, "field/invalid", f"the field {name} has line ends", actual=name)
    return joined
