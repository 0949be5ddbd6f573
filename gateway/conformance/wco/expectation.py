"""What must come back for one fault in a document.

Lives here: the finding with its place and bytes, and the Response with its ValidationCode and the
path of ids that its Pointers make. The codes stand in `edi_specs/ack_codes/wco_error.csv`. Never
here: how the fault was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.model import Ack, Expect, Spot
from gateway.conformance.wco.tables import ack_codes

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.conformance.wco.draft import Draft, Elem

ACCEPTED, REJECTED = "02", "03"


def answered(draft: Draft) -> bool:
    """Tell whether a document is acknowledged: nobody answers an answer."""
    return draft.body.space != "RES"


def right(draft: Draft) -> Expect:
    """Expect a document without a finding."""
    ack = Ack("RES", (("FunctionCode", ACCEPTED),)) if answered(draft) else None
    return Expect("accepted", (), ack)


def fault(
    root: Path,
    draft: Draft,
    problem: str,
    at: tuple[str, ...],
    span: tuple[int, int] | None,
    pointer: str = "",
) -> Expect:
    """Expect one finding; `pointer` is the path of its Pointers, "" where it is not judged."""
    spot = Spot(problem.replace("/", "."), at, span)
    where = at[0] if at else problem
    if not answered(draft):
        return Expect("rejected", (spot,), None, where)
    codes = [("FunctionCode", REJECTED), ("ValidationCode", code(root, problem))]
    if pointer:
        codes.append(("Pointer", pointer))
    return Expect("rejected", (spot,), Ack("RES", tuple(codes)), where)


def code(root: Path, problem: str) -> str:
    """Give the ValidationCode of a problem."""
    known = ack_codes(root)
    return known.get(problem) or known["*"]


def pointer(draft: Draft, elem: Elem, below: str = "") -> str:
    """Give the path to an element: `42A/67A/68A[1]@D026`; `below` is the id of a value that is missing."""
    chain = [elem]
    while chain[0] is not draft.body:
        chain.insert(0, draft.parent(chain[0]))
    path = draft.body.part.number if draft.body.part is not None else ""
    for one in chain[1:]:
        part = one.part
        if part is None:
            return ""
        if _holds_text(one):
            return f"{path}@{part.number}"
        path += f"/{part.number}"
        if part.most != 1:
            same = [other for other in draft.parent(one).children if other.name == one.name]
            path += f"[{next(at for at, other in enumerate(same, 1) if other is one)}]"
    return path + below


def _holds_text(elem: Elem) -> bool:
    part = elem.part
    return part is not None and (
        part.facets is not None or [one.name for one in part.parts] == ["DateTimeString"]
    )
