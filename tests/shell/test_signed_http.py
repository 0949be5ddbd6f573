"""HTTP signatures of the running service: responses are signed, a partner's signed requests are held to it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time

import pytest

from gateway.shell.config import ConfigError, key_hash
from gateway.shell.config_file import parse_config
from gateway.signing import KeyRing, Purpose, generate
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import (
    REQUEST_CARRIES,
    REQUEST_COVERS,
    REQUEST_TAG,
    RESPONSE_TAG,
    content_digest,
    sign_http,
    verify_http,
)
from tests.programs import need
from tests.shell.running import JSON, entry, running

COVERED = ("@status", "content-type", "content-digest", "@method;req", "@target-uri;req")
KEY = generate(Purpose.HTTP)
OTHER = generate(Purpose.HTTP)


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def checked(gateway, ring, method, path, status, headers, body, digest=""):
    """Verify a response as its receiver does; gives what speaks against it."""
    fields = [("content-digest", digest)] if digest else []
    request = Message(fields=fields, method=method, target_uri=gateway.gateway.url + path)
    message = Message(fields=list(headers.items()), status=status, request=request)
    covers = (*COVERED, *(["content-digest;req"] if digest else []))
    found = verify_http(message, ring, int(time.time()), tag=RESPONSE_TAG, covers=covers, body=body)
    return [one.problem for one in found.verdict.findings]


async def keys(gateway):
    """Give the public keys."""
    return KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))


def test_responses_are_signed_refusals_too(tmp_path) -> None:
    """A 202, a list, an acknowledgement and a 422 verify; another status, path, method or body does not."""

    async def test():
        async with running(tmp_path) as gateway:
            ring = await keys(gateway)
            data = entry()
            asked = {**JSON, "Content-Digest": content_digest(data), "Idempotency-Key": '"a"'}
            path = "/v1/submissions"
            status, headers, body = await gateway.call("POST", path, data=data, headers=asked)
            assert status == 202
            told = (status, headers, body)
            digest = asked["Content-Digest"]
            assert checked(gateway, ring, "POST", path, *told, digest) == []
            wrong = [
                checked(gateway, ring, "POST", path, 200, headers, body, digest),
                checked(gateway, ring, "PUT", path, *told, digest),
                checked(gateway, ring, "POST", path + "/x", *told, digest),
                checked(gateway, ring, "POST", path, *told, content_digest(b"other")),
                checked(gateway, ring, "POST", path, status, {**headers, "Location": "/x"}, body, digest),
            ]
            assert wrong == [["signature/invalid"]] * 5
            assert checked(gateway, ring, "POST", path, status, headers, body + b" ", digest) == [
                "digest/differs"
            ]
            refused = await gateway.call(
                "POST", path, data=entry(kind="01"), headers={"Idempotency-Key": '"a"'}
            )
            assert refused[0] == 422
            assert checked(gateway, ring, "POST", path, *refused) == []
            plain = await gateway.closed(json.loads(body)["submission"])
            for place in (path, plain["acknowledgements"][0]["href"] + "?signature", f"{path}/none"):
                assert checked(gateway, ring, "GET", place, *await gateway.call("GET", place)) == []

    go(test())


def test_the_signature_of_a_response_is_checked_by_openssl(tmp_path) -> None:
    """Openssl verifies the base of a response made from what the receiver has, and refuses a changed one."""
    need("openssl")

    async def test():
        async with running(tmp_path) as gateway:
            ring = await keys(gateway)
            path = "/v1/submissions?limit=1"
            told = await gateway.call("GET", path)
            message = Message(
                fields=list(told[1].items()), status=told[0],
                request=Message(method="GET", target_uri=gateway.gateway.url + path),
            )  # fmt: skip
            now = int(time.time())
            found = verify_http(message, ring, now, tag=RESPONSE_TAG, covers=COVERED, body=told[2])
            return found.verdict.content, found.keyid, told[1]["Signature"], ring

    base, kid, signature, ring = go(test())
    import base64

    (tmp_path / "base.txt").write_bytes(base)
    (tmp_path / "http.sig").write_bytes(base64.b64decode(signature.split(":")[1]))
    (tmp_path / "http.pem").write_bytes(ring.find(kid).public_pem())
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "http.pem", "-rawin", "-in", "base.txt",
               "-sigfile", "http.sig"]  # fmt: skip
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "base.txt").write_bytes(base.replace(b"200", b"201", 1))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_responses_go_unsigned_where_that_is_set(tmp_path) -> None:
    """`signing.responses: false` leaves the fields out."""

    async def test():
        async with running(tmp_path, "signing: {responses: false}\n") as gateway:
            _, headers, _ = await gateway.call("GET", "/v1/submissions")
            assert "Signature" not in headers

    go(test())


def partner(folder, policy="require", ring=None):
    """Give the settings of a partner that signs its requests."""
    (folder / "partner.jwks").write_text((ring or KeyRing([KEY])).jwks_text())
    return (
        f"partners: {{BROKER01: {{keys: [{{sha256: {key_hash('gw_1')}}}], signed_requests: {policy},"
        f" request_keys: {folder}/partner.jwks}}}}\n"
    )


BEARER = {"Authorization": "Bearer gw_1"}


def signed(url, body, *, method="POST", key=KEY, created=0, nonce="n1", covers=REQUEST_COVERS, tag=REQUEST_TAG,
           digest="", expires=0, label="sig"):  # fmt: skip
    """Give the headers of a signed request."""
    headers = {**JSON, **BEARER, "Content-Digest": digest or content_digest(body)}
    message = Message(fields=list(headers.items()), method=method, target_uri=url)
    return headers | sign_http(
        message, key, covers, created or int(time.time()), tag=tag, nonce=nonce, expires=expires, label=label
    )


def test_a_signed_request_is_taken_once_and_named_in_the_receipt(tmp_path) -> None:
    """The receipt names the key of the request's signature; the same nonce again is refused."""

    async def test():
        async with running(tmp_path, partner(tmp_path)) as gateway:
            url = gateway.gateway.url + "/v1/submissions"
            headers = signed(url, entry())
            status, _, plain = await gateway.post(entry(), headers)
            assert status == 202, plain
            _, _, token = await gateway.call("GET", f"/v1/submissions/{plain['submission']}/acknowledgements/0",
                                             headers=BEARER)  # fmt: skip
            from gateway.signing.jsontext import decode64

            via = json.loads(decode64(token.decode().split(".")[1]))["via"]
            assert via == {"transport": "http", "keyid": KEY.kid}
            status, found, plain = await gateway.post(entry(), headers)
            assert (status, plain["type"].rpartition(":")[2]) == (401, "signature-refused")
            assert "nonce" in plain["detail"]
            assert REQUEST_TAG in found["Accept-Signature"]
            status, _, _ = await gateway.post(entry(), signed(url, entry(), nonce="n2"))
            assert status == 202

    go(test())


