"""What authorities said, what proves it, what happened, who gave which part."""

from datetime import date, datetime

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.transport import Equipment
from gateway.entry.values import Detail, Identifier, MessageReference, Place, Pointer, Quantity, Reference


class AgencyReason(Model):
    """What an agency says further of a status: a number of its own, and why."""

    kind: Text | None = maybe(cat="SO71:5-6")
    value: Text | None = maybe(cat="SO71:7-18")
    at: datetime | None = maybe(cat="SO71:19-30", note="when it got that number")
    reasons: tuple[Text, ...] = many(cat="SO71:31-60")
    further_kind: Text | None = maybe(cat="SO71:61-62")
    further_value: Text | None = maybe(cat="SO71:63-80")


class Status(Model):
    """One thing an authority said, kept in order. A hold is a status with `clears` pointing to none yet."""

    code: Text | None = maybe(
        wco="12B/379; 07B/017",
        un="reportedLogisticsStatus",
        x12="X4-07",
        edi="GIS / GEI / STS",
        cat="SO / AX disposition",
        tv="PGAShipmentStatus.statusCode",
    )
    meaning: Text | None = maybe(
        note="canonical: accepted, rejected, hold, exam, release, conditional, denied, redeliver, liquidated …"
    )
    agency: Text | None = maybe(
        wco="35A",
        un="responsibleGovernmentAgencyResponsibleAgencyCode",
        cat="SO70 agency",
        tv="PGAShipmentStatus.recordNo (SO70)",
    )
    reason: Text | None = maybe(
        wco="53A/377",
        x12="K1-01",
        edi="ERC:9321",
        cat="SO71 / AX91 condition",
        tv="PGAShipmentStatus.validCodeReason",
    )
    text: Text | None = maybe(
        wco="53A/488", x12="K1", edi="FTX", tv="PGAShipmentStatus.validCodeReasonDescription"
    )
    at: datetime | None = maybe(wco="12B/380", x12="X4-05 X4-06", edi="DTM")
    applies_to: tuple[Text, ...] = many(
        wco="97A pointer", x12="X4-01 X4-04", edi="ERP", note="canonical paths: bills[0], lines[2], entry"
    )
    quantity: Quantity | None = maybe(x12="X4-02", note="part released or held")
    clears: Text | None = maybe(note="id of the status this one ends")
    id: Text | None = maybe(note="ours")
    limit: datetime | None = maybe(wco="03A/264")
    effective: datetime | None = maybe(wco="12B/380")
    released: datetime | None = maybe(wco="12B/277")
    list: Text | None = maybe(note="which list the code is of: function, status, error, statement")
    pointers: tuple[Pointer, ...] = many(wco="97A", note="raw steps; applies_to has those that resolve")
    severity: Text | None = maybe(cat="E1:4")
    version: Text | None = maybe(cat="E1:64-68")
    bill: Text | None = maybe(x12="X4-01")
    issuer: Text | None = maybe(x12="X4-09")
    house: Text | None = maybe(x12="X4-08")
    house_issuer: Text | None = maybe(x12="X4-10")
    entry: Text | None = maybe(x12="X4-04")
    entry_kind: Text | None = maybe(x12="X4-03")
    container: Text | None = maybe(x12="X4-11+12")
    port: Place | None = maybe(x12="X4-13")
    facility: Place | None = maybe(x12="X4-14")
    equipment: tuple[Equipment, ...] = many(x12="N7")
    references: tuple[Reference, ...] = many(x12="N9")
    details: tuple[Detail, ...] = many(x12="K1, TED")
    reference: Reference | None = maybe(x12="X4-15 X4-16, OTI-02 OTI-03")
    zone: Text | None = maybe(x12="X4-17", note="time zone as it was said")
    message: MessageReference | None = maybe(x12="OTI-04 to OTI-11")
    quantity_sign: Text | None = maybe(cat="NS30:63")
    program: Text | None = maybe(cat="SO70:8-10", note="of the agency")
    line_status: Text | None = maybe(cat="SO70:51-52")
    agency_line_status: Text | None = maybe(cat="SO70:53-54")
    document: Text | None = maybe(cat="SO60:65-70, SO70:73-77", note="that is asked for")
    hold_kind: Text | None = maybe(cat="SO70:78")
    agency_reasons: tuple[AgencyReason, ...] = many(cat="SO71")
    comments: tuple[Text, ...] = many(cat="SO72")
    carrier: Text | None = maybe(cat="SO50:58-61")
    voyage: Text | None = maybe(cat="SO50:62-66")
    arrival: date | None = maybe(cat="SO50:67-72")


