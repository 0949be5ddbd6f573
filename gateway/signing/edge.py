"""The receipt log held small: its right edge, and one hash for each full tile of 256 leaves.

Leaves are stored elsewhere. What is asked below the tiles is worked out from the 256 leaves of
one tile, which are read for it, so that a log of 1,000,000 entries takes some 125 KB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from gateway.signing.log import HASH_BYTES, Frontier, LogError, Lookup
from gateway.signing.tiles import HEIGHT, WIDTH, risen

Leaves = Callable[[int, int], Sequence[bytes]]
"""`(first, count)` to the hashes of so many leaves."""

TILES_KEPT = 4
"""An inclusion proof reads the leaf's own tile and the last one, a proof of growth two."""


class Edge:
    """A log that grows, without its leaves."""

    def __init__(self) -> None:
        """Begin an empty log."""
        self.frontier = Frontier()
        self._rows: list[bytearray] = []

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash and give its index."""
        self.frontier, done = self.frontier.append(leaf)
        for level, _, value in done[HEIGHT::HEIGHT]:
            row = level // HEIGHT - 1
            if row == len(self._rows):
                self._rows.append(bytearray())
            self._rows[row] += value
        return self.frontier.size - 1

    def __len__(self) -> int:
        return self.frontier.size

    def root(self) -> bytes:
        """Give the root hash."""
        return self.frontier.root()

    def lookup(self, read: Leaves) -> Lookup:
        """Make the lookup that proofs take, for the log as it is now; it may be used in another thread.

        `read` is asked for leaves of one tile, those of a tile once. A hash that is not there is a
        `LogError`, and so are fewer leaves than were asked for.
        """
        size = len(self)

        @lru_cache(maxsize=TILES_KEPT)
        def leaves(tile: int) -> list[bytes]:
            first = tile * WIDTH
            count = min(WIDTH, size - first)
            found = list(read(first, count)) if count > 0 else []
            if len(found) != max(0, count):
                raise LogError(f"of the {count} leaves from {first} on {len(found)} are there")
            return found

        def node(level: int, index: int) -> bytes:
            if not 0 <= index < size >> level:
                raise LogError(f"no complete subtree {level}/{index}")
            row, up = divmod(level, HEIGHT)
            first, count = index << up, 1 << up
            if row == 0:
                start = first % WIDTH
                return risen(leaves(first // WIDTH)[start : start + count])
            data = self._rows[row - 1][first * HASH_BYTES : (first + count) * HASH_BYTES]
            return risen([bytes(data[at : at + HASH_BYTES]) for at in range(0, len(data), HASH_BYTES)])

        return node
