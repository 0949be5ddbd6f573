"""What the goods are: tariff numbers, origin, value, levies, packages, dangers."""

from datetime import date
from decimal import Decimal

from gateway.entry.agencies import Agency
from gateway.entry.base import CaseNumber, Country, Hts, Model, Text, many, maybe, one
from gateway.entry.values import Money, Quantity


class Package(Model):
    """Packages of one kind at one level."""

    kind: Text | None = maybe(
        wco="93A/141",
        un="packageTypeCode",
        x12="M11-04 (DE 599) / PO4-04",
        edi="PAC:C202.7065",
        cat="PG26",
        note="UN/ECE Rec 21; DE 599 by code table",
    )
    count: int | None = maybe(
        wco="93A/144",
        un="itemQuantity",
        x12="TD1-02 / N10-01",
        edi="PAC:7224",
        cat="PG26",
        tv="totalNumberOfPackages",
    )
    marks: Text | None = maybe(
        wco="93A/142",
        un="physicalShippingMarks",
        x12="N10-03 / MAN-02",
        edi="PCI:C210.7102",
        tv="marksAndNumbers",
    )
    level: int | None = maybe(un="packagingLevelCode", cat="PG26 qualifier 1-6", note="1 outermost")
    material: Text | None = maybe(wco="93A/344")
    length: Quantity | None = maybe(wco="93A/367")
    width: Quantity | None = maybe(wco="93A/368")
    height: Quantity | None = maybe(wco="93A/402")
    volume: Quantity | None = maybe(wco="93A/395")
    identifier: Text | None = maybe(x12="MAN")
    parent: Text | None = maybe(x12="HL-02")
    number: Text | None = maybe(x12="HL-01")
    gross: Quantity | None = maybe(x12="TD1")
    net: Quantity | None = maybe(x12="TD1")
    inner: int | None = maybe(x12="PO4-01", note="units in one")


class Charge(Model):
    """An amount added to or taken from a price."""

    kind: Text = one(
        wco="41A/58B/371",
        un="applicableAllowanceCharge",
        x12="SAC-02",
        edi="ALC:5189 / MOA:5025",
        tv="freightAndCharges.chargeCode",
        note="freight, insurance, packing, assist, royalty, commission, proceeds, discount",
    )
    amount: Money = one(
        wco="41A/58B/181; freight 41A/117",
        un="otherChargeAmount",
        x12="SAC-05 (N2)",
        edi="MOA:5004",
        tv="PriceSpecification",
    )
    included: bool | None = maybe(note="already inside the price paid")
    allowance: bool | None = maybe(x12="SAC-01")
    code: Text | None = maybe(x12="SAC-02")
    rate: Text | None = maybe(x12="SAC-08")
    text: Text | None = maybe(x12="SAC-15")


class Valuation(Model):
    """How customs value was found."""

    method: Text | None = maybe(wco="41A/122", un="CustomsValuation.methodCode", edi="CST:C246 list 127")
    related: bool | None = maybe(
        wco="22B/106 (country relation; not the same)",
        un="buyerSellerRelationshipIndicator",
        x12="DE 645",
        cat="AE relationship",
        tv="CBPEntrySummaryLineItem.relationship",
        note="19 USC 1401a(g)",
    )
    influenced: bool | None = maybe(un="buyerSellerRelationshipPriceInfluenceIndicator")
    first_sale: bool | None = maybe(cat="AE first sale indicator")
    charges: tuple[Charge, ...] = many(
        wco="41A/58B", un="addedAdjustmentAmount, deductedAdjustmentAmount", x12="SAC", edi="ALC MOA"
    )
    freight: Money | None = maybe(wco="41A/117")
    indicators: Text | None = maybe(wco="39B/188", note="four digits")


class Tariff(Model):
    """One tariff number of a line."""

    number: Hts | None = maybe(
        wco="23A/21A/145 (337 TSP)",
        un="designatedClassification",
        x12="N10-05 (N10-04 A); IT1 HD",
        edi="CST:C246 list 122",
        cat="SE60:5-14; AE 50-record",
        tv="Commodity.commodityCode",
        note="first is the goods; others are chapter 98/99 additions, order kept",
    )
    value: Money | None = maybe(
        wco="68A/108",
        un="customsValueSpecifiedAmount / valuationBasisAmount",
        x12="N10-06",
        edi="MOA 40",
        cat="SE60:15-24; AE 50-record",
        tv="CBPEntrySummaryLineItem.enteredValue",
    )
    quantities: tuple[Quantity, ...] = many(
        wco="65A/130 (supplementary)",
        un="tariffQuantity",
        edi="MEA",
        cat="AE 50-record, up to three",
        tv="CBPEntrySummaryLineItem.netQuantity",
    )
    rate: Text | None = maybe(
        wco="50A/115",
        un="rateApplicablePercent",
        edi="TAX:5278",
        tv="CBPEntrySummaryLineItem.htsRate",
        note="as printed; the tariff engine has the computed form",
    )
    duty: Money | None = maybe(
        wco="94A/120",
        un="calculatedAmount",
        edi="MOA 55",
        cat="AE 50-record",
        tv="CBPEntrySummaryLineItem.dutyAndIRTax",
    )
    current_number: Hts | None = maybe(cat="SE61:5-14", note="in force for privileged foreign goods")
    not_sanctioned: bool | None = maybe(cat="AE SE60:5")
    list: Text | None = maybe(x12="N10-04, L13-01", note="hts, schedule-b, hs")
    agency_description: Text | None = maybe(cat="OI:11-80", note="commercial words for agencies")
    agencies: tuple[Agency, ...] = many(un="applicableRegulatoryProcedure", cat="OI + PG records")


