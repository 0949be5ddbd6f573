"""Values that many classes share: money, quantities, parties, places, references."""

from datetime import date, datetime
from decimal import Decimal

from gateway.entry.base import Country, Currency, Model, Text, many, maybe, one


class Money(Model):
    """An amount and its currency."""

    amount: Decimal = one(wco="Amount", un="…Amount", edi="MOA:5004")
    currency: Currency | None = maybe(
        wco="@currencyID", un="currencyCode", x12="CUR-02 / N10-13", edi="CUX:6345 / MOA:6345"
    )


class Quantity(Model):
    """A number and its unit."""

    value: Decimal = one(
        wco="Measure, Quantity", un="…Quantity / …Measure", x12="DE 380 / DE 81", edi="QTY:6060 / MEA:6314"
    )
    unit: Text | None = maybe(
        wco="@unitCode",
        un="unitCode",
        x12="DE 355 / DE 188",
        edi="6411",
        note="UN/ECE Rec 20 code; X12 K, L and CBP units by code table",
    )


class Identifier(Model):
    """A value in a named scheme."""

    scheme: Text = one(
        wco="@schemeID", x12="N1-03 (DE 66)", edi="NAD:C082.1131/3055", note="see Identifier schemes"
    )
    value: Text = one(wco="ID", un="identifier", x12="N1-04 (DE 67)", edi="NAD:C082.3039")


class Address(Model):
    """A postal address."""

    lines: tuple[Text, ...] = many(
        wco="04A/239 (one line only)",
        un="lineOne…lineFive / streetName",
        x12="N3-01 N3-02",
        edi="NAD:C059.3042",
        tv="PostalAddress.streetAddress",
    )
    city: Text | None = maybe(
        wco="04A/241", un="cityName", x12="N4-01", edi="NAD:3164", tv="PostalAddress.addressLocality"
    )
    region: Text | None = maybe(
        wco="04A/244 code, 243 name",
        un="countrySubDivisionName",
        x12="N4-02",
        edi="NAD:C819.3229",
        tv="PostalAddress.addressRegion",
    )
    postcode: Text | None = maybe(
        wco="04A/245", un="postcodeCode", x12="N4-03", edi="NAD:3251", tv="PostalAddress.postalCode"
    )
    country: Country | None = maybe(
        wco="04A/242", un="countryId", x12="N4-04", edi="NAD:3207", tv="PostalAddress.addressCountry"
    )
    kind: Text | None = maybe(wco="04A/410")
    region_name: Text | None = maybe(wco="04A/243", note="region is the code")


class Contact(Model):
    """Whom to ask."""

    name: Text | None = maybe(wco="34A/246", un="personName", x12="PER-02", edi="CTA:C056.3412")
    phone: Text | None = maybe(
        wco="25A/240 (253 TE)",
        un="telephoneCommunication",
        x12="PER-04 (TE)",
        edi="COM:C076.3148 (3155 TE)",
        tv="Organization.phoneNumber",
    )
    email: Text | None = maybe(
        wco="25A/240 (253 EM)",
        un="uRICommunication",
        x12="PER-04 (EM)",
        edi="COM:C076.3148 (3155 EM)",
        tv="Organization.email",
    )
    fax: Text | None = maybe(wco="25A/240 (253 FX)")


class Party(Model):
    """A person or organisation."""

    name: Text | None = maybe(
        wco="…/Name (R0xx by role)",
        un="name",
        x12="N1-02",
        edi="NAD:C080.3036 / C058.3124",
        cat="SE30:8-42 by role",
        tv="Organization.name",
    )
    identifiers: tuple[Identifier, ...] = many(
        wco="…/ID (R0xx by role)",
        un="identifier, globalId, dUNSId, gLNId, registeredId",
        x12="N1-03/04",
        edi="NAD:C082",
        tv="Organization.id, CBPImporterOfRecord",
        note="MID, IRS/EIN, CBP-assigned, SCAC, GBI: DUNS GLN LEI ALTA, DID",
    )
    address: Address | None = maybe(
        wco="04A", un="postalAddress", x12="N3 N4", edi="NAD:C059…3207", tv="Organization.location.address"
    )
    contact: Contact | None = maybe(wco="34A, 25A", un="definedContact", x12="PER", edi="CTA COM")
    more_name: Text | None = maybe(x12="N2-01")
    description: tuple[Text, ...] = many(
        cat="AE SE32, SE52", note="what kind of party it is (GBI), in pieces of at most 75 characters"
    )


