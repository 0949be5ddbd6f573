"""`gateway conformance list` and `show`: what would run, and one case in full."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

from gateway.conformance import catalogue, text
from gateway.conformance.judge import told
from gateway.conformance.results import compact
from gateway.conformance.runner import clause_of

if TYPE_CHECKING:
    from gateway.conformance.model import Built, Case, Clause
    from gateway.conformance.selection import Selection


def list_cases(selection: Selection, seed: int, *, suites_only: bool, as_json: bool) -> int:
    """Print the ids that are meant, or suites with their counts; status 2 where there are none."""
    total = 0
    for suite in catalogue.chosen(selection, seed=seed):
        count = 0
        for case in suite.cases():
            if not selection.takes(case):
                continue
            count += 1
            if not suites_only:
                sys.stdout.write(f"{_line(case) if as_json else case.id}\n")
        total += count
        if suites_only and count:
            plain = {"suite": suite.name, "cases": count}
            sys.stdout.write(f"{compact(plain) if as_json else f'{suite.name:<28} {count:>6}'}\n")
    return 0 if total else 2


def _line(case: Case) -> str:
    return compact(
        {
            "case": case.id,
            "force": case.force,
            "level": case.level,
            "good": case.good,
            "clauses": list(case.clauses),
        }
    )


def show(case_id: str, seed: int, *, raw: bool, as_json: bool) -> bool:
    """Print one case: for people, as JSON, or with `raw` its bytes alone; False where there is none."""
    case = catalogue.find(case_id, seed=seed)
    if case is None:
        return False
    built = case.make()
    if raw:
        sys.stdout.buffer.write(built.data)
        sys.stdout.buffer.flush()
        return True
    suite = next(one for one in catalogue.suites(seed=seed) if one.name == case.suite)
    clauses = [clause for name in case.clauses if (clause := clause_of(suite, name)) is not None]
    plain = plain_of(case, built, clauses)
    if as_json:
        sys.stdout.write(json.dumps(plain, indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write("\n".join(words(plain, built)) + "\n")
    return True


def plain_of(case: Case, built: Built, clauses: list[Clause]) -> dict[str, Any]:
    """Give a case as the reference writes it, with the clause's words and the bytes."""
    plain: dict[str, Any] = {
        "id": case.id,
        "clauses": list(case.clauses),
        "level": case.level,
        "force": case.force,
        "input": built.digest,
    }
    if built.operator is not None:
        plain["operator"] = built.operator.as_json()
    plain["expect"] = built.expect.as_json()
    plain["says"] = [{"clause": one.id, "text": one.text, "source": one.source} for one in clauses]
    plain["data"] = base64.b64encode(built.data).decode("ascii")
    return plain


def words(plain: dict[str, Any], built: Built) -> list[str]:
    """Give a case in lines for people."""
    lines = [f"{plain['id']}  {plain['force']}  level {text.level_name(plain['level'])}"]
    for one in plain["says"]:
        lines += [
            f"  clause    {one['clause']}",
            f"            {one['text']}",
            f"            ({one['source']})",
        ]
    if "operator" in plain:
        how = plain["operator"]
        lines.append(f"  operator  {how['op']} at {how['at']}: {how['was']!r} becomes {how['now']!r}")
    lines.append(f"  expected  {told(built.expect)}")
    span = built.expect.findings[0].span if built.expect.findings else None
    found = text.excerpt(built.data, span)
    if found is not None and found.marks:
        lines += [f"  input     {found.text}", f"            {found.marks} {found.note}"]
    lines += [
        f"  bytes     {len(built.data)}, {built.digest}",
        "",
        text.printable(built.data).replace("~", "~\n"),
    ]
    return lines
