"""What one partner agency gets about one line."""

from __future__ import annotations

from datetime import date

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.values import Identifier, Party, Permit, Place, Quantity, RoledParty


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
    parties: tuple[RoledParty, ...] = many(cat="PG19-PG21")
    items: tuple[AgencyItem, ...] = many(cat="PG02-PG60")
    confidential: bool | None = maybe(cat="PG01 confidential")
