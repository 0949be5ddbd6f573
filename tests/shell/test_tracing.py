"""Traces: one of each submission, without its content; nothing where they are not asked for."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from gateway.shell import tracing
from gateway.shell.clock import Ids, SystemClock
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from tests.shell.running import entry, running

SETTING = "tracing: {endpoint: 'http://127.0.0.1:9/v1/traces', service: desk}\n"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch):
    """Keep the spans here; gives a function that gives those of one submission, by their end."""
    kept = InMemorySpanExporter()
    monkeypatch.setattr(tracing, "OTLPSpanExporter", lambda **_: kept)

    def of(submission):
        found = [one for one in kept.get_finished_spans() if one.context.trace_id == number(submission)]
        return sorted(found, key=lambda one: one.end_time)

    of.all = kept.get_finished_spans
    return of


def number(submission):
    """Read a ULID, digit by digit."""
    value = 0
    for digit in submission:
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(digit)
    return value


def test_a_trace_id_is_the_ulid():
    """The 128 bits of a ULID are the trace id, the highest and the lowest too."""
    made = [Ids(SystemClock())() for _ in range(50)]
    for one in (*made, "0" * 25 + "1", "7" + "Z" * 25):
        assert tracing.trace_of(one) == number(one)
    assert tracing.trace_of("7" + "Z" * 25) == 2**128 - 1


def test_a_submission_to_its_answer_is_one_trace(tmp_path, spans):
    """Every step is a span under the intake, in the trace that the submission names."""

    async def test():
        async with running(tmp_path, SETTING) as gateway:
            submission = await gateway.submit(entry(), traceparent=CALLER)
            await gateway.closed(submission)
        return submission

    submission = asyncio.run(test())
    found = spans(submission)
    assert sorted(one.name for one in found) == ["acknowledge", "intake", "read", "relate", "send"]
    assert len(found) == len(spans.all())
    (first,) = [one for one in found if one.name == "intake"]
    assert first.parent is None
    assert first.context.span_id == number(submission) & (2**64 - 1)
    assert {one.parent.span_id for one in found if one is not first} == {first.context.span_id}
    assert len({one.context.span_id for one in found}) == len(found)
    assert [link.context.trace_id for link in first.links] == [0x0AF7651916CD43DD8448EB211C80319C]
    assert all(one.start_time <= one.end_time for one in found)
    assert {one.status.status_code for one in found} == {StatusCode.UNSET}
    assert {one.resource.attributes["service.name"] for one in found} == {"desk"}
    said = {one.name: dict(one.attributes) for one in found}
    assert all(one["gateway.submission"] == submission for one in said.values())
    assert said["intake"]["gateway.outcome"] == "new"
    assert said["read"]["gateway.format"] == "json"
    assert said["read"]["gateway.transactions"] == 1
    assert (said["send"]["gateway.endpoint"], said["send"]["gateway.attempt"]) == ("ace", 1)
    assert said["acknowledge"]["gateway.disposition"] == "accepted"


def test_no_span_holds_content(tmp_path, spans):
    """Neither number nor words of an entry, nor the caller's key, stand in a span, also when things fail."""

    async def test():
        async with running(tmp_path, SETTING) as gateway:
            gateway.ace.statuses = [500]
            await gateway.closed(await gateway.submit(entry(), **{"Idempotency-Key": '"key-4711"'}))
            await gateway.closed(await gateway.submit(b'{"number": "Q7Z00010437", "Motors": '))

    asyncio.run(test())
    text = " ".join(one.to_json() for one in spans.all())
    assert len(spans.all()) >= 7
    for secret in ("Motors", "Q7Z", "00010429", "00010437", "4711"):
        assert secret not in text


def test_what_fails_is_an_error_by_its_kind(tmp_path, spans, monkeypatch):
    """An endpoint that fails, one that refuses, and a fault of ours are errors without their words."""

    async def test():
        async with running(tmp_path, SETTING) as gateway:
            gateway.ace.statuses = [500]
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
            gateway.ace.statuses = [400]
            denied = await gateway.submit(entry("Q7Z00010437"))
            await gateway.until(lambda: gateway.core.counts["send_denied"])
            monkeypatch.setattr("gateway.shell.work.read", None)
            broken = await gateway.submit(entry("Q7Z00010445"))
            await gateway.closed(broken, "stopped")
        return submission, denied, broken

    submission, denied, broken = asyncio.run(test())
    sent = [one for one in spans(submission) if one.name == "send"]
    assert [one.attributes.get("error.type") for one in sent] == ["away", None]
    assert [one.attributes["gateway.attempt"] for one in sent] == [1, 2]
    assert [one.status.status_code for one in sent] == [StatusCode.ERROR, StatusCode.UNSET]
    assert [one.status.description for one in spans(denied) if one.name == "send"] == ["denied"]
    assert [one.status.description for one in spans(broken) if one.name == "read"] == ["TypeError"]
    assert [event for one in spans.all() for event in one.events] == []


