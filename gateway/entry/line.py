"""One line of the entry."""

from datetime import date

from gateway.entry.base import Model, Text, many, maybe
from gateway.entry.goods import (
    DangerousGood,
    Destination,
    Levy,
    Origin,
    Override,
    Package,
    Procedure,
    Tariff,
    TradeCase,
    Valuation,
)
from gateway.entry.transport import Vehicle
from gateway.entry.values import (
    Document,
    Fact,
    Identifier,
    Money,
    PartyReference,
    Permit,
    Place,
    PreviousDocument,
    Quantity,
    Reference,
    RoledParty,
    Statement,
)


class LineInvoice(Model):
    """A further invoice of the goods of a line, where an authority wants each by line."""

    supplier: Text | None = maybe(cat="AE 42:3-17", note="manufacturer id")
    number: Text | None = maybe(cat="AE 42:18-34")
    ranges: tuple[Text, ...] = many(
        cat="AE 42:36-74", note="of invoice lines: four digits for the first, four for the last"
    )
    descriptions: tuple[Text, ...] = many(cat="AE 42/44:3-72", note="in pieces of at most 70 characters")
    ruling: Text | None = maybe(cat="AE 42/43:9-14")
    ruling_kind: Text | None = maybe(
        cat="AE 42/43:3", note="pre-classification, pre-approval, binding-ruling"
    )


