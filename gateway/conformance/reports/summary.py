"""What the reports for people count: suites, levels, constraints, clauses, and what has to be looked at.

Lives here: one pass over the results. Never here: markup.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import Verdict

if TYPE_CHECKING:
    from gateway.conformance.results import Results

LOOKED_AT = (Verdict.FAIL, Verdict.ERROR, Verdict.FIXED, Verdict.KNOWN)
# What is kept in full; the results have the rest.
KEPT_MAX = 500


@dataclass(slots=True)
class Tally:
    """One clause: its verdicts for good and for bad input."""

    good: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)

    @property
    def verdicts(self) -> Counter[str]:
        """Both together."""
        return self.good + self.bad

    @property
    def worst(self) -> str:
        """The verdict that has to be looked at first."""
        order = (*LOOKED_AT, Verdict.PASS, Verdict.SKIP, Verdict.EXCLUDED)
        there = self.verdicts
        return next((one.value for one in order if there[one]), "")


@dataclass(slots=True)
class Summary:
    """All that is counted."""

    suites: dict[str, Counter[str]] = field(default_factory=dict)
    levels: dict[int, Counter[str]] = field(default_factory=dict)
    forces: dict[str, Counter[str]] = field(default_factory=dict)
    clauses: dict[str, Tally] = field(default_factory=dict)
    notable: list[dict[str, Any]] = field(default_factory=list)
    left_out: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def matrix(self) -> tuple[list[str], dict[str, dict[str, Tally]]]:
        """Give the kinds of constraint, most frequent first, and suite -> kind -> tally of clauses' verdicts."""
        kinds: Counter[str] = Counter()
        rows: dict[str, dict[str, Tally]] = {}
        for clause, tally in self.clauses.items():
            suite, kind = clause.partition("/")[0], clause.rpartition("/")[2]
            cell = rows.setdefault(suite, {}).setdefault(kind, Tally())
            cell.good[tally.worst] += 1
            kinds[kind] += 1
        return [kind for kind, _ in kinds.most_common()], rows


def summarize(results: Results) -> Summary:
    """Count a results file."""
    found = Summary()
    for line in results.cases():
        verdict = line["verdict"]
        found.suites.setdefault(line["case"].partition("/")[0], Counter())[verdict] += 1
        found.levels.setdefault(line["level"], Counter())[verdict] += 1
        found.forces.setdefault(line["force"], Counter())[verdict] += 1
        for clause in line["clauses"]:
            tally = found.clauses.setdefault(clause, Tally())
            (tally.good if line.get("good") else tally.bad)[verdict] += 1
        if verdict in {Verdict.SKIP, Verdict.EXCLUDED}:
            found.reasons[line.get("reason", "")] += 1
        if verdict in LOOKED_AT:
            if len(found.notable) < KEPT_MAX:
                found.notable.append(line)
            else:
                found.left_out += 1
    return found


def verdict_of(counts: dict[str, Any]) -> tuple[str, str]:
    """Give the outcome of a whole run in a word and in a sentence."""
    judged = counts["total"] - counts["skip"] - counts["excluded"]
    if counts["broken"]:
        return "suite at fault", f"{counts['broken']} cases could not be made, so the run says nothing."
    if counts["error"]:
        return "not judged", f"{counts['error']} of {judged} cases could not be judged."
    if not judged:
        return "not judged", "No case was judged."
    failed = counts["failed"]["must"]
    if failed or counts["fixed"] or counts.get("expired"):
        words = [f"{failed} required cases failed of {judged} judged"] if failed else []
        words += [f"{counts['fixed']} listed failures are mended"] if counts["fixed"] else []
        words += [f"{counts['expired']} entries of the baseline expired"] if counts.get("expired") else []
        return "nonconforming", "; ".join(words) + "."
    rest = counts["fail"] + counts["known"]
    more = f", {rest} that are known or not required failed" if rest else ""
    return "conforming", f"{counts['pass']} of {judged} cases passed{more}."
