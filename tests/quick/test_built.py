"""The compiled part may be left out: the environment says so, or it is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway import quick
from gateway.quick import MODULES, VERSION

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import gateway.quick
from gateway.flow.translate import load_tables, take
from gateway.specs import Limits
with open("fixtures/x12/810/invoice-004010.edi", "rb") as file:
    found = take(file.read(), load_tables(), Limits())
print(gateway.quick.COMPILED, gateway.quick.LEFT_OUT.replace(" ", "_"), *(isinstance(one.held, dict) for one in found.translations))
"""


def test_the_environment_switches_it_off() -> None:
    """With GATEWAY_NO_COMPILED=1 nothing compiled is used, and messages are read all the same."""
    said = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env={**os.environ, "GATEWAY_NO_COMPILED": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said[:3] == ["False", "switched_off_by_GATEWAY_NO_COMPILED=1", "True"]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (ModuleNotFoundError("no module"), "items was not built"),
        (ImportError("undefined symbol"), "items cannot be loaded: undefined symbol"),
        (ValueError("Tree size changed"), "items cannot be loaded: Tree size changed"),
        (SimpleNamespace(version=VERSION - 1), "items was built from other sources"),
        (SimpleNamespace(version=VERSION), ""),
    ],
)
def test_it_says_why_it_is_left_out(monkeypatch: pytest.MonkeyPatch, found: Any, why: str) -> None:
    """A module that is not there, cannot be loaded or is of another build is the reason."""

    def load(_: str) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.delenv("GATEWAY_NO_COMPILED", raising=False)
    monkeypatch.setattr(quick, "import_module", load)
    assert quick._left_out() == why


def test_modules_of_one_build_have_one_number() -> None:
    """`__init__.py` and `tree.pxd` have the same number, by which modules of another build are known."""
    folder = ROOT / "gateway" / "quick"
    numbers = {
        line.split("=")[1].split("#")[0].strip()
        for path in (folder / "__init__.py", folder / "tree.pxd")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("VERSION =")
    }
    assert len(numbers) == 1


def test_a_build_that_lacks_a_module_is_not_used() -> None:
    """Every module of the compiled part is among those that are looked for."""
    assert sorted(path.stem for path in (ROOT / "gateway" / "quick").glob("*.pyx")) == list(MODULES)


def test_an_editable_install_keeps_what_python_compiles(tmp_path: Path) -> None:
    """Where Python may not write it itself, a command finds it all the same."""
    (tmp_path / "gateway" / "part").mkdir(parents=True)
    (tmp_path / "gateway" / "part" / "one.py").write_text("ONE = 1\n")
    ask = "import sys, pathlib, hatch_build; hatch_build.keep_bytecode(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-B", "-c", ask, str(tmp_path)], cwd=ROOT, check=True)
    assert list((tmp_path / "gateway" / "part" / "__pycache__").glob("one.*.pyc"))
