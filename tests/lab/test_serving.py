"""The lab as a process: it says where it is, is there, and ends at once with nothing left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from time import monotonic
from urllib.request import Request, urlopen

import psutil
import pytest

import influence_sim as sim
from influence_sim.base.errors import InputError, MachineError
from influence_sim.cli.lab import _audience
from influence_sim.laboratory import serve


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_it_ends_at_once_in_the_midst_of_an_answer(compiled: None, number: int) -> None:
    command = [sys.executable, "-m", "influence_sim", "lab", "us_withdraws", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().strip()
            match = re.fullmatch(r"(http://127\.0\.0\.1:\d+/)", line)
            assert match, line
            question = b'{"scenario": {"schema_version": 1, "name": "x", "extends": "us_withdraws"}, "count": 1024}'
            request = Request(f"{match[1]}api/worlds", question, {"Content-Type": "application/json"})
            with urlopen(request, timeout=60) as answer:
                assert b'"done"' in answer.readline()
                children = psutil.Process(process.pid).children(recursive=True)
                start = monotonic()
                process.send_signal(number)
                process.wait(120)
                took = monotonic() - start
            _, errors = process.communicate()
        finally:
            process.kill()
    assert process.returncode == 128 + number
    assert "Traceback" not in errors
    assert not [child for child in children if child.is_running()]
    assert took < 60  # two seconds where nothing else runs; a limit against hanging only


def test_a_notebook_shows_the_page(compiled: None) -> None:
    lab = sim.lab("us_withdraws")
    try:
        assert f'src="{lab.url}"' in lab._repr_html_()
        with urlopen(f"{lab.url}api/theatre", timeout=60) as answer:
            assert json.load(answer)["opened"]["name"] == "us_withdraws"
        with urlopen(lab.url, timeout=60) as page:
            assert b"What if?" in page.read()
    finally:
        lab.close()


@pytest.mark.parametrize("host", ["n\x1b\u202e", "a" * 100, ".", "x..y"])
def test_what_cannot_be_a_machine_is_said(host: str) -> None:
    with pytest.raises((InputError, MachineError), match=r"--host|cannot listen"):
        serve.bound(host, 0)


@pytest.mark.parametrize(
    ("host", "who"),
    [("127.0.0.1", ""), ("::1", ""), ("localhost", ""), ("0.0.0.0", "every network"), ("10.1.2.3", "10.1.2.3")],
)
def test_who_else_can_reach_it_is_said(host: str, who: str) -> None:
    assert bool(_audience(host)) == bool(who)
    assert who in _audience(host)


def test_a_port_that_is_taken_is_said() -> None:
    with serve.bound("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(sim.MachineError, match="try --port 0"):
            serve.bound("127.0.0.1", taken.getsockname()[1])


def test_what_is_wrong_with_the_scenario_is_said_first() -> None:
    with pytest.raises(sim.InputError, match="did you mean 'us_withdraws'"):
        sim.lab("us_withdraw")
