"""Forms of an acknowledgement's signature from the running service, verified by other programs."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from gateway.signing import KeyRing, verify_detached
from tests.programs import need
from tests.shell.running import entry, running

DEC = Path(__file__).parents[2] / "fixtures" / "wco" / "DEC" / "ocean-import.xml"
SEALED = "partners: {LOCAL: {anonymous: true, operator: true, xml_signature: true}}\n"


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def ran(folder, *command):
    """Run a program in a folder and give its status."""
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def changed(file, place):
    """Change one byte of a file."""
    data = file.read_bytes()
    file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])


async def fetched(gateway, place, **headers):
    """GET bytes that are there."""
    status, found, body = await gateway.call("GET", place, headers=headers)
    assert status == 200, body
    return found["Content-Type"], body


def test_a_file_has_a_cms_signature_that_openssl_and_certtool_accept(tmp_path) -> None:
    """`?signature=cms` is DER over the exact bytes, made once, and refused by both programs for other bytes."""
    need("openssl", "certtool")

    async def test():
        async with running(tmp_path) as gateway:
            place = (await gateway.closed(await gateway.submit(entry())))["acknowledgements"][-1]["href"]
            kind, signature = await fetched(gateway, place + "?signature=cms")
            assert kind == "application/pkcs7-signature"
            assert await fetched(gateway, place + "?signature=cms") == (kind, signature)
            assert await fetched(gateway, place, Accept="application/pkcs7-signature") == (kind, signature)
            asked = {"Accept": "application/pkcs7-signature"}
            assert await fetched(gateway, place + "?signature", **asked) == (kind, signature)
            (tmp_path / "a.p7s").write_bytes(signature)
            (tmp_path / "a").write_bytes((await fetched(gateway, place))[1])
            (tmp_path / "ca.pem").write_bytes(
                (await fetched(gateway, "/.well-known/certificates.pem?purpose=cms"))[1]
            )

    go(test())
    openssl = ["openssl", "cms", "-verify", "-inform", "DER", "-in", "a.p7s", "-content", "a", "-binary",
               "-CAfile", "ca.pem", "-out", "/dev/null"]  # fmt: skip
    certtool = ["certtool", "--p7-verify", "--inder", "--infile", "a.p7s", "--load-data", "a",
                "--load-ca-certificate", "ca.pem"]  # fmt: skip
    assert [ran(tmp_path, *one) for one in (openssl, certtool)] == [0, 0]
    changed(tmp_path / "a", 10)
    assert 0 not in [ran(tmp_path, *one) for one in (openssl, certtool)]


def test_an_xml_answer_has_its_signature_inside(tmp_path) -> None:
    """`?signature=xml` is the RES with an enveloped signature; xmlsec1 accepts it and refuses a changed byte."""
    need("xmlsec1")

    async def test():
        async with running(tmp_path, endpoint=", messages: [wco/DEC]") as gateway:
            xml = {"Content-Type": "application/xml"}
            _, _, plain = await gateway.post(DEC.read_bytes(), xml)
            await gateway.until(lambda: gateway.core.counts["read"] >= 1)
            answers = (await gateway.get(f"/v1/submissions/{plain['submission']}"))["acknowledgements"]
            place = answers[0]["href"]
            _, signed = await fetched(gateway, place + "?signature=xml")
            _, bare = await fetched(gateway, place)
            assert b"Signature" not in bare
            assert signed.startswith(bare.rstrip()[: bare.rstrip().rindex(b"</")])
            assert (await fetched(gateway, place + "?signature=xml"))[1] == signed
            _, chain = await fetched(gateway, "/.well-known/certificates.pem?purpose=xml")
            (tmp_path / "res.xml").write_bytes(signed)
            (tmp_path / "xml.pem").write_bytes(chain)

    go(test())
    command = ["xmlsec1", "--verify", "--trusted-pem", "xml.pem", "--enabled-key-data", "x509", "res.xml"]
    assert ran(tmp_path, *command) == 0
    changed(tmp_path / "res.xml", (tmp_path / "res.xml").read_bytes().index(b"FunctionCode>") + 13)
    assert ran(tmp_path, *command) != 0


def test_a_partner_may_have_the_signature_inside_what_is_sent(tmp_path) -> None:
    """With `xml_signature` the stored answer itself is signed, and JWS and receipt are over the signed bytes."""
    need("xmlsec1")

    async def test():
        async with running(tmp_path, SEALED) as gateway:
            _, _, plain = await gateway.post(DEC.read_bytes(), {"Content-Type": "application/xml"})
            await gateway.until(lambda: gateway.core.counts["read"] >= 1)
            shown = await gateway.get(f"/v1/submissions/{plain['submission']}")
            place = shown["acknowledgements"][0]["href"]
            _, signed = await fetched(gateway, place)
            _, token = await fetched(gateway, place + "?signature")
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            assert verify_detached(signed, token.decode(), ring).ok
            (tmp_path / "res.xml").write_bytes(signed)
            _, chain = await fetched(gateway, "/.well-known/certificates.pem?purpose=xml")
            (tmp_path / "xml.pem").write_bytes(chain)

    go(test())
    command = ["xmlsec1", "--verify", "--trusted-pem", "xml.pem", "--enabled-key-data", "x509", "res.xml"]
    assert ran(tmp_path, *command) == 0


@pytest.mark.parametrize(("query", "status"), [("pgp", 400), ("xml", 404)])
def test_a_form_that_there_is_not_is_a_problem(tmp_path, query, status) -> None:
    """An unknown form is 400, a signature inside what is no XML is 404."""

    async def test():
        async with running(tmp_path) as gateway:
            place = (await gateway.closed(await gateway.submit(entry())))["acknowledgements"][0]["href"]
            found, _, _ = await gateway.call("GET", f"{place}?signature={query}")
            assert found == status

    go(test())


def test_without_a_key_and_the_leave_to_make_one_there_is_no_cms(tmp_path) -> None:
    """With `keys.generate: false` a form whose key is missing is 404, the others are there."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
        more = f"keys: {{folder: {tmp_path}/keys, generate: false}}\n"
        async with running(tmp_path, more) as gateway:
            place = f"/v1/submissions/{submission}/acknowledgements/1"
            assert (await gateway.call("GET", f"{place}?signature=cms"))[0] == 404
            assert (await gateway.call("GET", f"{place}?signature"))[0] == 200

    go(test())
