"""A message against what an authority or partner asks for beyond the standard.

Lives here: the rules of `edi_specs/x12/profiles/` over the tree of what was read. Their findings have
layer `profile` and problems `profile/...`. Never here: the standard's own grammar.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity, Span
from gateway.formats.x12.segment import Segment
from gateway.specs.x12_profiles import AUTO, profile, profiles

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from gateway.specs import Specs
    from gateway.specs.x12_profiles import Address, Rule, Step, When
    from gateway.tree import Interchange, Node, Transaction

# What the standard itself asks for, whoever takes the message.
BALANCES = "balances"


def check_profiles(
    interchange: Interchange, names: Sequence[str], specs: Specs, on: str = ""
) -> list[Finding]:
    """List what is wrong with counts and levels, then what each profile objects to.

    A profile `auto` is for each transaction the one that fits its mode, set and release.
    `LookupError` for a profile that there is none of.
    """
    found = check_profile(interchange, BALANCES, specs, on)
    for name in dict.fromkeys(names):
        if name != AUTO:
            found.extend(check_profile(interchange, name, specs, on))
            continue
        fits: dict[str, set[int]] = {}
        for number, one in enumerate(interchange.transactions):
            fits.setdefault(fitting(one, specs), set()).add(number)
        for fit, numbers in fits.items():
            found.extend(check_profile(interchange, fit, specs, on, only=numbers) if fit else ())
    return found


def fitting(transaction: Transaction, specs: Specs) -> str:
    """Name the profile that fits a transaction by mode (M1002), set and release, "" where none does."""
    modes = [node for node in transaction.root.children if node.name == "M10"]
    mode = _leader(modes[0]).get("02") if modes else ""
    takers = []
    for name in profiles(specs.root):
        rules = profile(specs.root, name) or ()
        releases = {
            rule.release for rule in rules if (rule.rule, rule.message) == ("group", transaction.message)
        }
        told = {code for rule in rules if _tells_mode(rule) for code in rule.value.split("|")}
        if releases and (not mode or not told or mode in told):
            takers.append((name, transaction.version in releases))
    # A mode that one profile alone speaks of chooses it, in whatever release the set comes.
    fits = [name for name, takes in takers if takes or (mode and len(takers) == 1)]
    return fits[0] if len(fits) == 1 else ""


def _tells_mode(rule: Rule) -> bool:
    return rule.rule == "codes" and rule.address is not None and rule.address.text == "M10-02"


def check_profile(
    interchange: Interchange, name: str, specs: Specs, on: str = "", *, only: Container[int] | None = None
) -> list[Finding]:
    """List what a profile objects to; `on` is an ISO date, "" lets every row hold.

    `only` are the numbers of the transactions to look at, None is all. `LookupError` for a profile
    that there is none of.
    """
    rules = profile(specs.root, name)
    if rules is None:
        raise LookupError(name)
    found: list[Finding] = []
    groups = _groups(interchange)
    takes_sets = any(rule.rule == "group" for rule in rules)
    for number, one in enumerate(interchange.transactions):
        if only is not None and number not in only:
            continue
        here = [rule for rule in rules if rule.holds(one.message, one.version, on)]
        if here or takes_sets:
            check = _Check(one, number, name, takes_sets=takes_sets)
            found.extend(check.run(here, groups.get(id(one.root), "")))
    found.extend(_counts(interchange, rules, on, only))
    return found


def _groups(interchange: Interchange) -> dict[int, str]:
    """Give GS01 by the id of each transaction's root."""
    return {
        id(child): group.children[0].get("01")
        for node in interchange.root.children
        for group in node.children
        if group.name == "GS" and group.children
        for child in group.children
    }


