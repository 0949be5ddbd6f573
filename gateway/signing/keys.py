"""Keys: one per purpose, each with a life (pending, active, retired, compromised).

Lives here: what a key is and how it looks as JWK (RFC 7517). Never here: where keys are
stored (`gateway/shell/keys.py`), and what time it is; every instant is an argument.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from joserfc import jwk
from joserfc.errors import JoseError

from gateway.signing.algorithms import (
    ALGORITHMS,
    RSA_BITS,
    RSA_BITS_MIN,
    PrivateKey,
    PublicKey,
    natural_algorithm,
)
from gateway.signing.chains import pem_to_x5c, x5c_to_pem

CLOCK_SKEW = timedelta(minutes=5)
"""What a signature's time may lie outside its key's validity: work in flight at a rotation."""


class KeySetError(ValueError):
    """A key or a key set cannot be used as it stands. The message says why."""


class Purpose(StrEnum):
    """What a key signs. A key never serves two purposes."""

    RECEIPT = "receipt"
    HTTP = "http"
    CMS = "cms"
    XML = "xml"
    LOG = "log"
    AS2 = "as2"


DEFAULT_ALGORITHM = {
    Purpose.RECEIPT: "ES256",
    Purpose.HTTP: "EdDSA",
    Purpose.CMS: "RS256",
    Purpose.XML: "ES256",
    Purpose.LOG: "EdDSA",
    Purpose.AS2: "RS256",
}
"""Purpose to algorithm, for a key that is made without naming one."""


class State(StrEnum):
    """The life of a key: published, signing, kept for verification, no longer believed."""

    PENDING = "pending"
    ACTIVE = "active"
    RETIRED = "retired"
    COMPROMISED = "compromised"


class Signer(Protocol):
    """Whatever can sign with a private key: memory, a token, a key service."""

    def sign(self, data: bytes) -> bytes:
        """Sign the data; the signature is in the JWS shape of the key's algorithm."""
        ...


