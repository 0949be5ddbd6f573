"""What a summary may ask beside its goods: certification, consolidation, correction, reconciliation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.rules.cbp.scope import QUOTA, TEMPORARY, ZONE, whole_summary
from gateway.rules.registry import Given, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Filing
    from gateway.finding import Finding

_CORRECTION = "post-summary"
_INFORMAL = "11"
_ISSUES = frozenset(f"{number:03d}" for number in range(1, 8))
_ISSUES_OF_QUOTA = frozenset({"001", "003", "005"})
_STATEMENTS = frozenset({"2", "3", "5", "6", "7", "8"})
_FILER = 3
_CORRECTION_DAYS_MAX = 269
_EMPTY_WORDS = frozenset({"N/A", "NA", "NONE"})
_TEMPORARY_CHAPTER = "9813"


def _filing(entry: Entry) -> Filing | None:
    return entry.filing


def _is_correction(entry: Entry) -> bool:
    return entry.filing is not None and entry.filing.stage == _CORRECTION


@rule("cbp.ae.certified", clause="cbp.ae.v109/certified", of=whole_summary, about="filing")
def certified_summary(entry: Entry) -> Iterator[Finding]:
    """A summary certifies its release alone: not a consolidation, correction, express entry or one with invoices."""
    filing = _filing(entry)
    if filing is None or not filing.certify_release:
        return
    against = {
        "filing.consolidated": filing.consolidated,
        "filing.express": filing.express,
        "filing.electronic_invoice": filing.electronic_invoice,
        "filing.stage": _is_correction(entry),
    }
    for place, stands in against.items():
        if stands:
            yield wrong(
                "filing.certify_release",
                f"the release is not certified with {place}",
                expected="no certification",
            )
            return


@rule("cbp.ae.certified-date", clause="cbp.ae.v109/certified", of=whole_summary, about="filing")
def date_of_a_certified_summary(entry: Entry) -> Iterator[Finding]:
    """A summary that certifies its release says when the goods are entered."""
    if entry.filing is not None and entry.filing.certify_release and entry.entered is None:
        yield missing("entered", "the estimated date of entry")


@rule("cbp.ae.invoice", clause="cbp.ae.v109/invoice", of=whole_summary, about="filing")
def electronic_invoice(entry: Entry) -> Iterator[Finding]:
    """A summary with electronic invoices is paid on a statement, under a continuous bond, each line with an invoice."""
    filing = _filing(entry)
    if filing is None or not filing.electronic_invoice:
        return
    kind = entry.payment.kind if entry.payment is not None else None
    if kind is not None and kind not in _STATEMENTS:
        yield wrong("payment.kind", "electronic invoices need a statement", expected="2 to 8", actual=kind)
    claimed = [bond.kind for bond in entry.bonds if bond.kind in {"single", "continuous", "waived"}]
    if claimed and "continuous" not in claimed:
        yield wrong(
            "bonds", "electronic invoices need a continuous bond", expected="continuous", actual=claimed[0]
        )
    for turn, line in enumerate(entry.lines):
        if line.invoice is None:
            yield missing(f"lines[{turn}].invoice", "the invoice of the line")


@rule("cbp.ae.consolidation", clause="cbp.ae.v109/32", of=whole_summary, about=("filing", "releases"))
def releases_of_a_consolidation(entry: Entry) -> Iterator[Finding]:
    """A consolidated summary names its releases, of the same filer and none its own; no other summary names any."""
    consolidated = entry.filing is not None and bool(entry.filing.consolidated)
    if consolidated and not entry.releases:
        yield missing("releases", "the releases that are consolidated")
    if entry.releases and not consolidated:
        yield wrong("releases", "releases of a summary that is not consolidated", expected="none")
        return
    for turn, number in enumerate(entry.releases):
        if number == entry.number:
            yield wrong(f"releases[{turn}]", "the summary's own number", expected="another", actual=number)
        elif entry.number is not None and number[:_FILER] != entry.number[:_FILER]:
            yield wrong(
                f"releases[{turn}]",
                "a release of another filer",
                expected=entry.number[:_FILER],
                actual=number[:_FILER],
            )


@rule("cbp.ae.consolidation-countries", clause="cbp.ae.v109/32", of=whole_summary, about="filing")
def countries_of_a_consolidation(entry: Entry) -> Iterator[Finding]:
    """A consolidated summary has one country of export and one of origin; goods of the US may be among them."""
    if entry.filing is None or not entry.filing.consolidated:
        return
    exports, origins = "", ""
    for turn, line in enumerate(entry.lines):
        if line.origin is None:
            continue
        export, origin = line.origin.export or exports, line.origin.country or origins
        if exports and export != exports:
            yield wrong(
                f"lines[{turn}].origin.export", "another country of export", expected=exports, actual=export
            )
        exports = exports or export
        if origin == "US":
            continue
        if origins and origin != origins:
            yield wrong(
                f"lines[{turn}].origin.country", "another country of origin", expected=origins, actual=origin
            )
        origins = origins or origin


@rule("cbp.ae.consolidation-usage", clause="cbp.ae.v109/32", of=whole_summary, about="filing")
def usage_of_a_consolidation(entry: Entry) -> Iterator[Finding]:
    """Neither a consolidated nor an express summary is for personal use or a sample."""
    filing = _filing(entry)
    if filing is not None and filing.usage is not None and (filing.consolidated or filing.express):
        yield wrong("filing.usage", "no usage stands here", expected="none", actual=filing.usage)


@rule("cbp.ae.express", clause="cbp.ae.v109/express", of=whole_summary, about="filing")
def express_summary(entry: Entry) -> Iterator[Finding]:
    """A consolidated express summary is informal and owes duty alone: no fee, no tax, no other consolidation."""
    filing = _filing(entry)
    if filing is None or not filing.express:
        return
    if entry.kind != _INFORMAL:
        yield wrong("filing.express", "only for informal entries", expected="type 11", actual=entry.kind)
    if filing.consolidated:
        yield wrong("filing.consolidated", "an express summary is not consolidated too", expected="none")
    levied = [f"levies[{place}]" for place, _ in enumerate(entry.levies)]
    levied += [
        f"lines[{turn}].levies[{place}]"
        for turn, line in enumerate(entry.lines)
        for place, _ in enumerate(line.levies)
    ]
    for place in levied:
        yield wrong(place, "a fee or tax of an express summary", expected="duty alone")


@rule("cbp.ae.reconciliation-issue", clause="cbp.ae.v109/reconciliation", of=whole_summary, about="filing")
def issue_of_a_reconciliation(entry: Entry) -> Iterator[Finding]:
    """The issue of a reconciliation is one of 001 to 007; for quota entries 001, 003 or 005."""
    issue = entry.filing.reconciliation if entry.filing is not None else None
    allowed = _ISSUES_OF_QUOTA if entry.kind == QUOTA else _ISSUES
    if issue is not None and issue not in allowed:
        yield wrong("filing.reconciliation", "no issue", expected=" ".join(sorted(allowed)), actual=issue)


@rule("cbp.ae.reconciliation", clause="cbp.ae.v109/reconciliation", of=whole_summary, about="filing")
def flagged_for_reconciliation(entry: Entry) -> Iterator[Finding]:
    """What will be reconciled has a date of importation and a continuous bond; a zone entry no case."""
    filing = _filing(entry)
    if filing is None or not (filing.reconciliation or filing.trade_reconciliation):
        return
    if entry.imported is None:
        yield missing("imported", "the date of importation")
    claimed = [bond.kind for bond in entry.bonds if bond.kind in {"single", "continuous", "waived"}]
    if claimed and "continuous" not in claimed:
        yield wrong(
            "bonds", "a reconciliation needs a continuous bond", expected="continuous", actual=claimed[0]
        )
    if entry.kind == ZONE:
        for turn, line in enumerate(entry.lines):
            if line.cases:
                yield wrong(
                    f"lines[{turn}].cases",
                    "a zone entry under a case is not reconciled",
                    expected="none",
                    actual=line.cases[0].number,
                )


@rule("cbp.ae.correction-words", clause="cbp.ae.v109/correction", of=whole_summary, about="filing")
def words_of_a_correction(entry: Entry) -> Iterator[Finding]:
    """A post summary correction says why, in words and by reasons; no other summary does."""
    filing = _filing(entry)
    if filing is None:
        return
    by_line = [turn for turn, line in enumerate(entry.lines) if line.reasons]
    if not _is_correction(entry):
        told = [("filing.explanation", filing.explanation), ("filing.reasons", filing.reasons)]
        told += [(f"lines[{turn}].reasons", entry.lines[turn].reasons) for turn in by_line]
        for place, stands in told:
            if stands and filing.stage is not None:
                yield wrong(place, "only a correction says why", expected="none", actual=stands[0])
        return
    if not filing.explanation:
        yield missing("filing.explanation", "the explanation of the correction")
    elif " ".join(filing.explanation).strip(" .").upper() in _EMPTY_WORDS:
        yield wrong(
            "filing.explanation[0]", "no explanation", expected="a reason", actual=filing.explanation[0]
        )
    if not filing.reasons and not by_line:
        yield missing("filing.reasons", "a reason of the correction, in the head or at a line")


@rule(
    "cbp.ae.correction-reasons", clause="cbp.ae.v109/correction", of=whole_summary, about=("filing", "lines")
)
def reasons_once(entry: Entry) -> Iterator[Finding]:
    """A reason of a correction is given once."""
    told = [("filing.reasons", entry.filing.reasons if entry.filing is not None else ())]
    told += [(f"lines[{turn}].reasons", line.reasons) for turn, line in enumerate(entry.lines)]
    for place, reasons in told:
        for turn, reason in enumerate(reasons):
            if reason in reasons[:turn]:
                yield wrong(f"{place}[{turn}]", "given twice", expected="each once", actual=reason)


@rule("cbp.ae.correction-blank", clause="cbp.ae.v109/correction", of=whole_summary, about="filing")
def blank_in_a_correction(entry: Entry) -> Iterator[Finding]:
    """A post summary correction leaves out payment, place of the goods, live entry, consolidation, reconciliation."""
    filing = _filing(entry)
    if filing is None or not _is_correction(entry):
        return
    paid = entry.payment
    stands = {
        "payment": paid is not None
        and (paid.kind or paid.statement_date or paid.statement_month or paid.branch),
        "goods_at": entry.goods_at is not None,
        "filing.live": filing.live,
        "filing.consolidated": filing.consolidated,
        "filing.reconciliation": filing.reconciliation,
        "filing.trade_reconciliation": filing.trade_reconciliation,
        "releases": entry.releases,
    }
    for place, value in stands.items():
        if value:
            yield wrong(place, "not in a post summary correction", expected="none")


@rule("cbp.ae.correction-late", clause="cbp.ae.v109/correction-late", of=whole_summary, about="entered")
def correction_in_time(entry: Entry, given: Given) -> Iterator[Finding]:
    """A post summary correction comes within 269 days of the entry."""
    if _is_correction(entry) and entry.entered is not None:
        days = (given.on - entry.entered).days
        if days > _CORRECTION_DAYS_MAX:
            yield wrong(
                "entered", "too long ago for a correction", expected="at most 269 days", actual=entry.entered
            )


@rule("cbp.ae.accelerated", clause="cbp.ae.v109/correction", of=whole_summary, about="filing")
def accelerated_liquidation(entry: Entry) -> Iterator[Finding]:
    """Only a post summary correction asks for an early liquidation."""
    filing = _filing(entry)
    if filing is not None and filing.accelerated and filing.stage is not None and not _is_correction(entry):
        yield wrong("filing.accelerated", "only with a correction", expected="none", actual="true")


@rule("cbp.ae.temporary", clause="cbp.ae.v109/temporary", of=whole_summary, about="filing")
def declaration_of_a_temporary_import(entry: Entry) -> Iterator[Finding]:
    """The declaration of a temporary importation stands in type 23 alone."""
    if entry.filing is not None and entry.filing.temporary_import and entry.kind != TEMPORARY:
        yield wrong("filing.temporary_import", "only for type 23", expected="none", actual=entry.kind)


@rule("cbp.ae.temporary-tariff", clause="cbp.ae.v109/temporary", of=whole_summary, about="lines")
def tariff_of_a_temporary_import(entry: Entry) -> Iterator[Finding]:
    """Each line of a temporary importation has a tariff number of 9813."""
    if entry.kind != TEMPORARY:
        return
    for turn, line in enumerate(entry.lines):
        if line.tariffs and not any(
            (one.number or "").startswith(_TEMPORARY_CHAPTER) for one in line.tariffs
        ):
            yield missing(f"lines[{turn}].tariffs", "the tariff number of 9813")


@rule("cbp.ae.agency-flag", clause="cbp.ae.v109/agency-flag", of=whole_summary, about="filing")
def flag_of_agency_data(entry: Entry) -> Iterator[Finding]:
    """Agency data of goods released otherwise is told by Y, of a weekly zone entry by F; not with certification."""
    filing = _filing(entry)
    if filing is None or filing.agency_data is None:
        return
    if filing.agency_data not in {"Y", "F"}:
        yield wrong("filing.agency_data", "no such word", expected="Y or F", actual=filing.agency_data)
    elif filing.agency_data == "F" and entry.kind != ZONE:
        yield wrong("filing.agency_data", "F is for zone entries", expected="Y", actual="F")
    elif filing.certify_release:
        yield wrong(
            "filing.agency_data", "the release is certified here", expected="none", actual=filing.agency_data
        )


@rule("cbp.ae.missing-documents", clause="cbp.ae.v109/33", of=whole_summary, about="references")
def missing_documents(entry: Entry) -> Iterator[Finding]:
    """Of missing documents the first is never 99, which says that there are more than two, and none comes twice."""
    told = {one.kind: (turn, one.value) for turn, one in enumerate(entry.references)}
    first, second = told.get("missing-document"), told.get("missing-document-2")
    if first is not None and first[1] == "99":
        yield wrong(
            f"references[{first[0]}].value", "99 is never the first", expected="a document", actual="99"
        )
    if second is not None and first is not None and second[1] == first[1]:
        yield wrong(
            f"references[{second[0]}].value", "the same document twice", expected="another", actual=second[1]
        )
