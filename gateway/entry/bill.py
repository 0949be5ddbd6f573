"""The bills that the goods travel under, their in-bond moves, arrivals and transfers."""

import datetime as dt

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.values import (
    Money,
    Party,
    Place,
    Quantity,
    Reference,
    RoledParty,
    RoledPlace,
)


class InBond(Model):
    """A move under bond."""

    kind: Text | None = maybe(
        un="RegulatoryProcedure.crossBorderRegulatoryProcedureTypeCode",
        x12="M12-01",
        edi="CST / GIS 22-28",
        tv="Inbond.inBondType",
        note="61 IT, 62 T&E, 63 IE …",
    )
    number: Text | None = maybe(
        wco="99A/D018",
        un="customsId",
        x12="M12-02 (paperless) / M12-06",
        edi="RFF ABT",
        cat="SE15 in-bond number",
        tv="CBPEntrySummary.immediateTransportationNumber",
    )
    dated: dt.date | None = maybe(edi="DTM", tv="CBPEntrySummary.immediateTransportationDate")
    carrier: Text | None = maybe(un="carrierParty", x12="M12-07", note="bonded carrier that takes liability")
    destination: Place | None = maybe(
        un="transitCustomsOfficeSpecifiedLocation",
        x12="M12-03",
        edi="LOC 22/50",
        tv="Inbond.portOfDestination",
    )
    foreign_destination: Place | None = maybe(x12="M12-04")
    value: Money | None = maybe(un="declaredValueForCustomsAmount", x12="M12-05", edi="MOA 43")
    mode: Text | None = maybe(x12="M12-10")
    conveyance: Text | None = maybe(x12="M12-11")
    form: Text | None = maybe(x12="M21-05")
    references: tuple[Reference, ...] = many(x12="M12-08/09")
    places: tuple[RoledPlace, ...] = many(x12="P5, R4")
    quantity: Quantity | None = maybe(x12="M21-13", cat="SO42:39-46")
    departure: Place | None = maybe(cat="SO42:19-22")
    arrived: dt.date | None = maybe(cat="SO42:33-38")


class Arrival(Model):
    """One arrival of goods under a bill."""

    carrier: Text | None = maybe(cat="SE16:5-8")
    voyage: Text | None = maybe(cat="SE16")
    date: dt.date | None = maybe(cat="SE16")
    quantity: Quantity | None = maybe(cat="SE16")
    conveyance: Text | None = maybe(cat="SE16:33-52")


class BillPart(Model):
    """One bill of a chain from master to sub-house."""

    kind: Text | None = maybe(cat="AE 23")
    issuer: Text | None = maybe(cat="AE 23")
    number: Text | None = maybe(cat="AE 23")


class Amendment(Model):
    """How a bill on file is to change."""

    kind: Text | None = maybe(x12="M13-03")
    reason: Text | None = maybe(x12="M13-06")
    action: Text | None = maybe(x12="M13-07, MBL-03")
    quantity: Quantity | None = maybe(x12="M13-05")
    carrier: Text | None = maybe(x12="M13-01")
    port: Place | None = maybe(x12="M13-02")
    master: Text | None = maybe(x12="M13-08")
    master_issuer: Text | None = maybe(x12="M13-10")


class Transfer(Model):
    """A permit to move goods to another place before release."""

    issuer: Text | None = maybe(x12="M20")
    bill: Text | None = maybe(x12="M20")
    equipment: Text | None = maybe(x12="M20")
    text: Text | None = maybe(x12="M20")
    to: Place | None = maybe(x12="M20")
    reference: Reference | None = maybe(x12="M20")
    quantity: Quantity | None = maybe(x12="M20")


class Bill(Model):
    """A transport contract: master, house or simple bill."""

    kind: Text | None = maybe(
        wco="99A/D019 (705 …)",
        un="transportContractDocument.documentTypeCode",
        x12="M11-09",
        edi="DOC:1001 / RFF:1153",
        cat="SE15 type",
        tv="CBPEntry.bolType",
        note="master, house, sub-house, simple",
    )
    issuer: Text | None = maybe(
        un="carrierParty",
        x12="M11-12",
        edi="RFF / NAD CA",
        cat="SE15:10-59 (issuer + number)",
        tv="CBPEntry.scac",
    )
    number: Text = one(
        wco="99A/D018",
        un="transportContractDocument.identifier",
        x12="M11-01",
        edi="RFF BM / MB / BH, CNI",
        cat="SE15:10-59",
        tv="CBPEntry.bolNumber, CBPEntrySummary.billOfLadingNumber",
    )
    master: Text | None = maybe(
        un="includedConsignment", x12="M11-11", edi="RFF MB", note="number of the bill this one is under"
    )
    quantity: Quantity | None = maybe(
        wco="146",
        un="packageQuantity",
        x12="M11-03 M11-04",
        edi="CNT 11 / PAC:7224",
        cat="SE15 quantity, unit",
        tv="CBPEntry.quantity",
    )
    gross: Quantity | None = maybe(
        wco="131", un="weightUnitGrossWeightMeasure", x12="M11-05 M11-06", edi="CNT 7 / MEA"
    )
    automated: bool | None = maybe(cat="SE15 non-AMS indicator", tv="CBPEntry.nonAMS (inverse)")
    split: bool | None = maybe(cat="SE15 split indicator", tv="CBPEntry.splitBill")
    shipper: Party | None = maybe(
        wco="30A", un="consignorParty", x12="N1 SH", edi="NAD CZ", tv="MultiModalBillOfLading.shipper"
    )
    consignee: Party | None = maybe(
        wco="27A", un="consigneeParty", x12="N1 CN", edi="NAD CN", tv="MultiModalBillOfLading.consignee"
    )
    notify: tuple[Party, ...] = many(
        un="notifiedParty", x12="N1 N1, N1 N2", edi="NAD NI", tv="MultiModalBillOfLading.notifyParty"
    )
    equipment: tuple[Text, ...] = many(
        wco="31B",
        un="utilizedTransportEquipment",
        x12="VID under the bill",
        edi="EQD / SGP",
        note="numbers into entry.equipment",
    )
    in_bond: InBond | None = maybe(
        un="applicableRegulatoryProcedure", x12="M12", cat="SE15", tv="CBPEntry.inBondNumber"
    )
    further_in_bonds: tuple[InBond, ...] = many(cat="SO42, from the second on", note="`in_bond` is the first")
    manifested: Text | None = maybe(cat="SO40:73-80")
    arrivals: tuple[Arrival, ...] = many(cat="SE16")
    chain: tuple[BillPart, ...] = many(cat="AE 23")
    loading: Place | None = maybe(x12="M11-02")
    unlading: Place | None = maybe(x12="P4-01")
    receipt: Text | None = maybe(x12="M11-10")
    volume: Quantity | None = maybe(x12="M11-07/08")
    references: tuple[Reference, ...] = many(x12="N9")
    parties: tuple[RoledParty, ...] = many(x12="N1")
    second_notify: tuple[Text, ...] = many(x12="M11-14/15/18/19")
    amendment: Amendment | None = maybe(x12="M13")
    previous_in_bond: InBond | None = maybe(x12="M21")
    service: Text | None = maybe(x12="MBL-05")
    held: bool | None = maybe(x12="M11-17")
    export_exception: Text | None = maybe(x12="M11-16")
    declaration: Text | None = maybe(x12="M11-16")
    master_issuer: Text | None = maybe(x12="M11-13")
    status: Text | None = maybe(x12="M14-02")
    held_at: Place | None = maybe(x12="M14-11")
