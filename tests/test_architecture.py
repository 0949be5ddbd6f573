"""The code obeys `docs/architecture.md`: layers, homes of packages, banned imports, sizes."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

import gateway

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "gateway"
MODULES = sorted(PACKAGE.rglob("*.py"))
DATA_FOLDERS = ("mappings", "edi_specs", "xsd", "fixtures")
MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
_CODE = re.compile(r"`([^`]+)`")


# -- the page ------------------------------------------------------------------------------


@cache
def table(heading: str) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Give the first table under a heading: for each row the code words of each cell."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return tuple(tuple(tuple(_CODE.findall(cell)) for cell in row.split("|")[1:-1]) for row in rows)


@cache
def layers() -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Give each layer's modules and the layers that it may import."""
    return {row[0][0]: (row[1], frozenset((*row[2], row[0][0]))) for row in table("Layers")}


def is_in(module: str, names: tuple[str, ...]) -> bool:
    """Tell whether a module is one of these, or inside one; `gateway` alone is itself only."""
    return any(module == name or (name != "gateway" and module.startswith(f"{name}.")) for name in names)


def layer_of(module: str) -> str:
    """Give the layer of one of our modules."""
    found = [name for name, (modules, _) in layers().items() if is_in(module, modules)]
    assert len(found) == 1, f"{module} has no layer in docs/architecture.md"
    return found[0]


# -- the code ------------------------------------------------------------------------------


def module_name(path: Path) -> str:
    """Give the dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything a file imports, wherever it stands."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from ((node.lineno, f"{node.module}.{name.name}") for name in node.names)


def ours(name: str) -> str:
    """Give the module of ours that an imported name is, or is a part of."""
    while name != "gateway":
        path = ROOT.joinpath(*name.split("."))
        if path.is_dir() or path.with_suffix(".py").is_file():
            return name
        name = name.rpartition(".")[0]
    return name


def _id(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_layers(path: Path) -> None:
    """A module imports its own layer and those that the table allows it."""
    own = layer_of(module_name(path))
    allowed = layers()[own][1]
    wrong = [
        f"{_id(path)}:{line}: {own} imports {name} ({layer_of(ours(name))})"
        for line, name in imports(path)
        if name.partition(".")[0] == "gateway" and layer_of(ours(name)) not in allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("path", sorted((PACKAGE / "formats").glob("*/*.py")), ids=_id)
def test_formats_do_not_know_each_other(path: Path) -> None:
    """A format imports no other format."""
    own = f"gateway.formats.{path.parent.name}"
    others = [
        f"{_id(path)}:{line}: {name}"
        for line, name in imports(path)
        if name.startswith("gateway.formats.") and not is_in(ours(name), (own,))
    ]
    assert others == []


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_packages_are_imported_at_home(path: Path) -> None:
    """A third-party package is imported where the table says, and nowhere else."""
    homes = {row[0][0]: row[1] for row in table("Third-party packages")}
    module = module_name(path)
    strangers = [
        f"{_id(path)}:{line}: {name}"
        for line, name in imports(path)
        if (top := name.partition(".")[0]) not in sys.stdlib_module_names
        and top != "gateway"
        and not is_in(module, homes.get(top, ()))
    ]
    assert strangers == []


IMPORTED = {"pyyaml": "yaml", "nats-py": "nats", "confluent-kafka": "confluent_kafka"}
"""Packages that are imported under another name than they are installed under."""


def test_every_dependency_has_a_home_and_a_reason() -> None:
    """What a set-up installs is in the table, and `docs/dependencies.md` says why."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = _names(project["dependencies"])
    extras = project["optional-dependencies"]
    optional = _names(line for name in extras if name != "dev" for line in extras[name])
    homes = {row[0][0] for row in table("Third-party packages")}
    if any(name.startswith("opentelemetry-") for name in optional):
        optional.add("opentelemetry")  # one package to import, several to install
    needed = {IMPORTED.get(name, name) for name in names}
    assert needed <= homes <= needed | {IMPORTED.get(name, name) for name in optional}
    names |= {name for name in optional if IMPORTED.get(name, name) in homes}
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    assert [name for name in sorted(names) if f"`{name}`" not in reasons] == []


def _names(lines: Iterable[str]) -> set[str]:
    return {re.split(r"[<>=!~ \[]", line, maxsplit=1)[0].lower() for line in lines}


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_no_time_no_chance_no_network_below_the_shell(path: Path) -> None:
    """From flow down nothing imports a clock, a socket or chance, or asks the date."""
    ((below, banned),) = table("No time, no chance, no network")
    if layer_of(module_name(path)) not in below:
        return
    found = [f"{_id(path)}:{line}: imports {name}" for line, name in imports(path) if _bans(banned, name)]
    found += (
        f"{_id(path)}:{node.lineno}: asks the clock ({node.attr})"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
    )
    assert found == []


def _bans(banned: tuple[str, ...], name: str) -> bool:
    return any(name == word or name.startswith(f"{word}.") for word in banned)


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_files_are_opened_by_the_shell_and_above(path: Path) -> None:
    """Below the shell only loaders of tables open files."""
    module = module_name(path)
    if layer_of(module) in {"cli", "conformance", "shell", "specs"}:
        return
    if module in {"gateway.mapping.library", "gateway.simulator.scenarios"}:
        return
    opened = [
        f"{_id(path)}:{node.lineno}"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "open")
            or (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in {"read_text", "read_bytes", "write_text", "write_bytes"}
            )
        )
    ]
    assert opened == []


# -- sizes, the wheel, public names --------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=_id)
def test_sizes(path: Path) -> None:
    """Modules and functions stay small enough to read."""
    assert len(path.read_text(encoding="utf-8").splitlines()) < MODULE_LINES_MAX
    long = [
        f"{_id(path)}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 >= FUNCTION_LINES_MAX
    ]
    assert long == []


def test_data_folders_are_shipped() -> None:
    """What `specs.data_root()` looks for in an install is put there by the build."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    shipped = build["targets"]["wheel"]["force-include"]
    assert {name: shipped.get(name) for name in DATA_FOLDERS} == {
        name: f"gateway/_data/{name}" for name in DATA_FOLDERS
    }
    assert (PACKAGE / "py.typed").is_file()


def test_public_names() -> None:
    """`gateway/__init__.py` lists its names, sorted, each once, and each is there."""
    names = getattr(gateway, "__all__", [])
    assert sorted(set(names)) == list(names)
    assert [name for name in names if not hasattr(gateway, name)] == []
    bound = {
        name.asname or name.name
        for node in ast.walk(tree_of(PACKAGE / "__init__.py"))
        if isinstance(node, ast.ImportFrom) and node.module != "__future__"
        for name in node.names
    }
    assert bound == set(names)


def test_packages_say_what_they_export() -> None:
    """A package's `__all__` names things that are there."""
    for path in sorted(PACKAGE.rglob("__init__.py")):
        module = importlib.import_module(module_name(path))
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{module.__name__} has no {name}"