class Evidence(Model):
    """A signed statement by somebody, and what we found when we checked it."""

    id: Text = one(un="SpecifiedDeclaration.identifier", tv="credential id (urn:uuid)")
    kind: Text = one(
        un="documentTypeCode",
        tv="credential type",
        note="CommercialInvoiceCredential, DigitalConformityCredential, EPCISDocument …",
    )
    issuer: Identifier | None = maybe(
        un="issuerParty", tv="issuer.id", note="did:web …; LEI or GLN by a linked credential"
    )
    issued: datetime | None = maybe(un="issueDateTime", tv="validFrom")
    expires: datetime | None = maybe(un="validityPeriod", tv="validUntil")
    form: Text | None = maybe(
        note="vc+jwt, vc+sd-jwt, di:eddsa-jcs-2022, di:ecdsa-rdfc-2019, jws2020, vc+cose, none"
    )
    checks: dict[str, bool | None] | None = maybe(
        note="signature, schema, issuer, status, validity, subject; None is not known"
    )
    digest: Text | None = maybe(note="sha-256 of the bytes as received")
    supports: tuple[Text, ...] = many(note="canonical paths this evidence speaks of")
    contradicts: tuple[Text, ...] = many(note="paths whose value differs")


class SealChange(Model):
    """One seal put in the place of another."""

    old: Text | None = maybe(x12="M7A-01")
    new: Text | None = maybe(x12="M7A-02")
    at: date | None = maybe(x12="M7A-03")
    by: Text | None = maybe(x12="M7A-05")


class Event(Model):
    """Something that happened to goods; one EPCIS event."""

    id: Text | None = maybe(
        un="TTObjectEvent.identifier", tv="eventID", note="event hash when the sender gave none"
    )
    kind: Text = one(
        tv="type: ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent, AssociationEvent"
    )
    at: datetime | None = maybe(un="occurrenceDateTime", tv="eventTime")
    recorded: datetime | None = maybe(un="recordedDateTime", tv="recordTime")
    action: Text | None = maybe(un="actionCode", tv="action ADD OBSERVE DELETE")
    step: Text | None = maybe(un="businessStepCode", tv="bizStep")
    disposition: Text | None = maybe(un="dispositionCode", tv="disposition")
    where: Place | None = maybe(un="readPointRelatedLocation", tv="readPoint / bizLocation")
    objects: tuple[Text, ...] = many(un="objectInstanceId", tv="epcList, parentID, quantityList.epcClass")
    inputs: tuple[Text, ...] = many(tv="inputEPCList, inputQuantityList")
    outputs: tuple[Text, ...] = many(tv="outputEPCList, outputQuantityList, childEPCs")
    quantities: tuple[Quantity, ...] = many(
        un="quantitySpecifiedEventElement", tv="quantityList.quantity, uom"
    )
    transactions: tuple[Reference, ...] = many(
        un="specifiedTradeTransaction", tv="bizTransactionList (po, inv, bol, desadv)"
    )
    giver: Identifier | None = maybe(un="sourceRelatedParty", tv="sourceList owning_party / possessing_party")
    taker: Identifier | None = maybe(
        un="destinationRelatedParty", tv="destinationList owning_party / possessing_party"
    )
    corrects: Text | None = maybe(un="specifiedError", tv="errorDeclaration")
    issuer: Text | None = maybe()
    seal: Text | None = maybe(x12="M15")
    carrier: Text | None = maybe(x12="M15")
    carrier_id: Text | None = maybe(x12="M15")
    conveyance: Text | None = maybe(x12="M15")
    mode: Text | None = maybe(x12="M15-15")
    text: Text | None = maybe(x12="M15-16")
    reason: Text | None = maybe(x12="V9-12")
    indicator: Text | None = maybe(x12="V9-08")
    references: tuple[Reference, ...] = many()
    details: tuple[Detail, ...] = many()
    until: datetime | None = maybe(x12="M15-12")
    zone: Text | None = maybe(x12="V9-13", note="time zone as it was said")
    seals: tuple[SealChange, ...] = many(x12="M7A")


class Contribution(Model):
    """Who gave which part of this entry, and by whose leave. Progressive entry in one class."""

    party: Identifier = one(un="senderTradeParty", tv="presentation holder")
    role: Text | None = maybe(
        note="importer, broker, carrier, seller, manufacturer, marketplace, warehouse, lab …"
    )
    at: datetime = one()
    paths: tuple[Text, ...] = many()
    evidence: tuple[Text, ...] = many(note="ids into evidence")
    authorised_by: Identifier | None = maybe(tv="PowerOfAttorneyCredential", note="importer or broker")
    workflow: Text | None = maybe(tv="TraceablePresentation.workflow.instance", note="urn:uuid")
    replaces: Text | None = maybe(tv="TraceablePresentation.replace.id")
