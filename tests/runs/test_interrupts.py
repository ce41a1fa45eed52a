"""A Ctrl-C that comes while the compiler calls back into Python, where exceptions are only printed."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from influence_sim.base import interrupts
from influence_sim.model import Arm
from influence_sim.runs.points import Job, records, run_points
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process remembers a Ctrl-C, and forgets it afterwards."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    monkeypatch.setattr(interrupts, "_seen", False)
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
