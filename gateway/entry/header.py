"""The entry itself and what stands in its head."""

from datetime import date
from decimal import Decimal

from gateway.entry.base import Country, Currency, Model, Text, many, maybe
from gateway.entry.bill import Bill, InBond, Transfer
from gateway.entry.bond import Bond
from gateway.entry.filing import Certification, Filing
from gateway.entry.goods import Destination, Levy, Package, Valuation
from gateway.entry.history import Contribution, Event, Evidence, Status
from gateway.entry.invoices import Invoice
from gateway.entry.line import Line
from gateway.entry.security import SecurityFiling
from gateway.entry.transport import Equipment, Transport
from gateway.entry.values import (
    Document,
    Fact,
    Money,
    Party,
    PartyReference,
    Place,
    PreviousDocument,
    Quantity,
    Reference,
    RoledParty,
    Statement,
)


class Totals(Model):
    """Sums over the whole entry."""

    lines: int | None = maybe(
        wco="228", un="consignmentItemQuantity", x12="CTT-01", edi="CNT 5", cat="AE 90-record"
    )
    packages: int | None = maybe(
        wco="146", un="totalPackageSpecifiedQuantity", x12="M11-03 summed", edi="CNT 11"
    )
    gross: Quantity | None = maybe(wco="131", un="grossWeightSpecifiedMeasure", edi="CNT 7")
    value: Money | None = maybe(
        un="customsValueSpecifiedAmount",
        edi="MOA 40 (summary)",
        cat="AE 90-record",
        tv="CBPEntrySummary.totalEnteredValue",
    )
    levies: tuple[Levy, ...] = many(
        wco="50A (header)",
        un="applicableTax",
        edi="TAX MOA (5283 3/4)",
        cat="AE 88/89/90-record",
        tv="CBPEntrySummary.duty, tax, total",
    )
    loading_lists: int | None = maybe(wco="42A/013")
    bills: int | None = maybe(x12="M10-08")
    package_kind: Text | None = maybe(x12="TD1-01")
    volume: Quantity | None = maybe(x12="TD1-09 TD1-10")


class Authorisation(Model):
    """A permission that a party holds and uses here."""

    holder: Text | None = maybe(wco="17C/R144")
    kind: Text | None = maybe(wco="17C/R145")


class ExchangeRate(Model):
    """A rate between a currency and that of the declaration."""

    currency: Currency | None = maybe(wco="40A/135")
    rate: Decimal | None = maybe(wco="40A/118")


class Warehouse(Model):
    """A warehouse by kind and number."""

    kind: Text | None = maybe(wco="43B/L112")
    number: Text | None = maybe(wco="43B/L019")


class Bank(Model):
    """The account that a demand for payment names."""

    reference: Text | None = maybe(wco="14A/R069")
    account: Text | None = maybe(wco="14A/372")


class Communication(Model):
    """One way to reach an office."""

    kind: Text | None = maybe(wco="25A/253")
    value: Text | None = maybe(wco="25A/240")


class Office(Model):
    """A customs office that can be asked."""

    code: Text | None = maybe(wco="35A/G002")
    contacts: tuple[Communication, ...] = many(wco="35A/25A")


class Payment(Model):
    """How and when duty is paid."""

    kind: Text | None = maybe(cat="AE 10:51")
    statement_date: date | None = maybe(cat="AE 10:52-57")
    statement_month: Text | None = maybe(cat="AE 10:58-59")
    branch: Text | None = maybe(cat="AE 10:60-61")
    deferred_tax: Text | None = maybe(cat="AE 10:45")


