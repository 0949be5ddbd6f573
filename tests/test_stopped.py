"""Ctrl-C while the command loads: a line and 130, whatever is being loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Presses Ctrl-C when a module is asked for, and then starts the command as `python -m gateway` does.
PRESSED = """
import runpy, signal, sys
class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Pressed())
sys.argv = ["gateway", *{words!r}]
runpy.run_module("gateway", run_name="__main__", alter_sys=True)
"""


def pressed(module: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command and press Ctrl-C when it asks for a module."""
    return subprocess.run(
        [sys.executable, "-c", PRESSED.format(module=module, words=words)],
        capture_output=True,
        timeout=120,
        check=False,
    )


_VALIDATE, _SELFTEST = ("validate", "-"), ("conformance", "selftest", "--fault", "code:json")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        *(
            (one, _VALIDATE)
            for one in ("gateway.cli", "gateway.shell.memory", "gateway.cli.validate", "pydantic")
        ),
        *((one, _SELFTEST) for one in ("gateway.cli", "gateway.finding", "gateway.cli.conformance")),
    ],
)
def test_a_command_that_is_stopped_while_it_loads_says_so(module: str, words: tuple[str, ...]) -> None:
    """One line on standard error and 130, from the first module that is loaded to the last command."""
    done = pressed(module, *words)
    assert (done.returncode, done.stderr) == (130, b"gateway: stopped\n")


def test_the_package_loads_nothing_by_itself() -> None:
    """`import gateway`, which comes before the command can answer, loads no other module of ours."""
    words = "import sys, gateway; print(*[one for one in sys.modules if one.startswith('gateway.')])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, timeout=120, check=True)
    assert done.stdout.split() == []


def test_an_interrupt_that_is_ignored_stays_ignored() -> None:
    """Who starts the command with the interrupt ignored (`nohup`, a script's background) has it go on."""
    code = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)" + PRESSED
    done = subprocess.run(
        [sys.executable, "-c", code.format(module="gateway.cli", words=("--version",))],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"gateway ")
