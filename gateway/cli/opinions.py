"""Second opinions as `gateway validate` says them: loaded when somebody asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.flow.opinion import BY, Opinion, kind_of, second_opinions
from gateway.shell.versions import version

if TYPE_CHECKING:
    from gateway.specs import Specs
    from gateway.specs.pyx12_compare import Pair
    from gateway.tree import Interchange


class Opinions(NamedTuple):
    """What another program says of each transaction of a file."""

    each: list[Opinion]

    def as_json(self) -> dict[str, Any]:
        """Give them as plain JSON values."""
        return {
            "by": f"{BY} {version(BY)}",
            "agrees": all(opinion.agrees for opinion in self.each),
            "transactions": [opinion.as_json() for opinion in self.each],
        }

    def show(self, name: str) -> None:
        """Print what differs, then one line for each transaction."""
        if not self.each:
            print(f"{name}: second opinion: {BY} judges X12 transactions, and here is none")
        for opinion in self.each:
            what = f"{opinion.transaction + 1}. {opinion.message} {opinion.version}"
            for pair in opinion.pairs:
                if kind_of(pair) != "agree":
                    print(f"{name}: second opinion: {what}: {_difference(pair)}")
            said = opinion.unasked or (
                f"{opinion.count('agree')} agree, {opinion.count('known')} differ for a known reason, "
                f"{opinion.count('open')} open"
            )
            print(f"{name}: second opinion: {what}: {BY} {version(BY)}: {said}")


def asked(interchange: Interchange, specs: Specs) -> Opinions:
    """Ask the other program about each transaction."""
    return Opinions(second_opinions(interchange, specs))


def _difference(pair: Pair) -> str:
    ours = f"we say {pair.ours.code}" if pair.ours is not None else "we say nothing"
    theirs = "it says nothing"
    if pair.theirs is not None:
        one = pair.theirs
        place = f"{one.name}{one.element:02}" if one.element else one.name
        theirs = f"it says {one.level} code {one.code} at segment {one.segment}, {place}: {one.text}"
    return f"{ours}; {theirs} ({pair.reason or 'open'})"