class Entry(Model):
    """One import transaction, as known so far."""

    number: Text | None = maybe(
        wco="D014",
        un="identifier / customsId",
        x12="X4-04; REF 6B",
        edi="RFF ABT",
        cat="SE10:filer + SE10 entry no.; AE 10-record",
        tv="CBPEntry.entryNumber",
        note="11 characters: filer 3, number 7, check digit",
    )
    kind: Text | None = maybe(
        wco="D013",
        un="documentTypeCode / procedureCode",
        x12="X4-03; REF 6C",
        edi="CST:C246 list 105",
        cat="SE10 type; AE 10-record",
        tv="CBPEntry.entryType",
        note="see Entry kinds",
    )
    filing: Filing | None = maybe(wco="017 D026 D011", edi="BGM", cat="SE10, AE 10-record")
    port: Place | None = maybe(
        wco="065",
        un="entryCustomsOfficeSpecifiedLocation",
        edi="LOC 41/22",
        cat="SE10 port of entry",
        tv="CBPEntry.portOfEntry",
    )
    exam_site: Place | None = maybe(
        un="examinationEvent", cat="SE10 exam site FIRMS", tv="CBPEntry.centralizedExaminationSite"
    )
    goods_at: Place | None = maybe(
        wco="28A/64A/L017",
        un="declaredForCustomsLocation",
        x12="P4-04",
        edi="LOC 14",
        cat="SE10 FIRMS",
        tv="CBPEntry.locationOfGoods",
    )
    entered: date | None = maybe(
        wco="023",
        un="jurisdictionEntryDateTime",
        edi="DTM 58",
        cat="SE11 elected entry date",
        tv="CBPEntrySummary.entryDate",
    )
    importer: Party | None = maybe(
        wco="74A",
        un="importerParty",
        x12="N1 IM/IOR",
        edi="NAD IM",
        cat="SE10 importer of record no.",
        tv="CBPEntry.importer, CBPImporterOfRecord",
        note="importer of record",
    )
    consignee: Party | None = maybe(
        wco="27A",
        un="consigneeParty",
        x12="N1 CN/UC",
        edi="NAD CN",
        cat="SE30 CN",
        tv="CBPEntrySummary.ultimateConsignee",
    )
    seller: Party | None = maybe(wco="09B", un="sellerParty", x12="N1 SE", edi="NAD SE", cat="SE30 SE")
    buyer: Party | None = maybe(wco="16A", un="buyerParty", x12="N1 BY", edi="NAD BY", cat="SE30 BY")
    exporter: Party | None = maybe(wco="57A", un="exporterParty", x12="N1 EX", edi="NAD EX", cat="SE30 (GBI)")
    shipper: Party | None = maybe(wco="30A", un="consignorParty", x12="N1 SH", edi="NAD CZ", cat="SE30 (GBI)")
    manufacturer: Party | None = maybe(
        un="manufacturerParty",
        x12="N1 MF/MP",
        edi="NAD MF",
        cat="SE50 MF on the line",
        tv="CBPEntrySummary.manufacturerId",
        note="when one for all lines; else on the line",
    )
    broker: Party | None = maybe(
        wco="05A",
        un="customsImportAgentParty / declarantAgentParty",
        x12="N1 CB/XU",
        edi="NAD AE/CB",
        cat="SE10 filer code; AE A/B block",
    )
    declarant: Party | None = maybe(wco="57B", un="declarantParty", edi="NAD DT")
    parties: tuple[RoledParty, ...] = many(
        wco="55B 56B 16C …",
        un="associatedParty",
        x12="N1 other",
        edi="NAD other",
        cat="SE30 other",
        note="ship-to, stuffing location, consolidator, distributor, packager, intermediary, source …",
    )
    transport: Transport | None = maybe(
        wco="15A 10A 28A",
        un="mainCarriageTransportMovement",
        x12="M10 P4",
        edi="TDT LOC DTM",
        cat="SE10 SE16",
        tv="mainCarriageTransportMovement",
    )
    bills: tuple[Bill, ...] = many(
        wco="99A (705)",
        un="transportContractDocument",
        x12="M11 loop",
        edi="RFF BM / CNI",
        cat="SE15",
        tv="BillOfLading",
    )
    equipment: tuple[Equipment, ...] = many(
        wco="31B",
        un="utilizedTransportEquipment",
        x12="VID loop",
        edi="EQD",
        cat="SE17? / PG27",
        tv="utilizedTransportEquipment",
    )
    invoices: tuple[Invoice, ...] = many(
        wco="78A",
        un="customsRequiredInvoiceDocument",
        x12="810",
        edi="DMS / DOC 380",
        tv="CommercialInvoiceCredential",
    )
    lines: tuple[Line, ...] = many(
        wco="68A",
        un="includedConsignmentItem",
        x12="N10 loop; IT1 loop",
        edi="CST group",
        cat="SE40; AE 40-record",
        tv="CBPEntry.lineItems",
    )
    bonds: tuple[Bond, ...] = many(
        wco="90A 19B", un="guarantee", cat="SE10 SE11; AE 31-record", tv="CBPEntry.bondType"
    )
    totals: Totals | None = maybe(wco="228 146 131", edi="CNT, summary TAX", cat="AE 88/89/90-record")
    references: tuple[Reference, ...] = many(
        wco="99A, 35B",
        un="specifiedSupplyChainReference",
        x12="N9",
        edi="RFF",
        cat="SE20",
        tv="CBPEntry.referenceIDNumber",
    )
    documents: tuple[Document, ...] = many(
        wco="02A",
        un="associatedDocument",
        x12="N9 / PWK",
        edi="DOC",
        cat="DIS",
        tv="CBPEntrySummary.missingDocuments (inverse)",
    )
    zone: Text | None = maybe(
        wco="43B/L019",
        un="bondedWarehouseStorageEvent",
        cat="SE11 / AE FTZ id",
        tv="CBPEntry.conveyanceNameOrFreeTradeZoneID",
    )
    warehouse_entry: Text | None = maybe(
        un="previousAdministrativeDocument",
        edi="RFF",
        cat="SE11 / AE",
        tv="CBPEntry.originatingWarehouseEntryNumber",
    )
    general_order: Text | None = maybe(x12="M14", cat="SE11 GO number", tv="CBPEntry.generalOrderNumber")
    certification: Certification | None = maybe(wco="61B", edi="AUT", cat="SE / AE")
    statuses: tuple[Status, ...] = many(
        wco="07B 12B 53A",
        un="reportedLogisticsStatus",
        x12="X4 / 355 K1",
        edi="CUSRES",
        cat="SO, SX, AX, UC output",
        tv="PGAShipmentStatusCredential",
    )
    evidence: tuple[Evidence, ...] = many(un="specifiedAssertion", tv="verifiableCredential[]")
    events: tuple[Event, ...] = many(un="SupplyChainEvent", tv="EPCIS eventList")
    contributions: tuple[Contribution, ...] = many(tv="TraceablePresentation")
    exit_office: Place | None = maybe(wco="56A/G005")
    presentation_office: Place | None = maybe(wco="15C/G015")
    supervising_office: Place | None = maybe(wco="97B/G012")
    nature: Text | None = maybe(wco="67A/103")
    destination: Destination | None = maybe(wco="67A/99B")
    export_country: Country | None = maybe(wco="67A/95B/062")
    authorisations: tuple[Authorisation, ...] = many(wco="17C")
    trusted_parties: tuple[PartyReference, ...] = many(wco="67A/16C")
    tax_parties: tuple[PartyReference, ...] = many(wco="67A/55B")
    statements: tuple[Statement, ...] = many(wco="42A/03A")
    previous_documents: tuple[PreviousDocument, ...] = many(wco="67A/99A", note="those that are no bill")
    exchange_rates: tuple[ExchangeRate, ...] = many(wco="40A")
    valuation: Valuation | None = maybe(wco="67A/41A")
    warehouse: Warehouse | None = maybe(wco="43B")
    bank: Bank | None = maybe(wco="14A")
    appeal_office: Place | None = maybe(wco="07A")
    offices: tuple[Office, ...] = many(wco="35A")
    bonded_warehouse: Place | None = maybe(cat="SE11:65-68")
    imported: date | None = maybe(cat="AE 11:48-53")
    destination_state: Text | None = maybe(cat="AE 11:61-62")
    payment: Payment | None = maybe(cat="AE 10")
    releases: tuple[Text, ...] = many(cat="AE 32", note="entries consolidated in this summary")
    final_withdrawal: bool | None = maybe(cat="AE 30:21")
    warehouse_port: Place | None = maybe(cat="AE 30:17-20")
    levies: tuple[Levy, ...] = many(cat="AE 34")
    facts: tuple[Fact, ...] = many()
    transfers: tuple[Transfer, ...] = many(x12="M20")
    packages: tuple[Package, ...] = many(x12="856 HL")
    origin_state: Text | None = maybe(x12="BA1-08")
    in_bond: InBond | None = maybe(
        x12="601 M12", cat="SO42", note="of an export, which has no bills, or that follows no bill"
    )
    further_in_bonds: tuple[InBond, ...] = many(cat="SO42, from the second on")
    security: SecurityFiling | None = maybe(cat="SF10-SF36", note="ISF with a release")
