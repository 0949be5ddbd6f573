"""The HTML report in a real browser: it fits, it is not blank, it prints. Chromium has to be there."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from tests.conformance.commands import conformance
from tests.conformance.every import every

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine")
FAIL, PASS, ERROR = (0xB4, 0x23, 0x18), (0x1A, 0x7F, 0x37), (0x6B, 0x21, 0xA8)


def chromium(page: Path, *options: str) -> str:
    """Open a page in headless Chromium and give its standard output."""
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         f"--user-data-dir={page.parent / 'profile'}", *options, page.as_uri()],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every verdict."""
    folder = tmp_path_factory.mktemp("browser")
    every(folder / "r.jsonl")
    conformance("report", folder / "r.jsonl", "--html", folder / "r.html")
    return folder / "r.html"


def pixels(path: Path) -> list[bytes]:
    """Read the rows of an 8-bit RGB or RGBA picture, three bytes a pixel (PNG, all five filters)."""
    data = path.read_bytes()
    at, packed, width, colours = 8, b"", 0, 3
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, colours = struct.unpack(">I", body[:4])[0], {2: 3, 6: 4}[body[9]]
        packed += body if kind == b"IDAT" else b""
        at += size + 12
    raw, stride, before, rows = zlib.decompress(packed), width * colours, bytes(width * colours), []
    for start in range(0, len(raw), stride + 1):
        before = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, colours)
        rows.append(before if colours == 3 else b"".join(before[i : i + 3] for i in range(0, stride, 4)))
    return rows


def _unfiltered(kind: int, row: bytearray, above: bytes, step: int) -> bytes:
    for at in range(len(row)):
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        if kind == 1:
            row[at] = (row[at] + left) & 255
        elif kind == 2:
            row[at] = (row[at] + above[at]) & 255
        elif kind == 3:
            row[at] = (row[at] + (left + above[at]) // 2) & 255
        elif kind == 4:
            guess = left + above[at] - corner
            nearest = min(
                (abs(guess - one), order, one) for order, one in enumerate((left, above[at], corner))
            )
            row[at] = (row[at] + nearest[2]) & 255
    return bytes(row)


def test_the_picture_shows_the_outcome_first(report: Path) -> None:
    """The first screen has the band of the outcome, the tiles of the verdicts, and text."""
    picture = report.with_suffix(".png")
    chromium(report, "--window-size=900,700", f"--screenshot={picture}")
    rows = pixels(picture)
    assert len(rows) == 700
    seen = [{row[at : at + 3] for at in range(0, len(row), 3)} for row in rows]
    for colour in (FAIL, PASS, ERROR):
        assert any(bytes(colour) in one for one in seen), colour
    inked = sum(1 for one in seen if len(one) > 3)
    assert inked > 200


@pytest.mark.parametrize("width", [1200, 700])
def test_nothing_is_wider_than_the_window(report: Path, width: int) -> None:
    """The page does not have to be pushed sideways; what is wide scrolls by itself."""
    measured = report.with_name("measured.html")
    script = "<script>document.title=document.documentElement.scrollWidth+' '+innerWidth</script></body>"
    measured.write_text(report.read_text(encoding="utf-8").replace("</body>", script), encoding="utf-8")
    dom = chromium(measured, f"--window-size={width},800", "--dump-dom")
    found = re.search(r"<title>(\d+) (\d+)</title>", dom)
    assert found is not None
    assert int(found[1]) <= int(found[2])


def test_it_prints(report: Path) -> None:
    """On paper the report has a few pages of A4 or Letter."""
    paper = report.with_suffix(".pdf")
    chromium(report, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
    data = paper.read_bytes()
    assert data.startswith(b"%PDF")
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    assert 1 < pages < 12
