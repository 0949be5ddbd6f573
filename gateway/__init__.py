"""Customs gateway: any customs format in, one canonical entry, signed answers out."""

from gateway.api import (
    Result,
    iter_transactions,
    iter_translations,
    read,
    second_opinion,
    translate,
    validate,
)
from gateway.entry import Entry
from gateway.finding import Finding, Layer, Report, Severity, Span
from gateway.flow.opinion import Opinion
from gateway.specs import Limits, Specs
from gateway.tree import Envelope, Interchange, Leaf, Node, Transaction

__all__ = [
    "Entry",
    "Envelope",
    "Finding",
    "Interchange",
    "Layer",
    "Leaf",
    "Limits",
    "Node",
    "Opinion",
    "Report",
    "Result",
    "Severity",
    "Span",
    "Specs",
    "Transaction",
    "iter_transactions",
    "iter_translations",
    "read",
    "second_opinion",
    "translate",
    "validate",
]
