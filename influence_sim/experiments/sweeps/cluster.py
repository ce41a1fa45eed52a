"""A Dask cluster as an executor."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from influence_sim.experiments.sweeps.dispatch import require_same
from influence_sim.experiments.sweeps.work import own_versions
from influence_sim.scenario import InputError, MachineError, Problem

CONNECT, FIRST_WORKER = 10, 120
"""Seconds that a scheduler has to answer, and that its first worker has to arrive."""


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Connects to a running scheduler, and makes sure that its workers would give the same numbers.

    Args:
        address: of the scheduler, such as `tcp://127.0.0.1:8786`.

    Raises:
        InputError: this is no address.
        MachineError: Dask is not installed, nobody answers, no worker comes, or a worker has other versions.
    """
    with _quiet():
        client = _connected(address)
        try:
            _check(client, address)
            with client.get_executor() as executor:
                yield executor
        finally:
            client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Dask's client from logging what becomes an error of ours."""
    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _connected(address: str) -> Any:
    try:
        import distributed
    except ImportError as error:
        raise MachineError("--scheduler needs Dask: pip install 'influence-sim[cluster]'") from error
    connect: Any = distributed.Client
    try:
        return connect(address, timeout=CONNECT, set_as_default=False)
    except OSError as error:
        raise MachineError(f"no Dask scheduler answers at {address} within {CONNECT} s") from error
    except ValueError as error:
        rule = "not the address of a scheduler; it looks like tcp://127.0.0.1:8786"
        raise InputError(Problem("--scheduler", None, None, address, rule)) from error


def _check(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError as error:
        raise MachineError(f"the scheduler at {address} has had no workers for {FIRST_WORKER} s") from error
    for worker, found in client.run(own_versions, on_error="return").items():
        if isinstance(found, BaseException):
            raise MachineError(f"worker {worker} cannot load influence_sim ({found})")
        require_same(found, f"worker {worker}")
