"""Customs gateway: any customs format in, one canonical entry, signed answers out.

A name is loaded when it is first asked for: the command `gateway` begins here too, and has to be able to answer
Ctrl-C before all of it is there.
"""

import importlib

# What `typing` says, without loading it.
TYPE_CHECKING = False
if TYPE_CHECKING:
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

_HOMES = {
    "entry": ("Entry",),
    "finding": ("Finding", "Layer", "Report", "Severity", "Span"),
    "flow.opinion": ("Opinion",),
    "specs": ("Limits", "Specs"),
    "tree": ("Envelope", "Interchange", "Leaf", "Node", "Transaction"),
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = next((module for module, names in _HOMES.items() if name in names), "api")
    found: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
