"""A program as a target: started for each case, or once and asked line by line.

For each case: the bytes are in the file `{in}` (on standard input where that is not named), the
acknowledgement goes to `{out}`, findings as JSON to `{findings}`; `{case}` and `{format}` are told.
Exit status 0 is accepted, 1 rejected, anything else is trouble; with `disposition = "answer"` in the profile both
mean that there is an answer, and that one decides. With `lines = true` the program lives on: one JSON object
a line in, one a line out (`docs/conformance.md`).
"""

from __future__ import annotations

import base64
import json
import queue
import shlex
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import Seen, View
from gateway.conformance.results import compact
from gateway.conformance.targets.outcome import BY_ANSWER, decided
from gateway.conformance.targets.reply import ACCEPTED, REJECTED, seen_of, spots_of, with_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.conformance.model import Built, Case

_SAID_BYTES_MAX = 64 * 1024 * 1024
_GRACE_SECONDS = 2.0


class ProgramError(ValueError):
    """A command that cannot be run. The message says which."""


def format_of(case: Case) -> str:
    """Give the format of a case."""
    return case.suite.partition(".")[0]


def _words(command: str) -> list[str]:
    """Read a command as a shell would, without one."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ProgramError(f"exec:{command}: {error}") from error
    if not words:
        raise ProgramError("exec: names no command")
    return words


class Program:
    """A program that is started for each case."""

    view = View.FINDINGS

    def __init__(self, command: str, options: Mapping[str, Any], timeout_s: float) -> None:
        """Start nothing yet. ProgramError where there is nothing to start."""
        self.words = _words(command)
        self.name = f"exec:{command}"
        self.timeout_s = timeout_s or None
        self.accepted = tuple(options.get("accepted", (0,)))
        self.rejected = tuple(options.get("rejected", (1,)))
        self.by_answer = options.get("disposition") == BY_ANSWER
        if "disposition" in options and not self.by_answer:
            raise ProgramError(
                f"[exec]: disposition is `{BY_ANSWER}`, or the exit status where nothing is said"
            )
        if self.by_answer and "{out}" not in command:
            raise ProgramError(f"{self.name}: the answer is to decide, and no {{out}} says where it goes")
        self.folder = tempfile.TemporaryDirectory(prefix="conformance-")

    def send(self, case: Case, built: Built) -> Seen:
        """Run it on one case."""
        files = {name: Path(self.folder.name) / name for name in ("in", "out", "findings")}
        for path in files.values():
            path.unlink(missing_ok=True)
        files["in"].write_bytes(built.data)
        told = {f"{{{name}}}": str(path) for name, path in files.items()}
        told |= {"{case}": case.id, "{format}": format_of(case)}
        words = [_filled(word, told) for word in self.words]
        reads = any("{in}" in word for word in self.words)
        try:
            done = subprocess.run(  # noqa: S603 - the command is what the user asks for
                words,
                input=b"" if reads else built.data,
                capture_output=True,
                timeout=self.timeout_s,
                check=False,
                process_group=0,
            )
        except subprocess.TimeoutExpired:
            return Seen(trouble=f"no answer within {self.timeout_s:g} s", overtime=True)
        except OSError as error:
            return Seen(trouble=f"{words[0]}: {error.strerror}")
        return self._seen(case, built, done, files)

    def _seen(
        self, case: Case, built: Built, done: subprocess.CompletedProcess[bytes], files: Mapping[str, Path]
    ) -> Seen:
        if done.returncode not in (*self.accepted, *self.rejected):
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            return Seen(trouble=f"exit status {done.returncode}" + (f": {last[0][:200]}" if last else ""))
        disposition = ACCEPTED if done.returncode in self.accepted else REJECTED
        answer = findings = None
        if any("{out}" in word for word in self.words):
            answer = files["out"].read_bytes() if files["out"].is_file() else b""
        if any("{findings}" in word for word in self.words):
            try:
                findings = spots_of(json.loads(files["findings"].read_bytes()))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                return Seen(trouble=f"the findings cannot be read: {error}")
        seen = with_answer(disposition, answer, format_of(case), built.data, findings=findings)
        return decided(seen, format_of(case)) if self.by_answer else seen

    def close(self) -> None:
        """Take the files away."""
        self.folder.cleanup()


def _filled(word: str, told: Mapping[str, str]) -> str:
    for mark, text in told.items():
        word = word.replace(mark, text)
    return word


class Dialogue:
    """A program that lives on and is asked line by line. One that ends is started again for the next case."""

    view = View.FINDINGS

    def __init__(self, command: str, timeout_s: float) -> None:
        """Start nothing yet. ProgramError where there is nothing to start."""
        self.words = _words(command)
        self.name = f"exec:{command}"
        self.timeout_s = timeout_s or None
        self.process: subprocess.Popen[bytes] | None = None
        self.said: queue.Queue[bytes] = queue.Queue()
        self.answered = 0

    def send(self, case: Case, built: Built) -> Seen:
        """Ask about one case; once more where the program ended after an earlier answer."""
        question = {
            "case": case.id,
            "format": format_of(case),
            "data": base64.b64encode(built.data).decode("ascii"),
        }
        try:
            line = self._asked(compact(question).encode() + b"\n")
            if not line and self.answered:
                self._end()
                line = self._asked(compact(question).encode() + b"\n")
        except queue.Empty:
            self._end()
            return Seen(trouble=f"no answer within {self.timeout_s:g} s", overtime=True)
        except OSError as error:
            self._end()
            return Seen(trouble=f"{self.words[0]}: {error.strerror}")
        if not line:
            return Seen(trouble=f"the program ended with status {self._end()}")
        self.answered += 1
        return seen_of(line, format_of(case), built.data)

    def _asked(self, question: bytes) -> bytes:
        """Give the program's line, b"" where it ended. OSError where it cannot be started."""
        process = self._started()
        if process.stdin is not None:
            try:
                process.stdin.write(question)
                process.stdin.flush()
            except BrokenPipeError:
                # It does not listen any more; what it said before it went is still there.
                return self.said.get(timeout=self.timeout_s)
        return self.said.get(timeout=self.timeout_s)

    def _started(self) -> subprocess.Popen[bytes]:
        if self.process is None or self.process.poll() is not None:
            self._end()
            self.said = queue.Queue()
            self.answered = 0
            # The command is what the user asks for. No Ctrl-C reaches it: it ends with its input.
            self.process = subprocess.Popen(  # noqa: S603
                self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
            )
            threading.Thread(target=_listen, args=(self.process, self.said), daemon=True).start()
        return self.process

    def _end(self) -> int:
        """End the program, if there is one, and give its status."""
        process, self.process = self.process, None
        if process is None:
            return 0
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed and pipe is process.stdin:
                try:
                    pipe.close()
                except OSError:
                    process.terminate()
        try:
            return process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def close(self) -> None:
        """End the program."""
        self._end()


def _listen(process: subprocess.Popen[bytes], said: queue.Queue[bytes]) -> None:
    """Put each line in the queue, and an empty one at the end."""
    if process.stdout is not None:
        with process.stdout as stream:
            while line := stream.readline(_SAID_BYTES_MAX):
                said.put(line)
    said.put(b"")
