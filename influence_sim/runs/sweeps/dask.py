"""A Dask cluster as an executor."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import Any

from influence_sim.base.errors import InputError, MachineError, in_a_line, wrong
from influence_sim.runs.manifest import own_versions, require_same

CONNECT, FIRST_WORKER = 10, 120
"""Seconds within which a scheduler must answer, and its first worker arrive."""
CANCELLED = CancelledError, asyncio.CancelledError


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Connects to a running scheduler, and makes sure that its workers would give the same numbers.

    Raises:
        InputError: this is no address, which looks like `tcp://127.0.0.1:8786`.
        MachineError: Dask is not installed, nobody answers, no worker comes, or a worker has other versions.
    """
    try:
        import distributed as _distributed  # sets levels of logging when it is loaded, so before `_quiet`
    except ImportError as error:
        raise MachineError("--scheduler needs Dask: pip install 'influence-sim[cluster]'") from error
    distributed: Any = _distributed
    no_answer = f"no Dask scheduler answers at {address} within {CONNECT} s"
    with _quiet():
        # Its identity is asked first, as Dask's client is slow and noisy if nobody answers.
        try:
            identity = asyncio.run(asyncio.wait_for(_identity(distributed, address), CONNECT))
        except OSError as error:
            raise MachineError(no_answer) from error
        except ValueError as error:
            rule = "not the address of a scheduler; it looks like tcp://127.0.0.1:8786"
            raise InputError(wrong("--scheduler", address, rule)) from error
        except Exception as error:  # another service may answer anything
            raise MachineError(f"{no_answer} ({in_a_line(error)})") from error
        if "workers" not in identity:
            rule = f"this is a {str(identity.get('type')).lower()}'s address; give the scheduler's"
            raise InputError(wrong("--scheduler", address, rule))
        try:
            client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
        except OSError as error:
            raise MachineError(no_answer) from error
        try:
            _check_versions(client, address)
            with client.get_executor() as executor:
                yield executor
        finally:
            client.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences messages of Dask's client that become our own errors or do not matter: versions are compared anyway.

    Callbacks, which may run after we have left, do not report that tasks we cancel are cancelled.
    """
    logging.getLogger("tornado.application").addFilter(_not_cancelled)
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Mismatched versions found")
            yield
    finally:
        logger.setLevel(level)


def _not_cancelled(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], CANCELLED))


async def _identity(distributed: Any, address: str) -> dict[str, Any]:
    """The identity of the service at an address."""
    security = distributed.Security().get_connection_args("client")
    async with distributed.rpc(address, connection_args=security) as remote:
        identity: dict[str, Any] = await remote.identity()
        return identity


def _check_versions(client: Any, address: str) -> None:
    def cannot_load(who: str, error: BaseException) -> MachineError:
        return MachineError(f"{who} cannot load influence_sim ({in_a_line(error)}); install the same there")

    try:
        client.run_on_scheduler(own_versions)
    except Exception as error:  # whatever keeps it from unpickling the function
        raise cannot_load(f"the scheduler at {address}", error) from error
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError as error:
        raise MachineError(f"the scheduler at {address} has had no workers for {FIRST_WORKER} s") from error
    for worker, versions in client.run(own_versions, on_error="return").items():
        if isinstance(versions, BaseException):
            raise cannot_load(f"worker {worker}", versions)
        require_same(versions, own_versions(), f"worker {worker}")
