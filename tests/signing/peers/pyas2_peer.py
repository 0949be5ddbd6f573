"""An AS2 partner made of pyas2lib, for tests. It runs in an environment of its own.

One JSON job a line on standard input, one JSON answer a line on standard output; bytes are
base64. Jobs: `send` gives a message, `mdn` judges a receipt for the message last sent,
`receive` takes a message and gives the receipt.
"""

from __future__ import annotations

import base64
import json
import re
import sys

_search = re.search


def _tolerant(pattern: str, *rest: object) -> object:
    # oscrypto reads OpenSSL versions of one digit only; 3.0.10 and later have two.
    if isinstance(pattern, str):
        pattern = pattern.replace(r"\d\.\d\.\d[a-z]*", r"\d\.\d\.\d+[a-z]*")
    return _search(pattern, *rest)


re.search = _tolerant
from pyas2lib import as2  # noqa: E402  # after the repair above

re.search = _search
_sent = {}


def _partner(job: dict) -> as2.Partner:
    return as2.Partner(
        as2_name="GATEWAY",
        verify_cert=job["verify_cert"].encode(),
        encrypt_cert=job["encrypt_cert"].encode(),
        validate_certs=False,
        compress=job.get("compress", False),
        sign=job.get("sign", False),
        encrypt=bool(job.get("cipher")),
        enc_alg=job.get("cipher") or "aes_128_cbc",
        mdn_mode="ASYNC" if job.get("mdn_url") else "SYNC",
        mdn_digest_alg="sha256",
        digest_alg="sha256",
        canonicalize_as_binary=True,
    )


def _organization(job: dict) -> as2.Organization:
    return as2.Organization(
        as2_name="PARTNER",
        sign_key=job["sign_key"].encode(),
        sign_key_pass="test",
        decrypt_key=job["decrypt_key"].encode(),
        decrypt_key_pass="test",
        domain="partner.example",
        mdn_url=job.get("mdn_url"),
    )


def _send(job: dict) -> dict:
    message = as2.Message(_organization(job), _partner(job))
    message.build(
        base64.b64decode(job["payload"]), content_type=job.get("content_type", "application/edi-x12")
    )
    _sent[message.message_id] = message
    content = message.content if isinstance(message.content, bytes) else message.content.encode()
    mic = message.mic.decode() if message.mic else ""
    return {"headers": message.headers, "body": base64.b64encode(content).decode(), "mic": mic}


def _mdn(job: dict) -> dict:
    mdn = as2.Mdn()
    status, detail = mdn.parse(
        base64.b64decode(job["raw"]), lambda original, _: _sent.get(original.strip("<>"))
    )
    return {"status": status, "detail": str(detail)}


def _receive(job: dict) -> dict:
    message = as2.Message()
    raw = base64.b64decode(job["raw"])
    status, error, mdn = message.parse(raw, lambda _: _organization(job), lambda _: _partner(job))
    return {
        "status": status,
        "error": str(error[0]),
        "payload": base64.b64encode(message.content).decode() if status == "processed" else "",
        "headers": mdn.headers,
        "body": base64.b64encode(mdn.content).decode(),
    }


def main() -> None:
    """Answer jobs until the input ends."""
    jobs = {"send": _send, "mdn": _mdn, "receive": _receive}
    for line in sys.stdin:
        job = json.loads(line)
        print(json.dumps(jobs[job["op"]](job)), flush=True)


if __name__ == "__main__":
    main()