def _counts(
    interchange: Interchange, rules: Sequence[Rule], on: str, only: Container[int] | None
) -> Iterator[Finding]:
    """Look at how often a set stands in the transmission."""
    for rule in rules:
        if rule.rule != "count_max" or rule.address is not None:
            continue
        numbers = [
            number
            for number, one in enumerate(interchange.transactions)
            if (only is None or number in only) and rule.holds(one.message, one.version, on)
        ]
        most = int(rule.value)
        if len(numbers) > most:
            number = numbers[most]
            check = _Check(interchange.transactions[number], number, rule.profile)
            check.add(
                rule, "ST", "profile/set-count", check.segments[:1], "", f"at most {most}", str(len(numbers))
            )
            yield from check.found


class _Check:
    """One transaction under the rules of a profile."""

    def __init__(self, transaction: Transaction, number: int, name: str, *, takes_sets: bool = False) -> None:
        # A profile with groups says by them which sets it takes; one without takes every set.
        self.takes_sets = takes_sets
        self.root = transaction.root
        self.number = number
        self.name = name
        self.scope = f"x12.{transaction.message}.{transaction.version}"
        self.found: list[Finding] = []

    @cached_property
    def segments(self) -> list[Segment]:
        """The segments in order; listed only when something is found."""
        return list(_segments(self.root))

    @cached_property
    def places(self) -> dict[int, int]:
        """The position of each segment, from 1, by its id."""
        return {id(node): at for at, node in enumerate(self.segments, 1)}

    def run(self, rules: Sequence[Rule], group: str) -> list[Finding]:
        """Judge by every rule."""
        wanted = [rule for rule in rules if rule.rule == "group"]
        if not wanted and self.takes_sets:
            self.plain("profile/set", "ST-01", f"{self.name} does not take this set in this release")
        elif wanted and group not in {rule.value for rule in wanted}:
            self.add(wanted[0], "ST-01", "profile/group", self.segments[:1], "01", wanted[0].value, group)
        for rule in rules:
            if rule.address is not None:
                self.rule(rule, rule.address)
        return self.found

    def plain(self, problem: str, address: str, words: str) -> None:
        """Report something that no row says."""
        span = self.segments[0].span("01") if self.segments else None
        self.found.append(
            Finding(
                code=f"{self.scope}/{address}/{problem}",
                message=words,
                layer=Layer.PROFILE,
                clause=f"{self.name}/{address}",
                place=address,
                span=span,
                transaction=self.number,
                position=(1, 1, 0, 0),
            )
        )

    def rule(self, rule: Rule, address: Address) -> None:
        """Apply one rule in each turn of the loops that its condition shares with its place."""
        shared = _shared(address.steps, rule.when.address.steps) if rule.when else 0
        shared = min(shared, len(address.steps) - 1)
        for turn in nodes(self.root, address.steps[:shared]):
            if rule.when is None or _holds(rule.when, turn, shared):
                self.place(rule, address, turn, address.steps[shared:])

    def place(self, rule: Rule, address: Address, turn: Node, steps: Sequence[Step]) -> None:
        if rule.rule == "hierarchy":
            self.hierarchy(rule, address.text, list(nodes(turn, steps)))
            return
        for parent in nodes(turn, steps[:-1]):
            here = list(nodes(parent, steps[-1:]))
            if rule.rule == "count_max":
                most = int(rule.value)
                if len(here) > most:
                    self.add(
                        rule,
                        address.text,
                        "profile/too-many",
                        [here[most]],
                        "",
                        f"at most {most}",
                        str(len(here)),
                    )
            elif not here:
                if rule.rule == "usage" and rule.value == "M":
                    self.add(rule, address.text, "profile/missing", [parent], "", "a value", "nothing")
            else:
                for node in here:
                    if rule.counted is not None:
                        around = node if node.children else parent
                        self.count(rule, address, node, sum(1 for _ in nodes(around, rule.counted.steps)))
                    else:
                        self.leaf(rule, address, node)

    def leaf(self, rule: Rule, address: Address, node: Node) -> None:
        """Judge one segment: as a whole, or one of its leaves."""
        segment = _leader(node)
        text = segment.get(address.leaf) if address.leaf else segment.name
        problem, expected = wrong(rule, text)
        if problem:
            self.add(rule, address.text, problem, [segment], address.leaf, expected, text or "nothing")

    def count(self, rule: Rule, address: Address, node: Node, counted: int) -> None:
        """Compare a count that is said with what was counted."""
        segment = _leader(node)
        text = segment.get(address.leaf)
        if text.isdecimal() and int(text) != counted:
            self.add(rule, address.text, "profile/count", [segment], address.leaf, str(counted), text)

    def hierarchy(self, rule: Rule, address: str, levels: Sequence[Node]) -> None:
        """Look at HL segments: each number once, and each parent before what belongs to it."""
        seen: set[str] = set()
        for node in levels:
            segment = _leader(node)
            number, parent = segment.get("01"), segment.get("02")
            if number in seen:
                self.add(
                    rule, f"{address}-01", "profile/level-twice", [segment], "01", "a new number", number
                )
            if parent and parent not in seen:
                self.add(
                    rule, f"{address}-02", "profile/level-parent", [segment], "02", "an earlier level", parent
                )
            seen.add(number)

    def add(
        self,
        rule: Rule,
        address: str,
        problem: str,
        nodes_: Sequence[Node],
        leaf: str,
        expected: str,
        actual: str,
    ) -> None:
        """Add one finding; it points at the leaf, or at the segment that stands for it."""
        node = _leader(nodes_[0]) if nodes_ else None
        span = None
        if isinstance(node, Segment):
            span = node.span(leaf) if leaf else node.extent()
            if problem == "profile/missing" and not leaf:
                span = Span(node.extent().end, node.extent().end)
        element, _, component = leaf.partition("-")
        place = self.places.get(id(node), 0)
        self.found.append(
            Finding(
                code=f"{self.scope}/{address}/{problem}",
                message=f"{rule.text} ({self.name})",
                severity=Severity(rule.severity),
                layer=Layer.PROFILE,
                clause=f"{self.name}/{address}/{rule.rule} (reference {rule.source})",
                place=address,
                span=span,
                expected=expected,
                actual=actual,
                transaction=self.number,
                position=(place, int(element or 0), int(component or 0), 0),
            )
        )


