"""How a summary is paid: statements, their dates, deferred tax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.rules.cbp.scope import whole_summary
from gateway.rules.codes import codes
from gateway.rules.registry import Given, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

_SINGLE = "1"
_DAILY = frozenset({"2", "3", "5"})
_MONTHLY = frozenset({"6", "7", "8"})
_AHEAD_DAYS_MAX = 90
_MONTHS_AHEAD_MAX = 2
_SATURDAY = 5
_MONTHS = 12
_DEFERRALS = frozenset({"1", "2"})
_TAXES = frozenset({"016", "017", "018", "022"})


@rule("cbp.ae.payment-kind", clause="cbp.ae.v109/payment", of=whole_summary, about="payment")
def kind_of_payment(entry: Entry) -> Iterator[Finding]:
    """A summary is paid alone (1), on a daily (2, 3, 5) or on a monthly statement (6, 7, 8)."""
    kind = entry.payment.kind if entry.payment is not None else None
    if kind is not None and kind not in {_SINGLE} | _DAILY | _MONTHLY:
        yield wrong("payment.kind", "no way of payment", expected="1 2 3 5 6 7 8", actual=kind)


@rule("cbp.ae.statement-date", clause="cbp.ae.v109/payment", of=whole_summary, about="payment")
def date_of_the_statement(entry: Entry) -> Iterator[Finding]:
    """What is paid on a statement has the day on which that is printed; what is paid alone has none."""
    payment = entry.payment
    if payment is None or payment.kind is None:
        return
    if payment.kind in _DAILY | _MONTHLY and payment.statement_date is None:
        yield missing("payment.statement_date", "the day of the preliminary statement")
    if payment.kind == _SINGLE and payment.statement_date is not None:
        yield wrong(
            "payment.statement_date",
            "no statement is printed of what is paid alone",
            expected="none",
            actual=payment.statement_date,
        )


@rule("cbp.ae.statement-day", clause="cbp.ae.v109/payment-day", of=whole_summary, about="payment")
def day_of_the_statement(entry: Entry, given: Given) -> Iterator[Finding]:
    """A statement is printed after today."""
    day = entry.payment.statement_date if entry.payment is not None else None
    if day is not None and day <= given.on:
        yield wrong("payment.statement_date", "not in the future", expected=f"after {given.on}", actual=day)


@rule("cbp.ae.statement-ahead", clause="cbp.ae.v109/payment-day", of=whole_summary, about="payment")
def days_to_the_statement(entry: Entry, given: Given) -> Iterator[Finding]:
    """A statement is printed at most 90 days ahead."""
    day = entry.payment.statement_date if entry.payment is not None else None
    if day is not None and (day - given.on).days > _AHEAD_DAYS_MAX:
        yield wrong("payment.statement_date", "too far ahead", expected="at most 90 days", actual=day)


@rule("cbp.ae.statement-working-day", clause="cbp.ae.v109/payment-day", of=whole_summary, about="payment")
def working_day_of_the_statement(entry: Entry) -> Iterator[Finding]:
    """A statement is printed on a working day: no Saturday, Sunday or federal holiday."""
    day = entry.payment.statement_date if entry.payment is not None else None
    if day is not None and (day.weekday() >= _SATURDAY or day.isoformat() in codes("us_holidays")):
        yield wrong("payment.statement_date", "no working day", expected="a working day", actual=day)


@rule("cbp.ae.statement-month", clause="cbp.ae.v109/payment", of=whole_summary, about="payment")
def month_of_the_statement(entry: Entry) -> Iterator[Finding]:
    """A monthly statement, and no other, has its month: 01 to 12."""
    payment = entry.payment
    if payment is None or payment.kind is None:
        return
    month = payment.statement_month
    if payment.kind in _MONTHLY and month is None:
        yield missing("payment.statement_month", "the month of the statement")
    elif payment.kind not in _MONTHLY and month is not None:
        yield wrong("payment.statement_month", "only for a monthly statement", expected="none", actual=month)
    elif month is not None and not _month(month):
        yield wrong("payment.statement_month", "no month", expected="01 to 12", actual=month)


def _month(text: str) -> int:
    """Give the number of a month of two digits, 0 where it is none."""
    number = int(text) if len(text) == 2 and text.isascii() and text.isdigit() else 0
    return number if number <= _MONTHS else 0


@rule("cbp.ae.statement-month-ahead", clause="cbp.ae.v109/payment-day", of=whole_summary, about="payment")
def month_that_is_near(entry: Entry, given: Given) -> Iterator[Finding]:
    """The month of a statement is this one or one of the next two."""
    month = entry.payment.statement_month if entry.payment is not None else None
    number = _month(month or "")
    if number and (number - given.on.month) % _MONTHS > _MONTHS_AHEAD_MAX:
        yield wrong(
            "payment.statement_month",
            "too far ahead",
            expected="this month or one of the next two",
            actual=month,
        )


@rule("cbp.ae.statement-branch", clause="cbp.ae.v109/payment", of=whole_summary, about="payment")
def branch_of_the_statement(entry: Entry) -> Iterator[Finding]:
    """A client's branch stands beside a statement alone."""
    payment = entry.payment
    if payment is not None and payment.branch is not None and payment.kind == _SINGLE:
        yield wrong(
            "payment.branch", "no statement is printed of this", expected="none", actual=payment.branch
        )


@rule("cbp.ae.deferral", clause="cbp.ae.v109/payment", of=whole_summary, about="payment")
def deferred_tax(entry: Entry) -> Iterator[Finding]:
    """Tax is deferred as 1 (conventional) or 2 (by electronic transfer)."""
    told = entry.payment.deferred_tax if entry.payment is not None else None
    if told is not None and told not in _DEFERRALS:
        yield wrong("payment.deferred_tax", "no deferral", expected="1 or 2", actual=told)


@rule("cbp.ae.tax-on-monthly", clause="cbp.ae.v109/60", of=whole_summary, about="lines")
def no_tax_on_monthly_statements(entry: Entry) -> Iterator[Finding]:
    """Internal revenue tax is not paid on a monthly statement."""
    if entry.payment is None or entry.payment.kind not in _MONTHLY:
        return
    for turn, line in enumerate(entry.lines):
        for place, levy in enumerate(line.levies):
            if levy.kind in _TAXES:
                yield wrong(
                    f"lines[{turn}].levies[{place}].kind",
                    "a tax on a monthly statement",
                    expected="another way of payment",
                    actual=levy.kind,
                )


@rule("cbp.ae.entered-after-statement", clause="cbp.ae.v109/payment-day", of=whole_summary, about="payment")
def entered_before_the_statement(entry: Entry) -> Iterator[Finding]:
    """Goods are not entered after the statement on which they are paid."""
    day = entry.payment.statement_date if entry.payment is not None else None
    if day is not None and entry.entered is not None and entry.entered > day:
        yield wrong(
            "entered", "after the day of the statement", expected=f"at most {day}", actual=entry.entered
        )
