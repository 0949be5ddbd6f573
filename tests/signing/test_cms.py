from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing import Key, KeyRing, KeySetError, Purpose, State, generate
from gateway.signing.certificates import certificate, issue, self_signed
from gateway.signing.cms import micalg, sign_cms, verify_cms
from tests.programs import needs
from tests.signing.authority import FROM, UNTIL, alone, certified, root
from tests.signing.samples import ACKNOWLEDGEMENT, AT

needs_openssl = needs("openssl")
needs_certtool = needs("certtool")
WAYS = ["RS256", "ES256", "ES384"]
KEY = certified(Purpose.CMS, "ES256")
RING = KeyRing([KEY])


def write(folder: Path, key: Key, signature: bytes, data: bytes = ACKNOWLEDGEMENT) -> None:
    """Write what the foreign verifiers read."""
    (folder / "ack").write_bytes(data)
    (folder / "ack.p7s").write_bytes(signature)
    (folder / "ca.pem").write_bytes(root().certificates)
    (folder / "cert.pem").write_bytes(key.certificates)
    private = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(private)


def holds(folder: Path, command: str) -> bool:
    """Run a foreign verifier and tell whether it accepts."""
    return subprocess.run(command.split(), cwd=folder, capture_output=True, check=False).returncode == 0


OPENSSL = "openssl cms -verify -inform DER -in ack.p7s -content ack -binary -CAfile ca.pem -out /dev/null"
CERTTOOL = "certtool --p7-verify --inder --infile ack.p7s --load-data ack --load-ca-certificate ca.pem"


@needs_openssl
@pytest.mark.parametrize("algorithm", WAYS)
def test_openssl_accepts_and_refuses_a_changed_byte(algorithm: str, tmp_path: Path) -> None:
    """The signature holds with openssl over the authority's certificate, and not over changed bytes."""
    key = certified(Purpose.CMS, algorithm)
    signature = sign_cms(ACKNOWLEDGEMENT, key, AT)
    write(tmp_path, key, signature)
    assert holds(tmp_path, OPENSSL)
    for place in (0, len(ACKNOWLEDGEMENT) // 2, len(ACKNOWLEDGEMENT) - 1):
        changed = bytearray(ACKNOWLEDGEMENT)
        changed[place] ^= 1
        write(tmp_path, key, signature, bytes(changed))
        assert not holds(tmp_path, OPENSSL)


@needs_certtool
@pytest.mark.parametrize("algorithm", WAYS)
def test_certtool_accepts_and_refuses_a_changed_byte(algorithm: str, tmp_path: Path) -> None:
    """The signature holds with GnuTLS's certtool, and not over changed bytes."""
    key = certified(Purpose.CMS, algorithm)
    write(tmp_path, key, sign_cms(ACKNOWLEDGEMENT, key, AT))
    assert holds(tmp_path, CERTTOOL)
    (tmp_path / "ack").write_bytes(ACKNOWLEDGEMENT.replace(b"TA1", b"TA2"))
    assert not holds(tmp_path, CERTTOOL)


@needs_openssl
@pytest.mark.parametrize("options", ["", "-md sha384", "-nocerts", "-keyid", "-keyopt rsa_padding_mode:pss"])
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_what_openssl_signs_holds_here(algorithm: str, options: str, tmp_path: Path) -> None:
    """Signatures of openssl hold here: by issuer, by key id, without certificates, PSS."""
    if "pss" in options and algorithm != "RS256":
        pytest.skip("PSS is a padding of RSA")
    key = certified(Purpose.CMS, algorithm)
    write(tmp_path, key, b"")
    command = f"openssl cms -sign -binary -in ack -signer cert.pem -inkey key.pem -outform DER -out own.p7s {options}"
    assert holds(tmp_path, command)
    signature = (tmp_path / "own.p7s").read_bytes()
    assert verify_cms(ACKNOWLEDGEMENT, signature, KeyRing([key]), AT).reasons == ()
    assert not verify_cms(ACKNOWLEDGEMENT + b"\n", signature, KeyRing([key]), AT)


def test_what_cryptography_signs_holds_here() -> None:
    """A signature made by the cryptography package holds here."""
    signature = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(ACKNOWLEDGEMENT)
        .add_signer(certificate(KEY), KEY.private, hashes.SHA256())
        .sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )
    assert verify_cms(ACKNOWLEDGEMENT, signature, RING, AT).content == ACKNOWLEDGEMENT


def test_indefinite_lengths_are_read() -> None:
    """The same signature in BER with indefinite lengths, as Java products write it, holds."""
    outer = asn1.ContentInfo.load(sign_cms(b"x", KEY, AT))
    body, end = outer["content"].contents, b"\x00\x00"
    inner = b"\x30\x80" + body + end
    ber = b"\x30\x80" + outer["content_type"].dump() + b"\xa0\x80" + inner + end + end
    assert verify_cms(b"x", ber, RING, AT).reasons == ()


