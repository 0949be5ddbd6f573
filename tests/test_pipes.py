"""What a command says where who reads its output goes away (`| head`): the verdict, or that it was cut short, and no word."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[1] / "fixtures"
GOOD, BAD = FIXTURES / "x12/309/one-bill.edi", FIXTURES / "x12/bad/mode-unknown.edi"
# As in the shell of a user, where Python keeps what is printed in its own hands for a while.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
# More than a pipe holds, so that a command is still printing when its reader has gone.
TIMES = 800


def unread(*words: str | Path) -> tuple[int, bytes]:
    """Run a command into a pipe that nobody reads; give its status and what stands on standard error."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *map(str, words)],
            stdout=pipe, stderr=subprocess.PIPE, timeout=120, check=False, env=BUFFERED,
        )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(("file", "status"), [(GOOD, 0), (BAD, 1)], ids=["good", "bad"])
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("times", [1, TIMES])
def test_a_verdict_stands_without_a_reader(file: Path, status: int, form: str, times: int) -> None:
    """`validate` ends as it would with a reader, however much it has to say."""
    assert unread("validate", "--format", form, *[file] * times) == (status, b"")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("mappings", "list"), 141),
        (("mappings", "show", "catair/SE"), 141),
        (("translate", GOOD, "--to", "canonical"), 141),
        (("inspect", GOOD), 141),
        (("inspect", BAD), 1),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_what_was_cut_short_was_not_done(words: tuple[str | Path, ...], status: int) -> None:
    """Other commands end as what SIGPIPE ends, where they have nothing worse to say."""
    assert unread(*words) == (status, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words", [("validate", GOOD), ("inspect", BAD), ("mappings", "list")], ids=lambda one: one[0]
)
@pytest.mark.parametrize(
    "environment", [BUFFERED, {**BUFFERED, "PYTHONUNBUFFERED": "1"}], ids=["held", "at-once"]
)
def test_a_full_disk_is_told(words: tuple[str | Path, ...], environment: dict[str, str]) -> None:
    """What cannot be written is something that could not be reached: a line that says so, and 3."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", *map(str, words)],
            stdout=full, stderr=subprocess.PIPE, timeout=120, check=False, env=environment,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, b"gateway: standard output: No space left on device\n")


@pytest.mark.parametrize(("file", "status"), [(GOOD, 0), (BAD, 1)], ids=["good", "bad"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_what_is_closed_takes_nothing(tmp_path: Path, file: Path, status: int, closed: str) -> None:
    """A verdict stands where nobody wants to hear it, and no file of ours gets what was meant for an output."""
    given = tmp_path / "message.edi"
    given.write_bytes(file.read_bytes())
    done = subprocess.run(
        ["bash", "-c", f'"$@" {closed}', "bash", sys.executable, "-m", "gateway", "validate", str(given)],
        capture_output=True, timeout=120, check=False, env=BUFFERED,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (status, b"")
    assert given.read_bytes() == file.read_bytes()
    assert bool(done.stdout) is (">&-" not in closed.replace("2>&-", ""))


def test_a_pipeline_fails_where_its_first_command_does() -> None:
    """With `pipefail` a shell has the status of `validate`, and `head` has its line."""
    script = 'set -o pipefail; "$@" | head -n 1'
    command = [sys.executable, "-m", "gateway", "validate", *[str(BAD)] * TIMES]
    done = subprocess.run(
        ["bash", "-c", script, "bash", *command], capture_output=True, timeout=120, check=False, env=BUFFERED
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.count(b"\n") == 1
