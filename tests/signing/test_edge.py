"""The receipt log held small says what the log held whole says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing.edge import Edge
from gateway.signing.log import LogError, Tree, consistency_proof, inclusion_proof, leaf_hash, root
from gateway.signing.tiles import WIDTH, serve_tile, tile_path

LEAVES = [leaf_hash(str(number).encode()) for number in range(WIDTH * WIDTH + WIDTH + 7)]
SIZES = st.one_of(
    st.integers(1, 1200),
    st.sampled_from([WIDTH - 1, WIDTH, WIDTH + 1, 2 * WIDTH, 4 * WIDTH - 1, WIDTH * WIDTH, len(LEAVES)]),
)


def grown(count: int) -> Edge:
    """Give the edge of the first so many leaves."""
    edge = Edge()
    for leaf in LEAVES[:count]:
        edge.append(leaf)
    return edge


WHOLE = Tree(LEAVES)
SMALL = grown(len(LEAVES))


def stored(asked: list[tuple[int, int]] | None = None) -> Callable[[int, int], list[bytes]]:
    """Read leaves from a store, and write down what was asked of it."""

    def read(first: int, count: int) -> list[bytes]:
        if asked is not None:
            asked.append((first, count))
        return LEAVES[first : first + count]

    return read


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1200))
def test_the_edge_is_the_tree_of_the_same_leaves(count: int) -> None:
    """Size, root and every complete subtree are those of the tree in memory, at every size."""
    edge, tree = grown(count), Tree(LEAVES[:count])
    assert (len(edge), edge.root(), edge.frontier) == (len(tree), tree.root(), tree.frontier)
    node = edge.lookup(stored())
    for level in range(count.bit_length()):
        for index in range(0, count >> level, 1 if level > 5 else 37):
            assert node(level, index) == tree.node(level, index)


@settings(max_examples=100, deadline=None)
@given(SIZES, st.data())
def test_proofs_are_the_same(size: int, data: st.DataObject) -> None:
    """Roots and proofs of a log at any earlier size are those of the tree in memory, with two tiles read."""
    asked: list[tuple[int, int]] = []
    node = SMALL.lookup(stored(asked))
    assert root(size, node) == WHOLE.root(size)
    index = data.draw(st.integers(0, size - 1))
    asked.clear()
    assert inclusion_proof(index, size, node) == inclusion_proof(index, size, WHOLE.node)
    old = data.draw(st.integers(0, size))
    assert consistency_proof(old, size, node) == consistency_proof(old, size, WHOLE.node)
    assert len(asked) <= 4
    assert all(first % WIDTH == 0 and count <= WIDTH for first, count in asked)


@settings(max_examples=60, deadline=None)
@given(SIZES, st.integers(0, 2), st.data())
def test_tiles_are_the_same(size: int, level: int, data: st.DataObject) -> None:
    """Every tile file is the one that the tree in memory gives, and so is every refusal."""
    there = size >> 8 * level
    index = data.draw(st.integers(0, there // WIDTH))
    width = data.draw(st.one_of(st.just(WIDTH), st.integers(1, WIDTH)))
    asked: list[tuple[int, int]] = []
    path = tile_path(level, index, width)
    assert serve_tile(path, size, SMALL.lookup(stored(asked))) == serve_tile(path, size, WHOLE.node)
    assert len(asked) <= (level == 0)


def test_what_is_held_is_one_hash_for_each_full_tile() -> None:
    """A log of 65,799 entries holds 257 hashes of tiles, one of a tile of tiles, and its edge."""
    rows = [len(row) // 32 for row in SMALL._rows]
    assert rows == [257, 1]
    assert len(SMALL.frontier.peaks) == len(LEAVES).bit_count()


def test_what_is_not_there_is_an_error() -> None:
    """A subtree that is not complete, and leaves that the store has lost, are each a `LogError`."""
    node = grown(300).lookup(stored())
    for level, index in ((0, 300), (8, 1), (9, 0), (0, -1)):
        with pytest.raises(LogError, match="no complete subtree"):
            node(level, index)
    lost = grown(300).lookup(lambda first, count: LEAVES[first : first + count - 1])
    with pytest.raises(LogError, match="are there"):
        lost(0, 5)


def test_a_lookup_stays_as_the_log_was() -> None:
    """A log that grows while a proof is made gives the proof of the size that was asked for."""
    edge = grown(500)
    node = edge.lookup(stored())
    for leaf in LEAVES[500:900]:
        edge.append(leaf)
    assert inclusion_proof(321, 500, node) == inclusion_proof(321, 500, WHOLE.node)
    with pytest.raises(LogError):
        node(0, 500)
