"""A service whose signing keys stay in a PKCS#11 token (SoftHSM)."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from gateway.shell.clock import SystemClock
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.shell.shelf import KeyShelf
from gateway.signing import KeyRing, Purpose, generate, verify_detached, verify_receipt
from gateway.signing.certificates import issue
from gateway.signing.keys import public_key_from_der
from tests.programs import lacking, need
from tests.shell.ace import FakeAce
from tests.shell.process import Process
from tests.shell.running import entry
from tests.signing.authority import FROM, UNTIL, root
from tests.signing.test_pkcs11 import LIBRARY

MAKE = """
import sys, pkcs11
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key
with pkcs11.lib(sys.argv[1]).get_token(token_label="gateway").open(rw=True, user_pin="1234") as login:
    for label in ("receipt", "xml"):
        wanted = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        domain = login.create_domain_parameters(pkcs11.KeyType.EC, wanted, local=True)
        public, _ = domain.generate_keypair(store=True, label=label)
        open(sys.argv[2] + "/" + label + ".der", "wb").write(encode_ec_public_key(public))
    public, _ = login.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="cms")
    open(sys.argv[2] + "/cms.der", "wb").write(encode_rsa_public_key(public))
"""


@pytest.fixture
def token(tmp_path, monkeypatch) -> Path:
    """Give a folder with a token that has keys for receipts, XML and CMS, and certificates for two."""
    try:
        import pkcs11  # noqa: F401 - only whether it is there
    except ImportError:
        lacking("the package python-pkcs11 is not installed")
    need("softhsm2-util")
    if LIBRARY is None:
        lacking("the library of SoftHSM is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "conf"))
    monkeypatch.setenv("TOKEN_PIN", "1234")
    made = "softhsm2-util --init-token --free --label gateway --pin 1234 --so-pin 5678"
    subprocess.run(made.split(), check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", MAKE, str(LIBRARY), str(tmp_path)], check=True, env=os.environ)
    for name, purpose in (("cms", Purpose.CMS), ("xml", Purpose.XML)):
        key = public_key_from_der((tmp_path / f"{name}.der").read_bytes(), purpose=purpose)
        (tmp_path / f"{name}.pem").write_bytes(issue(key, "GATEWAY", 7, FROM, UNTIL, root()).certificates)
    return tmp_path


def keys_settings(folder, more=""):
    """Give the `keys` part of a configuration that signs in the token."""
    return (
        f"keys:\n  folder: {folder}/keys\n{more}  token:\n    library: {LIBRARY}\n    label: gateway\n"
        "    pin: {env: TOKEN_PIN}\n    keys:\n      receipt: {label: receipt}\n"
        f"      xml: {{label: xml, certificate: {folder}/xml.pem}}\n"
        f"      cms: {{label: cms, algorithm: RS256, certificate: {folder}/cms.pem}}\n"
    )


def test_a_service_signs_in_a_token(token) -> None:
    """Receipts, JWS and CMS verify with the token's public keys; no file holds a key for them."""
    need("openssl")
    (token / "old.jwks").write_text(KeyRing([generate(Purpose.RECEIPT)]).jwks_text())
    extra = keys_settings(token, f"  published: {token}/old.jwks\n")

    async def test():
        ace = await FakeAce().start()
        process = Process(token, ace.url, extra)
        await process.start()
        try:
            async with aiohttp.ClientSession(auto_decompress=False) as session:

                async def got(method, path, **kwargs):
                    async with session.request(method, process.url + path, **kwargs) as response:
                        assert response.status in {200, 202}, await response.text()
                        return await response.read()

                plain = json.loads(await got("POST", "/v1/submissions", data=entry(), headers={
                    "Content-Type": "application/json", "Prefer": "wait=60"}))  # fmt: skip
                ring = KeyRing.from_jwks(await got("GET", "/.well-known/jwks.json"))
                assert verify_receipt(plain["receipt"], ring, entry()).ok
                place = plain["acknowledgements"][-1]["href"]
                answer = await got("GET", place)
                signature = (await got("GET", f"{place}?signature")).decode()
                verdict = verify_detached(answer, signature, ring)
                assert verdict.ok
                own = public_key_from_der((token / "receipt.der").read_bytes())
                assert verdict.kid == own.kid
                (token / "a").write_bytes(answer)
                (token / "a.p7s").write_bytes(await got("GET", f"{place}?signature=cms"))
                assert len([key for key in ring if key.purpose is Purpose.RECEIPT]) == 2, "the old one too"
        finally:
            await process.stop()
            await ace.stop()

    asyncio.run(test())
    (token / "ca.pem").write_bytes(root().certificates)
    command = "openssl cms -verify -inform DER -in a.p7s -content a -binary -CAfile ca.pem -out /dev/null"
    assert subprocess.run(command.split(), cwd=token, capture_output=True, check=False).returncode == 0
    assert not [
        file.name
        for file in (token / "keys").glob("*.pem")
        if file.name.startswith(("receipt", "cms", "xml"))
    ]


BROKEN = {
    "wrong pin": ("TOKEN_PIN", "0000"),
    "no such label": ("LABEL", "none"),
    "no certificate": ("PEM", "other"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_token_that_cannot_be_used_stops_the_start(token, name) -> None:
    """A wrong PIN, an unknown label and another key's certificate each end `serve` with status 2 and a reason."""
    text = keys_settings(token)
    env = dict(os.environ)
    if name == "wrong pin":
        env["TOKEN_PIN"] = "0000"
    elif name == "no such label":
        text = text.replace("{label: receipt}", "{label: none}")
    else:
        text = text.replace("/cms.pem", "/xml.pem")
    (token / "config.yaml").write_text(text + f"store: {{path: {token}/g.sqlite}}\n")
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "serve", "--config", str(token / "config.yaml")],
        capture_output=True, check=False, env=env, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert b"token" in done.stderr


def test_published_keys_that_are_none_are_an_error(tmp_path) -> None:
    """A file of earlier public keys that is not a key set stops the start."""
    (tmp_path / "x").write_text("{}")
    config = parse_config(f"keys: {{folder: {tmp_path}/keys, published: {tmp_path}/x}}")
    with pytest.raises(ConfigError):
        KeyShelf(config, SystemClock()).open()
