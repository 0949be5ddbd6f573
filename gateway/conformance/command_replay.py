"""`gateway conformance replay`: send recorded cases again, and say what is different now.

A case that failed is sent as it is recorded. One that passed is made again from the seed, and
must have the digest that is recorded.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.conformance import catalogue, results, text
from gateway.conformance.model import NONCONFORMING, PASSED, UNJUDGED, Verdict
from gateway.conformance.recorded import case_of
from gateway.conformance.results import ResultsError, compact
from gateway.conformance.runner import Order, Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gateway.conformance.model import Case

_APART = {Verdict.PASS, Verdict.SKIP, Verdict.EXCLUDED}


@dataclass(frozen=True, slots=True)
class Again:
    """One case sent again: its line now, and the verdict it had."""

    line: dict[str, Any]
    was: str


def replay(order: Order, name: str, wanted: Sequence[str], *, as_json: bool) -> int:
    """Send cases of a results file again and tell each; all that did not pass where none is named.

    ResultsError where the file is not whole, or has no such case.
    """
    again = []
    with ThreadPoolExecutor(1) as aside:
        # To look through a large file takes longer than the case, and most of it needs no Python.
        reading = aside.submit(_read, name, wanted)
        worker = Worker(order)
        try:
            found = {case_id: catalogue.find(case_id, order.root, order.seed) for case_id in wanted}
            for line in reading.result():
                again.append(Again(_line(worker, line, name, found), line["verdict"]))
                _tell(again[-1], name, as_json=as_json)
        finally:
            worker.close()
    if not again and not as_json:
        sys.stdout.write("every case passed; name one to send it again\n")
    verdicts = {one.line["verdict"] for one in again}
    if Verdict.ERROR in verdicts:
        return UNJUDGED
    return NONCONFORMING if verdicts & {Verdict.FAIL, Verdict.FIXED} else PASSED


def _read(name: str, wanted: Sequence[str]) -> Iterable[dict[str, Any]]:
    """Check that a file is whole and give the lines that are meant, those that are named at once."""
    found = results.read(name, wanted)
    return list(_lines_of(found, wanted)) if wanted else _lines_of(found, wanted)


def _lines_of(found: results.Results, wanted: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the lines that are meant. ResultsError for a name that is not there."""
    left = set(wanted)
    for line in found.named if wanted else found.cases():
        if line["case"] in left or (not wanted and line["verdict"] not in _APART):
            left.discard(line["case"])
            yield line
    if left:
        raise ResultsError(f"{found.path}: there is no case {min(left)}")


def _line(
    worker: Worker, line: dict[str, Any], name: str, found: Mapping[str, Case | None]
) -> dict[str, Any]:
    case = case_of(line)
    if case is None:
        return worker.line(_made(worker.order, line, name, found))
    return worker.line(case, {"text": line.get("text", ""), "source": line.get("source", "")})


def _made(order: Order, line: dict[str, Any], name: str, found: Mapping[str, Case | None]) -> Case:
    case_id = line["case"]
    case = found[case_id] if case_id in found else catalogue.find(case_id, order.root, order.seed)
    if case is None:
        raise ResultsError(f"{name}: the suite has no case {case_id} any more")
    if "input" in line and case.make().digest != line["input"]:
        raise ResultsError(f"{name}: the suite makes other bytes for {case_id} now")
    return case


def _tell(one: Again, path: str, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(compact({**one.line, "was": one.was}) + "\n")
        return
    now = one.line["verdict"]
    if now in _APART:
        sys.stdout.write(f"{now.upper():5} {one.line['case']}\n")
    else:
        sys.stdout.write("\n".join(text.block(one.line, path)) + "\n")
    if now != one.was:
        sys.stdout.write(f"      before    {one.was}\n")
