"""What every class of the entry is built from.

Frozen and closed: a change is a new entry, an unknown field is an error. A field says
what a thing is, not whether it is needed; presence is a rule with a clause and a date.
The names that other standards have for a field are its metadata (`terms`): `wco`
(class/element ids), `un` (UN/CEFACT), `x12`, `edi` (EDIFACT), `cat` (CATAIR), `tv`
(credentials); `note` is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler

Text = Annotated[str, StringConstraints(min_length=1)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Hts = Annotated[str, StringConstraints(pattern=r"^\d{4,10}$")]
CaseNumber = Annotated[str, StringConstraints(pattern=r"^[AC]\d{9}$")]


class Model(BaseModel):
    """Base of the canonical classes."""

    # What validates a class is built when it is first asked to: most commands never make an entry of the model.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    # Without an annotation: those of a base are looked at again for each class below it.
    __terms__ = dict[str, dict[str, str]]()

    def __init_subclass__(cls, **words: Any) -> None:
        """Put in place of what `maybe`, `many` and `one` gave a field's default; its terms are kept for the schema.

        A field with a plain default is made several times faster than one with a `Field`, and there are 800 of them.
        """
        super().__init_subclass__(**words)
        said = {name: value for name, value in cls.__dict__.items() if isinstance(value, _Said)}
        cls.__terms__ = cls.__terms__ | {name: value.terms for name, value in said.items()}
        for name, value in said.items():
            if value.needed:
                delattr(cls, name)
            else:
                setattr(cls, name, value.default)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give the schema of a class with its fields' terms."""
        schema = handler(core_schema)
        for name, field in handler.resolve_ref_schema(schema)["properties"].items():
            if terms := cls.__terms__[name]:
                field["terms"] = dict(terms)
        return schema


class _Said(NamedTuple):
    """What a field is said to be: its default, or that it is needed, and its names in other standards."""

    terms: dict[str, str]
    default: Any = None
    needed: bool = False


def maybe(**terms: str) -> Any:
    """Make a field that may be absent."""
    return _Said(terms)


def many(**terms: str) -> Any:
    """Make a field that holds any number of items, in order."""
    return _Said(terms, ())


def one(**terms: str) -> Any:
    """Make a field without which its object says nothing."""
    return _Said(terms, needed=True)
