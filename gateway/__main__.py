"""`python -m gateway` is the command `gateway`.

Ctrl-C is answered from the first line on: what the command line is made of takes half a second to load, and
nothing that is loaded has to know of it.
"""

from __future__ import annotations

import os
import signal
import sys

# What `typing` says, without loading it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# The status that a shell has for it; `gateway.cli.common` has all of them.
STOPPED = 130


def _stop(*_: object) -> None:
    """End at once. Nothing is begun while modules load, and one of them could take the interrupt for its own failure."""
    os.write(2, b"gateway: stopped\n")
    os._exit(STOPPED)


def _open_what_is_closed() -> None:
    """Give a standard stream that is closed (`>&-`) a place that keeps nothing, or a file of ours would get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    _open_what_is_closed()
    before = signal.getsignal(signal.SIGINT)
    # Whoever started us with the interrupt ignored means it.
    early = before is signal.default_int_handler
    if early:
        signal.signal(signal.SIGINT, _stop)
    from gateway.shell.memory import search_seldom  # noqa: PLC0415 - after Ctrl-C is answered

    # Before the rest loads: modules are many small objects, and all of them stay.
    search_seldom()
    from gateway.cli import main as command  # noqa: PLC0415

    try:
        if early:
            signal.signal(signal.SIGINT, before)
        return command(argv)
    except KeyboardInterrupt:
        sys.stderr.write("gateway: stopped\n")
        return STOPPED


if __name__ == "__main__":
    sys.exit(main())
