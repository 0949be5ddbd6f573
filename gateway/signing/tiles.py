"""The log as static files (C2SP tlog-tiles): 256-wide tiles of hashes, bundles of entries.

Nothing is read or written here: `new_tiles` says which files follow from growth, and
`tile_lookup` turns a reader of files into the lookup that proofs take.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from gateway.signing.log import HASH_BYTES, LogError, Lookup, node_hash

WIDTH = 256
HEIGHT = 8
ENTRY_BYTES_MAX = 65535
LEVEL_MAX = 5
_TILE = re.compile(r"tile/([0-5])/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Give the path of a tile: `tile/0/x001/067`, with `.p/<width>` when it is not full."""
    return f"tile/{level}/{_number(index)}" + (f".p/{width}" if width < WIDTH else "")


def bundle_path(index: int, width: int = WIDTH) -> str:
    """Give the path of a bundle of entries: `tile/entries/000`."""
    return f"tile/entries/{_number(index)}" + (f".p/{width}" if width < WIDTH else "")


def new_tiles(old: int, size: int, node: Lookup) -> Iterator[tuple[str, bytes]]:
    """Give path and bytes of every tile that growth from `old` to `size` entries adds."""
    for level in range(LEVEL_MAX + 1):
        before, after = old >> (level * HEIGHT), size >> (level * HEIGHT)
        if after == 0:
            return
        for index in range(before // WIDTH, (after + WIDTH - 1) // WIDTH):
            width = min(WIDTH, after - index * WIDTH)
            if index * WIDTH + width > before:
                places = range(index * WIDTH, index * WIDTH + width)
                yield (
                    tile_path(level, index, width),
                    b"".join(node(level * HEIGHT, place) for place in places),
                )


def serve_tile(path: str, size: int, node: Lookup) -> bytes | None:
    """Give the bytes of a tile file for a log of that size, None when it has no such tile.

    `path` is what follows the log's address: `tile/0/x001/067.p/12`.
    """
    match = _TILE.fullmatch(path)
    if match is None:
        return None
    level, width = int(match[1]), int(match[3] or WIDTH)
    index = int(match[2].replace("x", "").replace("/", ""))
    there = (size >> (level * HEIGHT)) - index * WIDTH
    if not 0 < width <= there or tile_path(level, index, width) != path:
        return None
    return b"".join(node(level * HEIGHT, index * WIDTH + place) for place in range(width))


def new_bundles(old: int, entries: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Give path and bytes of the entry bundles for entries from the start of `old`'s bundle on.

    `entries` begin at index `old - old % 256`. Raises `LogError` for an entry over 65,535 bytes.
    """
    first = old // WIDTH
    for number, start in enumerate(range(0, len(entries), WIDTH)):
        part = entries[start : start + WIDTH]
        if any(len(entry) > ENTRY_BYTES_MAX for entry in part):
            raise LogError(f"an entry is longer than {ENTRY_BYTES_MAX} bytes")
        data = b"".join(len(entry).to_bytes(2, "big") + entry for entry in part)
        yield bundle_path(first + number, len(part)), data


def read_bundle(data: bytes) -> list[bytes]:
    """Cut a bundle into its entries. Raises `LogError`."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 + length > len(data):
            raise LogError("a bundle of entries ends in the middle of one")
        entries.append(entry)
        at += 2 + length
    return entries


def tile_lookup(size: int, read: Callable[[str], bytes]) -> Lookup:
    """Make the lookup of a log of `size` entries from a reader of tile files.

    `read(path)` gives a file's bytes or raises what it likes. A tile of the wrong length is a
    `LogError`. Tiles are kept while they are in use, 64 at a time.
    """

    @lru_cache(maxsize=64)
    def tile(level: int, index: int) -> bytes:
        width = min(WIDTH, (size >> (level * HEIGHT)) - index * WIDTH)
        if width <= 0:
            raise LogError(f"a log of {size} has no tile {level}/{index}")
        data = read(tile_path(level, index, width))
        if len(data) != width * HASH_BYTES:
            raise LogError(f"{tile_path(level, index, width)} is not {width} hashes")
        return data

    def node(level: int, index: int) -> bytes:
        row, up = divmod(level, HEIGHT)
        first = index << up
        data = tile(row, first // WIDTH)
        start = first % WIDTH * HASH_BYTES
        hashes = [data[at : at + HASH_BYTES] for at in range(start, start + (HASH_BYTES << up), HASH_BYTES)]
        if len(hashes[-1]) != HASH_BYTES:
            raise LogError(f"no complete subtree {level}/{index}")
        return risen(hashes)

    return node


def risen(hashes: Sequence[bytes]) -> bytes:
    """Give the root of a complete subtree over hashes, as many as a power of two."""
    while len(hashes) > 1:
        hashes = [node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


def _number(index: int) -> str:
    groups = [f"{index % 1000:03}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03}")
    return "/".join(reversed(groups))
