"""HTTP messages signed by code of the suite's own: the signature base is written down, not worked out (RFC 9421 §2.5).

Lives here: the base, the two fields, and the message as plain values. Never here: what is changed
(`changes_http.py`, `changes_fields.py`).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.evidence import AT, SOURCE, TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.conformance.signing.changing import Change
    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

NOW = int(AT.timestamp())
_NAMES = {
    "EdDSA": "ed25519",
    "ES256": "ecdsa-p256-sha256",
    "ES384": "ecdsa-p384-sha384",
    "RS256": "rsa-v1_5-sha256",
}
_FORMS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512, "md5": hashlib.md5}


def digested(data: bytes, name: str = "sha-256") -> str:
    """Give one member of `Content-Digest` (RFC 9530)."""
    return f"{name}=:{base64.b64encode(_FORMS[name](data).digest()).decode('ascii')}:"


DIGEST = digested(SOURCE)
METHOD_LINE, TARGET_LINE = ('"@method"', "POST"), ('"@target-uri"', TARGET)
DIGEST_LINE = ('"content-digest"', DIGEST)
USUAL = (METHOD_LINE, TARGET_LINE, DIGEST_LINE)
PARAMETERS = ';created={now};nonce="n-1";keyid="{kid}";alg="{alg}";tag="customs-submit"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message and its signature; each default is right.

    `lines` are labels and values of the base, `parameters` what stands behind them there. `written` is the list as the
    field has it where that differs from the base: `{list}` is the list of the base, `{usual}` the parameters that are
    usual, `{spaced}` those of the base with spaces before their names. `fields` come before
    the two of the signature, `input_` and `signature` are these fields whole: `{input}` and `{value}` stand for what
    they would be.
    """

    lines: Sequence[tuple[str, str]] = USUAL
    parameters: str = PARAMETERS
    written: str = "{list}{parameters}"
    fields: Sequence[tuple[str, str]] = (("Content-Type", "application/edi-x12"), ("Content-Digest", DIGEST))
    method: str = "POST"
    target: str = TARGET
    input_: str = "sig={input}"
    signature: str = "sig=:{value}:"
    more: Sequence[tuple[str, Any]] = ()

    def signed(self, one: Evidence, signer: Key) -> Evidence:
        """Sign it."""
        told = {"now": NOW, "kid": signer.kid, "alg": _NAMES[signer.algorithm]}
        parameters, usual = self.parameters.format(**told), PARAMETERS.format(**told)
        covered = f"({' '.join(label for label, _ in self.lines)})"
        base = [f"{label}: {value}" for label, value in self.lines]
        base.append(f'"@signature-params": {covered}{parameters}')
        value = base64.b64encode(signer.sign("\n".join(base).encode())).decode("ascii")
        written = (
            self.written.replace("{list}", covered)
            .replace("{parameters}", parameters)
            .replace("{usual}", usual)
        )
        written = written.replace("{spaced}", parameters.replace(";", ";  "))
        fields = [
            *self.fields,
            ("Signature-Input", self.input_.replace("{input}", written)),
            ("Signature", self.signature.replace("{value}", value)),
        ]
        more = {"method": self.method, "target": self.target, "fields": [list(pair) for pair in fields]}
        return replace(one, more={**more, **dict(self.more)})


def sent(**wishes: Any) -> Change:
    """Send another message, signed as it is or as the wishes say."""
    return Sent(**wishes).signed


def covering(*lines: tuple[str, str], **wishes: Any) -> Change:
    """Cover more than what has to be covered."""
    target = wishes.get("target", TARGET)
    return sent(lines=(METHOD_LINE, ('"@target-uri"', target), DIGEST_LINE, *lines), **wishes)


def told(**parameters: str | None) -> Change:
    """Sign with other parameters: each by name, as written; None leaves one out, new ones come last."""
    known: dict[str, str | None] = {
        "created": "{now}",
        "nonce": '"n-1"',
        "keyid": '"{kid}"',
        "alg": '"{alg}"',
        "tag": '"customs-submit"',
    }
    text = "".join(f";{name}={value}" for name, value in {**known, **parameters}.items() if value is not None)
    return sent(parameters=text)


def field_of(name: str, change: Callable[[str], str]) -> Change:
    """Change one field of the right message."""

    def changed(one: Evidence, _: Key) -> Evidence:
        fields = [[key, change(value) if key == name else value] for key, value in one.more["fields"]]
        return replace(one, more={**one.more, "fields": fields})

    return changed


def without(name: str) -> Change:
    """Leave a field out of the right message."""
    return lambda one, _: replace(
        one, more={**one.more, "fields": [pair for pair in one.more["fields"] if pair[0] != name]}
    )


def requested(**changes: Any) -> Change:
    """Change method or address of the right message."""
    return lambda one, _: replace(one, more={**one.more, **changes})
