"""The doctor: what would stop the service, or make it promise what it cannot keep."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway.quick import LEFT_OUT
from gateway.shell.config import Config, ConfigError
from gateway.shell.config_file import secrets_of
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.shell.ledger_store import LedgerError, store_of
from gateway.shell.relay import seen
from gateway.shell.sqlite import library
from gateway.shell.work_tools import unknown_targets

FREE_BYTES_MIN = 1024 * 1024 * 1024
CONNECT_SECONDS = 3
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "afs", "ceph"})


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at: `ok`, `warn` or `bad`."""

    what: str
    state: str
    says: str


def examine(config: Config) -> list[Sign]:
    """Look at everything once. Opens connections to endpoints, changes nothing but a test file."""
    return [sign for part in (_machine, _store, _keys, _server, _endpoints, _relays) for sign in part(config)]


def _machine(config: Config) -> Iterator[Sign]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Sign("python", "ok" if sys.version_info >= (3, 11) else "bad", version)
    yield (
        Sign("compiled", "warn", f"{LEFT_OUT}; all works, only slower")
        if LEFT_OUT
        else Sign("compiled", "ok", "in use")
    )
    yield _sqlite(config)
    yield Sign("work", "ok", f"{config.work.count} processes on {os.cpu_count()} cores")


def _sqlite(config: Config) -> Sign:
    try:
        used = library(config.store.library)
    except LedgerError as error:
        return Sign("sqlite", "bad", str(error))
    text = str(used).removeprefix("SQLite ")
    fault = " has a fault in WAL resets; the extra apsw brings a newer one"
    return Sign("sqlite", "ok" if used.safe else "warn", text if used.safe else text + fault)


def _store(config: Config) -> Iterator[Sign]:
    if config.store.address:
        yield _database(config)
        return
    folder = config.store.path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".doctor.{os.getpid()}"
        with probe.open("wb") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
        probe.unlink()
    except OSError as error:
        yield Sign("store", "bad", f"{folder}: {error.strerror}")
        return
    yield Sign("store", "ok", str(config.store.path))
    free = shutil.disk_usage(folder).free
    yield Sign("disk", "ok" if free >= FREE_BYTES_MIN else "warn", f"{free // (1024 * 1024)} MiB free")
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        yield Sign("file system", "bad", f"{kind}: SQLite is not safe on a network file system")


def _database(config: Config) -> Sign:
    try:
        store = store_of(config.store)
        with store.snapshot() as connection:
            (count,) = connection.execute("SELECT count(*) FROM submission").fetchone()
    except (LedgerError, ConfigError) as error:
        new = "no ledger yet" in str(error)
        return Sign("store", "ok" if new else "bad", str(error))
    return Sign("store", "ok", f"{store.name}, {count} submissions")


def file_system(folder: Path) -> str:
    """Give the kind of the file system that a folder lies on, "" where the system does not say."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    place = folder.resolve()
    mounts = [line.split()[1:3] for line in lines if len(line.split()) >= 3]
    over = [(len(at), kind) for at, kind in mounts if place == Path(at) or Path(at) in place.parents]
    return max(over)[1] if over else ""


def _keys(config: Config) -> Iterator[Sign]:
    try:
        for secret in secrets_of(config):
            secret.reveal()
        passphrase = config.keys.passphrase.reveal() if config.keys.passphrase is not None else None
        ring = KeyFolder(config.keys.folder, passphrase).load()
    except (ConfigError, KeyFolderError) as error:
        yield Sign("keys", "bad", str(error))
        return
    state = "ok" if len(ring) or config.keys.generate else "bad"
    yield Sign("keys", state, f"{len(ring)} in {config.keys.folder}" if len(ring) else "none yet")


def _server(config: Config) -> Iterator[Sign]:
    server = config.server
    with socket.socket(socket.AF_INET6 if ":" in server.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host, server.port))
            yield Sign("address", "ok", f"{server.host}:{server.port} is free")
        except OSError as error:
            yield Sign("address", "warn", f"{server.host}:{server.port}: {error.strerror}")
    if name := config.anonymous():
        yield Sign("partners", "warn", f"callers without a key are {name}; for one machine only")
    else:
        yield Sign("partners", "ok" if config.partners else "bad", f"{len(config.partners)} partners")
    if not server.loopback and server.tls is None:
        yield Sign("tls", "warn", "none here: the proxy in front has to end it")


def _endpoints(config: Config) -> Iterator[Sign]:
    unknown = unknown_targets([endpoint.target for endpoint in config.endpoints.values()])
    if not config.endpoints:
        yield Sign("endpoints", "warn", "none: every submission will be refused")
    for name, endpoint in config.endpoints.items():
        what = f"endpoint {name}"
        if endpoint.target in unknown:
            yield Sign(what, "bad", f"no mapping writes {endpoint.target}")
        elif endpoint.transport == "http":
            yield _reached(what, endpoint.address)
        else:
            there = Path(endpoint.address).is_dir()
            yield Sign(
                what, "ok" if there else "warn", f"{endpoint.address}{'' if there else ' is not there yet'}"
            )


def _relays(config: Config) -> Iterator[Sign]:
    for name, state, says in asyncio.run(seen(config)) if config.relays else ():
        yield Sign(f"relay {name}", state, says)


def _reached(what: str, address: str) -> Sign:
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()
    except OSError as error:
        return Sign(what, "warn", f"{address} cannot be reached: {error.strerror or error}")
    return Sign(what, "ok", address)
