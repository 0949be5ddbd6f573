"""How an entry is filed, and who declares it."""

from datetime import date, datetime

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.values import Place, Pointer


class Change(Model):
    """One amendment, and what it is about."""

    reason: Text | None = maybe(wco="06A/099")
    pointers: tuple[Pointer, ...] = many(wco="06A/97A")


class Filing(Model):
    """What the sender wants done with this version of the entry."""

    action: Text | None = maybe(
        wco="017",
        x12="M10-09 / BGN-01 (DE 353)",
        edi="BGM:1225",
        cat="SE10 action; AE 10 action",
        note="add, replace, update, correct, cancel, query",
    )
    stage: Text | None = maybe(
        un="specificCircumstanceCode", note="advance, release, summary, post-summary, reconcile"
    )
    reason: Text | None = maybe(wco="06A/099", un="amendmentReasonCode", x12="M13-06", cat="SE13 reason")
    local_reference: Text | None = maybe(
        wco="D026",
        un="declarantAssignedDeclarationId",
        x12="N9 3Z",
        edi="BGM:1004 / RFF ABE",
        cat="SE / AE broker reference",
        tv="CBPEntrySummary.referenceNumber",
    )
    version: int | None = maybe(wco="383", un="versionId", cat="AE version")
    filed: datetime | None = maybe(
        wco="D011", un="issueDateTime", edi="DTM 137", tv="CBPEntrySummary.summaryDate"
    )
    certify_release: bool | None = maybe(cat="AE certify from summary")
    remote: bool | None = maybe(cat="AE remote location filing")
    live: bool | None = maybe(cat="AE live entry")
    accepted: datetime | None = maybe(wco="42A/023")
    form: Text | None = maybe(
        wco="42A/D013", note="standard, simplified, supplementary, amendment, cancellation ..."
    )
    issued_at: Place | None = maybe(wco="42A/D012")
    circumstance: Text | None = maybe(wco="42A/504")
    representation: Text | None = maybe(wco="05A/102", note="direct, indirect")
    changes: tuple[Change, ...] = many(wco="06A")
    cancelled: datetime | None = maybe(wco="42A/373")
    rejected: datetime | None = maybe(wco="42A/374")
    split_release: Text | None = maybe(cat="SE10:55", note="hold, parts")
    correction_answer: Text | None = maybe(cat="SO10:73")
    weekly: bool | None = maybe(cat="SE11:5")
    immediate_delivery: bool | None = maybe(cat="SE11:80")
    documents_sent: bool | None = maybe(cat="SE13:63")
    several_dispositions: bool | None = maybe(cat="SE13:62", note="the cargo has more than one disposition")
    split_shipment: bool | None = maybe(cat="SE13:64")
    signed: bool | None = maybe(cat="AE 10:39")
    consolidated: bool | None = maybe(cat="AE 10:42")
    electronic_invoice: bool | None = maybe(cat="AE 10:41")
    usage: Text | None = maybe(cat="AE 10:43")
    reconciliation: Text | None = maybe(cat="AE 10:47-49")
    trade_reconciliation: bool | None = maybe(cat="AE 10:46")
    accelerated: bool | None = maybe(cat="AE 10:66")
    known_importer: bool | None = maybe(cat="AE 10:67")
    temporary_import: bool | None = maybe(cat="AE 10:69")
    express: bool | None = maybe(cat="AE 10:70")
    agency_data: Text | None = maybe(cat="AE 10:68")
    reasons: tuple[Text, ...] = many(cat="AE 35")
    explanation: tuple[Text, ...] = many(cat="AE 36")
    archived: date | None = maybe(x12="X01-09")


class Certification(Model):
    """Who declares that the entry is right."""

    by: Text = one(wco="61B/12A/R007", un="signatoryAuthentication", edi="AUT", note="who declares")
    capacity: Text | None = maybe(
        tv="CBPEntrySummary.declarationOfImporter",
        note="importer of record, purchaser, agent; power of attorney",
    )
    statement: Text | None = maybe(wco="03A/225", un="statementNote", cat="SE / AE certification fields")
    at: datetime | None = maybe(edi="DTM")
    token: Text | None = maybe(wco="61B/104")
