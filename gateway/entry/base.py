"""What every class of the entry is built from.

Frozen and closed: a change is a new entry, an unknown field is an error. A field says
what a thing is, not whether it is needed; presence is a rule with a clause and a date.
The names that other standards have for a field are its metadata (`terms`): `wco`
(class/element ids), `un` (UN/CEFACT), `x12`, `edi` (EDIFACT), `cat` (CATAIR), `tv`
(credentials); `note` is ours.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Hts = Annotated[str, StringConstraints(pattern=r"^\d{4,10}$")]
CaseNumber = Annotated[str, StringConstraints(pattern=r"^[AC]\d{9}$")]


class Model(BaseModel):
    """Base of the canonical classes."""

    # What validates a class is built when it is first asked to: most commands never make an entry of the model.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def maybe(**terms: str) -> Any:
    """Make a field that may be absent."""
    return Field(default=None, json_schema_extra=_terms(terms))


def many(**terms: str) -> Any:
    """Make a field that holds any number of items, in order."""
    return Field(default=(), json_schema_extra=_terms(terms))


def one(**terms: str) -> Any:
    """Make a field without which its object says nothing."""
    return Field(json_schema_extra=_terms(terms))


def _terms(terms: dict[str, str]) -> dict[str, Any] | None:
    return {"terms": dict(terms)} if terms else None
