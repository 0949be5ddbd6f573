from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk, jws

from gateway.signing import (
    Key,
    KeyRing,
    Purpose,
    SignatureError,
    State,
    generate,
    sign_compact,
    sign_detached,
    verify_compact,
    verify_detached,
)
from gateway.signing.algorithms import ALGORITHMS, der_signature
from gateway.signing.jsontext import decode64, encode64
from gateway.signing.keys import KeySetError
from tests.programs import needs
from tests.signing.samples import ACKNOWLEDGEMENT, AT


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_signs_what_another_library_accepts(name: str) -> None:
    """A token of each algorithm holds here and with joserfc's own reader."""
    key = generate(Purpose.RECEIPT, algorithm=name)
    ring = KeyRing.from_jwks(KeyRing([key]).jwks_text())
    token = sign_compact(b'{"a":1}', key, "t")
    assert verify_compact(token, ring, "t").content == b'{"a":1}'
    foreign = jwk.import_key(
        {k: v for k, v in key.as_jwk().items() if k in {"kty", "crv", "x", "y", "n", "e"}}
    )
    assert jws.deserialize_compact(token, foreign, algorithms=[name]).payload == b'{"a":1}'
    detached = sign_detached(ACKNOWLEDGEMENT, key)
    assert verify_detached(ACKNOWLEDGEMENT, detached, ring).content == ACKNOWLEDGEMENT
    assert not verify_detached(ACKNOWLEDGEMENT + b" ", detached, ring)


def test_a_token_of_another_library_holds(key: Key, public: KeyRing) -> None:
    """A token that joserfc signs with the same key holds here."""
    private = jwk.import_key(key.private.private_bytes(*_pkcs8()), "EC")
    token = jws.serialize_compact({"alg": "ES256", "kid": key.kid}, b"x", private)
    assert verify_compact(token, public).content == b"x"


@needs("jose")
def test_jose_signs_what_holds_here(key: Key, public: KeyRing, tmp_path: object) -> None:
    """A detached token that José makes over the same bytes holds here."""
    private = jwk.import_key(key.private.private_bytes(*_pkcs8()), "EC").as_dict(private=True)
    template = {"protected": {"alg": "ES256", "kid": key.kid}}
    (tmp_path / "k").write_text(json.dumps(private))
    (tmp_path / "ack").write_bytes(ACKNOWLEDGEMENT)
    command = [
        "jose",
        "jws",
        "sig",
        "-I",
        "ack",
        "-k",
        "k",
        "-s",
        json.dumps(template),
        "-c",
        "-O",
        "/dev/null",
    ]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout.strip()
    head, _, signature = made.split(".")
    assert verify_detached(ACKNOWLEDGEMENT, f"{head}..{signature}", public).ok


def test_every_changed_bit_of_bytes_and_token_is_refused(key: Key, public: KeyRing) -> None:
    """No single changed bit of the bytes or of the token holds."""
    data = ACKNOWLEDGEMENT[:40]
    token = sign_detached(data, key)
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert not verify_detached(changed, token, public)
    for place in range(len(token)):
        for bit in (1, 2, 32):
            changed = token[:place] + chr(ord(token[place]) ^ bit) + token[place + 1 :]
            assert not verify_detached(data, changed, public), (place, bit)


def _forge(key: Key, header: object, payload: bytes = b"x") -> str:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    head = f"{encode64(text)}.{encode64(payload)}"
    return f"{head}.{encode64(key.sign(head.encode()))}"


