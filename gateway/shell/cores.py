"""The processor core that the service's own process keeps to, where one is set.

The event loop and the ledger's writer take turns at one interpreter: seldom with a ledger in a file, at each
statement with one on PostgreSQL. On two cores each turn wakes the other core, and processes of the pool are moved
about between them; on one core of its own the process takes less time for the same work.
"""

from __future__ import annotations

import logging
import os

log = logging.getLogger(__name__)

Cores = frozenset[int]


def keep_to(core: int | None) -> tuple[Cores, Cores]:
    """Keep this thread, and what it starts from now on, to a core; None: to none.

    Gives the cores that were allowed, and those for the processes of the pool: the others. Without a
    choice of cores both are empty.
    """
    if core is None or not hasattr(os, "sched_setaffinity"):
        return frozenset(), frozenset()
    allowed = frozenset(os.sched_getaffinity(0))
    if core not in allowed or len(allowed) < 2:
        log.warning("server.core %d is not one of several cores that are here; it is passed over", core)
        return frozenset(), frozenset()
    os.sched_setaffinity(0, {core})
    return allowed, allowed - {core}


def spread_over(cores: Cores) -> None:
    """Let this process run on these cores; nothing is done for none."""
    if cores:
        os.sched_setaffinity(0, cores)
