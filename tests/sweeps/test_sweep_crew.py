"""Local workers: what is left of a broken pool holds nobody up."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import ExitStack

import pytest

from influence_sim.runs.sweeps.crew import Local

pytestmark = pytest.mark.slow

PATIENCE = 30


def deafen(crew: Local) -> int:
    """Makes both workers ignore SIGTERM, each while the other is busy.

    Returns:
        The worker that was idle first: it waits for work with the lock of the queue in its hand.
    """
    busy = crew.submit(time.sleep, 1.5)
    crew.submit(signal.signal, signal.SIGTERM, signal.SIG_IGN).result(PATIENCE)
    other = crew.submit(time.sleep, 2.5)
    busy.result(PATIENCE)
    crew.submit(signal.signal, signal.SIGTERM, signal.SIG_IGN).result(PATIENCE)
    first = crew.submit(os.getpid).result(PATIENCE)
    other.result(PATIENCE)
    time.sleep(0.5)
    return int(first)


def test_a_worker_that_the_broken_pool_cannot_end_holds_nobody_up() -> None:
    """A pool that breaks ends its workers by SIGTERM. One that is just starting is missed, as if it were deaf.

    It would wait for a lock that died with its holder, and the pool for it.
    """
    with ExitStack() as stack:
        crew = Local(2, stack)
        os.kill(deafen(crew), signal.SIGKILL)
        renewing = threading.Thread(target=crew.renew, daemon=True)
        renewing.start()
        renewing.join(PATIENCE)
        assert not renewing.is_alive()
        assert crew.submit(os.getpid).result(PATIENCE) != os.getpid()