class Origin(Model):
    """Where the goods come from, and under what preference."""

    country: Country | None = maybe(
        wco="92A/063 (501 = 1)",
        un="originCountry",
        x12="IT1 CH; N10-11 is near, not the same",
        edi="LOC 27",
        cat="SE40:8-9",
        tv="CBPEntrySummary.countryOfOrigin",
    )
    region: Text | None = maybe(
        wco="92A/066", un="originGeopoliticalRegion", note="asked for goods of China (UFLPA region alert)"
    )
    export: Country | None = maybe(
        wco="95B/062",
        un="exportCountry",
        x12="N10-12",
        edi="LOC 35",
        cat="AE country of export",
        tv="CBPEntrySummary.exportingCountry",
    )
    preference: Text | None = maybe(
        wco="50A/164",
        un="freeTradeAgreementName",
        edi="CST:C246 list 116",
        cat="AE special program indicator",
        note="SPI: S, S+, AU, KR …",
    )
    criterion: Text | None = maybe(un="originCriteria", tv="USMCACertificationOfOrigin.goods.originCriterion")
    melt_pour: Country | None = maybe(
        cat="AE steel/aluminum reporting",
        tv="MillTestReport.countryOfMeltAndPour",
        note="steel; smelt and cast for aluminum",
    )
    preferential_country: Country | None = maybe(wco="92A (501=2)")
    preferential_region: Text | None = maybe(wco="92A/066 (501=2)")


class Levy(Model):
    """One duty, tax or fee."""

    kind: Text | None = maybe(
        wco="50A/113",
        un="taxTypeCode",
        x12="TXI-01",
        edi="TAX:5153",
        cat="AE 60/61/62-record class code",
        tv="CBPEntrySummary.otherFeeSummary",
        note="duty, AD, CVD, IR tax, MPF 499, HMF 501, cotton 056 …",
    )
    base: Money | None = maybe(wco="50A/116", un="basisAmount", edi="TAX:5286")
    base_quantity: Quantity | None = maybe(wco="50A/129", un="basisQuantity")
    rate: Decimal | None = maybe(wco="50A/115", un="applicablePercent", x12="TXI-03", edi="TAX:5278")
    amount: Money | None = maybe(
        wco="94A/120 assessed, 378 payable",
        un="calculatedAmount",
        x12="TXI-02",
        edi="MOA 55/161",
        cat="AE amount",
        tv="PriceSpecification",
    )
    payment: Text | None = maybe(wco="94A/107", un="tradeTaxPaymentMethodCode", edi="PAI")
    preference: Text | None = maybe(wco="50A/164")
    deducted: Money | None = maybe(wco="50A/111")
    quota: Text | None = maybe(wco="50A/401")
    payable: Money | None = maybe(wco="94A/378", note="amount is what was assessed")
    reference: Text | None = maybe(wco="94A/014")
    due: date | None = maybe(wco="94A/376")
    guarantees: tuple[Text, ...] = many(wco="90A/100")


class TradeCase(Model):
    """An antidumping or countervailing duty case."""

    number: CaseNumber = one(
        x12="REF 2Z (AD) 4Z (CVD)",
        edi="RFF",
        cat="AE 53-record",
        tv="CBPEntrySummaryLineItem.adCvdNumber",
        note="letter, country 3, case 3, company 3; hyphens dropped",
    )
    rate: Decimal | None = maybe(cat="AE 53-record")
    amount: Money | None = maybe(cat="AE 53-record")
    bonded: bool | None = maybe(cat="AE 53-record", note="bond instead of cash deposit")
    statement: Text | None = maybe(cat="AE 53-record", note="non-reimbursement declaration id")
    value: Money | None = maybe(cat="AE 53:25-34")
    quantity: Quantity | None = maybe(cat="AE 53:35-46")
    rate_kind: Text | None = maybe(cat="AE 53:22")


class Procedure(Model):
    """One step of the customs procedure of a line."""

    current: Text | None = maybe(wco="70A/166")
    previous: Text | None = maybe(wco="70A/161")


class Override(Model):
    """A warning that the filer answers for."""

    warning: Text = one(cat="AE CW02")
    reason: Text | None = maybe(cat="AE CW02")


class Destination(Model):
    """Where the goods are to stay."""

    country: Country | None = maybe(wco="99B/465")
    region: Text | None = maybe(wco="99B/477")


class DangerousGood(Model):
    """A dangerous good by its UN number."""

    number: Text = one(
        wco="12C/506",
        un="applicableDangerousGoods",
        x12="H1-01",
        edi="DGS:C234.7124",
        cat="QP75:3-12",
        note="UN number",
    )
    hazard_class: Text | None = maybe(x12="H1-02", edi="DGS:C205.8351")
    packing_group: Text | None = maybe(x12="H1-09", edi="DGS:8339")
    contact: Text | None = maybe(x12="H1-05", edi="CTA HG")
    list: Text | None = maybe(x12="H1-03")
    description: Text | None = maybe(x12="H1-04")
    page: Text | None = maybe(x12="H1-06")
    flashpoint: Quantity | None = maybe(x12="H1-07/08")
    flashpoint_below_zero: bool | None = maybe(cat="QP75:77", note="flashpoint is then told without a sign")
    more: tuple[Text, ...] = many(
        x12="H2", cat="QP76", note="further description, then further classification"
    )
