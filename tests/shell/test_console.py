"""The console: pages that say what the ledger says, escape what strangers wrote, and need no script."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from html.parser import HTMLParser

import aiohttp
import pytest

from gateway.shell.config import key_hash
from gateway.shell.console.bytesview import BYTES_MAX, shown, spans_of
from gateway.shell.console.markup import tag, text
from tests.shell.running import entry, running

VOID = {"input", "link", "meta", "br", "hr"}
KEYED = (
    "partners:\n"
    f"  A: {{keys: [{{sha256: {key_hash('gw_a')}}}]}}\n"
    f"  OPS: {{operator: true, keys: [{{sha256: {key_hash('gw_ops')}}}]}}\n"
)


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


class Page(HTMLParser):
    """A page as a reader of its structure sees it."""

    def __init__(self, data):
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.labelled = 0
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note an element; a field must stand inside a label, be hidden, or be named."""
        attributes = dict(attrs)
        self.found.append((tag, attributes))
        if tag in {"input", "select", "textarea"} and attributes.get("type") != "hidden":
            assert "label" in self.open, attributes
            self.labelled += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Every element is closed where it was opened."""
        assert self.open.pop() == tag

    def handle_data(self, data):
        """Collect what is read aloud."""
        self.words.append(data)

    def all(self, tag):
        """Give the attributes of every element of a name."""
        return [attributes for name, attributes in self.found if name == tag]

    @property
    def text(self):
        """The page's words."""
        return "".join(self.words)


