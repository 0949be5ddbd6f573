"""What partner agencies get about one tariff number: an ordered tree, as deep as their message set is.

What an agency is told stands below its line of data (`Agency.items`) or below a product of
that line (`products`). Each thing told is an item; its `record` says what it is. An item holds
what belongs to it: a constituent its own names and sources, an issuer its permits, a group what
is told together. Order is kept in every list.
"""

from datetime import date
from decimal import Decimal

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.values import Address, Contact, Identifier, Money, Place, Quantity, RoledParty


class AgencyContainer(Model):
    """A container that stands beside another in one record of an agency."""

    number: Text = one(cat="PG27:28-47, 51-70")
    role: Text | None = maybe(cat="PG27:48, 71", note="1 refrigerated, 2 not")
    length: int | None = maybe(cat="PG27:49-50, 72-73", note="feet")


class AgencyMore(Model):
    """A further record of values that stand side by side."""

    values: tuple[Text, ...] = many(cat="PG08:5-72; PG55:5-34")


class AgencyAddition(Model):
    """What goes on in a further record: an overflow, a citation, a place on the map, a remark, a passport."""

    record: Text = one(
        cat="PG07 PG19 PG20 PG21",
        note="what it adds to: identity, party, address, contact; or what it is: remark, travel-document",
    )
    kind: Text | None = maybe(cat="PG60:5-7; PG24:5-7; PG34:5-7")
    value: Text | None = maybe(cat="PG24:8-12", note="code of a remark")
    text: Text | None = maybe(cat="PG60:8-80; PG24:13-80; PG34:10-44")
    country: Text | None = maybe(cat="PG34:8-9", note="that issued a travel document")


class AgencyContact(Contact):
    """A person whom an agency may ask about a party, a document or an inspection."""

    role: Text | None = maybe(cat="PG21:5-7")
    roles: tuple[Text, ...] = many(cat="PG55", note="further roles")
    more_roles: tuple[AgencyMore, ...] = many(cat="PG55, from the second on")
    additions: tuple[AgencyAddition, ...] = many(cat="PG60 PG24")


class AgencyAddress(Address):
    """A further address of a party."""

    suite: Text | None = maybe(cat="PG20:37-41")
    additions: tuple[AgencyAddition, ...] = many(cat="PG60")


class AgencyParty(RoledParty):
    """A party that an agency is told of, with its further roles and what its records had no room for."""

    suite: Text | None = maybe(cat="PG20:37-41", note="apartment or suite of the address")
    contact_role: Text | None = maybe(cat="PG21:5-7")
    roles: tuple[Text, ...] = many(cat="PG55", note="further roles of the party itself")
    more_roles: tuple[AgencyMore, ...] = many(cat="PG55, from the second on")
    contact_roles: tuple[Text, ...] = many(cat="PG21/PG55", note="further roles of the contact")
    more_contact_roles: tuple[AgencyMore, ...] = many(cat="PG21/PG55, from the second on")
    additions: tuple[AgencyAddition, ...] = many(cat="PG60 PG24 PG34")
    addresses: tuple[AgencyAddress, ...] = many(cat="PG20, from the second on", note="`address` is the first")
    contacts: tuple[AgencyContact, ...] = many(cat="PG21, from the second on", note="`contact` is the first")


class AgencyPermit(Model):
    """A licence, permit, certificate or other document of an agency (LPCO)."""

    kind: Text | None = maybe(cat="PG14:6-8", note="canonical kind, table codes/cbp_agency_permit.csv")
    number: Text | None = maybe(cat="PG14:9-41")
    transaction: Text | None = maybe(cat="PG14:5", note="single, continuous, general")
    date_kind: Text | None = maybe(cat="PG14:42", note="expires, effective, issued, received")
    dated: date | None = maybe(cat="PG14:43-50")
    used: Quantity | None = maybe(cat="PG14:51-71", note="write-off")
    exemption: Text | None = maybe(un="exemptionReason", cat="PG14:72-80")


