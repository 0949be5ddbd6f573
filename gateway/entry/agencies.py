"""What one partner agency gets about one line."""

from __future__ import annotations

from datetime import date

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.values import Contact, Identifier, Party, Permit, Place, Quantity, RoledParty


class AgencyContainer(Model):
    """A container that stands beside another in one record of an agency."""

    number: Text = one(cat="PG27:28-47, 51-70")
    role: Text | None = maybe(cat="PG27:48, 71", note="1 refrigerated, 2 not")
    length: int | None = maybe(cat="PG27:49-50, 72-73", note="feet")


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
    """A person whom an agency may ask about a document or an inspection."""

    role: Text | None = maybe(cat="PG21:5-7")
    roles: tuple[Text, ...] = many(cat="PG55", note="further roles")
    additions: tuple[AgencyAddition, ...] = many(cat="PG60 PG24")


class AgencyParty(RoledParty):
    """A party that an agency is told of, with its further roles and what its records had no room for."""

    contact_role: Text | None = maybe(cat="PG21:5-7")
    roles: tuple[Text, ...] = many(cat="PG55", note="further roles, where no contact is told")
    contact_roles: tuple[Text, ...] = many(cat="PG21/PG55", note="further roles, where a contact is told")
    additions: tuple[AgencyAddition, ...] = many(cat="PG60")


class AgencyItem(Model):
    """One thing an agency asks or is told; the general shape under the message set."""

    record: Text = one(
        cat="PG02-PG34, PG50-PG60",
        note="name of the group: product, constituent, source, identity, characteristic, entity, document, affirmation, remark, condition, lot, package, location, route …",
    )
    role: Text | None = maybe(cat="qualifier or type code of the record")
    value: Text | None = maybe(cat="coded value or number")
    text: Text | None = maybe(cat="description")
    quantity: Quantity | None = maybe(cat="PG25 PG26 PG29")
    party: Party | None = maybe(cat="PG19 PG20 PG21")
    dated: date | None = maybe(cat="PG06 PG14 PG25 PG30")
    place: Place | None = maybe(cat="PG06 PG30 PG32")
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
    additions: tuple[AgencyAddition, ...] = many(cat="PG07/PG60, PG22/PG24")
    parties: tuple[AgencyParty, ...] = many(cat="PG22 or PG30: PG19 PG20 PG21 PG55 PG60")
    contacts: tuple[AgencyContact, ...] = many(cat="PG22 or PG30: PG21 PG55 PG60")


class AgencyGroup(Model):
    """What an agency wants told together."""

    items: tuple[AgencyItem, ...] = many(
        cat="PG50 to PG51: PG05 PG06 PG07 PG10 PG22 PG25 PG26 PG29 PG31 PG32"
    )
    permits: tuple[Permit, ...] = many(cat="PG50 to PG51: PG14")
    parties: tuple[AgencyParty, ...] = many(cat="PG50 to PG51: PG19 PG20 PG21 PG55 PG60")


class Agency(Model):
    """What one partner agency gets about one line. Nothing else of the entry is its business."""

    agency: Text = one(
        un="responsibleGovernmentAgencyResponsibleAgencyCode",
        edi="GOVCBR",
        cat="PG01 agency",
        tv="PGAShipmentStatus",
        note="FDA, EPA, APH, FSI, NMF, NHT, CPS, TTB, FWS …",
    )
    program: Text | None = maybe(cat="PG01 program")
    processing: Text | None = maybe(cat="PG01 processing")
    disclaim: Text | None = maybe(
        un="exemptionReason", cat="PG01 disclaimer", note="A, B, C, D, E, as CBP prints them"
    )
    intended_use: Text | None = maybe(un="intendedUse", cat="PG01 intended use")
    product: Identifier | None = maybe(
        un="TradeProduct.identifier", cat="PG01 GUPIC; PG02", note="GTIN, agency product code"
    )
    permits: tuple[Permit, ...] = many(un="applicableLicence", cat="PG13 PG14")
    parties: tuple[AgencyParty, ...] = many(cat="PG19-PG21, PG55, PG60")
    items: tuple[AgencyItem, ...] = many(cat="PG02-PG60")
    confidential: bool | None = maybe(cat="PG01 confidential")
    groups: tuple[AgencyGroup, ...] = many(cat="PG50 PG51")
