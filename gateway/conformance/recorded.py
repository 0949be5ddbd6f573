"""Cases as a results file keeps them: expectation and bytes written, and read back.

Lives here: both directions, so that a case can be sent again without the suite that made it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import Ack, Built, Case, Expect, Operator, Spot
from gateway.conformance.text import data_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conformance.judge import Judgement
    from gateway.conformance.model import Seen


# What a failed case keeps of its bytes and of the answer.
KEPT_BYTES_MAX = 64 * 1024


def explained(case: Case, built: Built, judged: Judgement, seen: Seen) -> dict[str, Any]:
    """Give what a line keeps of a case that did not pass."""
    kept: dict[str, Any] = {
        "expect": plain_expect(built.expect),
        "expected": judged.expected,
        "actual": judged.actual,
    }
    if built.operator is not None:
        kept["operator"] = built.operator.as_json()
    if case.kind != "message":
        kept |= {"kind": case.kind, "steps": dict(built.steps)}
    kept["bytes"] = len(built.data)
    if len(built.data) <= KEPT_BYTES_MAX:
        kept["data"] = base64.b64encode(built.data).decode("ascii")
    if seen.answer and len(seen.answer) <= KEPT_BYTES_MAX:
        kept["answer"] = base64.b64encode(seen.answer).decode("ascii")
    return kept


def plain_expect(expect: Expect) -> dict[str, Any]:
    """Give all of an expectation."""
    plain = expect.as_json()
    if expect.where:
        plain["where"] = expect.where
    if expect.also:
        plain["also"] = [spot.as_json() for spot in expect.also]
    return plain


def expect_of(plain: Mapping[str, Any]) -> Expect:
    """Read an expectation. KeyError, TypeError and ValueError where it is none."""
    ack = plain.get("ack")
    return Expect(
        disposition=str(plain["disposition"]),
        findings=tuple(_spot(one) for one in plain.get("findings", ())),
        ack=Ack(str(ack["message"]), _codes(ack["codes"])) if ack else None,
        where=str(plain.get("where", "")),
        also=tuple(_spot(one) for one in plain.get("also", ())),
        open=bool(plain.get("open", False)),
    )


def plain_codes(codes: tuple[tuple[str, str], ...]) -> Any:
    """Give codes by place; as pairs where one place has several."""
    return dict(codes) if len(dict(codes)) == len(codes) else [list(pair) for pair in codes]


def _codes(plain: Any) -> tuple[tuple[str, str], ...]:
    pairs = plain.items() if isinstance(plain, dict) else plain
    return tuple((str(name), str(code)) for name, code in pairs)


def _spot(plain: Mapping[str, Any]) -> Spot:
    at = plain["at"]
    span = plain.get("span")
    return Spot(
        str(plain["code"]),
        (str(at),) if isinstance(at, str) else tuple(str(one) for one in at),
        (int(span[0]), int(span[1])) if span is not None else None,
    )


def case_of(line: Mapping[str, Any]) -> Case | None:
    """Give the case of a line, made of what the line keeps; None where it keeps no bytes."""
    if "data" not in line or "expect" not in line:
        return None
    how = line.get("operator")
    built = Built(
        data_of(line),
        expect_of(line["expect"]),
        Operator(**how) if how else None,
        line.get("steps", {}),
    )
    return Case(
        id=line["case"],
        suite=line["case"].partition("/")[0],
        clauses=tuple(line["clauses"]),
        level=line["level"],
        force=line["force"],
        good=line["good"],
        make=lambda: built,
        kind=line.get("kind", "message"),
    )