def check(data):
    """Hold a page to what any reader needs: language, title, one heading, captions, no script of its own."""
    assert data.startswith(b"<!doctype html>")
    found = Page(data)
    assert found.all("html")[0]["lang"] == "en"
    assert len(found.all("h1")) == 1
    assert len(found.all("main")) == 1
    assert found.all("meta")[1]["name"] == "viewport"
    assert len(found.all("caption")) == len(found.all("table"))
    assert all("src" in one and one["src"].startswith("/console/") for one in found.all("script"))
    assert not [
        one for _, one in found.found if any(name.startswith("on") or name == "style" for name in one)
    ]
    ids = [one["id"] for _, one in found.found if "id" in one]
    assert len(ids) == len(set(ids))
    levels = [int(name[1]) for name, _ in found.found if re.fullmatch(r"h[1-6]", name)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    return found


async def page(gateway, path, status=200, **kwargs):
    """Get a page and check it."""
    code, headers, body = await gateway.call("GET", path, **kwargs)
    assert code == status, body[:300]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    return check(body)


def test_a_submission_is_shown_with_its_stages(tmp_path):
    """The list leads to a page with source, entry, forwarded bytes, answers and acknowledgements."""

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
            listed = await page(gateway, "/console")
            assert f"/console/submissions/{submission}" in {one.get("href") for one in listed.all("a")}
            assert re.fullmatch(r"/v1/events\?after=[1-9]\d*", listed.all("body")[0]["data-live"])
            assert "There is nothing here yet" in (await page(gateway, "/console?state=parked")).text
            found = await page(gateway, f"/console/submissions/{submission}")
            for word in ("As received", "Entry", "Forwarded", "Answers of the endpoint", "Acknowledgements"):
                assert word in found.text
            values = {one["id"]: one for one in found.all("span") if one.get("class") == "value"}
            targets = {one["href"][1:] for one in found.all("a") if one.get("href", "").startswith("#b")}
            assert targets
            assert targets <= set(values)
            assert "number" in {path for one in values.values() for path in one["data-paths"].split()}
            assert "holds" not in found.text
            checked = await page(gateway, f"/console/submissions/{submission}?verify=1")
            assert checked.text.count("holds") == len(
                [one for one in checked.all("p") if one.get("role") == "status"]
            )
            assert "holds" in checked.text

    go(test())


def test_what_strangers_wrote_is_shown_as_text(tmp_path):
    """Markup in content, file names and filters stays text on every page."""
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"

    async def test():
        async with running(tmp_path) as gateway:
            submission = await gateway.submit(entry(lines=[{"number": 1, "description": evil}]))
            await gateway.closed(submission)
            for path in (
                f"/console/submissions/{submission}",
                "/console?format=%3Cscript%3Ealert(1)%3C/script%3E&entry_number=%22%3E%3Cimg%20src=x%3E",
            ):
                found = await page(gateway, path)
                assert len(found.all("script")) == 1
                assert found.all("img") == []
            junk = await gateway.submit(b"<b>\x00\x1b[31m\xff no format", **{"Content-Type": "text/plain"})
            await gateway.closed(junk)
            found = await page(gateway, f"/console/submissions/{junk}")
            assert "\x1b" not in found.text
            assert found.all("b") == []

    go(test())


def test_a_file_or_a_text_can_be_filed(tmp_path):
    """The form takes a file or text, files it like any other and leads to its page."""

    async def test():
        async with running(tmp_path) as gateway:
            await page(gateway, "/console/file")
            for name, data in (("file", entry()), ("text", entry("Q7Z00010437"))):
                form = aiohttp.FormData(default_to_multipart=True)
                form.add_field(name, data.decode(), **({"filename": "e.json"} if name == "file" else {}))
                status, headers, body = await gateway.call(
                    "POST", "/console/file", data=form, allow_redirects=False
                )
                assert status == 303, body
                await gateway.closed(headers["Location"].rsplit("/", 1)[1])
            form = aiohttp.FormData(default_to_multipart=True)
            form.add_field("text", "  ", content_type="text/plain")
            status, _, body = await gateway.call("POST", "/console/file", data=form)
            assert status == 400
            assert "Choose a file" in check(body).text
            assert (await gateway.call("POST", "/console/file", data=b"x=1"))[0] in {400, 415}

    go(test())


def test_a_person_orders_on_the_health_page(tmp_path):
    """What waits is on the page, and its button sends it again."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.statuses = [400]
            submission = await gateway.submit(entry())
            await gateway.closed(submission, "parked")
            found = await page(gateway, "/console/health")
            assert submission in found.text
            assert "Send again" in found.text
            data = {"submission": submission, "transaction": "0", "do": "retry"}
            status, _, _ = await gateway.call("POST", "/console/orders", data=data, allow_redirects=False)
            assert status == 303
            await gateway.closed(submission)
            status, _, body = await gateway.call("POST", "/console/orders", data=data)
            assert status == 409
            check(body)
            assert "Nothing waits" in (await page(gateway, "/console/health")).text

    go(test())


def test_keys_come_in_by_a_cookie_that_only_reads(tmp_path):
    """Without a key there is a form; its cookie opens the pages, and orders nothing outside of them."""

    async def test():
        async with running(tmp_path, KEYED) as gateway:
            status, headers, _ = await gateway.call("GET", "/console", allow_redirects=False)
            assert (status, headers["Location"]) == (303, "/console/login")
            await page(gateway, "/console/login")
            status, _, body = await gateway.call("POST", "/console/login", data={"key": "gw_wrong"})
            assert status == 403
            check(body)
            status, headers, _ = await gateway.call(
                "POST", "/console/login", data={"key": "gw_a"}, allow_redirects=False
            )
            cookie = headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Strict" in cookie
            own = {"Cookie": cookie.split(";", 1)[0]}
            await page(gateway, "/console", headers=own)
            assert (await gateway.call("GET", "/v1/submissions", headers=own))[0] == 200
            assert (await gateway.call("POST", "/v1/submissions", data=entry(), headers=own))[0] == 401
            assert (await gateway.call("POST", "/console/orders", data={}, headers=own))[0] == 403
            theirs = await gateway.submit(entry(), Authorization="Bearer gw_ops")
            await page(gateway, f"/console/submissions/{theirs}", 404, headers=own)

    go(test())


def test_static_files_are_ours_and_nothing_else(tmp_path):
    """Style sheet and script are served; no other name is, and neither loads anything."""

    async def test():
        async with running(tmp_path) as gateway:
            for name in ("console.css", "console.js"):
                status, headers, body = await gateway.call("GET", f"/console/static/{name}")
                assert status == 200
                assert headers["X-Content-Type-Options"] == "nosniff"
                assert b"http" not in body
            for name in ("handlers.py", "..%2fhandlers.py", "console.css%00"):
                assert (await gateway.call("GET", f"/console/static/{name}"))[0] == 404

    go(test())


@pytest.mark.parametrize("value", ["<b>", '"', "'", "&", "a\x00b", "\u202e"])
def test_markup_escapes_text_and_attributes(value):
    """A value reads back as itself, whether it stands in text or in an attribute."""
    found = Page(f"<p>{tag('a', value, title=value)}</p>".encode())
    assert found.all("a")[0]["title"] == value
    assert text(value) in tag("p", value)
    assert found.text == "".join(char if char.isprintable() else "·" for char in value)


def test_bytes_are_cut_at_the_values():
    """Each span that does not overlap another becomes an element; the words stay the words."""
    data = json.dumps({"number": "Q7Z"}).encode()
    lineage = [
        {"path": "number", "value": "Q7Z", "source": [{"span": [12, 15]}]},
        {"path": "other", "value": "7", "source": [{"span": [13, 14]}]},
        {"path": "made", "value": "x"},
    ]
    found = Page(f"<div>{shown(data, spans_of(lineage), [[0, 1], [900, 901]])}</div>".encode())
    assert found.text == data.decode()
    assert [one["id"] for one in found.all("span")] == ["b12-15"]
    assert [one["id"] for one in found.all("mark")] == ["b0-1"]
    long = Page(f"<div>{shown(b'a' * (BYTES_MAX + 5), {}, [])}</div>".encode())
    assert "and 5 more bytes" in long.text
