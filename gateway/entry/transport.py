"""How the goods travel: conveyance, equipment, vehicles."""

import datetime as dt

from gateway.entry.base import Country, Model, Text, many, maybe, one
from gateway.entry.values import (
    Identifier,
    Money,
    Party,
    Person,
    Place,
    Quantity,
    Reference,
    RoledParty,
    RoledPlace,
)


class Seal(Model):
    """A seal on a piece of equipment."""

    number: Text = one(
        wco="31B/44B/165",
        un="affixedSeal.identifier",
        x12="VID-04 VID-05 / M7",
        edi="SEL:9308",
        tv="Seal.sealNumber",
    )
    party: Text | None = maybe(un="logisticsSealingPartyRoleCode", edi="SEL:C215.9303")


class Equipment(Model):
    """A container, trailer or rail car."""

    number: Text = one(
        wco="31B/159",
        un="utilizedTransportEquipment.identifier",
        x12="VID-02+VID-03",
        edi="EQD:C237.8260",
        cat="SE17?",
        tv="TransportEquipment.equipmentReference",
    )
    kind: Text | None = maybe(un="transportEquipmentCategoryCode", x12="VID-01", edi="EQD:8053")
    size_type: Text | None = maybe(
        un="transportEquipmentSizeTypeCharacteristicCode",
        x12="VID-09",
        edi="EQD:C224.8155",
        tv="TransportEquipment.ISOEquipmentCode",
    )
    empty: bool | None = maybe(un="transportEquipmentFullnessUsedCapacityCode", x12="VID-10", edi="EQD:8169")
    seals: tuple[Seal, ...] = many(
        wco="44B", un="affixedSeal", x12="VID-04 VID-05, M7", edi="SEL", tv="TransportEquipment.seals"
    )
    length: Text | None = maybe(x12="VID-06")
    height: Text | None = maybe(x12="VID-07")
    width: Text | None = maybe(x12="VID-08")
    load: Text | None = maybe(x12="VID-10")
    action: Text | None = maybe(cat="NS60:3")
    service: Text | None = maybe(x12="VID-11")
    owner: Text | None = maybe(x12="VID-12")
    plate: Text | None = maybe(x12="VID-13")
    plate_region: Text | None = maybe(x12="VID-14")
    plate_country: Country | None = maybe(x12="VID-15")
    reference: Text | None = maybe(x12="VID-16")
    loading: Place | None = maybe(x12="VID")
    gross: Quantity | None = maybe(x12="N7-03")
    tare: Quantity | None = maybe(x12="N7")
    volume: Quantity | None = maybe(x12="N7")
    parties: tuple[RoledParty, ...] = many(x12="N1 under VID", note="each of some of its lines")


class Means(Model):
    """A means of transport at one stage of the way."""

    name: Text | None = maybe(wco="10A/T003, 46A/T001")
    identifier: Identifier | None = maybe(wco="10A/T004, 46A/T002")
    kind: Text | None = maybe(wco="10A/T009, 46A/T008")
    mode: Text | None = maybe(wco="10A/T020, 46A/T021")


class ConsignmentItem(Model):
    """An item of the consignment as the carrier counts them."""

    number: int | None = maybe(wco="29A/006")
    shipper: Party | None = maybe(wco="29A/30A")
    freight_payment: Text | None = maybe(wco="29A/62A/098")


class Vehicle(Model):
    """A vehicle: the conveyance of a truck manifest, or goods on their own wheels."""

    number: int | None = maybe(x12="VEH-01")
    vin: Text | None = maybe(x12="VEH-02")
    year: Text | None = maybe(x12="VEH-04")
    make: Text | None = maybe(x12="VEH-06")
    model: Text | None = maybe(x12="VEH-07")
    body: Text | None = maybe(x12="VEH-08")
    plate: Text | None = maybe(x12="VEH")
    region: Text | None = maybe(x12="VEH")
    kind: Text | None = maybe(x12="VEH")
    owner: Text | None = maybe()
    country: Country | None = maybe(x12="VEH")
    identifiers: tuple[Identifier, ...] = many()
    references: tuple[Reference, ...] = many()
    value: Money | None = maybe(x12="VEH")
    seals: tuple[Seal, ...] = many(x12="M7")
    deck: Text | None = maybe(x12="VC")
    bay: Text | None = maybe(x12="VC")
    dealer: Text | None = maybe(x12="VC")
    location: Text | None = maybe(x12="VC")
    action: Text | None = maybe(x12="VEH-16")
    owner_country: Country | None = maybe(x12="VEH-19")


class Insurance(Model):
    """Liability insurance of a conveyance."""

    insurer: Text | None = maybe(x12="CII")
    policy: Text | None = maybe(x12="CII")
    year: Text | None = maybe(x12="CII")
    amount: Money | None = maybe(x12="CII")


