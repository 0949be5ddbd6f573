"""The code of all work, imported: a process that is forked from one that has it need not load it."""

from __future__ import annotations

from importlib import import_module

from gateway.shell.memory import all_loaded, search_seldom

# Nothing of what is loaded goes away again.
search_seldom()

from gateway.entry import Entry  # noqa: E402
from gateway.formats import NAMES  # noqa: E402
from gateway.specs import LOADERS  # noqa: E402

# What other modules import only when they first need it.
_FORMATS = (f"gateway.formats.{name}.{room}" for name in NAMES for room in ("format", "writer", "acks"))
for _name in (*_FORMATS, *LOADERS.values()):
    import_module(_name)
for _name in ("mapping.emit", "mapping.emit_quick", "shell.work", "shell.work_answer"):
    import_module(f"gateway.{_name}")
Entry.model_rebuild()
all_loaded()