def test_every_changed_byte_is_refused_or_changes_nothing_that_counts() -> None:
    """A changed byte anywhere in the signature is refused, but for the certificates, which are not read."""
    signature = sign_cms(b"x", KEY, AT)
    chain = [certificate(KEY).public_bytes(Encoding.DER), certificate(root()).public_bytes(Encoding.DER)]
    free = [range(signature.index(one), signature.index(one) + len(one)) for one in chain]
    for place in range(len(signature)):
        changed = signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :]
        held = verify_cms(b"x", changed, RING, AT).ok
        if held and not any(place in one for one in free):
            assert _reads_alike(changed, signature), place


def _reads_alike(changed: bytes, signature: bytes) -> bool:
    """Tell whether the two say the same of signer, attributes and signature: only labels outside differ."""
    parts = []
    for one in (changed, signature):
        (signer,) = asn1.ContentInfo.load(one)["content"]["signer_infos"]
        parts.append((signer["sid"].dump(), signer["signed_attrs"].dump(), signer["signature"].dump()))
    return parts[0] == parts[1]


def _twisted(change: Callable[[asn1.SignedData, asn1.SignerInfo], None]) -> bytes:
    outer = asn1.ContentInfo.load(sign_cms(b"x", KEY, AT))
    change(outer["content"], outer["content"]["signer_infos"][0])
    return outer.dump(force=True)


def _resigned(change: Callable[[asn1.CMSAttributes], list[asn1.CMSAttribute]]) -> bytes:
    def twist(_: asn1.SignedData, signer: asn1.SignerInfo) -> None:
        attributes = asn1.CMSAttributes(change(list(signer["signed_attrs"])))
        signer["signed_attrs"] = attributes
        from gateway.signing.algorithms import der_signature

        signer["signature"] = der_signature(KEY.sign(b"\x31" + attributes.dump(force=True)[1:]))

    return _twisted(twist)


def _attribute(name: str, *values: object) -> asn1.CMSAttribute:
    return asn1.CMSAttribute({"type": name, "values": list(values)})


def _signer_twice(content: asn1.SignedData, signer: asn1.SignerInfo) -> None:
    content["signer_infos"] = [signer, signer.copy()]


def _no_signer(content: asn1.SignedData, _: asn1.SignerInfo) -> None:
    content["signer_infos"] = []


def _own_content(content: asn1.SignedData, _: asn1.SignerInfo) -> None:
    content["encap_content_info"] = {"content_type": "data", "content": core.OctetString(b"x")}


def _long_chain(content: asn1.SignedData, _: asn1.SignerInfo) -> None:
    one = content["certificates"][0]
    content["certificates"] = [one.copy() for _ in range(200)]


