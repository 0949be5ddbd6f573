"""Mapping tables: parsed, checked, compiled once for each direction.

Lives here: the table language of `docs/mappings.md` and nothing else. Never here: a
format's syntax, a rule of business, IO beyond loading tables.
"""

from gateway.mapping.compile import compile_table
from gateway.mapping.engine import Origin, Translation, translate
from gateway.mapping.groups import write_entry
from gateway.mapping.library import Mappings
from gateway.mapping.plan import Mapping
from gateway.mapping.table import MappingError, parse_table
from gateway.mapping.write import Traced, Written, trace, write

__all__ = [
    "Mapping", "MappingError", "Mappings", "Origin", "Traced", "Translation", "Written", "compile_table",
    "parse_table", "trace", "translate", "write", "write_entry",
]  # fmt: skip
