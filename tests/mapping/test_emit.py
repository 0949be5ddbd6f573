"""The compiled rows against the rows read and written one by one: the same, or no answer."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.entry import entry_of, plain_of
from gateway.entry.settle import fitted, settle
from gateway.entry.values import Currency, Money
from gateway.finding import Severity
from gateway.flow.translate import load_tables
from gateway.mapping import trace
from gateway.mapping.engine import explain
from gateway.mapping.plan import Op
from gateway.mapping.residue import thaw
from gateway.mapping.run import Memo
from gateway.tree import Addresses, Transaction, walk
from tests.laws.fixtures import good, label, taken
from tests.mapping.test_engine import BILLS, MESSAGES, bill, compiled, equipment, msg

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from gateway.mapping import Mapping
    from gateway.tree import Node

JUNK = ("", " ", "X", "0", "9999999999", "-1.50", "20269999", "é", "a b", "\ud800")
ROUNDS = 4
BYTES_MAX = 20_000
WRITTEN = ("catair/SE", "catair/AE", "wco/DEC", "json", "x12/309", "x12/810", "x12/856")


def agree(mapping: Mapping, root: Node) -> bool:
    """Hold both readings against each other; tell whether the compiled rows had an answer."""
    transaction = Transaction(message="", version="", control="", root=root)
    plain, _, findings = explain(mapping, transaction)
    clean = all(one.severity is Severity.INFO for one in findings)
    try:
        run = mapping.reader(root)
    except ValueError:
        assert not clean
        return False
    assert clean
    assert json.dumps(run.root) == json.dumps(plain)
    return True


def shape(node: Node) -> tuple[Any, ...]:
    """Show a tree as nested tuples, leaves in order."""
    return (node.name, tuple(node.values.items()), tuple(map(shape, node.children)))


def write_agree(mapping: Mapping, plain: dict[str, Any], *, near: bool) -> bool:
    """Hold both writings against each other; tell whether the compiled rows had an answer."""
    traced = trace(mapping, plain, near=near)
    withheld = [one.place for one in traced.findings if one.problem == "near/withheld"]
    try:
        root, held = mapping.writer(plain, near=near)
    except ValueError:
        return False
    assert [op.row.address for op in held] == withheld
    assert len(withheld) == len(traced.findings)
    assert shape(root) == shape(traced.root)
    return True


def leaves(node: Node) -> list[tuple[Node, str]]:
    """List every leaf of a tree that can be changed."""
    return [(node, key) for key in node.values] + [leaf for child in node.children for leaf in leaves(child)]


@pytest.mark.parametrize("file", good(), ids=label)
def test_fixtures(file: Path) -> None:
    """Every good fixture is read by the compiled rows, and as the rows one by one read it."""
    for one in taken(file).translations:
        assert agree(one.mapping, one.transaction.root)


def test_junk_in_fixtures() -> None:
    """With any leaf spoilt both give the same entry, or the compiled rows leave it to the others."""
    chance = random.Random(7)  # noqa: S311 - it chooses what to spoil
    answered = refused = 0
    for file in (one for one in good() if one.stat().st_size < BYTES_MAX):
        for one in taken(file).translations[:2]:
            for _ in range(ROUNDS):
                root = thaw(one.transaction.root)
                for node, key in chance.sample(found := leaves(root), min(len(found), chance.randint(1, 3))):
                    node.values[key] = chance.choice(JUNK)
                if agree(one.mapping, root):
                    answered += 1
                else:
                    refused += 1
    assert answered > 200
    assert refused > 100


@pytest.mark.parametrize("name", WRITTEN)
def test_new_messages(name: str) -> None:
    """Every good fixture's entry is written as a new message alike, whatever it was read from."""
    mapping = load_tables().mappings.target(name)
    assert mapping is not None
    plains = [
        one.plain
        for file in good()
        if file.stat().st_size < BYTES_MAX
        for one in taken(file).translations[:1]
    ]
    answers = [write_agree(mapping, plain, near=near) for plain in plains for near in (False, True)]
    assert answers.count(True) > len(answers) / 2


@given(MESSAGES)
@settings(deadline=None)
def test_loops(message: list[tuple[str, list[tuple[str, list[str]]]]]) -> None:
    """Loops with keys, links and texts that go on are read alike, whatever is in them."""
    root = msg(*(bill(number, *(equipment(e, *goods) for e, goods in below)) for number, below in message))
    assert agree(LOADING, root)


LOADING = compiled(BILLS)


def test_settling_is_what_the_model_says() -> None:
    """Values put in order one object at a time are what the model's own dump gives."""
    plain: dict[str, Any] = {
        "lines": [
            {"tariffs": [{"value": {"currency": "USD", "amount": "1.5"}, "number": "8501"}], "number": 1}
        ],
        "number": "A",
    }
    entry, misfits = entry_of(json.loads(json.dumps(plain)))
    assert not misfits
    settle(plain)
    assert json.dumps(plain) == json.dumps(plain_of(entry))


@pytest.mark.parametrize("plain", [{"seller": {"identifiers": [{"scheme": "irs"}]}}, {"nonsense": "x"}])
def test_settling_refuses(plain: dict[str, Any]) -> None:
    """An object that lacks what it needs, or has what the model does not know, is refused."""
    with pytest.raises(ValueError, match="do not make an object"):
        settle(plain)


def test_fitted_values() -> None:
    """A value is given as the entry has it, or refused as the model refuses it."""
    amount, currency = (Money.model_fields[name].annotation for name in ("amount", "currency"))
    assert fitted(amount)("007.50") == "7.50"
    assert fitted(currency)("USD") == "USD"
    with pytest.raises(ValueError, match="pattern"):
        fitted(Currency)("usd")


@pytest.mark.parametrize("file", good(), ids=label)
def test_addresses(file: Path) -> None:
    """The address of a leaf that is asked for alone is the one that walking the tree gives."""
    for one in taken(file).translations:
        separator = one.mapping.spec.separator
        leaves = list(walk(one.transaction.root, separator))[:: max(1, file.stat().st_size // BYTES_MAX)]
        addresses = Addresses(one.transaction.root, separator)
        assert [addresses.leaf(leaf.node, leaf.key) for leaf in leaves] == leaves


@given(st.from_regex(r"[-+ ]?[0-9]{0,20}(\.[0-9]{0,8})?(E-?[0-9])?", fullmatch=True))
@settings(max_examples=300)
def test_a_number_that_is_taken_as_it_stands_is_what_its_conversion_gives(text: str) -> None:
    """The short way for decimals gives the text of the long one, and takes nothing that it refuses."""
    op = next(
        step
        for step in load_tables().mappings.get("wco", "DEC", "3.6").plan.steps
        if isinstance(step, Op) and step.convert.word == "decimal"
    )
    fits = tuple(fitted(path.kind) for path in op.paths)
    short, long = Memo(op, fits), Memo(op, fits)
    assert short.same is not None
    long.same = None

    def told(memo: Memo) -> object:
        try:
            return memo[text]
        except ValueError:
            return ValueError

    assert told(short) == told(long)
