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
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.selftest.faults import seeded, source_of
from gateway.conformance.selftest.marking import MARK, marked
from gateway.conformance.selftest.scope import scope

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping, Sequence
    from types import ModuleType

# Time that a child works on one case, not time that passes: a busy machine is no reason to call a fault noticed.
_CASE_SECONDS_MAX = 20.0
_MEMORY_BYTES_MAX = 3 * 1024**3
# These import nothing that a fault is seeded in, and are dear to load.
_KEPT = ("gateway.finding", "gateway.tree", "gateway.specs", "gateway.entry", "gateway.mapping",
         "gateway.conformance.selftest")  # fmt: skip
# A child that did nothing at all for so long, looked at so often, hangs; one that works has the time that it needs.
ORDER_SECONDS, _LOOK_SECONDS = 600.0, 5.0
# Mappings, compiled once; they are bound to nothing that is spoilt.
_SHARED: list[Any] = []


class _Seeder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives modules of which the code is another than that of their source; `names` are put into each."""

    def __init__(self, trees: Mapping[str, ast.Module], names: Mapping[str, dict[str, Any]]) -> None:
        self.paths = {module: str(source_of(module)) for module in trees}
        self.codes = {module: compile(tree, self.paths[module], "exec") for module, tree in trees.items()}
        self.names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find one of the modules."""
        del path, target
        if fullname not in self.codes:
            return None
        source = self.paths[fullname]
        package = Path(source).name == "__init__.py"
        found = importlib.machinery.ModuleSpec(fullname, self, origin=source, is_package=package)
        if package:
            found.submodule_search_locations = [str(Path(source).parent)]
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Run its code."""
        module.__dict__.update(self.names.get(module.__name__, {}))
        exec(self.codes[module.__name__], module.__dict__)  # noqa: S102 - our own source, changed


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
    import_module("gateway.conformance.ways.going").share(_SHARED)
    # Loaded now, not with the first case that needs it: what a fault does to a module as it loads is no case's doing.
    for name in ("signing.verifying", "rules.judging", "exchange.own"):
        import_module(f"gateway.conformance.{name}")
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
    seeder = _Seeder({order["module"]: seeded(order["module"], order["number"])}, {})
    _forget()
    sys.meta_path.insert(0, seeder)

    def each(_: int) -> None:
        # Each case has its time: many of them are no reason to call a fault noticed.
        signal.setitimer(signal.ITIMER_PROF, _CASE_SECONDS_MAX)

    failed = _judged(cases, each, until_first=True)
    return {"by": order["cases"][failed[0]] if failed else None}


def _trace(order: dict[str, Any], cases: list[bytes], form: str) -> dict[str, Any]:
    """Answer `{"trace": true, "cases"}` by the lines of each case, and those that do not pass as it is."""
    modules = scope(form).modules
    now: set[tuple[int, int]] = set()
    reached: list[set[tuple[int, int]]] = [set() for _ in cases]

    def mark(at: int) -> Callable[[int], None]:
        return lambda line: now.add((at, line))

    def each(at: int) -> None:
        nonlocal now
        now = reached[at]

    names = {module: {MARK: mark(at)} for at, module in enumerate(modules)}
    seeder = _Seeder({module: marked(module) for module in modules}, names)
    _forget()
    sys.meta_path.insert(0, seeder)
    failed = _judged(cases, each, until_first=False)
    return {"lines": [sorted(one) for one in reached], "failed": [order["cases"][at] for at in failed]}


def _child(order: dict[str, Any], cases: list[bytes], form: str, pipe: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    # Who works too long is ended by it, wherever it is.
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
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
    said = _said(out, process)
    os.close(out)
    if not said:
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    try:
        answer: dict[str, Any] = json.loads(said)
    except ValueError:
        return {"by": "end"}
    return answer


def _said(out: int, process: int) -> bytes:
    """Give what a child says until it ends; nothing of one that hangs.

    What counts is that it works, not the time that passes: a process may be stopped, or wait for a busy machine.
    """
    said, before, looks = bytearray(), -1, 0
    while looks * _LOOK_SECONDS < ORDER_SECONDS:
        ready, _, _ = select.select([out], [], [], _LOOK_SECONDS)
        if ready:
            piece = os.read(out, 1 << 16)
            if not piece:
                return bytes(said)
            said += piece
            # Many pieces may come within one tick.
            looks = 0
            continue
        now = _worked(process)
        looks, before = 0 if now != before else looks + 1, now
    return b""


def _worked(process: int) -> int:
    """Give the ticks for which a process worked; always 0 where the system does not tell."""
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    user, system = told.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def _warm(form: str) -> None:
    """Load what every child needs and no fault is in."""
    specs = import_module("gateway.specs")
    import_module("gateway.conformance.targets.library")
    import_module("gateway.rules").rules()
    if form in specs.LOADERS:
        specs.Specs().versions(form)
    mappings = import_module("gateway.mapping").Mappings(specs.Specs())
    mappings.check()
    _SHARED.append(mappings)


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