class PortCall(Model):
    """A port that the conveyance calls at on this manifest; bills name theirs in `unlading`."""

    port: Text = one(x12="P4-01", note="Schedule D")
    arrival_expected: dt.date | None = maybe(x12="P4-02")
    arrival_time: Text | None = maybe(x12="P4-05", note="local time of the port, HHMM")
    firms: Text | None = maybe(x12="P4-04")
    exported: dt.date | None = maybe(x12="P4-06")
    departure_time: Text | None = maybe(x12="P4-07", note="local time of the port, HHMM")


class Transport(Model):
    """The movement that brings the goods."""

    mode: Text | None = maybe(
        wco="15A/T022 (border), 10A/T020 (arrival)",
        un="transportModeCode",
        x12="M10-02",
        edi="TDT:C220.8067",
        cat="SE10:37-38",
        tv="CBPEntrySummary.transportMode",
    )
    containerized: bool | None = maybe(
        wco="67A/28A/096",
        un="containerizationIndicator",
        x12="M10-02 (O)",
        edi="GIS 68/69",
        cat="SE10:37-38 (10 v 11)",
    )
    carrier: Text | None = maybe(
        wco="28A/18A/R012",
        un="carrierParty",
        x12="M10-01",
        edi="TDT:C040.3127",
        cat="SE16:5-8",
        tv="CBPEntrySummary.importingCarrier",
    )
    conveyance: Text | None = maybe(
        wco="15A/T005",
        un="usedTransportMeans.name",
        x12="M10-05",
        edi="TDT:C222.8212",
        cat="SE16:33-52",
        tv="CBPEntry.conveyanceName",
    )
    conveyance_id: Identifier | None = maybe(
        wco="15A/T006 (T018 kind)",
        un="usedTransportMeans.identifier",
        x12="M10-04 (M10-10 kind)",
        edi="TDT:C222.8213",
    )
    nationality: Country | None = maybe(
        wco="15A/T014", un="registrationCountry", x12="M10-03", edi="TDT:C222.8453"
    )
    voyage: Text | None = maybe(
        un="TransportMovement.identifier",
        x12="M10-06",
        edi="TDT:8028",
        cat="SE16",
        tv="CBPEntry.voyageFlightTrip",
    )
    manifest: Text | None = maybe(un="manifestAssociatedDocument", x12="M10-07", edi="RFF")
    loading: Place | None = maybe(
        wco="28A/83A/L010",
        un="loadingLocation",
        x12="M11-02",
        edi="LOC 9",
        tv="CBPEntrySummary.portOfLoading",
    )
    unlading: Place | None = maybe(
        un="unloadingLocation",
        x12="P4-01",
        edi="LOC 11",
        cat="SE10/SE15 port of unlading",
        tv="CBPEntrySummary.portOfUnlading",
    )
    exported: dt.date | None = maybe(
        un="departureEvent / exportExitDateTime", x12="P4-06", edi="DTM 189", tv="CBPEntrySummary.exportDate"
    )
    arrival_expected: dt.date | None = maybe(
        un="arrivalEvent", x12="P4-02", edi="DTM 132", cat="SE10 / SE20 EDA", tv="CBPEntry.arrivalDate"
    )
    arrived: dt.datetime | None = maybe(
        un="arrivalEvent", x12="M15-03 / V9-03", edi="DTM 178", tv="CBPEntrySummary.importDate"
    )
    route: tuple[Country, ...] = many(wco="28A/81A/064", un="transitCountry", edi="LOC 49", note="order kept")
    kind: Text | None = maybe(wco="15A/T010")
    arrival_means: Means | None = maybe(wco="10A")
    departure_means: Means | None = maybe(wco="46A")
    freight_payment: Text | None = maybe(wco="28A/62A/098")
    exits: dt.datetime | None = maybe(wco="67A/024")
    items: tuple[ConsignmentItem, ...] = many(wco="28A/29A")
    in_bond_date: dt.date | None = maybe(cat="AE 20:52-57")
    arrival_time: Text | None = maybe(x12="P4-05", note="local time of the port, HHMM")
    departure_time: Text | None = maybe(x12="P4-07", note="local time of the port, HHMM")
    in_bond_participant: bool | None = maybe(x12="M10-11")
    trip: Text | None = maybe(x12="M10-12")
    vehicles: tuple[Vehicle, ...] = many(x12="VEH")
    insurance: tuple[Insurance, ...] = many(x12="CII")
    crew: tuple[Person, ...] = many(x12="NM1")
    route_places: tuple[RoledPlace, ...] = many(x12="R4, P5")
    departed: dt.date | None = maybe(x12="DTM 370")
    calls: tuple[PortCall, ...] = many(x12="P4", note="the first is unlading, with its date and place")
