"""Builds the compiled part (`gateway/quick`) when the package is installed, where that is possible.

Without a C compiler, without Python's headers or with `GATEWAY_NO_COMPILED=1` it is left out, with
one line that says so: everything works without it, in plain Python.

    python hatch_build.py        builds it in place, for work on it
"""

from __future__ import annotations

import compileall
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
FOLDER = "gateway/quick"
SWITCH = "GATEWAY_NO_COMPILED"

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Hook
except ImportError:  # built in place, by hand
    Hook = object


class CustomBuildHook(Hook):  # type: ignore[misc, valid-type]
    """Hatchling asks this before it packs a wheel, also the one of an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say that the wheel is this machine's; leave all as it is where that fails."""
        if self.target_name != "wheel":
            return
        if version == "editable":
            keep_bytecode(Path(self.root))
        reason = build(Path(self.root))
        if reason:
            sys.stdout.write(
                f"customs-gateway: the compiled part is left out ({reason}); all works without it\n"
            )
            return
        build_data["artifacts"].append(f"{FOLDER}/*{_suffix()}")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True


def keep_bytecode(root: Path) -> None:
    """Keep what Python compiles of each module.

    pip does so for what it copies, and an editable install copies nothing: where Python may not write it itself
    (`PYTHONDONTWRITEBYTECODE`, as in many a container) each command would compile every module anew.
    """
    compileall.compile_dir(root / "gateway", quiet=2)


def _suffix() -> str:
    import sysconfig  # noqa: PLC0415 - asked only where something was built

    return str(sysconfig.get_config_var("EXT_SUFFIX"))


def build(root: Path, *, options: tuple[str, ...] = ()) -> str:
    """Compile every module in place; "" when done, else why not. `options` go to the compiler and the linker."""
    if os.environ.get(SWITCH) == "1":
        return f"{SWITCH}=1"
    try:
        from Cython.Build import cythonize  # noqa: PLC0415 - it may be missing
        from Cython.Compiler.Errors import CompileError  # noqa: PLC0415
        from setuptools import Distribution, Extension  # noqa: PLC0415
        from setuptools.errors import BaseError, CCompilerError  # noqa: PLC0415
    except ImportError as error:
        return f"no {error.name}"
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(root)
        try:
            found = [
                Extension(
                    path.with_suffix("").as_posix().replace("/", "."),
                    [path.as_posix()],
                    extra_compile_args=["-O3", *options],
                    extra_link_args=list(options),
                )
                for path in sorted(Path(FOLDER).glob("*.pyx"))
            ]
            modules = cythonize(found, build_dir=scratch, quiet=True, language_level=3)
            work = Distribution({"name": "customs-gateway", "ext_modules": modules})
            command = work.get_command_obj("build_ext")
            command.build_lib = f"{scratch}/lib"
            command.build_temp = scratch
            command.ensure_finalized()
            command.run()
            # All of them or none: modules of two builds do not know each other's structures.
            for made in Path(f"{scratch}/lib/{FOLDER}").iterdir():
                place = root / FOLDER / made.name
                place.unlink(missing_ok=True)
                shutil.copy2(made, place)
        except (BaseError, CCompilerError, CompileError, OSError) as error:
            return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        finally:
            os.chdir(before)
    return ""


if __name__ == "__main__":
    sys.exit(build(ROOT, options=tuple(sys.argv[1:])) or None)
