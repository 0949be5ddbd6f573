"""The console in a real browser: no accessibility violation, both schemes, a phone, live."""

from __future__ import annotations

import asyncio

import pytest

from gateway.shell.config import key_hash
from tests.shell.browser import browsing
from tests.shell.running import entry, running

BAD = b'{"number": "Q7Z00010420", "lines": [{"number": 1, "description": "Motors", "hts": "1"}]}'
KEYED = f"partners:\n  OPS: {{operator: true, keys: [{{sha256: {key_hash('gw_operator')}}}]}}\n"


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


async def filled(gateway):
    """File what makes every kind of page; gives the pages by name."""
    accepted = await gateway.submit(entry())
    await gateway.closed(accepted)
    refused = await gateway.submit(BAD)
    await gateway.closed(refused)
    gateway.ace.statuses = [422]
    parked = await gateway.submit(entry("Q7Z00010437"))
    await gateway.closed(parked, state="parked")
    gateway.core.troubles["disk"] = "nearly full"
    return {
        "list": "/console",
        "nothing": "/console?state=stopped",
        "accepted": f"/console/submissions/{accepted}?verify=1",
        "refused": f"/console/submissions/{refused}",
        "parked": f"/console/submissions/{parked}",
        "file": "/console/file",
        "health": "/console/health",
        "login": "/console/login",
        "wrong": "/console/submissions/" + "0" * 26,
        "docs": "/docs",
    }


@pytest.mark.timeout(180)
def test_no_page_has_an_accessibility_violation(tmp_path):
    """Axe finds nothing on any page, in light and dark, on a desk and on a phone; no page asks elsewhere."""

    async def test():
        async with running(tmp_path) as gateway, browsing() as browser:
            found = []
            for name, path in (await filled(gateway)).items():
                # Contrast is the slow rule; the long page of the interface is looked at once.
                for scheme, width in (("light", 1280), ("dark", 360))[name == "docs" :]:
                    await browser.look(scheme=scheme, width=width)
                    await browser.open(gateway.gateway.url + path)
                    found += [f"{name} {scheme}: {line}" for line in await browser.violations()]
                    asked = await browser.run("performance.getEntriesByType('resource').map(r => r.name)")
                    assert [one for one in asked if not one.startswith(gateway.gateway.url)] == []
            assert found == [], "\n".join(found)
            # A page that is not there says so with its status, and the browser notes that.
            assert [one for one in browser.errors if "404" not in str(one)] == []

    go(test())


@pytest.mark.timeout(180)
def test_screenshots_of_every_page(tmp_path):
    """Each page is written on, light or dark as asked, and no page is wider than a phone."""

    async def test():
        async with running(tmp_path) as gateway, browsing() as browser:
            for name, path in (await filled(gateway)).items():
                for scheme, width, height in (("light", 1280, 800), ("dark", 360, 640)):
                    await browser.look(scheme=scheme, width=width, height=height)
                    await browser.open(gateway.gateway.url + path)
                    picture = await browser.shot(f"{name}-{scheme}")
                    assert (picture.width, picture.height) == (width // 4, height // 4)
                    light = scheme == "light"
                    assert picture.lightness() > 200 if light else picture.lightness() < 80, name
                    assert 0.0005 < picture.written(light=light) < 0.3, name
                    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                    assert not await browser.run(wide), (name, width)

    go(test())


def test_stages_stand_side_by_side_and_below_each_other_on_a_phone(tmp_path):
    """On a desk the bytes stand beside the entry; on a phone above it."""
    boxes = "[...document.querySelectorAll('.stages > section')].map(e => e.getBoundingClientRect().toJSON())"

    async def test():
        async with running(tmp_path) as gateway, browsing() as browser:
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
            await browser.open(f"{gateway.gateway.url}/console/submissions/{submission}")
            source, values, *_ = await browser.run(boxes)
            assert source["top"] == values["top"]
            assert source["right"] <= values["left"]
            await browser.look(width=360, height=640)
            source, values, *_ = await browser.run(boxes)
            assert source["left"] == values["left"]
            assert source["bottom"] <= values["top"]

    go(test())


def test_a_value_and_its_bytes_light_up_together(tmp_path):
    """Pointing at bytes lights the value of the entry, pointing at the value lights its bytes; keys do it too."""
    lit = "[...document.querySelectorAll('.lit')].map(e => e.textContent)"

    async def test():
        async with running(tmp_path) as gateway, browsing() as browser:
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
            await browser.open(f"{gateway.gateway.url}/console/submissions/{submission}")
            assert await browser.run(lit) == []
            await browser.point(".value[data-paths='number']")
            assert await browser.run(lit) == ["Q7Z00010429", "numberQ7Z00010429"]
            await browser.point("a[data-path='lines[0].description']")
            assert await browser.run(lit) == ["Motors", "lines[0].descriptionMotors"]
            await browser.point("h1")
            await browser.run("document.querySelector(\"a[data-path='number']\").focus()")
            assert await browser.run(lit) == ["Q7Z00010429", "numberQ7Z00010429"]

    go(test())


def test_the_list_grows_as_submissions_come(tmp_path):
    """A page that stands open shows what was filed after it was opened."""
    rows = "document.querySelectorAll('tbody tr').length"

    async def test():
        async with running(tmp_path) as gateway, browsing() as browser:
            await browser.open(f"{gateway.gateway.url}/console")
            assert await browser.run(rows) == 0
            await gateway.submit(entry())
            await browser.until(f"{rows} === 1")
            await browser.until("document.querySelector('.badge.closed') !== null")

    go(test())


def test_keys_alone_are_enough(tmp_path):
    """With Tab and Enter one skips to the content, comes in with a key, and files a message."""
    here = "document.activeElement.textContent || document.activeElement.name"

    async def test():
        async with running(tmp_path, KEYED) as gateway, browsing() as browser:
            await browser.open(f"{gateway.gateway.url}/console/file")
            assert (await browser.run("location.pathname")) == "/console/login"
            await browser.key("Tab")
            assert await browser.run(here) == "To the content"
            await browser.key("Enter")
            await browser.key("Tab")
            assert await browser.run("document.activeElement.name") == "key"
            await browser.ask("Input.insertText", text="gw_operator")
            await browser.key("Enter")
            await browser.until("location.pathname === '/console' && document.readyState === 'complete'")
            await browser.open(f"{gateway.gateway.url}/console/file")
            await browser.run("document.querySelector('textarea').focus()")
            await browser.ask("Input.insertText", text=entry().decode())
            await browser.key("Tab")
            assert await browser.run(here) == "File it"
            await browser.key("Enter")
            await browser.until("location.pathname.startsWith('/console/submissions/')")
            await browser.until("document.querySelector('.badge.accepted') !== null")

    go(test())
