"""The same sweep on a Dask cluster of this machine: a scheduler and two workers, processes of their own."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from influence_sim.base.errors import InputError, MachineError
from influence_sim.runs.manifest import read_manifest
from influence_sim.runs.sweeps import dask as dask_module

pytest.importorskip("distributed", reason="the extra `cluster`")

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240.0
Start = Callable[..., Any]

OLD = """
import influence_sim._version as version
version.__version__ = "0.0.1"
"""


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path, path: str = "") -> None:
        """Starts the scheduler; Python looks for modules in `path` first."""
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self.processes: list[subprocess.Popen[bytes]] = []
        port = self.address.rpartition(":")[2]
        self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", path=path)

    def add_worker(self, path: str = "") -> subprocess.Popen[bytes]:
        """Starts a worker; Python looks for modules in `path` first."""
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", path=path)

    def _start(self, *arguments: str, path: str = "") -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [path, str(ROOT)]))}
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments], cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def wait_for(self, words: str) -> str:
        """Waits until the process that was started last has said this; all that it has said."""
        log = self.folder / f"{len(self.processes) - 1}.log"
        end = time.monotonic() + PATIENCE
        while words not in log.read_text() and time.monotonic() < end:
            time.sleep(0.05)
        return log.read_text()

    def end(self) -> None:
        """Ends all."""
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and two workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.add_worker()
        cluster.add_worker()
        yield cluster
    finally:
        cluster.end()


def test_a_cluster_gives_the_same(tmp_path: Path, start: Start, cluster: Cluster, reference: Any) -> None:
    summary = start(scheduler=cluster.address).finish()
    assert (summary["computed"], summary["failed"], summary["complete"]) == (10, 0, True)
    reference.check(tmp_path / "sweep")


def test_a_dask_worker_that_is_killed(tmp_path: Path, start: Start, cluster: Cluster, reference: Any) -> None:
    cluster.add_worker()
    driver = start(scheduler=cluster.address, slow=True)
    driver.wait_for(2)
    cluster.processes[1].kill()
    assert driver.finish()["computed"] == 10
    assert cluster.processes[1].wait() != 0
    reference.check(tmp_path / "sweep")


@pytest.mark.parametrize("when", ["connecting", "computing"])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_command_leaves_nothing_running(
    name: str, when: str, tmp_path: Path, drivers: Start, cluster: Cluster
) -> None:
    """One line more than what it says anyway, the status of the signal, and no task of its own at the scheduler."""
    long = ("--vary", "tie.strength=0:2", "--samples", "4000", "--replicates", "64")
    command = ("sweep", "us_engages_taliban", *long, "--out", "sweep", "--scheduler", cluster.address)
    driver = drivers("-m", "influence_sim", *command)
    until(
        lambda: (
            connected(cluster)
            if when == "connecting"
            else any((tmp_path / "sweep/done").glob("*.json")) and tasks(cluster)
        )
    )
    driver.process.send_signal(getattr(signal, name))
    status, out, err = driver.end()
    assert (status, out) == (128 + getattr(signal, name), "")
    assert err.splitlines()[-1] == "interrupted"
    assert set(err.splitlines()[:-1]) <= {"what is done so far stays; the same command with --resume goes on"}
    until(lambda: not connected(cluster) and not tasks(cluster))
    if when == "computing":
        assert read_manifest(tmp_path / "sweep").status == "failed"
        assert {path.name for path in tmp_path.iterdir()} == {"sweep"}
        assert not list((tmp_path / "sweep").rglob(".*"))


def until(reached: Callable[[], object]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.05)


def asked(cluster: Cluster, question: str) -> int:
    """How many of something its scheduler knows, itself and this question aside."""
    import distributed

    with distributed.Client(cluster.address, set_as_default=False) as client:
        keys = client.run_on_scheduler(lambda dask_scheduler: list(getattr(dask_scheduler, question)))
        return len([key for key in keys if key != client.id and not str(key).startswith("fire-and-forget")])


def connected(cluster: Cluster) -> int:
    return asked(cluster, "clients")


def tasks(cluster: Cluster) -> int:
    return asked(cluster, "tasks")


def test_workers_of_another_version_are_refused(tmp_path: Path, start: Start, cluster: Cluster) -> None:
    (tmp_path / "sitecustomize.py").write_text(OLD)
    cluster.add_worker(str(tmp_path))
    cluster.wait_for("Registered to")
    status, _, err = start(scheduler=cluster.address).end()
    assert status == 1
    assert "has influence_sim 0.0.1, this process " in err
    assert err.startswith("influence-sim: worker tcp://127.0.0.1:")
    assert not (tmp_path / "sweep").exists()


def test_a_scheduler_without_the_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "influence_sim.py").write_text("raise ModuleNotFoundError('no module')")
    bare = Cluster(tmp_path, str(tmp_path))
    try:
        bare.wait_for("Scheduler at")
        with pytest.raises(MachineError) as caught:
            refused(bare.address)
    finally:
        bare.end()
    who = f"the scheduler at {bare.address}"
    assert str(caught.value) == (
        f"{who} cannot load influence_sim (ModuleNotFoundError: no module); install the same there"
    )


def test_the_address_of_a_worker(cluster: Cluster) -> None:
    cluster.add_worker()
    words = cluster.wait_for("Registered to")
    address = words.partition("Start worker at:")[2].split()[0]
    with pytest.raises(InputError, match="this is a worker's address; give the scheduler's"):
        refused(address)


@pytest.mark.parametrize("listening", [False, True], ids=["no server", "another server"])
def test_no_scheduler_at_the_address(monkeypatch: pytest.MonkeyPatch, *, listening: bool) -> None:
    """What is no scheduler may take a connection and never say a word."""
    monkeypatch.setattr(dask_module, "CONNECT", 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listening:
            other.listen()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(MachineError, match=f"no Dask scheduler answers at {address} within 1 s"):
            refused(address)


@pytest.mark.parametrize("address", ["nothing at all", "tcp://127.0.0.1", "8786", "ftp://127.0.0.1:8786"])
def test_no_address(address: str) -> None:
    with pytest.raises(InputError, match=f"--scheduler: '{address}': not the address of a scheduler"):
        refused(address)


def refused(address: str) -> None:
    """Connects to what cannot be connected to."""
    with dask_module.dask_executor(address):
        raise AssertionError(address)


def test_what_is_cancelled_as_we_leave_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """Tornado tells of every error of a callback; that of a mistake is still told."""
    from distributed.client import FutureCancelledError

    with pytest.raises(InputError):
        refused("nothing at all")
    for error in (FutureCancelledError("key", "unknown"), ValueError("a mistake")):
        logging.getLogger("tornado.application").error("Exception in callback", exc_info=error)
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [error]