@dataclass(frozen=True, slots=True)
class LocalSigner:
    """A private key in memory."""

    private: PrivateKey = field(repr=False)
    algorithm: str

    def sign(self, data: bytes) -> bytes:
        """Sign with the private key."""
        return ALGORITHMS[self.algorithm].sign(self.private, data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key, with or without its private half.

    `kid` is the RFC 7638 SHA-256 thumbprint for keys of ours. `purpose` is None for a
    stranger's key that names none. `not_before` and `not_after` (aware, UTC) bound the
    times at which its signatures count, None is unbounded. `certificates` is a PEM chain,
    the key's own first, or empty.
    """

    kid: str
    algorithm: str
    public: PublicKey
    purpose: Purpose | None = None
    state: State = State.ACTIVE
    not_before: datetime | None = None
    not_after: datetime | None = None
    certificates: bytes = b""
    signer: Signer | None = field(default=None, repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """Sign the data, in JWS shape. Raises `KeySetError` unless the key is private and active."""
        if self.signer is None or self.state is not State.ACTIVE:
            half = "public" if self.signer is None else "private"
            raise KeySetError(f"key {self.kid} ({half}, {self.state}) does not sign")
        return self.signer.sign(data)

    @property
    def private(self) -> PrivateKey:
        """The private key in memory. Raises `KeySetError` when it is elsewhere or unknown."""
        if not isinstance(self.signer, LocalSigner):
            raise KeySetError(f"the private half of key {self.kid} is not in memory")
        return self.signer.private

    def valid_at(self, at: datetime) -> bool:
        """Tell whether a signature made at this instant counts, with `CLOCK_SKEW` to spare."""
        early = self.not_before is not None and at < self.not_before - CLOCK_SKEW
        late = self.not_after is not None and at > self.not_after + CLOCK_SKEW
        return not early and not late

    def in_state(self, state: State) -> Key:
        """Give the same key in another state of its life."""
        return replace(self, state=state)

    def public_pem(self) -> bytes:
        """Give the public key as SubjectPublicKeyInfo PEM, as openssl reads it."""
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def as_jwk(self) -> dict[str, Any]:
        """Give the public key as JWK, with our members `purpose`, `state`, `nbf` and `exp`."""
        plain: dict[str, Any] = dict(_jose(self.public).as_dict(private=False))
        plain |= {"kid": self.kid, "alg": self.algorithm, "use": "sig", "state": self.state.value}
        if self.purpose is not None:
            plain["purpose"] = self.purpose.value
        if self.not_before is not None:
            plain["nbf"] = int(self.not_before.timestamp())
        if self.not_after is not None:
            plain["exp"] = int(self.not_after.timestamp())
        if self.certificates:
            plain["x5c"] = pem_to_x5c(self.certificates)
        return plain


def private_key(private: object, purpose: Purpose, *, algorithm: str = "", **life: Any) -> Key:
    """Make a signing key of a private key in memory.

    `life` are `state`, `not_before`, `not_after`, `certificates`. Raises `KeySetError` when
    the key does not fit the algorithm or any algorithm of ours.
    """
    public = getattr(private, "public_key", lambda: None)()
    key = public_key(public, algorithm=algorithm, purpose=purpose, **life)
    return with_signer(key, LocalSigner(cast("PrivateKey", private), key.algorithm))


def private_pem(key: Key) -> bytes:
    """Give the private key as PKCS #8 in PEM, not encrypted. Raises `KeySetError` when it is elsewhere."""
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def private_key_from_pem(data: bytes, purpose: Purpose, **life: Any) -> Key:
    """Read a private key in PEM that is not encrypted. Raises `KeySetError`."""
    try:
        private = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeySetError(f"this is no private key: {error}") from error
    return private_key(private, purpose, **life)


def with_signer(key: Key, signer: Signer) -> Key:
    """Give the key with a private half, wherever that is."""
    return replace(key, signer=signer)


def public_key(public: object, *, algorithm: str = "", kid: str = "", **life: Any) -> Key:
    """Make a verification key; `kid` defaults to the RFC 7638 thumbprint.

    Raises `KeySetError` for a kind or size of key, or an algorithm, that is not allowed.
    """
    known = ALGORITHMS.get(algorithm or natural_algorithm(public))
    if known is None or not known.fits(public):
        raise _unfit(algorithm)
    fitting = cast("PublicKey", public)
    return Key(kid=kid or _jose(fitting).thumbprint(), algorithm=known.name, public=fitting, **life)


def public_key_from_der(data: bytes, **details: Any) -> Key:
    """Make a verification key of DER (SubjectPublicKeyInfo, or PKCS #1 for RSA). Raises `KeySetError`."""
    try:
        public = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeySetError(f"not a public key: {error}") from error
    return public_key(public, **details)


def generate(
    purpose: Purpose, *, algorithm: str = "", rsa_bits: int = RSA_BITS, not_before: datetime | None = None
) -> Key:
    """Make a new active key pair, of the purpose's default algorithm unless another is named."""
    name = algorithm or DEFAULT_ALGORITHM[purpose]
    if name not in ALGORITHMS:
        raise KeySetError(f"unknown algorithm {name}; known: {', '.join(ALGORITHMS)}")
    return private_key(ALGORITHMS[name].generate(rsa_bits), purpose, algorithm=name, not_before=not_before)


def key_from_jwk(plain: Mapping[str, Any]) -> Key:
    """Read one public JWK. Raises `KeySetError` for what is private, broken or not allowed."""
    if {"d", "p", "q", "dp", "dq", "qi", "k"} & plain.keys():
        raise KeySetError("a private key stands in a public key set")
    if plain.get("kty") not in {"EC", "OKP", "RSA"}:
        raise KeySetError(f"key type {str(plain.get('kty'))[:32]!r} is not supported")
    material = {name: plain[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in plain}
    try:
        # Asked before the key is made: making a short one is warned of, and a sender's key is no matter for a warning.
        if material["kty"] == "RSA" and _bits(material["n"]) < RSA_BITS_MIN:
            raise _unfit(_text(plain, "alg"))
        public = jwk.import_key(material).public_key
        purpose = Purpose(plain["purpose"]) if "purpose" in plain else None
        return public_key(
            public,
            algorithm=_text(plain, "alg"),
            kid=_text(plain, "kid"),
            purpose=purpose,
            state=State(plain.get("state", "active")),
            not_before=_instant(plain.get("nbf")),
            not_after=_instant(plain.get("exp")),
            certificates=x5c_to_pem(plain.get("x5c", []), public),
        )
    except KeySetError:
        raise
    except (JoseError, ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise KeySetError(f"a key of the set cannot be read: {error}") from error


def _unfit(algorithm: str) -> KeySetError:
    return KeySetError(f"no allowed algorithm fits this key (asked for: {algorithm or 'any'})")


def _bits(number: str) -> int:
    """Count the bits of a number as a JWK has it (RFC 7518 section 2, Base64urlUInt)."""
    return int.from_bytes(urlsafe_b64decode(number + "==")).bit_length()


def _jose(public: PublicKey) -> jwk.Key:
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return jwk.import_key(pem, "EC")
    if isinstance(public, ed25519.Ed25519PublicKey):
        return jwk.import_key(pem, "OKP")
    return jwk.import_key(pem, "RSA")


def _text(plain: Mapping[str, Any], name: str) -> str:
    value = plain.get(name, "")
    if not isinstance(value, str) or len(value) > 256:
        raise KeySetError(f"{name} of a key is not a short text")
    return value


def _instant(seconds: object) -> datetime | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        raise KeySetError("nbf and exp of a key are whole seconds")
    return datetime.fromtimestamp(seconds, UTC)
