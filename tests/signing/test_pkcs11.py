"""Keys in a token. Runs where the package `python-pkcs11` and SoftHSM are installed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.shell.pkcs11 import Token, TokenError
from gateway.signing import KeyRing, Purpose, make_receipt, sign_detached, verify_detached, verify_receipt
from gateway.signing.certificates import issue
from gateway.signing.cms import sign_cms, verify_cms
from gateway.signing.xmldsig import sign_xml, verify_xml
from tests.programs import lacking, need
from tests.signing.authority import FROM, UNTIL, root
from tests.signing.samples import AT, technical

LIBRARIES = [
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
]
LIBRARY = next((path for path in LIBRARIES if path.is_file()), None)


def test_without_package_or_library_it_says_so(tmp_path: Path) -> None:
    """A token whose package or library is missing is a `TokenError`."""
    with pytest.raises(TokenError):
        Token(tmp_path / "none.so", "gateway", "1234")


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Token]:
    """Give a fresh SoftHSM token with a P-256, a P-384 and an RSA key."""
    try:
        import pkcs11
    except ImportError:
        lacking("the package python-pkcs11 is not installed")
    need("softhsm2-util")
    if LIBRARY is None:
        lacking("the library of SoftHSM is not installed")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "conf"))
        made = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            "gateway",
            "--pin",
            "1234",
            "--so-pin",
            "5678",
        ]
        subprocess.run(made, check=True, capture_output=True)
        from pkcs11.util.ec import encode_named_curve_parameters

        with (
            pkcs11.lib(str(LIBRARY)).get_token(token_label="gateway").open(rw=True, user_pin="1234") as login
        ):
            for label, curve in (("p256", "secp256r1"), ("p384", "secp384r1")):
                wanted = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}
                domain = login.create_domain_parameters(pkcs11.KeyType.EC, wanted, local=True)
                domain.generate_keypair(store=True, label=label)
            login.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="rsa")
        opened = Token(LIBRARY, "gateway", "1234")
        yield opened
        opened.close()


@pytest.mark.parametrize(("label", "algorithm"), [("p256", "ES256"), ("p384", "ES384"), ("rsa", "RS256")])
def test_a_key_in_a_token_signs_every_form(token: Token, label: str, algorithm: str) -> None:
    """JWS, receipt, CMS and XML signed in the token verify with the public half alone."""
    key = token.key(label, Purpose.RECEIPT, algorithm, not_before=FROM)
    ring = KeyRing.from_jwks(KeyRing([key]).jwks())
    assert verify_detached(b"x", sign_detached(b"x", key), ring).ok
    assert not verify_detached(b"y", sign_detached(b"x", key), ring).ok
    assert verify_receipt(make_receipt(technical(), key), ring).ok
    cms = issue(token.key(label, Purpose.CMS, algorithm), "GATEWAY", 9, FROM, UNTIL, root())
    assert verify_cms(b"x", sign_cms(b"x", cms, AT), KeyRing([cms]), AT).ok
    if algorithm != "ES384":
        xml = issue(token.key(label, Purpose.XML, algorithm), "GATEWAY", 9, FROM, UNTIL, root())
        assert verify_xml(sign_xml(b"<a/>", xml), KeyRing([xml]), AT).ok


def test_what_is_not_in_the_token_says_so(token: Token) -> None:
    """An unknown label, another algorithm and a wrong PIN are each a `TokenError`."""
    with pytest.raises(TokenError):
        token.key("none", Purpose.RECEIPT)
    with pytest.raises(TokenError):
        token.key("p256", Purpose.RECEIPT, "RS256")
    with pytest.raises(TokenError):
        Token(LIBRARY, "nobody", "1234")
