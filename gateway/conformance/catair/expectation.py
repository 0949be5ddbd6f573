"""What must come back for one fault in a batch.

Lives here: the finding with its place and bytes, and the condition code of the answer: X codes
reject the batch, others reject a transaction in the answer of its application. The codes stand
in `edi_specs/ack_codes/catair*.csv`. Never here: how the fault was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.conformance.catair.tables import ack_codes
from gateway.conformance.model import Ack, Expect, Spot

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.conformance.catair.parts import Application

# Of the value of a field: in an answer of CBP's, which mirrors what was wrong, only doubtful.
_VALUES = ("usage", "class", "code", "constant", "date", "shape", "justify", "relation", "count", "filer",
           "substitution")  # fmt: skip
_DOUBTFUL = ("character/lower-case", "justify/left")
_ANSWERED = {"SE": "SE90", "AE": "E1", "QP": "95", "WP": "95", "CB": "90"}
_REJECTS = {"SE": "01", "AE": "R", "QP": "01", "WP": "01", "CB": "R"}
# What an AX says where no code is at hand.
_NO_CODE = "998"


def doubtful(application: Application, problem: str) -> bool:
    """Tell whether a fault is a warning and leaves the batch accepted."""
    if problem in _DOUBTFUL:
        return True
    if problem == "order/wrong":
        return not any(order.refused for order in application.orders)
    value = problem.partition("/")[0] in _VALUES or problem == "record/not-allowed"
    return application.direction == "out" and value and not problem.startswith("filler")


def fault(
    root: Path,
    application: Application,
    problem: str,
    name: str,
    at: tuple[str, ...],
    span: tuple[int, int] | None,
    *,
    envelope: bool = False,
) -> Expect:
    """Expect one finding. `name` is the record and its columns as code tables know them: `SE10:5`."""
    spot = Spot(problem.replace("/", "."), at, span)
    where = at[0] if at else name
    if doubtful(application, problem) and not envelope:
        return Expect("accepted", (spot,), None, where)
    if envelope and application.direction == "out" and problem.startswith("code/"):
        return Expect("accepted", (spot,), None, where)
    return Expect("rejected", (spot,), _ack(root, application, problem, name, envelope=envelope), where)


def _ack(root: Path, application: Application, problem: str, name: str, *, envelope: bool) -> Ack | None:
    if application.direction == "out":
        return None
    batch = ack_codes(root, "catair")
    key = f"{name}/{problem}"
    structural = envelope or key in batch or problem in batch
    if structural and (envelope or application.name != "AE"):
        return Ack("X1", (("X1", batch.get(key) or batch.get(problem) or "X40"), ("X1-final", "R")))
    if application.name not in _ANSWERED:
        return None
    own = {"SE": "catair_se", "AE": "catair_ae"}.get(application.name, "catair")
    table = ack_codes(root, own)
    code = table.get(key) or table.get(problem) or (_NO_CODE if application.name == "AE" else "")
    said = _ANSWERED[application.name]
    return Ack(application.answer, ((said, code), (f"{said}-final", _REJECTS[application.name])))
