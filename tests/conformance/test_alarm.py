"""The alarm that ends what takes too long, one timer for many blocks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from gateway.conformance.targets.alarm import Alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such timer")


@pytest.fixture(autouse=True)
def _cleared() -> Iterator[None]:
    yield
    Alarm.clear()


def _busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def test_a_block_over_its_time_is_ended() -> None:
    """A block that runs for longer than its time is ended, and the one after it has its own time."""
    alarm = Alarm(0.05)
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(TimeoutError), alarm:
            _busy(5)
        assert time.monotonic() - began < 1


def test_a_block_has_all_its_time() -> None:
    """The timer of earlier blocks ends none that still has time, and that one is ended when it has none."""
    alarm = Alarm(0.2)
    with alarm:
        _busy(0.1)
    began = time.monotonic()
    with alarm:
        _busy(0.15)
    with pytest.raises(TimeoutError), alarm:
        _busy(5)
    assert 0.34 < time.monotonic() - began < 1


def test_a_shorter_time_is_kept() -> None:
    """A block with less time than the timer was set to is ended in its own time."""
    with Alarm(30):
        pass
    began = time.monotonic()
    with pytest.raises(TimeoutError), Alarm(0.05):
        _busy(5)
    assert time.monotonic() - began < 1


def test_no_limit() -> None:
    """Without a limit nothing is set."""
    before = signal.getsignal(signal.SIGALRM)
    with Alarm(0):
        assert signal.getsignal(signal.SIGALRM) == before


def test_the_signal_is_given_back() -> None:
    """Who had the signal before has it again, whether the timer rang with no block running or was let go."""
    before = signal.getsignal(signal.SIGALRM)
    for seconds in (0.02, 30):
        with Alarm(seconds):
            assert signal.getsignal(signal.SIGALRM) != before
        if seconds < 1:
            _busy(0.1)
        else:
            Alarm.clear()
        assert signal.getsignal(signal.SIGALRM) == before
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_fork_has_a_timer_of_its_own() -> None:
    """A process that was forked while the timer was set, and has none of it, ends its blocks too."""
    alarm = Alarm(0.2)
    with alarm:
        pass
    child = os.fork()
    if not child:
        try:
            with alarm:
                _busy(5)
        except TimeoutError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_process_ends_without_it() -> None:
    """A process that lets no timer go, and takes its time to end, is not ended by it."""
    program = (
        "import time\n"
        "from gateway.conformance.targets.alarm import Alarm\n"
        "class Slow:\n"
        "    def __del__(self, sleep=time.sleep):\n"
        "        sleep(0.4)\n"
        "slow = Slow()\n"
        "with Alarm(0.2):\n"
        "    pass\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
