from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from gateway.signing import Purpose, ReceiptFile, generate, pieces
from gateway.signing.as2 import mic
from gateway.signing.as2mdn import Mdn, make_mdn
from gateway.signing.cms import sign_cms
from gateway.signing.httpbase import Message
from gateway.signing.httpsig import RESPONSE_TAG, content_digest, sign_http
from gateway.signing.mime import write_entity
from gateway.signing.smime import make_message
from gateway.signing.timestamp import timestamp_request
from gateway.signing.xmldsig import sign_xml
from tests.programs import need
from tests.signing.authority import alone
from tests.signing.samples import ACKNOWLEDGEMENT, AT, SOURCE
from tests.signing.test_timestamp import CONF

PAGE = Path(__file__).parents[2] / "docs" / "verify.md"
BLOCKS = re.findall(r"^```sh (\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
CMS_KEY, XML_KEY = alone(Purpose.CMS, "RS256"), alone(Purpose.XML, "ES256")
HTTP_KEY = generate(Purpose.HTTP)
BODY = b'{"submissions": []}\n'
STAMPED = b"gateway.local/receipts/2026\n3\nbduXpo3WkZq0XoFu+NFtKiA1muXofP4KWqMVTKPF5E0=\n"


def _headers() -> bytes:
    """Give the head of a signed response as curl saves it."""
    fields = [("Content-Type", "application/json"), ("Content-Digest", content_digest(BODY))]
    request = Message(method="GET", target_uri="http://127.0.0.1:8080/v1/submissions")
    message = Message(fields=fields, status=200, request=request)
    covered = ("@status", "content-digest", "@method;req", "@target-uri;req", "content-type")
    fields += sign_http(message, HTTP_KEY, covered, 1_795_332_226, tag=RESPONSE_TAG, label="rcpt").items()
    lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in fields), "Server: x", "", ""]
    return "\r\n".join(lines).encode()


def _receipted() -> tuple[bytes, bytes]:
    """Give the signed part of an AS2 message, and the receipt for it."""
    _, octets = make_message(
        SOURCE, "application/edi-x12", at=AT, boundary="----m1", signer=alone(Purpose.CMS, "RS256", "PARTNER")
    )
    mdn = Mdn(sender="GATEWAY", receiver="PARTNER", message_id="<r@gw>", original="<m@p>", mic=mic(octets))
    entity = make_mdn(mdn, ("----a1", "----b2"), CMS_KEY, AT)
    kept = {name: entity.headers[name] for name in ("MIME-Version", "Content-Type")}
    return octets, write_entity(kept, entity.body)


@cache
def _stamp() -> tuple[bytes, bytes]:
    """Give a time-stamp of the checkpoint by an authority of openssl's, and its certificate."""
    if shutil.which("openssl") is None:
        return b"", b""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "conf").write_text(CONF)
        (Path(name) / "serial").write_text("01")
        (Path(name) / "q.tsq").write_bytes(timestamp_request(STAMPED, 7))
        for command in (
            "req -x509 -newkey rsa:2048 -nodes -keyout k -out tsa.pem -days 30 -config conf -section cert -extensions ext",
            "ts -reply -config conf -section tsa -queryfile q.tsq -inkey k -signer tsa.pem -out r.tsr",
        ):
            subprocess.run(["openssl", *command.split()], cwd=name, check=True, capture_output=True)
        return (Path(name) / "r.tsr").read_bytes(), (Path(name) / "tsa.pem").read_bytes()


SIGNED_PART, MDN = _receipted()
OTHER_FORMS = {
    "acknowledgement.p7s": sign_cms(ACKNOWLEDGEMENT, CMS_KEY, AT),
    "signer.pem": CMS_KEY.certificates,
    "response.xml": sign_xml(b'<Response Id="R1"><FunctionCode>11</FunctionCode></Response>', XML_KEY),
    "signer-xml.pem": XML_KEY.certificates,
    "headers.txt": _headers(),
    "body": BODY,
    "http.pem": HTTP_KEY.public_pem(),
    "signed-part": SIGNED_PART,
    "mdn.eml": MDN,
    "stamped": STAMPED,
}
WATCHED = (
    "acknowledgement.p7s",
    "response.xml",
    "headers.txt",
    "body",
    "mdn.eml",
    "signed-part",
    "stamped",
    "stamp.tsr",
    "acknowledgement.jws",
    "receipt.jws",
    "acknowledgement",
    "original",
    "receipt.tlog-proof",
)
PLACES = {
    "acknowledgement.jws": lambda data: 20,
    "receipt.jws": lambda data: data.find(b".") + 20,
    "response.xml": lambda data: data.index(b">11<") + 1,
    "acknowledgement.p7s": lambda data: len(data) - 20,
    "headers.txt": lambda data: data.index(b"sha-256=:") + 12,
    "mdn.eml": lambda data: data.index(b"rfc822;"),
    "stamp.tsr": lambda data: len(data) - 20,
}
"""Where a byte is changed: in what counts. Elsewhere in the middle."""


def _block(number: int, folder: Path) -> int:
    tool, script = BLOCKS[number]
    path = os.environ["PATH"]
    if tool == "python":
        path = f"{Path(sys.executable).parent}{os.pathsep}{path}"
    else:
        need(tool)
    return subprocess.run(
        ["sh", "-ec", script], cwd=folder, capture_output=True, check=False, env={**os.environ, "PATH": path}
    ).returncode


@pytest.fixture
def folder(tmp_path: Path, saved: ReceiptFile) -> Path:
    """Give a folder with the pieces of a receipt file and the input."""
    for name, data in pieces(saved).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "original").write_bytes(SOURCE)
    stamp, authority = _stamp()
    for name, data in (OTHER_FORMS | {"stamp.tsr": stamp, "tsa.pem": authority}).items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _read_by(number: int) -> list[str]:
    script = BLOCKS[number][1]
    return [name for name in WATCHED if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", script)]


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=lambda number: f"{BLOCKS[number][0]}-{number}")
class TestCommandsOfThePage:
    def test_good(self, number: int, folder: Path) -> None:
        """Each block of commands accepts the pieces of a receipt file."""
        assert _block(number, folder) == 0

    def test_changed(self, number: int, folder: Path) -> None:
        """Each block refuses when one byte of a file that it reads is changed."""
        assert _read_by(number)
        for name in _read_by(number):
            file = folder / name
            data = file.read_bytes()
            place = PLACES.get(name, lambda data: len(data) // 2)(data)
            if name == "receipt.tlog-proof":
                place = data.index(b"\n\n") - 10 if "node" in BLOCKS[number][1] else data.index(b"\n5\n") - 3
            if "-f3 receipt.jws" in BLOCKS[number][1]:
                place = len(data) - 20
            file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            assert _block(number, folder) != 0, f"changed byte {place} of {name}"
            file.write_bytes(data)


def test_the_page_has_commands_for_every_tool() -> None:
    """The page gives commands for openssl alone, José, Python, certtool and xmlsec1."""
    assert {tool for tool, _ in BLOCKS} == {"openssl", "jose", "python", "certtool", "xmlsec1"}
