"""Commercial invoices."""

from datetime import date
from decimal import Decimal

from gateway.entry.base import Currency, Model, Text, many, maybe
from gateway.entry.goods import Charge
from gateway.entry.values import Money, Party, Place


class Invoice(Model):
    """One commercial invoice."""

    number: Text | None = maybe(
        wco="78A/D016",
        un="associatedDocument.identifier",
        x12="BIG-02",
        edi="DOC 380:1004 / DMS",
        tv="CommercialInvoice.invoiceNumber",
    )
    dated: date | None = maybe(
        wco="78A/D015", un="issueDateTime", x12="BIG-01", edi="DTM 3/137", tv="CommercialInvoice.invoiceDate"
    )
    kind: Text | None = maybe(
        un="documentTypeCode", x12="BIG-07", edi="BGM:1001", note="credit notes must not become entries"
    )
    order: Text | None = maybe(x12="BIG-04", edi="RFF ON", tv="CommercialInvoice.purchaseOrderNumbers")
    seller: Party | None = maybe(
        wco="09B", un="sellerParty", x12="N1 SE/SU", edi="NAD SE", tv="CommercialInvoice.seller"
    )
    buyer: Party | None = maybe(
        wco="16A", un="buyerParty", x12="N1 BY", edi="NAD BY", tv="CommercialInvoice.buyer"
    )
    total: Money | None = maybe(
        wco="109",
        un="totalInvoiceSpecifiedAmount / invoiceAmount",
        x12="TDS-01 (N2)",
        edi="MOA 39/77",
        tv="CommercialInvoice.totalPaymentDue",
    )
    rate: Decimal | None = maybe(wco="40A/118", un="applicableCurrencyExchange", x12="CUR-03", edi="CUX:5402")
    terms: Text | None = maybe(
        wco="22B/090",
        un="specifiedDeliveryTerms",
        x12="FOB-05",
        edi="TOD:C100.4053",
        tv="termsOfDelivery",
        note="Incoterm",
    )
    terms_place: Text | None = maybe(wco="22B/L001", un="deliveryLocation", x12="FOB-03", edi="LOC 1")
    charges: tuple[Charge, ...] = many(
        wco="41A/58B", un="applicableAllowanceCharge", x12="SAC", edi="ALC MOA"
    )
    terms_relation: Text | None = maybe(wco="22B/106")
    terms_text: Text | None = maybe(wco="22B/089")
    terms_location: Place | None = maybe(wco="22B/L002")
    currency: Currency | None = maybe(x12="CUR-02")
    due: date | None = maybe(x12="ITD-06")
    text: Text | None = maybe(x12="ITD-12")
    payment: Text | None = maybe(x12="FOB-01")
    ordered: date | None = maybe(x12="BIG-03")
    days: int | None = maybe(x12="ITD-07", note="until payment")
    note: Text | None = maybe(x12="NTE-02")