def seconds(more):
    """Give the time so many seconds from now: when it is asked, for a whole run takes minutes."""
    return int(time.time()) + more


FORGED = {
    "unsigned": lambda url: {**JSON, **BEARER},
    "other key": lambda url: signed(url, entry(), key=OTHER),
    "other body": lambda url: signed(url, b"{}"),
    "other address": lambda url: signed(url.replace("/v1/", "/v2/"), entry()),
    "other host": lambda url: signed("https://gw.example/v1/submissions", entry()),
    "other method": lambda url: signed(url, entry(), method="PUT"),
    "stale": lambda url: signed(url, entry(), created=seconds(-400)),
    "future": lambda url: signed(url, entry(), created=seconds(400)),
    "expired": lambda url: signed(url, entry(), expires=seconds(-10)),
    "no nonce": lambda url: signed(url, entry(), nonce=""),
    "digest not covered": lambda url: signed(url, entry(), covers=("@method", "@target-uri")),
    "digest of no use": lambda url: signed(url, entry(), digest="crc32c=:AAAAAA==:"),
    "other tag": lambda url: signed(url, entry(), tag="customs-other"),
    "a changed signature": lambda url: {**signed(url, entry()), "Signature": "sig=:AAAA:"},
    "no signature": lambda url: {k: v for k, v in signed(url, entry()).items() if k != "Signature"},
    "two with the tag": lambda url: {
        name: f"{value}, {signed(url, entry(), label='b')[name]}" if name.startswith("Signature") else value
        for name, value in signed(url, entry()).items()
    },
    "not a field": lambda url: {**signed(url, entry()), "Signature-Input": f'sig=(("x";tag="{REQUEST_TAG}"'},
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_requests_are_refused_and_store_nothing(tmp_path, name) -> None:
    """Each forgery gets 401, or 400 for content that does not fit its digest, and leaves no submission."""

    async def test():
        async with running(tmp_path, partner(tmp_path)) as gateway:
            url = gateway.gateway.url + "/v1/submissions"
            status, _, _ = await gateway.post(entry(), FORGED[name](url))
            assert status == (400 if name == "other body" else 401)
            found = await gateway.get("/v1/submissions", headers=BEARER)
            assert found["submissions"] == []

    go(test())


def test_reading_needs_no_signature_and_orders_do(tmp_path) -> None:
    """A GET goes unsigned; a signed body of an order must fit its digest."""

    async def test():
        async with running(tmp_path, partner(tmp_path)) as gateway:
            await gateway.get("/v1/submissions", headers=BEARER)
            url = gateway.gateway.url + "/v1/subscriptions"
            body = b'{"url": "https://hooks.example/"}'
            status, _, _ = await gateway.post(body, BEARER, path="/v1/subscriptions")
            assert status == 401
            status, _, plain = await gateway.post(body, signed(url, b"{}"), path="/v1/subscriptions")
            assert (status, plain["type"].rpartition(":")[2]) == (400, "digest-mismatch")
            status, _, _ = await gateway.post(body, signed(url, body, nonce="n3"), path="/v1/subscriptions")
            assert status in {201, 400, 403, 422}, "the signature is not what is refused"

    go(test())


def test_where_signing_is_a_choice_a_signature_counts_when_it_is_there(tmp_path) -> None:
    """With `accept` an unsigned request is taken, and a forged one is not."""

    async def test():
        async with running(tmp_path, partner(tmp_path, "accept")) as gateway:
            url = gateway.gateway.url + "/v1/submissions"
            assert (await gateway.post(entry(), BEARER))[0] == 202
            assert (await gateway.post(entry(), signed(url, entry(), key=OTHER)))[0] == 401

    go(test())


def test_who_must_sign_has_keys() -> None:
    """`signed_requests: require` without keys is an error of the configuration."""
    with pytest.raises(ConfigError, match="request_keys"):
        parse_config("partners: {A: {signed_requests: require}}")


def test_what_a_request_carries_is_what_the_page_says() -> None:
    """The names that a partner's signature must have are those of RFC 9421."""
    assert set(REQUEST_CARRIES) == {"created", "keyid", "nonce"}
