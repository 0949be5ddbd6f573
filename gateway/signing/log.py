"""The receipt log: an append-only Merkle tree (RFC 9162 §2.1) over receipt texts.

Hashes are stored elsewhere. What appends holds a `Frontier`, one hash for each bit of the
size, and is told which subtrees became complete; what proves is given a lookup
`node(level, index)` for complete subtrees: 2**level leaves from index * 2**level on.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Lookup = Callable[[int, int], bytes]
"""`(level, index)` to the 32-byte hash of that complete subtree."""

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""RFC 9162 §2.1.1: the hash of an empty list."""

PROOF_HASHES_MAX = 63


class LogError(ValueError):
    """A size, an index or a proof cannot be right. The message says why."""


class NodeHash(NamedTuple):
    """A subtree that is complete from now on and will never change."""

    level: int
    place: int
    value: bytes


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162 §2.1.1: SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree by its size and the hashes of its complete subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple[Frontier, list[NodeHash]]:
        """Add a leaf hash; give the new frontier and the subtrees that it completes, O(log n)."""
        peaks, index, level = list(self.peaks), self.size, 0
        done = [NodeHash(0, index, leaf)]
        current = leaf
        while index & 1:
            current = node_hash(peaks.pop(), current)
            index >>= 1
            level += 1
            done.append(NodeHash(level, index, current))
        return Frontier(self.size + 1, (*peaks, current)), done

    def root(self) -> bytes:
        """Give the root hash."""
        return _fold(self.peaks)

    @classmethod
    def at(cls, size: int, node: Lookup) -> Frontier:
        """Take up a stored tree at its size."""
        return cls(size, tuple(node(level, index) for level, index in _peaks(size)))


class Tree:
    """A tree with all its hashes in memory, 64 bytes an entry. `node` is its lookup."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        """Build the tree of these leaf hashes."""
        self.frontier = Frontier()
        self._levels: list[bytearray] = []
        for leaf in leaves:
            self.append(leaf)

    def append(self, leaf: bytes) -> int:
        """Add a leaf hash and give its index."""
        self.frontier, done = self.frontier.append(leaf)
        for level, _, value in done:
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += value
        return self.frontier.size - 1

    def __len__(self) -> int:
        return self.frontier.size

    def node(self, level: int, index: int) -> bytes:
        """Give the hash of a complete subtree. Raises `LogError` when there is none."""
        start = index * HASH_BYTES
        if level >= len(self._levels) or not 0 <= start < len(self._levels[level]):
            raise LogError(f"no complete subtree {level}/{index}")
        return bytes(self._levels[level][start : start + HASH_BYTES])

    def root(self, size: int | None = None) -> bytes:
        """Give the root hash, now or when the tree had that size."""
        return self.frontier.root() if size is None else root(size, self.node)


def root(size: int, node: Lookup) -> bytes:
    """Give the root hash of the first `size` leaves."""
    return _fold([node(level, index) for level, index in _peaks(size)])


def inclusion_proof(index: int, size: int, node: Lookup) -> list[bytes]:
    """RFC 9162 §2.1.3.1: the hashes that lead from a leaf to the root, sibling first.

    Raises `LogError` for an index outside the tree.
    """
    if not 0 <= index < size:
        raise LogError(f"no entry {index} in a log of {size}")
    low, high, proof = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(subtree(middle, high, node))
            high = middle
        else:
            proof.append(subtree(low, middle, node))
            low = middle
    return proof[::-1]


def consistency_proof(old: int, size: int, node: Lookup) -> list[bytes]:
    """RFC 9162 §2.1.4.1: what shows that the first `old` of `size` entries are unchanged.

    Empty for `old` 0 and for equal sizes. Raises `LogError` when the old tree is larger.
    """
    if not 0 <= old <= size:
        raise LogError(f"no log of {old} inside one of {size}")
    proof: list[bytes] = []
    low, high = 0, size
    if old == 0:
        return proof
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(subtree(middle, high, node))
            high = middle
        else:
            proof.append(subtree(low, middle, node))
            low = middle
    if low:
        proof.append(subtree(low, high, node))
    return proof[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2: the root that the proof leads to. Raises `LogError` for a wrong shape."""
    if not 0 <= index < size:
        raise LogError(f"no entry {index} in a log of {size}")
    _lengths(proof)
    first, last, current = index, size - 1, leaf
    for value in proof:
        if last == 0:
            raise LogError("the proof is longer than the way to the root")
        if first & 1 or first == last:
            current = node_hash(value, current)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            current = node_hash(current, value)
        first, last = first >> 1, last >> 1
    if last:
        raise LogError("the proof is shorter than the way to the root")
    return current


def is_included(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """Tell whether the proof shows the leaf at that index under that root."""
    try:
        return hmac.compare_digest(root_from_inclusion(index, size, leaf, proof), root_hash)
    except LogError:
        return False


def is_consistent(old: int, size: int, old_root: bytes, root_hash: bytes, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: tell whether the proof shows the new log to begin with the old one."""
    if old == size:
        return not proof and hmac.compare_digest(old_root, root_hash)
    if not 0 <= old < size:
        return False
    if old == 0:
        return not proof and hmac.compare_digest(old_root, EMPTY_ROOT)
    try:
        ours, theirs = _roots_from_consistency(old, size, old_root, proof)
    except LogError:
        return False
    return hmac.compare_digest(ours, old_root) and hmac.compare_digest(theirs, root_hash)


def _roots_from_consistency(
    old: int, size: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    _lengths(proof)
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    first, last = old - 1, size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    if not path:
        raise LogError("the proof is empty")
    ours = theirs = path[0]
    for value in path[1:]:
        if last == 0:
            raise LogError("the proof is longer than the way to the root")
        if first & 1 or first == last:
            ours, theirs = node_hash(value, ours), node_hash(value, theirs)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            theirs = node_hash(theirs, value)
        first, last = first >> 1, last >> 1
    if last:
        raise LogError("the proof is shorter than the way to the root")
    return ours, theirs


def _peaks(size: int) -> list[tuple[int, int]]:
    """Name the complete subtrees of a tree, largest first, as level and index."""
    if size < 0:
        raise LogError(f"no log of {size}")
    return [
        (level, (size >> (level + 1)) << 1)
        for level in reversed(range(size.bit_length()))
        if size >> level & 1
    ]


def _fold(peaks: Sequence[bytes]) -> bytes:
    if not peaks:
        return EMPTY_ROOT
    current = peaks[-1]
    for peak in reversed(peaks[:-1]):
        current = node_hash(peak, current)
    return current


def _split(count: int) -> int:
    """Give the largest power of two below `count` (RFC 9162 §2.1.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def subtree(low: int, high: int, node: Lookup) -> bytes:
    """Hash the leaves [low, high) as the subtree that stands there."""
    count = high - low
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return node(level, low >> level)
    middle = low + _split(count)
    return node_hash(subtree(low, middle, node), subtree(middle, high, node))


def _lengths(proof: Sequence[bytes]) -> None:
    if len(proof) > PROOF_HASHES_MAX or any(len(value) != HASH_BYTES for value in proof):
        raise LogError("a proof is at most 63 hashes of 32 bytes")
