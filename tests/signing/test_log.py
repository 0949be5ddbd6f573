from __future__ import annotations

import hashlib
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.signing.log import (
    EMPTY_ROOT,
    Frontier,
    LogError,
    Tree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_from_inclusion,
)
from gateway.signing.tiles import (
    WIDTH,
    bundle_path,
    new_bundles,
    new_tiles,
    read_bundle,
    serve_tile,
    tile_lookup,
    tile_path,
)

SIZES = range(1, 65)
ENTRIES = [f"receipt {number}".encode() for number in range(70)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
TREE = Tree(LEAVES)


def mth(leaves: list[bytes]) -> bytes:
    """Hash a list as RFC 9162 section 2.1.1 writes it, without any of our shortcuts."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


def test_roots_of_the_well_known_example() -> None:
    """The eight entries that certificate transparency tests with have the roots known from there."""
    texts = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    tree = Tree(leaf_hash(bytes.fromhex(text)) for text in texts)
    assert tree.root(1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(2).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert Tree().root() == EMPTY_ROOT


def test_roots_follow_the_definition() -> None:
    """The root of every size is the one that the recursive definition gives."""
    for size in range(71):
        assert TREE.root(size) == mth(LEAVES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_inclusion_of_every_entry(size: int) -> None:
    """Every entry of every size up to 64 is proved, and nothing else by the same proof."""
    root = TREE.root(size)
    for index in range(size):
        proof = inclusion_proof(index, size, TREE.node)
        assert is_included(index, size, LEAVES[index], proof, root)
        assert len(proof) <= size.bit_length()
        assert not is_included(index, size, LEAVES[(index + 1) % 70], proof, root)
        assert not is_included(index, size, LEAVES[index], [*proof, root], root)
        if proof:
            assert not is_included(index, size, LEAVES[index], proof[:-1], root)
            other = (index + 1) % size
            assert not is_included(other, size, LEAVES[index], proof, root)


@pytest.mark.parametrize("size", SIZES)
def test_consistency_with_every_older_size(size: int) -> None:
    """Every size up to 64 is proved to begin with every smaller one, and with no other log."""
    root = TREE.root(size)
    for old in range(1, size + 1):
        proof = consistency_proof(old, size, TREE.node)
        assert is_consistent(old, size, TREE.root(old), root, proof)
        assert not is_consistent(
            old, size, LEAVES[0] if old > 1 else root if size > 1 else LEAVES[1], root, proof
        )
        assert not is_consistent(old, size, TREE.root(old), TREE.root(size + 1), proof)
        assert not is_consistent(old, size, TREE.root(old), root, [*proof, root])
        if old < size:
            assert not is_consistent(size, old, root, TREE.root(old), proof)
            assert not is_consistent(old, size, TREE.root(old), root, proof[:-1])


@pytest.mark.parametrize(("old", "size"), [(1, 2), (3, 7), (4, 7), (6, 8), (33, 64)])
def test_every_changed_bit_of_a_proof_is_refused(old: int, size: int) -> None:
    """No single changed bit of an inclusion or consistency proof passes."""
    for proof, check in (
        (
            inclusion_proof(old - 1, size, TREE.node),
            lambda changed: is_included(old - 1, size, LEAVES[old - 1], changed, TREE.root(size)),
        ),
        (
            consistency_proof(old, size, TREE.node),
            lambda changed: is_consistent(old, size, TREE.root(old), TREE.root(size), changed),
        ),
    ):
        assert check(proof)
        for number, value in enumerate(proof):
            for bit in range(256):
                flipped = (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(32, "big")
                assert not check([*proof[:number], flipped, *proof[number + 1 :]])


def test_an_empty_old_log_is_a_beginning_of_any() -> None:
    """From size 0 the proof is empty, and only the empty root passes."""
    assert consistency_proof(0, 5, TREE.node) == []
    assert is_consistent(0, 5, EMPTY_ROOT, TREE.root(5), [])
    assert not is_consistent(0, 5, LEAVES[0], TREE.root(5), [])


def test_what_is_not_there_is_an_error() -> None:
    """Indexes and sizes outside the log are a `LogError`."""
    for wrong in (
        lambda: inclusion_proof(5, 5, TREE.node),
        lambda: inclusion_proof(-1, 5, TREE.node),
        lambda: consistency_proof(6, 5, TREE.node),
        lambda: TREE.node(0, 70),
        lambda: TREE.node(9, 0),
        lambda: TREE.node(0, -1),
        lambda: TREE.root(-1),
        lambda: root_from_inclusion(0, 2, LEAVES[0], [b"short"]),
        lambda: root_from_inclusion(0, 1 << 62, LEAVES[0], [LEAVES[0]] * 64),
    ):
        with pytest.raises(LogError):
            wrong()


def test_a_restart_takes_up_the_frontier() -> None:
    """A frontier read from stored hashes grows to the same root as one that was never stopped."""
    for stop in range(70):
        frontier = Frontier.at(stop, TREE.node)
        assert frontier.root() == TREE.root(stop)
        for leaf in LEAVES[stop:]:
            frontier, _ = frontier.append(leaf)
        assert frontier.root() == TREE.root()


def test_an_append_is_logarithmic() -> None:
    """An append completes at most one subtree for each bit of the size, two on the average."""
    frontier, done = Frontier(), 0
    for number in range(4096):
        frontier, nodes = frontier.append(LEAVES[number % 70])
        assert len(nodes) <= (number + 1).bit_length()
        done += len(nodes)
    assert done < 2 * 4096
    assert len(frontier.peaks) == 1


def test_proofs_in_a_million_are_quick() -> None:
    """In a log of 1,000,000 entries a proof is made and checked in milliseconds."""
    rows = [leaf_hash(b"same")]
    for _ in range(20):
        rows.append(node_hash(rows[-1], rows[-1]))

    def node(level: int, _: int) -> bytes:
        return rows[level]

    root = Frontier.at(1_000_000, node).root()
    old = Frontier.at(123_456, node).root()
    start = time.perf_counter()
    for index in range(0, 1_000_000, 50_000):
        assert is_included(index, 1_000_000, rows[0], inclusion_proof(index, 1_000_000, node), root)
    proof = consistency_proof(123_456, 1_000_000, node)
    assert is_consistent(123_456, 1_000_000, old, root, proof)
    assert (time.perf_counter() - start) / 21 < 0.01
    assert len(proof) <= 40


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_tiles_written_in_any_steps_give_the_same_lookup(steps: list[int]) -> None:
    """Tiles written at any sequence of sizes answer like the tree in memory."""
    sizes = sorted({0, *steps})
    files = {}
    for old, size in pairwise(sizes):
        files |= dict(new_tiles(old, size, BIG.node))
    size = sizes[-1]
    node = tile_lookup(size, files.__getitem__)
    assert Frontier.at(size, node).root() == BIG.root(size)
    for index in range(0, size, 97):
        assert inclusion_proof(index, size, node) == inclusion_proof(index, size, BIG.node)
    for path, data in files.items():
        assert serve_tile(path, size, BIG.node) == data


BIG = Tree(leaf_hash(str(number).encode()) for number in range(700))


def test_tiles_of_two_rows() -> None:
    """A log longer than one tile has a second row, whose hashes are the roots of full tiles."""
    tree = Tree([LEAVES[0]] * (WIDTH * WIDTH + 3))
    files = dict(new_tiles(0, len(tree), tree.node))
    assert len(files["tile/1/000"]) == WIDTH * 32
    assert len(files["tile/0/256.p/3"]) == 3 * 32
    assert len(files["tile/2/000.p/1"]) == 32
    node = tile_lookup(len(tree), files.__getitem__)
    assert consistency_proof(1000, len(tree), node) == consistency_proof(1000, len(tree), tree.node)


def test_paths_are_those_of_the_specification() -> None:
    """Numbers are cut in threes, all but the last with an x; partial tiles name their width."""
    assert tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tile_path(1, 8, 17) == "tile/1/008.p/17"
    assert bundle_path(1000, 1) == "tile/entries/x001/000.p/1"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000",
        "tile/0/0",
        "tile/6/000",
        "tile/0/x000/000.p/70",
        "tile/0/000.p/0",
        "tile/0/000.p/71",
        "tile/0/000.p/256",
        "tile/0/../x",
        "tile/0/000.p/070",
        "",
        "tile/entries/000.p/1",
    ],
)
def test_no_other_path_is_served(path: str) -> None:
    """A path that is no tile of the log as it is gives nothing."""
    assert serve_tile(path, 70, TREE.node) is None


def test_a_broken_tile_or_bundle_is_an_error() -> None:
    """A tile of the wrong length and a bundle that ends early are a `LogError`."""
    node = tile_lookup(70, lambda _: b"short")
    with pytest.raises(LogError):
        node(0, 0)
    ((path, data),) = new_bundles(0, ENTRIES[:3])
    assert path == "tile/entries/000.p/3"
    assert read_bundle(data) == ENTRIES[:3]
    with pytest.raises(LogError):
        read_bundle(data[:-1])
    with pytest.raises(LogError):
        list(new_bundles(0, [bytes(65536)]))
