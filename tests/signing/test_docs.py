from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from gateway.signing import Purpose, ReceiptFile, generate, pieces
from gateway.signing.cms import sign_cms
from gateway.signing.xmldsig import sign_xml
from tests.programs import need
from tests.signing.authority import alone
from tests.signing.samples import ACKNOWLEDGEMENT, AT, SOURCE

PAGE = Path(__file__).parents[2] / "docs" / "verify.md"
BLOCKS = re.findall(r"^```sh (\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
CMS_KEY, XML_KEY = alone(Purpose.CMS, "RS256"), alone(Purpose.XML, "ES256")
HTTP_KEY = generate(Purpose.HTTP)
BASE = b'"@status": 202\n"@signature-params": ("@status");created=1795332226'
OTHER_FORMS = {
    "acknowledgement.p7s": sign_cms(ACKNOWLEDGEMENT, CMS_KEY, AT),
    "signer.pem": CMS_KEY.certificates,
    "response.xml": sign_xml(b'<Response Id="R1"><FunctionCode>11</FunctionCode></Response>', XML_KEY),
    "signer-xml.pem": XML_KEY.certificates,
    "base.txt": BASE,
    "http.sig": HTTP_KEY.sign(BASE),
    "http.pem": HTTP_KEY.public_pem(),
}
WATCHED = (
    "acknowledgement.p7s",
    "response.xml",
    "base.txt",
    "http.sig",
    "acknowledgement.jws",
    "receipt.jws",
    "acknowledgement",
    "original",
    "receipt.tlog-proof",
)


def _block(number: int, folder: Path) -> int:
    tool, script = BLOCKS[number]
    need(tool)
    return subprocess.run(["sh", "-ec", script], cwd=folder, capture_output=True, check=False).returncode


@pytest.fixture
def folder(tmp_path: Path, saved: ReceiptFile) -> Path:
    """Give a folder with the pieces of a receipt file and the input."""
    for name, data in pieces(saved).items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "original").write_bytes(SOURCE)
    for name, data in OTHER_FORMS.items():
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
            place = {"acknowledgement.jws": 20, "receipt.jws": data.find(b".") + 20}.get(name, len(data) // 2)
            if name == "response.xml":
                place = data.index(b">11<") + 1
            if name == "acknowledgement.p7s":
                place = len(data) - 20
            if name == "receipt.tlog-proof":
                place = data.index(b"\n\n") - 10 if "node" in BLOCKS[number][1] else data.index(b"\n5\n") - 3
            if "-f3 receipt.jws" in BLOCKS[number][1]:
                place = len(data) - 20
            file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            assert _block(number, folder) != 0, f"changed byte {place} of {name}"
            file.write_bytes(data)


def test_the_page_has_commands_for_every_tool() -> None:
    """The page gives commands for openssl alone, José, certtool and xmlsec1."""
    assert {tool for tool, _ in BLOCKS} == {"openssl", "jose", "certtool", "xmlsec1"}
