"""A process that judges cases with one fault in the code, each fault in a child of its own.

`python -m gateway.conformance.selftest.mutant CASES FORM` reads orders from standard input, a JSON object a
line, and answers each with one. A child forgets every module that could know the spoilt one, imports them anew
with the fault in it, and judges until a case fails. Nothing is written to any source. CASES is a file that
`pool.py` wrote.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import pickle
import resource
import select
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.selftest.faults import seeded, source_of
from gateway.conformance.selftest.scope import scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType, FrameType, ModuleType

# Time that a child works, not time that passes: a busy machine is no reason to call a fault noticed.
_CPU_SECONDS_MAX = 30
_MEMORY_BYTES_MAX = 3 * 1024**3
# These import nothing that a fault is seeded in, and are dear to load.
_KEPT = ("gateway.finding", "gateway.tree", "gateway.specs", "gateway.entry", "gateway.mapping",
         "gateway.conformance.selftest")  # fmt: skip
ORDER_SECONDS = 600.0


class _Seeder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module with the fault in it."""

    def __init__(self, module: str, number: int) -> None:
        self.module = module
        self.path = str(source_of(module))
        self.code: CodeType = compile(seeded(module, number), self.path, "exec")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find the one module."""
        del path, target
        if fullname != self.module:
            return None
        package = Path(self.path).name == "__init__.py"
        found = importlib.machinery.ModuleSpec(fullname, self, origin=self.path, is_package=package)
        if package:
            found.submodule_search_locations = [str(Path(self.path).parent)]
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Run its code."""
        exec(self.code, module.__dict__)  # noqa: S102 - our own source with one change


def _forget() -> None:
    """Forget every module that could have been bound to the one that is spoilt."""
    for name in list(sys.modules):
        if name.startswith("gateway.") and not any(
            name == one or name.startswith(f"{one}.") for one in _KEPT
        ):
            del sys.modules[name]


def _judged(cases: list[bytes], each: Callable[[int], None], *, until_first: bool) -> list[int]:
    """Judge cases with the modules as they are now; give the places in the list of those that do not pass."""
    judge = import_module("gateway.conformance.judge").judge
    model = import_module("gateway.conformance.model")
    target = import_module("gateway.conformance.targets.library").Library()
    failed = []
    for at, packed in enumerate(cases):
        case, built = pickle.loads(packed)  # noqa: S301 - written by the process that started us
        each(at)
        try:
            verdict = judge(built.expect, target.send(case, built), model.View.FINDINGS).verdict
        except Exception:  # noqa: BLE001 - whatever a spoilt verifier raises is not what is expected
            verdict = model.Verdict.ERROR
        if verdict is not model.Verdict.PASS:
            failed.append(at)
            if until_first:
                break
    return failed


def _seed(order: dict[str, Any], cases: list[bytes]) -> dict[str, Any]:
    """Answer `{"module", "number", "cases"}` by the place of the case that noticed, None where none did."""
    seeder = _Seeder(order["module"], order["number"])
    _forget()
    sys.meta_path.insert(0, seeder)
    failed = _judged(cases, lambda _: None, until_first=True)
    return {"by": order["cases"][failed[0]] if failed else None}


def _trace(order: dict[str, Any], cases: list[bytes], form: str) -> dict[str, Any]:
    """Answer `{"trace": true, "cases"}` by the lines of each case, and those that do not pass as it is."""
    files = {str(source_of(module)): at for at, module in enumerate(scope(form).modules)}
    reached: list[set[tuple[int, int]]] = [set() for _ in cases]
    now: list[set[tuple[int, int]]] = [set()]

    def local(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            now[0].add((files[frame.f_code.co_filename], frame.f_lineno))
        return local

    def start(frame: FrameType, _event: str, _: object) -> Any:
        return local if frame.f_code.co_filename in files else None

    def each(at: int) -> None:
        now[0] = reached[at]

    _forget()
    import_module("gateway.conformance.targets.library")
    sys.settrace(start)
    failed = _judged(cases, each, until_first=False)
    sys.settrace(None)
    return {"lines": [sorted(one) for one in reached], "failed": [order["cases"][at] for at in failed]}


def _child(order: dict[str, Any], cases: list[bytes], form: str, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    if not order.get("trace"):
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    try:
        said = _trace(order, cases, form) if order.get("trace") else _seed(order, cases)
    except BaseException as error:  # noqa: BLE001 - a spoilt module may do anything when it is loaded
        said = {"by": "start", "why": f"{type(error).__name__}: {error}"}
    with os.fdopen(pipe, "wb") as out:
        out.write(json.dumps(said).encode())
    os._exit(0)


def _asked(order: dict[str, Any], packed: list[bytes], form: str) -> dict[str, Any]:
    """Do one order in a child; one that never ends or dies has been noticed."""
    out, into = os.pipe()
    process = os.fork()
    if not process:
        os.close(out)
        _child(order, [packed[at] for at in order["cases"]], form, into)
    os.close(into)
    said = bytearray()
    end = time.monotonic() + ORDER_SECONDS
    while True:
        ready, _, _ = select.select([out], [], [], max(0.0, end - time.monotonic()))
        piece = os.read(out, 1 << 16) if ready else b""
        if not piece:
            break
        said += piece
    os.close(out)
    if not said:
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return json.loads(said) if said else {"by": "end"}


def _warm(form: str) -> None:
    """Load what every child needs and no fault is in."""
    specs = import_module("gateway.specs")
    import_module("gateway.conformance.targets.library")
    import_module("gateway.rules").rules()
    if form in specs.LOADERS:
        specs.Specs().versions(form)


def main(words: Sequence[str]) -> int:
    """Answer orders until there are no more."""
    packed: list[bytes] = pickle.loads(Path(words[0]).read_bytes())  # noqa: S301 - as above
    _warm(words[1])
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.write(f"{json.dumps(_asked(order, packed, words[1]))}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