class Line(Model):
    """One line of the entry."""

    number: int | None = maybe(
        wco="68A/006", un="sequenceNumeric", x12="LX-01 / ordinal of N10", edi="CST:1496", cat="SE40:5-7"
    )
    description: Text | None = maybe(
        wco="23A/137",
        un="summaryDescription / TradeProduct.description",
        x12="N10-02; PID-05",
        edi="FTX AAA / IMD",
        cat="SE40:11-80",
        tv="CBPEntryLineItem.productDescription",
    )
    tariffs: tuple[Tariff, ...] = many(
        wco="23A/21A",
        un="designatedClassification",
        x12="N10-04/05",
        edi="CST",
        cat="SE60; AE 50-record",
        tv="CBPEntryLineItem.commodity",
    )
    origin: Origin | None = maybe(
        wco="92A, 95B",
        un="originCountry",
        edi="LOC 27",
        cat="SE40:8-9",
        tv="CBPEntryLineItem.countryOfOrigin",
    )
    quantity: Quantity | None = maybe(
        un="tradeLineItemQuantity",
        x12="IT1-02 IT1-03",
        edi="QTY",
        tv="CBPEntryLineItem.itemCount",
        note="commercial quantity",
    )
    price: Money | None = maybe(
        wco="79A/112",
        un="invoiceAmount",
        x12="IT1-02 by IT1-04",
        edi="MOA 38/66",
        tv="lineItemTotalPrice",
        note="as invoiced, its own currency",
    )
    valuation: Valuation | None = maybe(
        wco="41A", un="applicableCustomsValuation", edi="CST:C246 list 127", cat="AE"
    )
    gross: Quantity | None = maybe(
        wco="65A/126",
        un="weightUnitGrossWeightMeasure",
        x12="N10-07 N10-08",
        edi="MEA AAB",
        cat="AE 40-record",
        tv="CBPEntrySummaryLineItem.grossWeight",
    )
    net: Quantity | None = maybe(wco="65A/128", un="weightUnitNetWeightMeasure", edi="MEA AAA")
    packages: tuple[Package, ...] = many(
        wco="93A", un="transportPackage", x12="N10-01 N10-10", edi="PAC PCI", cat="PG26"
    )
    bills: tuple[Text, ...] = many(
        un="transportContractDocument",
        x12="position under the bill",
        edi="RFF",
        note="numbers into entry.bills",
    )
    equipment: tuple[Text, ...] = many(
        wco="23A/31B/159", un="associatedTransportEquipment", x12="position under VID", edi="SGP", cat="PG27"
    )
    parties: tuple[RoledParty, ...] = many(
        un="manufacturerParty …",
        x12="N1 loop",
        edi="NAD",
        cat="SE50 SE55 SE56; AE 47-record",
        tv="CBPEntryLineItem.itemParty",
    )
    invoice: Text | None = maybe(
        wco="02A N935", un="invoiceAssociatedDocument", edi="DOC 380", note="number into entry.invoices"
    )
    invoice_line: Text | None = maybe(un="lineId", x12="IT1-01", edi="LIN:1082")
    invoice_more: tuple[Text, ...] = many(
        cat="AE 42:46-74",
        note="further ranges of invoice lines: four digits for the first, four for the last",
    )
    further_invoices: tuple[LineInvoice, ...] = many(
        cat="AE 42, from the second on", note="`invoice` is the first"
    )
    levies: tuple[Levy, ...] = many(wco="50A", un="applicableTax", edi="TAX", cat="AE 60/61/62-record")
    cases: tuple[TradeCase, ...] = many(cat="AE 53-record", tv="CBPEntrySummaryLineItem.adCvdNumber")
    permits: tuple[Permit, ...] = many(
        wco="02A",
        un="applicableLicence",
        edi="DOC",
        cat="AE 51/52-record",
        tv="CBPEntrySummaryLineItem.visaNumber",
    )
    quota: Text | None = maybe(
        wco="50A/401", un="quotaId", cat="AE category", tv="CBPEntrySummaryLineItem.categoryNumber"
    )
    dangerous: tuple[DangerousGood, ...] = many(
        wco="12C", un="applicableDangerousGoods", x12="H1 H2", edi="DGS"
    )
    zone_status: Text | None = maybe(
        wco="70A/166 161",
        un="goodsStatusCode",
        cat="SE41",
        tv="CBPEntryLineItem.freeTradeZoneStatus",
        note="P, N, D; with zone_date",
    )
    zone_date: date | None = maybe(cat="SE41", tv="CBPEntryLineItem.freeTradeZoneFilingDate")
    nature: Text | None = maybe(wco="68A/103")
    statistical_value: Money | None = maybe(wco="68A/114")
    documents: tuple[Document, ...] = many(wco="68A/02A")
    statements: tuple[Statement, ...] = many(wco="68A/03A")
    previous_documents: tuple[PreviousDocument, ...] = many(wco="68A/99A")
    procedures: tuple[Procedure, ...] = many(wco="70A")
    references: tuple[Reference, ...] = many(wco="68A/35B")
    classifications: tuple[Identifier, ...] = many(wco="21A (337 other than TSP, TRC)")
    destination: Destination | None = maybe(wco="68A/99B")
    trusted_parties: tuple[PartyReference, ...] = many(wco="68A/16C")
    tax_parties: tuple[PartyReference, ...] = many(wco="68A/55B")
    zone_quantity: Quantity | None = maybe(cat="SE41:12-19, AE 41:10-19")
    set_role: Text | None = maybe(cat="AE 40:8", note="header, component")
    identifier: Text | None = maybe(cat="AE 40:5-7", note="when it is no number")
    exported: date | None = maybe(cat="AE 40:13-18")
    textile_exported: date | None = maybe(cat="AE 40:19-24")
    charges: Money | None = maybe(cat="AE 40:27-36")
    loading: Place | None = maybe(cat="AE 40:37-41")
    claim: Text | None = maybe(cat="AE 40:55")
    net_cost: bool | None = maybe(cat="AE 40:57")
    fee_exemption: Text | None = maybe(cat="AE 40:58")
    non_reimbursement: bool | None = maybe(cat="AE 40:60")
    overrides: tuple[Override, ...] = many(cat="AE CW02")
    declarations: tuple[Fact, ...] = many(cat="AE 54")
    facts: tuple[Fact, ...] = many(cat="SE62, SE63")
    descriptions: tuple[Text, ...] = many(cat="AE 44", note="description is the first")
    reasons: tuple[Text, ...] = many(cat="AE 63")
    unit_price: Money | None = maybe(x12="IT1-04")
    price_basis: Text | None = maybe(x12="IT1-05")
    vehicles: tuple[Vehicle, ...] = many(x12="VC, VEH")
    export_exception: Text | None = maybe(x12="L13-13")
    action: Text | None = maybe(x12="L13-14")
    order: Text | None = maybe(x12="PRF-01")
    package: Text | None = maybe(x12="HL-02", note="number of the package it is in")
    party: Text | None = maybe(x12="N1-02 under VID", note="name of the party in its equipment")
