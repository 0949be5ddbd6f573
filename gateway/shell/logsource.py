"""Where a receipt log can be read: a store, a folder of tiles, or a gateway's address.

Each gives a `Log`: signed checkpoints, and entries or a lookup. Nothing is judged here.
"""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.shell.ledger_store import Blame, LedgerError, Store, is_address, store_at
from gateway.signing.log import LogError, Lookup
from gateway.signing.logaudit import Stored
from gateway.signing.tiles import WIDTH, bundle_path, read_bundle, tile_lookup

PAGE = 1000
ANSWER_BYTES_MAX = 4 * 1024 * 1024
SECONDS_MAX = 15
_WEB = frozenset({"http", "https"})


class LogSourceError(Exception):
    """The log cannot be read. `reachable` is false when nobody answered."""

    def __init__(self, message: str, *, reachable: bool = True) -> None:
        self.reachable = reachable
        super().__init__(message)


@dataclass(slots=True)
class Log:
    """One log as it was found.

    `notes` are signed checkpoints, oldest first. `entries` is None where the entries are not
    shown; then `lookup(size)` gives the hashes. `keys` is a key set found at the place itself.
    """

    origin: str
    notes: list[str]
    entries: Iterator[Stored] | None = None
    tiles: bool = False
    place: str = ""
    keys: bytes = b""

    def lookup(self, size: int) -> Lookup:
        """Give the hashes of the log at a size, from its tiles."""
        return tile_lookup(size, self.read)

    def read(self, name: str) -> bytes:
        """Read one file of the log. Raises `LogSourceError`."""
        return _fetch(f"{self.place}/{name}") if _is_web(self.place) else _file(Path(self.place) / name)


def open_logs(place: str) -> list[Log]:
    """Find the logs at a place: a store or its folder, a folder of tiles, a gateway's address.

    Raises `LogSourceError`.
    """
    if _is_web(place):
        return [_at_address(place)]
    if is_address(place):
        return _in_store(place)
    path = Path(place)
    if path.is_dir() and (path / "checkpoint").is_file():
        return [_in_folder(path)]
    store = find_store(path)
    if store is None:
        raise LogSourceError(f"{place}: no receipt log: neither a checkpoint nor one .sqlite file")
    return _in_store(store)


def find_store(place: Path | str) -> Path | str | None:
    """Give the store that a place names: an address, the file itself, or the only one of a folder."""
    if isinstance(place, str) and is_address(place):
        return place
    path = Path(place)
    stores = sorted(path.glob("*.sqlite")) if path.is_dir() else [path]
    return stores[0] if len(stores) == 1 and stores[0].is_file() else None


def _at_address(place: str) -> Log:
    parts = urllib.parse.urlsplit(place)
    base = place.rstrip("/") if parts.path.strip("/") else f"{place.rstrip('/')}/v1/log"
    note = _text(_fetch(f"{base}/checkpoint"), base)
    keys = _fetch(urllib.parse.urlunsplit((parts.scheme, parts.netloc, "/.well-known/jwks.json", "", "")))
    return Log(note.split("\n", 1)[0], [note], tiles=True, place=base, keys=keys)


def _in_folder(path: Path) -> Log:
    note = _text(_file(path / "checkpoint"), str(path))
    lines = note.split("\n")
    keys = _file(path / "jwks.json") if (path / "jwks.json").is_file() else b""
    log = Log(lines[0], [note], tiles=True, place=str(path), keys=keys)
    size = int(lines[1]) if len(lines) > 1 and lines[1].isdecimal() and len(lines[1]) < 19 else 0
    if (path / "tile" / "entries").is_dir():
        log.entries = _bundled(log, size)
    return log


def _bundled(log: Log, size: int) -> Iterator[Stored]:
    """Read entries from their bundles, and their leaf hashes from the lowest tiles."""
    node = log.lookup(size)
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        name = bundle_path(first // WIDTH, width)
        try:
            texts: list[bytes] = read_bundle(log.read(name))
        except LogSourceError:
            texts = []
        except LogError as error:
            raise LogSourceError(f"{log.place}/{name}: {error}") from error
        for offset in range(width):
            try:
                leaf = node(0, first + offset)
            except LogError as error:
                raise LogSourceError(f"{log.place}: {error}") from error
            yield Stored(first + offset, leaf, texts[offset] if offset < len(texts) else None)


def _in_store(place: Path | str) -> list[Log]:
    store = store_at(place)
    with _readable(store), store.snapshot() as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT DISTINCT log FROM leaf UNION SELECT log FROM checkpoint")
        ]
        logs = []
        for name in sorted(names):
            notes = connection.execute(
                "SELECT note FROM checkpoint WHERE log = ? ORDER BY size", (name,)
            ).fetchall()
            (newest,) = connection.execute("SELECT max(idx) FROM leaf WHERE log = ?", (name,)).fetchone()
            entries = _stored(store, name, -1 if newest is None else newest)
            logs.append(Log(name, [row[0] for row in notes], entries, place=str(place)))
    return logs


def _stored(store: Store, name: str, newest: int) -> Iterator[Stored]:
    """Read the entries up to `newest`, a moment for each page: see `recheck`. Entries never change."""
    last = -1
    while last < newest:
        with _readable(store), store.snapshot() as connection:
            rows = connection.execute(
                "SELECT leaf.idx, leaf.hash, answer.receipt FROM leaf LEFT JOIN answer ON answer.id = leaf.answer"
                " WHERE leaf.log = ? AND leaf.idx > ? AND leaf.idx <= ? ORDER BY leaf.idx LIMIT ?",
                (name, last, newest, PAGE),
            ).fetchall()
        for place, leaf, receipt in rows:
            yield Stored(place, bytes(leaf), None if receipt is None else receipt.encode("utf-8"))
        last = rows[-1][0] if rows else newest


@contextlib.contextmanager
def _readable(store: Store) -> Iterator[None]:
    """Say in our words what goes wrong in a store."""
    try:
        yield
    except Exception as error:
        if isinstance(error, LedgerError) or store.blame(error) is not Blame.OPERATION:
            raise LogSourceError(f"{store.name}: cannot be read: {error}") from error
        raise


def _is_web(place: str) -> bool:
    return urllib.parse.urlsplit(place).scheme in _WEB


def _fetch(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=SECONDS_MAX) as answer:  # noqa: S310  # only http and https
            data: bytes = answer.read(ANSWER_BYTES_MAX + 1)
    except urllib.error.HTTPError as error:
        raise LogSourceError(f"{address}: answered {error.code}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise LogSourceError(f"{address}: cannot be reached: {error}", reachable=False) from error
    if len(data) > ANSWER_BYTES_MAX:
        raise LogSourceError(f"{address}: answered more than {ANSWER_BYTES_MAX} bytes")
    return data


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LogSourceError(f"{path}: cannot be read: {error.strerror}") from error


def _text(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LogSourceError(f"{place}: the checkpoint is not text") from error
