"""Seeds faults in the code, each in a process of its own, and says which no case noticed.

Lives here: which cases are asked about a fault (those that reach its line come first), the processes, and what
is kept so that a run can be taken up. A fault that survives has to be explained (`survivors.py`).
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.selftest.scope import pool, salt, sample, scope
from gateway.quick import COMPILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.conformance.selftest.faults import Fault
    from gateway.conformance.selftest.scope import Scope

# What keeps the compiled part out of a process.
TWIN = "GATEWAY_NO_COMPILED"
# The cases that are asked first, those of which each suite has its share, any others after them, what is asked where
# none is near, and what is asked again with the compiled part.
_FIRST, _EVEN, _MOST, _FAR, _COMPILED = 40, 1200, 1600, 300, 400


class SuiteAtFaultError(Exception):
    """A case does not pass although there is no fault in the code."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one fault: `by` is the id of the case that noticed it, `start` or `end`; "" for none.

    `start`: the module could not be loaded or left the process in a state in which nothing is judged. `end`: it
    never ended. `near` is how many cases reach its line.
    """

    fault: str
    change: str
    by: str
    near: int


@dataclass(slots=True)
class Reach:
    """Which cases reach which lines."""

    ids: list[str]
    suites: list[str]
    lines: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))

    def near(self, fault: Fault) -> list[int]:
        """Give the cases that reach the line of a fault; it may stand on a line that is not counted by itself."""
        for line in range(fault.line, max(fault.line - 30, fault.first - 1), -1):
            if self.lines.get((fault.module, line)):
                return self.lines[fault.module, line]
        return []

    def asked(self, fault: Fault, seed: int) -> list[int]:
        """Give the cases that are asked about a fault, in the order in which they are asked."""
        near = self._drawn(self.near(fault), fault, seed)
        if not near:
            return sorted(
                self._drawn(range(len(self.ids)), fault, seed)[:_FAR], key=lambda at: self.suites[at]
            )
        even = self._even(near)[: _FIRST + _EVEN]
        there, taken = set(near), set(even)
        touched = {self.suites[at] for at in near}
        # What is done once for a message is seen under the first of its cases alone.
        others = [at for at, suite in enumerate(self.suites) if suite in touched and at not in there]
        more = [at for at in near if at not in taken] + self._drawn(others, fault, seed)
        rest = even[_FIRST:] + more[:_MOST]
        return even[:_FIRST] + sorted(rest, key=lambda at: self.suites[at])

    def again(self, fault: Fault, seed: int) -> list[int]:
        """Give those of them that are asked again with the compiled part."""
        near = self._drawn(self.near(fault), fault, seed)
        return self._even(near)[:_COMPILED] if near else self.asked(fault, seed)

    def _drawn(self, cases: Iterable[int], fault: Fault, seed: int) -> list[int]:
        """Put cases into an order that depends on fault and seed alone."""
        return sorted(cases, key=lambda at: salt(seed, f"{fault.name} {self.ids[at]}"))

    def _even(self, cases: Iterable[int]) -> list[int]:
        """Give each suite its turn: a suite of a few cases has its say beside one of thousands."""
        turns: Counter[str] = Counter()
        ranked = []
        for at in cases:
            ranked.append((turns[self.suites[at]], at))
            turns[self.suites[at]] += 1
        return [at for _, at in sorted(ranked, key=lambda one: one[0])]


class _Process:
    """One process that does orders."""

    def __init__(self, file: Path, form: str, *, compiled: bool) -> None:
        command = [sys.executable, "-m", "gateway.conformance.selftest.mutant", str(file), form]
        # The code in C would do rightly what the spoilt twin in Python does wrongly.
        told = {} if compiled else {TWIN: "1"}
        # A group of its own: no Ctrl-C reaches it, and its child ends with it.
        self.process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **told},
            process_group=0,
        )  # fmt: skip

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give the answer to one order. OSError or ValueError where the process is gone."""
        assert self.process.stdin is not None  # noqa: S101 - opened above
        assert self.process.stdout is not None  # noqa: S101
        self.process.stdin.write(f"{json.dumps(order)}\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it, and what it is doing; who reads from it in another thread gets the end of the file."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                # What nobody reads any more may still be on its way in.
                with suppress(BrokenPipeError):
                    pipe.close()


class Seeding:
    """The cases of one kind of code, packed in a file, and the processes that ask them."""

    def __init__(self, form: str, seed: int, jobs: int) -> None:
        """Make the cases and start the processes; call `close` at the end."""
        self.scope: Scope = scope(form)
        self.seed = seed
        self.folder = tempfile.TemporaryDirectory(prefix="selftest-")
        cases = list(pool(self.scope, seed))
        self.file = Path(self.folder.name) / "cases"
        self.file.write_bytes(pickle.dumps([packed for _, _, packed in cases]))
        self.reach = Reach([name for name, _, _ in cases], [suite for _, suite, _ in cases])
        self.jobs = max(1, jobs)
        self.processes: list[_Process] = []
        self._start(compiled=False)

    def _start(self, *, compiled: bool) -> None:
        """Start processes that use the compiled part, or its twin in Python: a fault that C goes round is in the twin."""
        for one in self.processes:
            one.close()
        self.processes = [_Process(self.file, self.scope.name, compiled=compiled) for _ in range(self.jobs)]

    def close(self) -> None:
        """End the processes."""
        for one in self.processes:
            one.close()
        self.folder.cleanup()

    def _all(self, orders: Sequence[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the place of each order with its answer, as they come."""
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
        for at in range(len(orders)):
            waiting.put(at)

        def work(process: _Process) -> None:
            while True:
                try:
                    at = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    done.put((at, process.ask(orders[at])))
                except (OSError, ValueError) as error:
                    done.put((at, error))
                    return

        threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in self.processes]
        for thread in threads:
            thread.start()
        for _ in orders:
            at, answer = done.get()
            if isinstance(answer, Exception):
                raise SuiteAtFaultError(f"a process of the selftest ended: {answer}")
            yield at, answer

    def trace(self) -> None:
        """Learn which cases reach which lines. SuiteAtFaultError where one does not pass."""
        ids = self.reach.ids
        size = max(1, -(-len(ids) // (len(self.processes) * 2)))
        parts = [list(range(start, min(start + size, len(ids)))) for start in range(0, len(ids), size)]
        for at, answer in self._all([{"trace": True, "cases": part} for part in parts]):
            if "lines" not in answer:
                raise SuiteAtFaultError(f"the cases cannot be judged: {answer.get('why', 'no answer')}")
            if answer["failed"]:
                raise SuiteAtFaultError(f"{ids[answer['failed'][0]]} fails although no fault is seeded")
            for case, lines in zip(parts[at], answer["lines"], strict=True):
                for module, line in lines:
                    self.reach.lines[self.scope.modules[module], line].append(case)

    def sample(self, size: int) -> list[Fault]:
        """Draw so many faults."""
        return sample(self.scope, self.seed, size)

    def judge(self, faults: Sequence[Fault]) -> Iterator[Verdict]:
        """Seed each fault and yield what became of it, as they come."""
        orders: list[dict[str, Any]] = [
            {"module": one.module, "number": one.number, "cases": self.reach.asked(one, self.seed)}
            for one in faults
        ]
        left = []
        for at, answer in self._all(orders):
            if answer["by"] is None:
                left.append(at)
            else:
                yield self._verdict(faults[at], answer["by"])
        # What the twin did not show may show where the compiled part is used, in what stands around it.
        again = [{**orders[at], "cases": self.reach.again(faults[at], self.seed)} for at in left]
        if not COMPILED or not left:
            yield from (self._verdict(faults[at], None) for at in left)
            return
        self._start(compiled=True)
        for at, answer in self._all(again):
            yield self._verdict(faults[left[at]], answer["by"])

    def _verdict(self, fault: Fault, by: int | str | None) -> Verdict:
        noticed = "" if by is None else by if isinstance(by, str) else self.reach.ids[by]
        return Verdict(fault.name, fault.change, noticed, len(self.reach.near(fault)))
