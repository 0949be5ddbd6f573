"""Every mapping of a data folder: found by file, compiled when first asked for, then kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.mapping.compile import compile_table
from gateway.mapping.identity import identity_table
from gateway.mapping.plan import Mapping
from gateway.mapping.table import MappingError, Table, parse_table
from gateway.specs import data_root

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.specs import MessageSpec, Specs

JSON = ("json", "entry", "1")


class Mappings:
    """The mapping tables below `<root>/mappings`."""

    def __init__(self, specs: Specs) -> None:
        """Look for tables beside the specs' own tables."""
        self._specs = specs
        self._folder = specs.root / "mappings"
        self._files: dict[tuple[str, str, str], Path | None] = {JSON: None}
        for file in sorted(self._folder.glob("*/*.map")):
            message, _, version = file.stem.partition(".")
            self._files[file.parent.name, message, version] = file
        self._ids = tuple(sorted(self._files))
        self._last = {key[:2]: key for key in self._ids}
        self._compiled: dict[tuple[str, str, str], Mapping | None] = {}

    def ids(self) -> tuple[tuple[str, str, str], ...]:
        """Give (format, message, version) of every mapping there is, sorted."""
        return self._ids

    def get(self, format_name: str, message: str, version: str) -> Mapping | None:
        """Give one compiled mapping, None where there is none; `MappingError` if it is wrong."""
        key = (format_name, message, version)
        if key not in self._compiled:
            self._compiled[key] = self._compile(key)
        return self._compiled[key]

    def target(self, name: str) -> Mapping | None:
        """Find what a user calls `catair/SE`, `x12/309`, `x12/309/004010` or `json`.

        Without a version the last one by name is meant.
        """
        if name in ("json", "json/entry"):
            name = "/".join(JSON)
        format_name, _, rest = name.partition("/")
        message, _, version = rest.partition("/")
        if version:
            return self.get(format_name, message, version)
        key = self._last.get((format_name, message))
        return self.get(*key) if key is not None else None

    def check(self) -> None:
        """Compile every table, all of it; `MappingError` for the first that is wrong."""
        for key in self.ids():
            mapping = self.get(*key)
            if mapping is not None:
                mapping.plan.compile()

    def _compile(self, key: tuple[str, str, str]) -> Mapping | None:
        if not any(known[:2] == key[:2] for known in self._files):
            return None
        spec = self._specs.message(*key)
        table = self._table(key, spec)
        if table is None:
            return None
        if spec is None:
            raise MappingError(table.file, 1, f"there is no spec for {table.id}")
        # The shipped tables are held to their specs by our tests; anybody else's are compiled whole.
        late = table.made or self._specs.root == data_root()
        return compile_table(table, spec, self._folder / "codes", late=late)

    def _table(self, key: tuple[str, str, str], spec: MessageSpec | None) -> Table | None:
        """Find the table of a message, or that of the version it is based on."""
        seen = {key}
        while key not in self._files:
            if spec is None or not spec.base:
                return None
            key = (*key[:2], spec.base)
            if key in seen:
                return None
            seen.add(key)
            spec = self._specs.message(*key)
        file = self._files[key]
        if file is None:
            return identity_table()
        table = parse_table(file, file.read_text(encoding="utf-8"))
        if (table.format, table.message, table.version) != key:
            raise MappingError(file, 1, f"the file's place says {'/'.join(key)}, its head says {table.id}")
        return table
