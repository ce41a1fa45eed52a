"""The lab as a process: it says where it is, is there, and ends at once with nothing left."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import signal
import socket
import subprocess
import sys
from time import monotonic
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psutil
import pytest

import influence_sim as sim
from influence_sim.base.errors import InputError, MachineError
from influence_sim.cli.lab import _audience
from influence_sim.laboratory import serve
from influence_sim.laboratory.server import Guard


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
    with pytest.raises(InputError, match=r"--host.*no machine is known by this name"):
        serve.bound(host, 0)


@pytest.mark.parametrize("host", ["localhost", "0.0.0.0", "::", "::1"])
def test_it_says_addresses_under_which_it_answers_this_machine_and_others(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    try:
        listener = serve.bound(host, 0)
    except MachineError:  # without IPv6
        pytest.skip("this machine has no such address")
    with listener:
        monkeypatch.setattr(
            serve, "_outward", lambda family: "2001:db8::7" if family == socket.AF_INET6 else "10.1.2.3"
        )
        own, *others = serve.addresses(listener)
        urls = [urlsplit(url) for url in (own, *others)]
        assert ipaddress.ip_address(str(urls[0].hostname)).is_loopback
        assert [url.hostname for url in urls[1:]] == {"0.0.0.0": ["10.1.2.3"], "::": ["2001:db8::7"]}.get(host, [])
        assert all(Guard(lambda *_: None, ())._is_allowed(url.netloc) for url in urls)
        socket.create_connection((str(urls[0].hostname), int(urls[0].port or 0)), timeout=60).close()


def test_the_address_for_others_is_none_of_this_machine_alone() -> None:
    assert not (others := serve._outward(socket.AF_INET)) or not ipaddress.ip_address(others).is_loopback


@pytest.mark.parametrize(
    ("host", "who"), [("127.0.0.1", ""), ("::1", ""), ("0.0.0.0", "every network"), ("10.1.2.3", "10.1.2.3")]
)
def test_who_else_can_reach_it_is_said(host: str, who: str) -> None:
    assert bool(_audience(host)) == bool(who)
    assert who in _audience(host)


def test_a_port_that_is_taken_is_said() -> None:
    with serve.bound("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(sim.MachineError, match="--port 0 takes a free port"):
            serve.bound("127.0.0.1", taken.getsockname()[1])


def test_an_address_of_another_machine_is_not_blamed_on_the_port() -> None:
    with pytest.raises(sim.MachineError, match=r"0\.0\.0\.0 every network") as caught:
        serve.bound("192.0.2.77", 0)
    assert "--port" not in str(caught.value)


def test_what_is_wrong_with_the_scenario_is_said_first() -> None:
    with pytest.raises(sim.InputError, match="did you mean 'us_withdraws'"):
        sim.lab("us_withdraw")
