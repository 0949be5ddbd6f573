"""The bonds of an entry, and who stands for them."""

from datetime import date

from gateway.entry.base import Model, Text, many, maybe
from gateway.entry.values import (
    Identifier,
    Money,
    Place,
)


class BondParty(Model):
    """Somebody whom a bond names beside its principal."""

    name: Text | None = maybe(cat="CB 35:18-57, CB 36:18-57")
    identifier: Identifier | None = maybe(cat="CB 35:3-17, CB 36:3-17")


class BondUser(BondParty):
    """Somebody who may use a bond of another."""

    action: Text | None = maybe(cat="CB 36:58")
    added: date | None = maybe(cat="CB 36:59-64")
    removed: date | None = maybe(cat="CB 36:65-70")


class BondSurety(Model):
    """A surety that stands for a part of a bond."""

    surety: Text | None = maybe(cat="CB 45:3-5, CB 46:3-5")
    account: Text | None = maybe(cat="CB 45:6-16, CB 46:6-16", note="of its agent")
    name: Text | None = maybe(cat="CB 45:17-56, CB 46:17-56")
    liability: Money | None = maybe(cat="CB 45:57-66")


class Bond(Model):
    """A bond that secures the entry."""

    kind: Text | None = maybe(
        wco="90A/101",
        un="customsProcedureGuaranteeCode",
        cat="SE10 / AE 10 bond type",
        tv="CBPEntry.bondType",
        note="continuous, single, none",
    )
    surety: Text | None = maybe(
        wco="19B/R055", un="guarantee", cat="AE 31-record / SE11", tv="CBPEntry.suretyCode"
    )
    number: Text | None = maybe(
        wco="90A/100", un="guarantee.identifier", x12="REF SBN", edi="RFF", cat="AE 31-record"
    )
    amount: Money | None = maybe(
        wco="90A/492", un="liabilityAmount", edi="MOA", cat="AE 31-record", tv="CBPEntry.bondValue"
    )
    purpose: Text | None = maybe(note="basic, additional AD/CVD, PGA")
    reference: Text | None = maybe(wco="90A/D014")
    access: Text | None = maybe(wco="90A/499")
    office: Place | None = maybe(wco="14C/G014")
    waiver: Text | None = maybe(cat="AE 10:62-64")
    account: Text | None = maybe(cat="AE 31:19-28")
    effective: date | None = maybe(cat="CB 10:33-38")
    terminates: date | None = maybe(cat="CB 10:39-44")
    reconciliation_rider: bool | None = maybe(cat="CB 10:55")
    islands_rider: bool | None = maybe(cat="CB 10:56", note="US Virgin Islands")
    notify: tuple[Text, ...] = many(cat="CB 12")
    liability: Money | None = maybe(cat="CB 40:57-66", note="of its surety")
    co_principals: tuple[BondParty, ...] = many(cat="CB 35")
    users: tuple[BondUser, ...] = many(cat="CB 36")
    co_sureties: tuple[BondSurety, ...] = many(cat="CB 45")
    reinsurers: tuple[BondSurety, ...] = many(cat="CB 46")