def wrong(rule: Rule, text: str) -> tuple[str, str]:
    """Give problem and expectation where a value breaks a rule, empty where it keeps it."""
    value = rule.value
    if rule.rule == "usage":
        if value == "M":
            return ("", "") if text else ("profile/missing", "a value")
        return ("profile/not-used", "nothing") if text else ("", "")
    if not text:
        return "", ""
    if rule.rule == "max_length":
        return ("profile/too-long", f"at most {value} characters") if len(text) > int(value) else ("", "")
    if rule.rule == "codes":
        listed = value.split("|")
        return ("profile/code", " ".join(listed)) if text not in listed else ("", "")
    return ("profile/pattern", value) if not re.fullmatch(value, text) else ("", "")


def nodes(root: Node, steps: Sequence[Step]) -> Iterator[Node]:
    """Yield the nodes that steps lead to."""
    if not steps:
        yield root
        return
    step, *rest = steps
    for child in root.children:
        if child.name == step.name and (not step.key or _leader(child).get(step.key) in step.codes):
            yield from nodes(child, rest)


def _leader(node: Node) -> Node:
    """Give the segment that opens a loop, or the segment itself."""
    while node.children:
        node = node.children[0]
    return node


def _segments(node: Node) -> Iterator[Segment]:
    if isinstance(node, Segment):
        yield node
    for child in node.children:
        yield from _segments(child)


def _shared(one: Sequence[Step], other: Sequence[Step]) -> int:
    """Count the steps that two addresses have in common: one turn of those loops is meant."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _holds(when: When, turn: Node, shared: int) -> bool:
    rest = when.address.steps[shared:]
    texts = [_leader(node).get(when.address.leaf) for node in nodes(turn, rest)] or [""]
    stands = any(text in when.values for text in texts)
    return not stands if when.negated else stands
