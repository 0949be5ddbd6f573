"""A second opinion on what was read: another program's verdict beside ours, transaction by transaction.

Lives here: which transactions can be asked about, and what came back, in a form that can be shown. Never
here: the other program (`gateway.specs.pyx12_maps`), which is loaded only when somebody asks, and what is
known of the differences (`edi_specs/x12/second_opinion.csv`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.specs.pyx12_compare import compare
from gateway.specs.x12 import X12Spec

if TYPE_CHECKING:
    from gateway.specs import Specs
    from gateway.specs.pyx12_compare import Pair
    from gateway.tree import Interchange

BY = "pyx12"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What pyx12 says of one transaction beside what we say.

    `pairs` is a finding of ours and a remark of theirs, or one of them alone. `unasked` says why there is
    no opinion, "" where there is one. `transaction` is the index in the interchange.
    """

    transaction: int
    message: str
    version: str
    pairs: tuple[Pair, ...] = ()
    unasked: str = ""

    @property
    def agrees(self) -> bool:
        """Tell whether both say the same, or differ only in ways that are understood."""
        return not self.unasked and all(pair.agrees for pair in self.pairs)

    def count(self, kind: str) -> int:
        """Count the pairs that are `agree`, `known` (differ for a reason that is written down) or `open`."""
        return sum(1 for pair in self.pairs if kind_of(pair) == kind)

    def as_json(self) -> dict[str, Any]:
        """Give the opinion as plain JSON values."""
        plain: dict[str, Any] = {
            "transaction": self.transaction,
            "message": self.message,
            "version": self.version,
            "agrees": self.agrees,
            "pairs": [_plain(pair) for pair in self.pairs],
        }
        return plain | ({"unasked": self.unasked} if self.unasked else {})


def kind_of(pair: Pair) -> str:
    """Give `agree`, `known` or `open`."""
    return "agree" if pair.kind == "agree" else "known" if pair.reason else "open"


def _plain(pair: Pair) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": kind_of(pair)}
    if pair.kind != "agree":
        plain |= {"difference": pair.kind, "reason": pair.reason}
    if pair.ours is not None:
        plain["ours"] = {"code": pair.ours.code, "position": list(pair.ours.position)}
    if pair.theirs is not None:
        plain["theirs"] = pair.theirs._asdict()
    return plain


def second_opinions(interchange: Interchange, specs: Specs) -> list[Opinion]:
    """Ask pyx12 about each transaction of an X12 interchange; of another format nothing is asked."""
    if interchange.format != "x12":
        return []
    # Loaded only here: pyx12 takes its time, and nothing but this asks it.
    from gateway.formats.x12.format import segments_of  # noqa: PLC0415
    from gateway.specs.pyx12_maps import RefusedError, second_opinion  # noqa: PLC0415

    found = []
    for number, one in enumerate(interchange.transactions):
        spec = specs.message("x12", one.message, one.version)
        segments, delimiters = segments_of(one)
        if not isinstance(spec, X12Spec) or not segments:
            why = "there is no table for this set in this release, so there is no map either"
            found.append(Opinion(number, one.message, one.version, unasked=why))
            continue
        try:
            remarks = second_opinion(spec, segments, delimiters)
        except RefusedError as error:
            found.append(Opinion(number, one.message, one.version, unasked=str(error)))
            continue
        pairs = compare(one.findings, remarks, specs.root)
        found.append(Opinion(number, one.message, one.version, tuple(pairs)))
    return found
