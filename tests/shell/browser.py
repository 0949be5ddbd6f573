"""Headless Chromium, driven over its own DevTools protocol: pages, media, screenshots, axe.

`.ci/run` installs Chromium, and axe-core beside the virtual environment (`axe/`): it is under the
MPL and no part of the repository. `GATEWAY_TEST_AXE` names another copy of `axe.min.js`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import aiohttp

from tests.programs import lacking

START_SECONDS = 90
CALL_SECONDS = 90
AXE = Path(
    os.environ.get("GATEWAY_TEST_AXE", "")
    or Path(sys.prefix) / "axe" / "axe_playwright_python" / "axe.min.js"
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium():
    """Find Chromium, or say that it is missing."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return lacking("chromium is not installed")


def axe_source():
    """Give the script of axe-core, or say that it is missing."""
    return AXE.read_text(encoding="utf-8") + ";0" if AXE.is_file() else lacking("axe-core is not installed")


def keep(name, data):
    """Keep a screenshot where somebody wants to see it."""
    if folder := os.environ.get("GATEWAY_TEST_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(data)


class Browser:
    """One page of a browser."""

    def __init__(self, socket):
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting = {}
        self._loaded = asyncio.Event()
        self.errors = []
        self._reader = asyncio.create_task(self._read())

    async def _read(self):
        async for message in self._socket:
            plain = message.json()
            if (waiter := self._waiting.pop(plain.get("id"), None)) is not None and not waiter.done():
                waiter.set_result(plain)
            if plain.get("method") == "Page.loadEventFired":
                self._loaded.set()
            if plain.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}:
                self.errors.append(plain["params"])

    async def ask(self, method, **params):
        """Make one call of the protocol."""
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(CALL_SECONDS):
            plain = await self._waiting[number]
        assert "error" not in plain, plain
        return plain["result"]

    async def run(self, script):
        """Run a script in the page and give its value."""
        found = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    async def open(self, url):
        """Open a page and wait until it is there."""
        self._loaded.clear()
        await self.ask("Page.navigate", url=url)
        async with asyncio.timeout(CALL_SECONDS):
            await self._loaded.wait()

    async def look(self, *, scheme="light", width=1280, height=900):
        """Set the colour scheme and the window."""
        await self.ask(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        await self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )  # fmt: skip

    async def until(self, script, seconds=90):
        """Wait until a script gives a true value."""
        async with asyncio.timeout(seconds):
            while not await self.run(script):  # noqa: ASYNC110 - what is waited for is in the browser
                await asyncio.sleep(0.05)

    async def violations(self):
        """Give what axe has against the page, one line each."""
        if not await self.run("typeof axe === 'object'"):
            await self.run(axe_source())
        found = await self.run(
            f"axe.run(document, {{runOnly: {RULES!r}}}).then(r => r.violations.flatMap(v => v.nodes.map("
            "n => v.id + ' ' + n.target.join(' ') + ': ' + n.failureSummary)))"
        )
        return [line.replace("\n", " ") for line in found]

    async def key(self, name):
        """Press a key."""
        code = {"Tab": 9, "Enter": 13}[name]
        for kind in ("keyDown", "keyUp"):
            await self.ask(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code,
                **({"text": "\r"} if name == "Enter" and kind == "keyDown" else {}),
            )  # fmt: skip

    async def point(self, selector):
        """Move the pointer to an element."""
        x, y = await self.run(
            f"(() => {{const e = document.querySelector({selector!r}); e.scrollIntoView({{block: 'center'}});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]})()"
        )
        await self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    async def shot(self, name=""):
        """Give a screenshot as a picture of a quarter of its size; `GATEWAY_TEST_SCREENSHOTS` names a folder for people to look into."""
        keep(name, await self._shot(1))
        return Picture(await self._shot(0.25))

    async def _shot(self, scale):
        width, height = await self.run("[innerWidth, innerHeight]")
        clip = {"x": 0, "y": await self.run("scrollY"), "width": width, "height": height, "scale": scale}
        found = await self.ask("Page.captureScreenshot", format="png", clip=clip)
        return base64.b64decode(found["data"])


class Picture:
    """A PNG of eight bits a channel, as rows of pixels."""

    def __init__(self, data):
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        at, packed = 8, b""
        while at < len(data):
            (size,), kind = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
            chunk = data[at + 8 : at + 8 + size]
            if kind == b"IHDR":
                self.width, self.height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunk)
                assert (depth, interlaced) == (8, 0)
                self.channels = {2: 3, 6: 4}[colour]
            packed += chunk if kind == b"IDAT" else b""
            at += size + 12
        self._rows = self._unfiltered(zlib.decompress(packed))

    def _unfiltered(self, raw):
        step, stride = self.channels, self.width * self.channels
        rows, above = [], bytearray(stride)
        for y in range(self.height):
            kind = raw[y * (stride + 1)]
            row = bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
            if kind == 1:
                for i in range(step, stride):
                    row[i] = (row[i] + row[i - step]) & 255
            elif kind == 2:
                row = bytearray((a + b) & 255 for a, b in zip(row, above, strict=True))
            elif kind:
                for i in range(stride):
                    left, up = row[i - step] if i >= step else 0, above[i]
                    corner = above[i - step] if i >= step else 0
                    row[i] = (row[i] + ((left + up) // 2 if kind == 3 else _paeth(left, up, corner))) & 255
            rows.append(row)
            above = row
        return rows

    def lightness(self):
        """Give how light it is on the whole, from 0 to 255."""
        picked = [row[i] for row in self._rows for i in range(1, len(row), self.channels)]
        return sum(picked) / len(picked)

    def written(self, *, light):
        """Give the share of pixels that stand out from the ground: what is written there."""
        picked = [row[i] for row in self._rows for i in range(1, len(row), self.channels)]
        out = sum(value < 128 for value in picked) if light else sum(value > 128 for value in picked)
        return out / len(picked)


def _paeth(left, up, corner):
    guess = left + up - corner
    near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
    return near[2]


@contextlib.asynccontextmanager
async def browsing():
    """Start Chromium with one page; without it the test is skipped, and fails in CI."""
    program = chromium()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--mute-audio",
            "--hide-scrollbars", "--force-color-profile=srgb", f"--user-data-dir={folder}",
            "--remote-debugging-port=0", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(START_SECONDS):
                while b"DevTools listening on " not in (line := await process.stderr.readline()):
                    assert line, "Chromium ended"
            drained = asyncio.create_task(process.stderr.read())
            host = line.decode().split("ws://")[1].split("/")[0]
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://{host}/json/list") as response:
                    (page,) = [one for one in await response.json() if one["type"] == "page"]
                async with session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                    browser = Browser(socket)
                    for domain in ("Page", "Runtime", "Log", "Network"):
                        await browser.ask(f"{domain}.enable")
                    await browser.look()
                    try:
                        yield browser
                    finally:
                        browser._reader.cancel()
            drained.cancel()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
