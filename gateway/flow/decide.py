"""Accept or refuse, and what an answer has to say: choices made from findings and a policy.

Lives here: every decision that the shell carries out. Never here: what a finding is
called on any wire, or how a partner's profile is written down (`gateway/shell/config_partner.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.finding import Answer, Disposition, Finding, Layer, Level, Severity, no_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.entry import Bill, Entry, Status

# What an authority can say that ends a filing without success.
REJECTIONS = frozenset({"rejected", "denied", "cancelled"})

# What an authority can say that decides in the filer's favour. Everything else leaves it open.
ACCEPTANCES = frozenset(
    {
        "accepted",
        "amended",
        "admissible",
        "cleared",
        "exited",
        "granted",
        "may-proceed",
        "release",
        "released",
    }
)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a partner's profile has to say about accepting.

    `relaxed` maps the beginning of a finding's code to the reason why such an error is
    taken as a warning. `unmapped` is "report" (values that no mapping carries are kept and
    listed) or "refuse". `warnings` is "report" or "refuse". `duplicates` is "refuse" (a
    control number with other content, a transaction twice in one interchange) or "report".
    """

    lenient: bool = False
    unmapped: str = "report"
    warnings: str = "report"
    duplicates: str = "refuse"
    relaxed: Mapping[str, str] = field(default_factory=dict)


def relax(findings: Iterable[Finding], policy: Policy) -> tuple[Finding, ...]:
    """Give the findings with the partner's relaxations and refusals worked in."""
    return tuple(_weigh(finding, policy) for finding in findings)


def _weigh(finding: Finding, policy: Policy) -> Finding:
    if finding.severity is Severity.ERROR:
        for start, reason in policy.relaxed.items():
            if finding.code.startswith(start):
                message = f"{finding.message} (taken, because {reason})"
                return replace(finding, severity=Severity.WARNING, message=message)
    if finding.severity is Severity.WARNING and policy.warnings == "refuse":
        return replace(finding, severity=Severity.ERROR)
    return finding


def unmapped(places: Sequence[tuple[str, str]], policy: Policy) -> tuple[Finding, ...]:
    """Give an error for each (address, text) that no mapping carries, where the profile wants that."""
    if policy.unmapped != "refuse":
        return ()
    return tuple(
        Finding(
            code=f"profile/{address}/mapping/unmapped",
            message="no mapping carries this value, and the profile does not allow that",
            layer=Layer.PROFILE,
            place=address,
            actual=text,
        )
        for address, text in places
    )


def accepts(findings: Iterable[Finding]) -> bool:
    """Tell whether these findings let a transaction pass."""
    return no_errors(findings)


def technical(findings: Sequence[Finding]) -> Answer:
    """Give the answer about syntax and structure. It never says that customs accepted."""
    return Answer(level=Level.SYNTAX, accepted=no_errors(findings), findings=tuple(findings))


def refusal(findings: Sequence[Finding]) -> Answer:
    """Give the answer of a gateway that does not forward: each error at the sender's own place."""
    return Answer(level=Level.CUSTOMS, accepted=False, findings=tuple(findings))


def customs(dispositions: Sequence[Disposition]) -> Answer:
    """Give the answer that passes on what the authority said."""
    accepted = all(said.meaning not in REJECTIONS for said in dispositions)
    return Answer(level=Level.CUSTOMS, accepted=accepted, dispositions=tuple(dispositions))


def undecided(dispositions: Sequence[Disposition]) -> bool:
    """Tell whether the authority answered without deciding: nothing accepted, nothing rejected."""
    return all(said.meaning not in ACCEPTANCES | REJECTIONS for said in dispositions)


def dispositions(entry: Entry) -> tuple[Disposition, ...]:
    """Give what the statuses of an answer's entry say, in order, in no format's words."""
    return tuple(_disposition(entry, status) for status in entry.statuses)


def _disposition(entry: Entry, status: Status) -> Disposition:
    bill = next((entry_bill.number for entry_bill in _bills(entry, status)), status.bill or "")
    quantity = status.quantity
    return Disposition(
        code=status.code or "",
        meaning=status.meaning or "",
        text=status.text or "",
        at=instant(status.at) if status.at is not None else "",
        scope="bill" if bill else "entry",
        reference=bill or entry.number or "",
        agency=status.agency or "",
        quantity=format(quantity.value, "f") if quantity is not None else "",
    )


def _bills(entry: Entry, status: Status) -> list[Bill]:
    # By path, or by number where the answer lists its bills (SO40).
    named = {path.split(".", 1)[0] for path in status.applies_to} | set(status.applies_to)
    return [bill for index, bill in enumerate(entry.bills) if named & {f"bills[{index}]", bill.number}]


def instant(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC; a time without offset is taken as UTC."""
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")


def twice(contents: Sequence[bytes], name: str, policy: Policy) -> tuple[Finding, ...]:
    """Give a finding for each transaction of an interchange that says what one before it says."""
    first: dict[bytes, int] = {}
    return tuple(
        Finding(
            code=f"profile/{name}/transaction/duplicate",
            severity=Severity.ERROR if policy.duplicates == "refuse" else Severity.WARNING,
            message=f"this transaction says the same as transaction {first[content]} of the interchange",
            layer=Layer.PROFILE,
            transaction=idx,
        )
        for idx, content in enumerate(contents)
        if content and first.setdefault(content, idx) != idx
    )


def disposition(answer: Answer) -> str:
    """Give the one word for a receipt: accepted or rejected."""
    return "accepted" if answer.accepted else "rejected"


def duplicate(identity: str, first: str, place: str, code: str, policy: Policy) -> Finding:
    """Give the finding for a control number that came before with other content."""
    return Finding(
        severity=Severity.ERROR if policy.duplicates == "refuse" else Severity.WARNING,
        code=code,
        message=f"this control number came before with other content, in submission {first}",
        layer=Layer.SYNTAX,
        place=place,
        expected="a control number that was not used before",
        actual=identity,
    )
