"""New profiles and tables for a running gateway: looked at first, taken whole or not at all."""

from __future__ import annotations

import asyncio
import signal

import pytest

from gateway.shell.config import ConfigError, key_hash
from gateway.shell.config_file import parse_config
from gateway.shell.reload import reload
from tests.shell.process import Process
from tests.shell.running import entry, running, settings


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def changed(folder, gateway, extra="", endpoint=""):
    """Give the configuration of a running gateway with something else in it."""
    return parse_config(settings(folder, gateway.ace.url, extra, endpoint))


def test_a_new_partner_is_known_at_once_and_an_old_one_no_more(tmp_path):
    """Keys are those of the new profiles; what cannot change while running is named and stays."""

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            extra = f"partners: {{NEW: {{keys: [{{sha256: {key_hash('gw_new')}}}]}}}}\nserver: {{port: 1}}\n"
            done = await reload(gateway.gateway.service, changed(tmp_path, gateway, extra))
            assert done.waiting == ("server",)
            assert (await gateway.post(entry()))[0] == 401
            own = {"Authorization": "Bearer gw_new"}
            submission = await gateway.submit(entry("Q7Z00010437"), **own)
            await gateway.closed(submission, headers=own)

    go(test())


def test_profiles_that_do_not_fit_what_stays_are_refused(tmp_path):
    """A partner that names an endpoint which comes only with a restart keeps the old profiles in force."""

    async def test():
        async with running(tmp_path) as gateway:
            extra = "partners: {LOCAL: {anonymous: true, operator: true, endpoints: [other]}}\n"
            text = settings(tmp_path, gateway.ace.url, extra).replace("  ace:", "  other:")
            with pytest.raises(ConfigError, match="until a restart"):
                await reload(gateway.gateway.service, parse_config(text))
            await gateway.closed(await gateway.submit(entry()))

    go(test())


def test_tables_are_read_again_in_new_processes(tmp_path):
    """A check that finds a table wrong leaves the old processes; when all are right they are replaced."""
    extra = "work: {processes: 1}\n"

    async def test():
        async with running(tmp_path, extra) as gateway:
            pool, settled = gateway.core.pool, []
            before = await pool.run(process_id)
            with pytest.raises(ValueError, match="a table is wrong"):
                await pool.renew(lambda: settled.append(True), wrong)
            assert await pool.run(process_id) == before
            assert settled == []
            done = await reload(gateway.gateway.service, changed(tmp_path, gateway, extra))
            assert done.tables
            assert await pool.run(process_id) != before
            await gateway.closed(await gateway.submit(entry()))

    go(test())


def wrong():
    """Find a table wrong."""
    raise ValueError("a table is wrong")


def process_id():
    """Tell which process does the work."""
    import os

    return os.getpid()


def test_a_hangup_reloads_the_service(tmp_path):
    """SIGHUP reads the file again; one with a mistake changes nothing and says where it is."""

    async def test():
        gateway = await Process(tmp_path, "http://127.0.0.1:1").start()
        good = gateway.config.read_text(encoding="utf-8")
        for text, said in ((good + "colour: red\n", "not reloaded"), (good, "\nreloaded")):
            gateway.config.write_text(text, encoding="utf-8")
            gateway.process.send_signal(signal.SIGHUP)
            async with asyncio.timeout(90):
                while said not in gateway.log.read_text(encoding="utf-8"):  # noqa: ASYNC110 - a file
                    await asyncio.sleep(0.02)
        assert await gateway.stop() == 0
        assert "config.yaml" in gateway.log.read_text(encoding="utf-8")

    go(test())