def _set(name: str, value: object) -> Callable[[asn1.SignedData, asn1.SignerInfo], None]:
    return lambda _, signer: signer.__setitem__(name, value)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "asn1/invalid"),
    "text": (lambda: b"-----BEGIN PKCS7-----", "asn1/invalid"),
    "trailing": (lambda: sign_cms(b"x", KEY, AT) + b"\x00", "asn1/invalid"),
    "deep": (lambda: b"\x30\x80" * 20000, "asn1/invalid"),
    "long": (lambda: bytes(2 * 1024 * 1024), "length/over"),
    "other-type": (
        lambda: asn1.ContentInfo({"content_type": "data", "content": b"x"}).dump(),
        "type/unexpected",
    ),
    "content-inside": (lambda: _twisted(_own_content), "detached/present"),
    "no-signer": (lambda: _twisted(_no_signer), "signers/count"),
    "oversized-chain": (lambda: _twisted(_long_chain), "certificates/over"),
    "two-signers": (lambda: _twisted(_signer_twice), "signers/count"),
    "stranger": (lambda: sign_cms(b"x", certified(Purpose.CMS, "RS256", "STRANGER"), AT), "key/unknown"),
    "same-name": (
        lambda: sign_cms(
            b"x", issue(generate(Purpose.CMS, algorithm="ES256"), "GATEWAY", 1007, FROM, UNTIL, root()), AT
        ),
        "signature/invalid",
    ),
    "sha1": (lambda: _twisted(_set("digest_algorithm", {"algorithm": "sha1"})), "algorithm/not-allowed"),
    "md5": (lambda: _twisted(_set("digest_algorithm", {"algorithm": "md5"})), "algorithm/not-allowed"),
    "digest-other": (
        lambda: _twisted(_set("digest_algorithm", {"algorithm": "sha384"})),
        "algorithm/differs",
    ),
    "dsa": (
        lambda: _twisted(_set("signature_algorithm", {"algorithm": "sha256_dsa"})),
        "algorithm/not-allowed",
    ),
    "rsa-for-ec": (
        lambda: _twisted(_set("signature_algorithm", {"algorithm": "rsassa_pkcs1v15"})),
        "algorithm/not-the-keys",
    ),
    "no-attributes": (
        lambda: _twisted(lambda _, signer: signer.__delitem__("signed_attrs")),
        "attributes/absent",
    ),
    "attribute-twice": (lambda: _resigned(lambda found: [*found, found[0]]), "attributes/repeated"),
    "two-values": (
        lambda: _resigned(lambda found: [*found[:-1], _attribute("message_digest", bytes(32), bytes(32))]),
        "attributes/repeated",
    ),
    "no-digest": (
        lambda: _resigned(lambda found: [one for one in found if one["type"].native != "message_digest"]),
        "digest/differs",
    ),
    "no-type": (
        lambda: _resigned(lambda found: [one for one in found if one["type"].native != "content_type"]),
        "type/unexpected",
    ),
    "other-digest": (
        lambda: _resigned(
            lambda found: (
                [one for one in found if one["type"].native != "message_digest"]
                + [_attribute("message_digest", bytes(32))]
            )
        ),
        "digest/differs",
    ),
    "protection": (
        lambda: _resigned(
            lambda found: [
                *found,
                _attribute(
                    "cms_algorithm_protection",
                    asn1.CMSAlgorithmProtection({"digest_algorithm": {"algorithm": "sha512"}}),
                ),
            ]
        ),
        "algorithm/differs",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_signatures_are_refused_for_the_right_reason(name: str) -> None:
    """Each forged signature of the corpus is refused, for the reason that it was made for."""
    make, problem = HOSTILE[name]
    assert [one.problem for one in verify_cms(b"x", make(), RING, AT).findings] == [problem]


def test_a_right_protection_is_accepted() -> None:
    """CMSAlgorithmProtection that names the algorithms in use changes nothing."""
    named = asn1.CMSAlgorithmProtection(
        {"digest_algorithm": {"algorithm": "sha256"}, "signature_algorithm": {"algorithm": "sha256_ecdsa"}}
    )
    signature = _resigned(lambda found: [*found, _attribute("cms_algorithm_protection", named)])
    assert verify_cms(b"x", signature, RING, AT).reasons == ()


def test_dates_of_key_and_certificate_count() -> None:
    """Outside the certificate's dates, or with a compromised key, the signature does not hold."""
    signature = sign_cms(b"x", KEY, AT)
    assert (
        verify_cms(b"x", signature, RING, UNTIL + timedelta(days=1)).findings[0].problem
        == "certificate/out-of-date"
    )
    assert verify_cms(b"x", signature, RING).ok
    lost = KeyRing([KEY.in_state(State.COMPROMISED)])
    assert verify_cms(b"x", signature, lost, AT).findings[0].problem == "key/compromised"
    other = KeyRing([replace(KEY, purpose=Purpose.XML)])
    assert verify_cms(b"x", signature, other, AT).findings[0].problem == "key/unknown"


def test_keys_that_cannot_sign_say_so() -> None:
    """Ed25519, PSS, a key without certificate and one with another's certificate are errors."""
    bare = generate(Purpose.CMS)
    for key in (
        alone(Purpose.CMS, "EdDSA"),
        alone(Purpose.CMS, "PS256"),
        bare,
        replace(bare, certificates=KEY.certificates),
        replace(bare, certificates=b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        replace(bare, certificates=KEY.certificates * 3),
    ):
        with pytest.raises(KeySetError):
            sign_cms(b"x", key, AT)


def test_certificates_travel_in_the_key_set() -> None:
    """A published key set carries the chain (RFC 7517 `x5c`), and the reader of the set verifies with it."""
    ring = KeyRing.from_jwks(KeyRing([KEY]).jwks_text())
    assert verify_cms(b"x", sign_cms(b"x", KEY, AT), ring, AT).ok
    plain = KeyRing([KEY]).jwks()
    plain["keys"][0]["x5c"] = KeyRing([root()]).jwks()["keys"][0]["x5c"]
    with pytest.raises(KeySetError):
        KeyRing.from_jwks(plain)


def test_the_digest_has_its_name_in_mime() -> None:
    """`micalg` is spelt as RFC 8551 does."""
    assert [micalg(alone(Purpose.CMS, way)) for way in WAYS] == ["sha-256", "sha-256", "sha-384"]


def test_times_after_2049_are_written_in_full() -> None:
    """From 2050 on the signing time is a GeneralizedTime, which reads back."""
    key = self_signed(
        generate(Purpose.CMS, algorithm="ES256"), "G", 1, FROM, datetime(2060, 1, 1, tzinfo=UTC)
    )
    at = datetime(2055, 5, 5, 5, 5, 5, tzinfo=UTC)
    signature = sign_cms(b"x", key, at)
    (signer,) = asn1.ContentInfo.load(signature)["content"]["signer_infos"]
    times = [
        one["values"][0].native for one in signer["signed_attrs"] if one["type"].native == "signing_time"
    ]
    assert times == [at]
    assert verify_cms(b"x", signature, KeyRing([key]), at).ok


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.integers(0, 5000).flatmap(lambda n: st.just(_mixed(n)))))
def test_any_bytes_give_a_verdict(data: bytes) -> None:
    """Any bytes as a signature give a verdict, never an exception."""
    assert verify_cms(b"y", data, RING, AT).findings


def _mixed(seed: int) -> bytes:
    signature = bytearray(_SIGNATURE)
    signature[seed % len(signature)] = seed * 31 % 256
    return bytes(signature)


_SIGNATURE = sign_cms(b"x", KEY, AT)