class RoledParty(Party):
    """A party in a role that has no field of its own."""

    role: Text = one(
        wco="by class (09B 16A 27A 30A 57A 74A …)",
        un="partyRoleCode",
        x12="N1-01 (DE 98)",
        edi="NAD:3035",
        cat="SE30, SE50, PG19 role",
        tv="CBPEntryEntity.role",
        note="see Party roles",
    )


class Place(Model):
    """A place in a named scheme."""

    scheme: Text = one(
        x12="DE 309", edi="LOC:1131/3055", note="schedule-d, schedule-k, unlocode, firms, gln, ftz, text"
    )
    code: Text | None = maybe(
        wco="…/ID (L0xx)",
        un="identifier",
        x12="DE 310",
        edi="LOC:C517.3225",
        tv="Place.unLocode, Place.usPortCode",
    )
    name: Text | None = maybe(wco="…/Name", un="name", edi="LOC:C517.3224")
    kind: Text | None = maybe(wco="64A/L110", note="designated, authorised, other")
    address: Address | None = maybe(wco="64A/04A")


class Reference(Model):
    """A number by which somebody else knows something."""

    kind: Text = one(
        wco="99A/D019, 02A/D006",
        un="referenceTypeCode",
        x12="N9-01 / REF-01 (DE 128)",
        edi="RFF:1153",
        cat="SE20 qualifier",
        note="canonical kind, table codes/reference.csv",
    )
    value: Text = one(wco="99A/D018", un="identifier", x12="N9-02 / REF-02", edi="RFF:1154", cat="SE20 value")
    text: Text | None = maybe(x12="N9-03")
    dated: date | None = maybe(x12="N9-04")


class Document(Model):
    """A document that goes with the entry."""

    kind: Text | None = maybe(
        wco="02A/D006 (+D031)", un="documentTypeCode", x12="N9-01 / PWK-01", edi="DOC:1001"
    )
    number: Text | None = maybe(wco="02A/D005", un="identifier", x12="N9-02", edi="DOC:1004")
    issued: date | None = maybe(wco="02A/276", un="issueDateTime", x12="N9-04", edi="DTM 137")
    issuer: Text | None = maybe(wco="02A/17B/R058", un="issuerParty")
    url: Text | None = maybe(un="uRIId", note="document image, or the address of the credential")
    category: Text | None = maybe(wco="02A/D031")
    name: Text | None = maybe(wco="02A/D028")
    effective: date | None = maybe(wco="02A/276")
    status: Text | None = maybe(wco="02A/360")
    issuer_role: Text | None = maybe(wco="02A/17B/R005")
    used: Quantity | None = maybe(wco="02A/22C/502", note="write-off")
    used_value: Money | None = maybe(wco="02A/22C/503")


class Pointer(Model):
    """One step of a path into a document (WCO 97A)."""

    sequence: int | None = maybe(wco="97A/006")
    section: Text | None = maybe(wco="97A/375")
    tag: Text | None = maybe(wco="97A/381")


class Statement(Model):
    """Additional information: a code, a text, or both."""

    code: Text | None = maybe(wco="03A/226")
    text: Text | None = maybe(wco="03A/225")
    kind: Text | None = maybe(wco="03A/369")
    limit: datetime | None = maybe(wco="03A/264")
    pointers: tuple[Pointer, ...] = many(wco="03A/97A")


