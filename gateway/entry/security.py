"""The importer security filing that is filed together with a release (ISF)."""

from gateway.entry.base import Model, Text, many, maybe, one
from gateway.entry.values import Identifier, Reference, RoledParty


class SecurityEquipment(Model):
    """A container as a security filing names it: owner, number and check digit apart."""

    kind: Text | None = maybe(cat="SF25:5-6")
    initial: Text | None = maybe(cat="SF25:7-10")
    number: int = one(cat="SF25:11-25", note="the record has fifteen digits, zeros in front")
    check_digit: Text | None = maybe(cat="SF25:26")
    size: Text | None = maybe(cat="SF25:27-30")


class SecurityParty(RoledParty):
    """A party of a security filing, with the names that its record had no room for."""

    names: tuple[Reference, ...] = many(cat="SF31", note="kind is the entity code, value the name")


class SecurityFiling(Model):
    """What the importer tells about the shipment before it is laden."""

    shipment: Text | None = maybe(cat="SF10:6-7")
    action: Text | None = maybe(cat="SF10:8", note="A, D, R, as CBP prints them")
    reason: Text | None = maybe(cat="SF10:9-10")
    importer: Identifier | None = maybe(cat="SF10:11-28", note="scheme as CBP prints it: EI, ANI, 34")
    mode: Text | None = maybe(cat="SF10:37-38")
    number: Text | None = maybe(cat="SF10:39-53", note="the transaction number that CBP gave")
    carrier: Text | None = maybe(cat="SF10:54-57")
    bond_holder: Text | None = maybe(cat="SF10:58-72")
    bond_activity: Text | None = maybe(cat="SF10:73-74")
    bond_kind: Text | None = maybe(cat="SF10:75")
    country: Text | None = maybe(cat="SF10:79-80")
    references: tuple[Reference, ...] = many(cat="SF20")
    equipment: tuple[SecurityEquipment, ...] = many(cat="SF25")
    parties: tuple[SecurityParty, ...] = many(cat="SF30-SF36")