def test_a_copy_is_in_the_trace_of_the_first(tmp_path, spans):
    """The same content again is a second intake under the first; a `traceparent` of nonsense is passed over."""

    async def test():
        async with running(tmp_path, SETTING) as gateway:
            submission = await gateway.submit(entry(), **{"Idempotency-Key": '"one"'})
            again = await gateway.submit(entry(), **{"Idempotency-Key": '"one"', "traceparent": "00-zz"})
            assert again == submission
            await gateway.closed(submission)
        return submission

    first, second = [one for one in spans(asyncio.run(test())) if one.name == "intake"]
    assert (first.parent, second.parent.span_id) == (None, first.context.span_id)
    assert second.attributes["gateway.outcome"] == "same"
    assert second.links == ()


def test_spans_arrive_at_a_collector(tmp_path):
    """Over OTLP/HTTP a collector gets the trace before the gateway has stopped."""
    got = []

    async def take(request):
        got.append((request.path, ExportTraceServiceRequest.FromString(await request.read())))
        return web.Response()

    async def test():
        app = web.Application()
        app.router.add_post("/v1/traces", take)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        place = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/traces"
        async with running(tmp_path, SETTING.replace("http://127.0.0.1:9/v1/traces", place)) as gateway:
            submission = await gateway.submit(entry())
            await gateway.closed(submission)
        await runner.cleanup()
        return submission

    submission = asyncio.run(test())
    found = [one for _, sent in got for r in sent.resource_spans for s in r.scope_spans for one in s.spans]
    assert {one.trace_id.hex() for one in found} == {f"{number(submission):032x}"}
    assert {one.name for one in found} == {"intake", "read", "send", "relate", "acknowledge"}


def test_a_collector_that_is_away_holds_nothing_up(tmp_path):
    """Work is done and the gateway stops within seconds while nobody takes the spans."""

    async def test():
        async with running(tmp_path, SETTING) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            return time.monotonic()

    begun = asyncio.run(test())
    assert time.monotonic() - begun < tracing.STOP_SECONDS_MAX + 30


def test_without_the_extra_the_gateway_works(tmp_path, monkeypatch, caplog):
    """Where OpenTelemetry is not installed the setting gives a warning, and no trace."""
    monkeypatch.delitem(sys.modules, "gateway.shell.tracing")
    monkeypatch.setitem(sys.modules, "opentelemetry.context", None)

    async def test():
        async with running(tmp_path, SETTING) as gateway:
            assert gateway.core.tracing is None
            await gateway.closed(await gateway.submit(entry()))

    with caplog.at_level("WARNING"):
        asyncio.run(test())
    assert "install the extra otel" in caplog.text


def test_without_the_setting_nothing_is_imported(tmp_path):
    """A gateway that does not trace has no module of OpenTelemetry after a submission."""
    program = (
        "import asyncio, pathlib, sys\n"
        "from tests.shell.running import entry, running\n"
        "async def test():\n"
        "    async with running(pathlib.Path(sys.argv[1])) as gateway:\n"
        "        await gateway.closed(await gateway.submit(entry()))\n"
        "asyncio.run(test())\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google.protobuf'))])\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


@pytest.mark.parametrize(
    ("setting", "line", "says"),
    [
        ("tracing:\n  service: desk\n", 1, "tracing.endpoint: this setting is missing"),
        ("tracing:\n  endpoint: ftp://collector/v1/traces\n", 2, "it is an address such as"),
        ("tracing:\n  service: desk\n  endpoint: http://a:b@collector/v1/traces\n", 3, "credentials go into"),
        ("tracing:\n  endpoint: http://c:4318\n  sample: 1\n", 3, "there is no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(setting, line, says):
    """The configuration says in which line the setting is wrong, and never repeats a password."""
    with pytest.raises(ConfigError) as caught:
        parse_config(setting, "c.yaml")
    assert str(caught.value).startswith(f"c.yaml:{line}: tracing.")
    assert says in str(caught.value)
    assert "a:b" not in str(caught.value)