class PreviousDocument(Model):
    """A document by which customs knew the goods before."""

    category: Text | None = maybe(wco="99A/D031")
    kind: Text | None = maybe(wco="99A/D019")
    number: Text | None = maybe(wco="99A/D018")
    line: int | None = maybe(wco="99A/171")


class PartyReference(Model):
    """A party named by an identifier alone, in a role."""

    role: Text | None = maybe(wco="R005")
    identifier: Text | None = maybe(wco="16C/R143, 55B/R119")


class Fact(Model):
    """One named value that an authority asks for under a heading."""

    group: Text = one(cat="SE62, SE63, AE 54")
    name: Text | None = maybe()
    value: Text | None = maybe()
    text: Text | None = maybe()


class RoledPlace(Place):
    """A place and what happens there."""

    role: Text = one(x12="P5-01, R4-01")


class Detail(Model):
    """One particular of a status: what is wrong, where, and how to put it right."""

    code: Text | None = maybe(x12="K1-01, TED-01")
    text: Text | None = maybe(x12="K1-02, TED-02")
    more: Text | None = maybe()
    place: Text | None = maybe(x12="TED-03")
    position: Text | None = maybe(x12="TED-04")
    element: Text | None = maybe(x12="TED-05")
    value: Text | None = maybe(x12="TED-07")
    correction: Text | None = maybe(x12="TED-08")
    number: Text | None = maybe(x12="TED-06", note="of the element")
    related: tuple[Reference, ...] = many(x12="RED-02, RED-01", note="other data that it is about")


class Person(Model):
    """A person who travels with the goods: crew or passenger."""

    role: Text = one(x12="NM1-01")
    kind: Text | None = maybe(x12="NM1-02")
    family: Text | None = maybe(x12="NM1-03")
    given: Text | None = maybe(x12="NM1-04")
    middle: Text | None = maybe(x12="NM1-05")
    suffix: Text | None = maybe(x12="NM1-07")
    gender: Text | None = maybe(x12="DMG-03")
    citizenship: Country | None = maybe(x12="DMA")
    born: date | None = maybe(x12="DMG-02")
    address: Address | None = maybe(x12="N3, N4")
    identifiers: tuple[Identifier, ...] = many(x12="NM1-08, NM1-09")
    documents: tuple[Document, ...] = many()
    licence: Text | None = maybe(x12="DMA")
    licence_region: Text | None = maybe(x12="DMA")
    hazmat: Text | None = maybe(x12="DMA")
    references: tuple[Reference, ...] = many(x12="REF")


class MessageReference(Model):
    """A message that somebody received, by its own envelope."""

    message: Text | None = maybe(x12="OTI-10")
    version: Text | None = maybe(x12="OTI-11")
    group: Text | None = maybe(x12="OTI-08")
    control: Text | None = maybe(x12="OTI-09")
    sender: Text | None = maybe(x12="OTI-04")
    receiver: Text | None = maybe(x12="OTI-05")


class Permit(Model):
    """A licence, certificate, permit, visa or ruling."""

    kind: Text = one(
        wco="02A/D006",
        un="applicableLicence / documentTypeCode",
        x12="REF / N9",
        edi="DOC:1001",
        cat="AE 51/52-record; PG14",
        tv="SIMASteelImportLicense, CBPEntrySummaryLineItem.visaNumber",
        note="licence, certificate, permit, visa, ruling",
    )
    number: Text | None = maybe(
        wco="02A/D005", un="identifier", x12="REF-02", edi="DOC:1004", cat="AE 52-record; PG14"
    )
    issued: date | None = maybe(un="issueDateTime", edi="DTM 137")
    expires: date | None = maybe(wco="02A/276 (effective)", un="validityPeriod", edi="DTM 36")
    used: Quantity | None = maybe(wco="02A/22C/502", cat="PG14 quantity", note="write-off")
    exemption: Text | None = maybe(wco="02A/360", un="exemptionReason", cat="PG14 exemption code")
