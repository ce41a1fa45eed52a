"""A Ctrl-C that comes while the compiler calls back into Python, where exceptions are only printed."""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import numpy as np
import psutil
import pytest

from influence_sim.api.playable import trajectories
from influence_sim.base import interrupts
from influence_sim.model import Arm
from influence_sim.runs import points
from influence_sim.runs.points import Job, records, run_points
from influence_sim.runs.request import RunRequest
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process remembers a Ctrl-C, and forgets it afterwards."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(interrupts, "_first_signal", 0)
    monkeypatch.setattr(interrupts, "_last_raised", -inf)
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    interrupts.listen()
    yield
    signal.signal(signal.SIGINT, before)


def job() -> Job[np.ndarray]:
    theatre = load()
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 3)
    return Job([arm], 1, np.arange(2), records)


@pytest.mark.usefixtures("listening")
def test_an_interrupt_that_a_callback_swallows_ends_the_run() -> None:
    def called_back() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):  # here the signal is taken, and what it raises is lost
            pass

    ctypes.CFUNCTYPE(None)(called_back)()
    with pytest.raises(KeyboardInterrupt):
        list(run_points([job()]))


@pytest.mark.usefixtures("listening")
def test_without_an_interrupt_nothing_is_raised() -> None:
    assert len(list(run_points([job()]))) == 1


def test_whoever_ignores_interrupts_goes_on_to() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupts.listen()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers as POSIX has them")
def test_an_interrupt_is_heard_while_the_system_finds_the_memory_of_a_large_run(
    request_of: Callable[..., RunRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With huge pages, the first block touches the memory of all 200,000 replicates, 3 GB."""
    request = request_of(replicates=200_000, months=None)
    size = request.months * len(request.theatre.outcomes) * request.replicates * 8

    def interrupted(*jobs: Any, **options: Any) -> Iterator[Any]:
        for block in run_points(*jobs, **options):
            signal.setitimer(signal.ITIMER_PROF, 0.02)  # of work, so that a busy machine changes nothing
            yield block

    monkeypatch.setattr(points, "run_points", interrupted)
    before = signal.signal(signal.SIGPROF, signal.default_int_handler)
    free = psutil.Process().memory_info().rss
    try:
        with pytest.raises(KeyboardInterrupt) as caught:  # holds on to what was made so far
            next(trajectories(request, request.arms))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert psutil.Process().memory_info().rss - free < size / 2
    del caught


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_of_the_import_machinery_comes_once_that_is_left(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised there, it might leave the import lock held, for which the threads of a run would wait for ever."""
    asked = []

    class Finder:
        """Is called by the import machinery, whose frame is the one above."""

        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "nowhere_to_be_found":
                asked.append(name)
                interrupts._on_signal(number, sys._getframe(1))

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    before = signal.signal(number, interrupts._on_signal)
    try:
        with pytest.raises(ImportError):
            importlib.import_module("nowhere_to_be_found")
        with pytest.raises(KeyboardInterrupt):
            threading.Event().wait(60)
    finally:
        signal.signal(number, before)
    assert asked
    assert interrupts.heard()


@pytest.mark.usefixtures("listening")
def test_an_interrupt_while_a_lock_is_taken_comes_once_it_is_given_back() -> None:
    """Raised there, it would leave the lock held, for which a worker would wait for ever."""

    class Lock:
        """Is taken within `threading`, whose frame is the one above."""

        held = False

        def __enter__(self) -> None:
            self.held = True
            interrupts._on_signal(signal.SIGINT, sys._getframe(1))

        def __exit__(self, *_: object) -> None:
            self.held = False

        def acquire(self) -> None: ...
        def release(self) -> None: ...

    lock: Any = Lock()
    condition = threading.Condition(lock)
    with condition:
        assert lock.held
    assert not lock.held
    with pytest.raises(KeyboardInterrupt):
        threading.Event().wait(60)