def _hostile(key: Key) -> dict[str, tuple[str, str]]:
    """Name to forged token and the problem that it must be refused for. All but a few are rightly signed."""
    good = {"alg": "ES256", "kid": key.kid}
    head, payload, signature = sign_compact(b"x", key).split(".")
    stranger = generate(Purpose.RECEIPT)
    pem = key.public_pem()
    return {
        "none": (
            f"{encode64(json.dumps(good | {'alg': 'none'}).encode())}.{payload}.",
            "algorithm/not-allowed",
        ),
        "none-upper": (_forge(key, good | {"alg": "NONE"}), "algorithm/not-allowed"),
        "hmac-public-key": (
            jws.serialize_compact(good | {"alg": "HS256"}, b"x", jwk.OctKey.import_key(pem.hex())),
            "algorithm/not-allowed",
        ),
        "pbes2": (_forge(key, good | {"alg": "PBES2-HS256+A128KW", "p2c": 2**31}), "member/not-allowed"),
        "jwk": (_forge(stranger, {"alg": "ES256", "jwk": stranger.as_jwk()}), "member/not-allowed"),
        "jku": (_forge(stranger, good | {"jku": "https://stranger.example/keys"}), "member/not-allowed"),
        "x5u": (_forge(stranger, good | {"x5u": "https://stranger.example/cert"}), "member/not-allowed"),
        "x5c": (_forge(stranger, good | {"x5c": ["MII"]}), "member/not-allowed"),
        "crit": (_forge(key, good | {"crit": ["b64"], "b64": False}), "member/not-allowed"),
        "other-algorithm": (_forge(key, good | {"alg": "ES384"}), "algorithm/not-the-keys"),
        "rsa-for-ec": (_forge(key, good | {"alg": "RS256"}), "algorithm/not-the-keys"),
        "alg-absent": (_forge(key, {"kid": key.kid}), "algorithm/not-allowed"),
        "alg-number": (_forge(key, good | {"alg": 256}), "member/not-text"),
        "kid-absent": (_forge(key, {"alg": "ES256"}), "key/unknown"),
        "kid-list": (_forge(key, good | {"kid": [key.kid]}), "member/not-text"),
        "stranger": (sign_compact(b"x", stranger), "key/unknown"),
        "strangers-signature": (_forge(stranger, good), "signature/invalid"),
        "der": (f"{head}.{payload}.{encode64(der_signature(decode64(signature)))}", "signature/invalid"),
        "zero": (f"{head}.{payload}.{encode64(bytes(64))}", "signature/invalid"),
        "empty-signature": (f"{head}.{payload}.", "signature/invalid"),
        "four-parts": (f"{head}.{payload}.{signature}.x", "parts/count"),
        "two-parts": (f"{head}.{payload}", "parts/count"),
        "five-parts": (f"{head}.{payload}.{signature}.x.y", "parts/count"),
        "padding": (f"{head}=.{payload}.{signature}", "base64url/invalid"),
        "space": (f"{head}. {payload}.{signature}", "base64url/invalid"),
        "line-end": (f"{head}.{payload}.{signature}\n", "base64url/invalid"),
        "standard-base64": (f"{head}.{payload}.+/{signature[2:]}", "base64url/invalid"),
        "stray-bits": (f"{head}.{payload[:-1]}B.{signature}", "base64url/invalid"),
        "not-ascii": (f"{head}.{payload}é.{signature}", "base64url/invalid"),
        "duplicate-member": (
            _forge(key, f'{{"alg":"none","alg":"ES256","kid":"{key.kid}"}}'.encode()),
            "json/invalid",
        ),
        "header-list": (_forge(key, []), "json/invalid"),
        "header-deep": (_forge(key, b"[" * 2000), "json/invalid"),
        "header-utf16": (_forge(key, json.dumps(good).encode("utf-16")), "json/invalid"),
        "header-nan": (_forge(key, b'{"alg":NaN}'), "json/invalid"),
        "header-number": (_forge(key, b'{"alg":' + b"9" * 2000 + b"}"), "json/invalid"),
        "header-surrogate": (_forge(key, b'{"alg":"\\ud800"}'), "json/invalid"),
        "header-long": (_forge(key, good | {"cty": "a" * 5000}), "length/over"),
        "signature-long": (f"{head}.{payload}.{'A' * 5000}", "length/over"),
        "other-typ": (_forge(key, good | {"typ": "JWT"}), "type/unexpected"),
    }


_NAMES = list(_hostile(generate(Purpose.RECEIPT)))


@pytest.mark.parametrize("name", _NAMES)
def test_hostile_tokens_are_refused_for_the_right_reason(name: str, key: Key, public: KeyRing) -> None:
    """Each forged token of the corpus is refused, for the reason that it was made for."""
    token, problem = _hostile(key)[name]
    verdict = verify_compact(token, public, "" if name != "other-typ" else "customs-receipt+jws")
    assert [finding.problem for finding in verdict.findings] == [problem]
    with pytest.raises(SignatureError):
        _ = verdict.content


def test_attached_payload_is_no_detached_signature(key: Key, public: KeyRing) -> None:
    """A detached verification refuses a token that brings another payload."""
    verdict = verify_detached(b"mine", sign_compact(b"theirs", key), public)
    assert verdict.findings[0].problem == "detached/present"


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.from_regex(r"[\w=]{0,40}\.[\w-]{0,40}\.[\w]{0,90}")))
def test_any_text_gives_a_verdict(public: KeyRing, token: str) -> None:
    """Any text as a token gives a verdict with reasons, never an exception."""
    assert verify_compact(token, public).findings
    assert verify_detached(b"", token, public).findings


def test_key_dates_and_states_count(key: Key) -> None:
    """A signature outside its key's dates, or of a compromised key, does not hold."""
    token = sign_detached(b"x", key)
    ring = KeyRing([key]).rotate(generate(Purpose.RECEIPT), AT)
    day = timedelta(days=1)
    assert verify_detached(b"x", token, ring, at=AT - day).ok
    assert verify_detached(b"x", token, ring, at=AT + day).findings[0].problem == "key/out-of-date"
    assert verify_detached(b"x", token, ring, at=datetime(2025, 1, 1, tzinfo=UTC)).findings
    lost = ring.retire(key.kid, AT, compromised=True)
    assert verify_detached(b"x", token, lost, at=AT - day).findings[0].problem == "key/compromised"


def test_a_key_for_another_purpose_is_refused() -> None:
    """A key that is published for the log or for HTTP vouches for no acknowledgement."""
    other = generate(Purpose.LOG)
    verdict = verify_detached(b"x", sign_detached(b"x", other), KeyRing([other]))
    assert verdict.findings[0].problem == "key/purpose"


def test_a_retired_key_signs_no_more(key: Key) -> None:
    """A retired key, and one without its private half, refuse to sign."""
    with pytest.raises(KeySetError):
        key.in_state(State.RETIRED).sign(b"x")
    with pytest.raises(KeySetError):
        next(iter(KeyRing.from_jwks(KeyRing([key]).jwks()))).sign(b"x")


def _pkcs8() -> tuple[object, ...]:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