class AgencyFact(Model):
    """One thing an agency asks or is told; the general shape under the message set."""

    record: Text = one(
        cat="PG04-PG35, PG50",
        note="constituent, scientific-name, source, identity, characteristic, issuer, permit, common-name, dangerous, party, document, affirmation, remark, lot, package, container, can, quantity, inspection, vessel, route, area, dot-bond, contact, group",
    )
    role: Text | None = maybe(cat="qualifier or type code of the record")
    value: Text | None = maybe(cat="coded value or number")
    text: Text | None = maybe(cat="description")
    code: Text | None = maybe(cat="PG05:74-80 PG10:16-19 PG18:19-22 PG32:13-21", note="a second coded value")
    qualifier: Text | None = maybe(cat="PG10:20-23 PG25:14 PG32:10-12 PG35:38", note="a second qualifier")
    quantity: Quantity | None = maybe(cat="PG04 PG26 PG29 PG31")
    percent: Decimal | None = maybe(cat="PG04:74-80")
    dated: date | None = maybe(cat="PG06 PG22 PG25 PG30")
    until: date | None = maybe(cat="PG06:38-45 PG25:49-56")
    place: Place | None = maybe(cat="PG06 PG30 PG32")
    subspecies: Text | None = maybe(cat="PG05:49-66")
    made: Text | None = maybe(
        cat="PG07:55-60", note="month, century and year as six digits; month 00 where unknown"
    )
    number: Text | None = maybe(cat="PG07:64-80")
    more_numbers: tuple[AgencyMore, ...] = many(cat="PG08", note="of the same kind as number")
    region: Text | None = maybe(cat="PG13:46-70")
    count: int | None = maybe(cat="PG17:66-70", note="cartons")
    packing_group: Text | None = maybe(cat="PG18:73")
    temperature: Quantity | None = maybe(cat="PG25:6 PG25:8-13", note="without a sign")
    below_zero: bool | None = maybe(cat="PG25:7")
    line_value: Money | None = maybe(cat="PG25:57-68")
    unit_value: Money | None = maybe(cat="PG25:69-80")
    material: Text | None = maybe(cat="PG26:51-65")
    filler: Text | None = maybe(cat="PG26:66-80")
    unit: Text | None = maybe(cat="PG31:43-45")
    amount: Money | None = maybe(cat="PG35:39-46")
    entity: Text | None = maybe(cat="PG22:18-20", note="role of the party that the document is about")
    declaration: Text | None = maybe(cat="PG22:21-24", note="declaration code")
    certified: bool | None = maybe(cat="PG22:25", note="the declaration is certified")
    signed: bool | None = maybe(cat="PG22:5", note="a signed document of the importer is there")
    invoice: Text | None = maybe(cat="PG22:34-50")
    gross: Quantity | None = maybe(cat="PG29:20-34", note="of the line; quantity is net")
    unit_net: Quantity | None = maybe(cat="PG29:35-49", note="of one unit")
    unit_gross: Quantity | None = maybe(cat="PG29:50-64", note="of one unit")
    length: int | None = maybe(cat="PG27:26-27", note="of a container, in feet")
    beside: tuple[AgencyContainer, ...] = many(cat="PG27:28-73", note="containers in the same record")
    dimensions: tuple[Text, ...] = many(cat="PG28:5-16", note="of a can: two digits inches, two sixteenths")
    additions: tuple[AgencyAddition, ...] = many(cat="PG07/PG60")
    party: AgencyParty | None = maybe(cat="PG19 PG20 PG21 PG34 PG55 PG60")
    contact: AgencyContact | None = maybe(cat="PG21 PG24 PG55 PG60")
    permit: AgencyPermit | None = maybe(cat="PG14")


class AgencyPart(AgencyFact):
    """A part of an item: what a constituent, an issuer, a document, an inspection or a group holds."""

    items: tuple[AgencyFact, ...] = many(cat="PG04 or PG13: PG50 to PG51")


class AgencyItem(AgencyFact):
    """One thing told of a product or an agency line, with what belongs to it."""

    items: tuple[AgencyPart, ...] = many(
        cat="PG04: PG05 PG06 PG07 PG10; PG13: PG14; PG22, PG30: PG19 PG21 PG24; PG50 to PG51"
    )


class AgencyProduct(Model):
    """A product of an agency line, or a component of it, and what is told of it."""

    kind: Text | None = maybe(cat="PG02:5", note="product, component")
    identifiers: tuple[Identifier, ...] = many(cat="PG02:6-74", note="agency product codes, up to three")
    items: tuple[AgencyItem, ...] = many(cat="PG04-PG60")


class Agency(Model):
    """What one partner agency gets about one tariff number. Nothing else of the entry is its business."""

    agency: Text = one(
        un="responsibleGovernmentAgencyResponsibleAgencyCode",
        edi="GOVCBR",
        cat="PG01 agency",
        tv="PGAShipmentStatus",
        note="FDA, EPA, APH, FSI, NMF, NHT, CPS, TTB, FWS …",
    )
    program: Text | None = maybe(cat="PG01 program")
    processing: Text | None = maybe(cat="PG01 processing")
    image: Text | None = maybe(cat="PG01:17", note="electronic image submitted")
    confidential: bool | None = maybe(cat="PG01 confidential")
    global_product: Identifier | None = maybe(
        un="TradeProduct.identifier", cat="PG01:19-41", note="GTIN, UPC"
    )
    intended_use: Text | None = maybe(un="intendedUse", cat="PG01 intended use")
    intended_use_text: Text | None = maybe(cat="PG01:58-78")
    correction: Text | None = maybe(cat="PG01:79")
    disclaim: Text | None = maybe(
        un="exemptionReason", cat="PG01 disclaimer", note="A, B, C, D, E, F, G, as CBP prints them"
    )
    items: tuple[AgencyItem, ...] = many(cat="PG04-PG60 before a PG02", note="told of the line itself")
    products: tuple[AgencyProduct, ...] = many(cat="PG02", note="the product, then its components")
