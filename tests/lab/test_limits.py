"""Who may ask, and how much: what is hostile or malformed is refused in words, and nothing suffers from it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from influence_sim.laboratory import server
from influence_sim.laboratory.server import AT_ONCE, MOST_BYTES, WAITING, Guard, application

Ask = Callable[..., httpx.Response]
Fixed = Callable[..., dict[str, Any]]

HOSTS = {
    "localhost": True,
    "127.0.0.1:8765": True,
    "[::1]:8765": True,
    "192.168.7.7:80": True,
    "myself.example:1": True,
    "evil.example": False,
    "127.0.0.1.evil.example": False,
    "": False,
    "localhost:x": False,
    "[::1": False,
}
WRONG: list[tuple[str, Any]] = [
    ("", b""),
    ("broken", b"{"),
    ("no text", b"\xff\xfe"),
    ("deep", b"[" * 5000),
    ("deep within", b'{"scenario":' * 300),
    ("no number", b'{"scenario": NaN}'),
    ("too large a number", b'{"replicates": 1e999}'),
    ("digits", b'{"replicates": ' + b"9" * 6000 + b"}"),
    ("half a character", b'{"scenario": {"title": "\\ud800"}}'),
    ("control", b'{"scenario": {"title": "\\u0000"}}'),
    ("twice", b'{"scenario": {}, "scenario": {}}'),
    ("list", []),
    ("text", "scenario"),
    ("nothing", {}),
    ("path", {"scenario": "../../etc/passwd"}),
    ("path within", {"scenario": {"schema_version": 1, "name": "x", "extends": "../secret.yaml"}}),
    ("file within", {"scenario": {"schema_version": 1, "name": "x", "extends": "baseline.yaml"}}),
    ("path against", {"scenario": {"schema_version": 1, "name": "x"}, "against": "/etc/passwd"}),
    ("many", {"scenario": {"schema_version": 1, "name": "x"}, "replicates": 10**9}),
    ("long", {"scenario": {"schema_version": 1, "name": "x"}, "months": 10**6}),
    ("worlds", {"scenario": {"schema_version": 1, "name": "x"}, "count": 10**6}),
    ("outcome", {"scenario": {"schema_version": 1, "name": "x", "asks": ["x"]}}),
    ("choices", {"scenario": {"schema_version": 1, "name": "x"}, "choices": [{}] * 100}),
]


@pytest.mark.parametrize("host", HOSTS)
def test_only_numbers_and_own_names_are_its_address(host: str) -> None:
    assert Guard(None, {"myself.example"})._is_allowed(host) is HOSTS[host]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 400),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://localhost:8765"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-type": "text/plain"}, 415),
        ({"origin": "http://localhost:8765", "sec-fetch-site": "same-origin"}, 200),
    ],
)
def test_other_pages_may_not_ask(ask: Ask, fixed: Fixed, headers: dict[str, str], status: int) -> None:
    response = ask("answer", fixed(), headers=headers)
    assert response.status_code == status
    assert (status == 200) or response.json()["problems"][0]["rule"]


def test_a_page_loads_nothing_from_elsewhere(ask: Ask) -> None:
    response = ask("/")
    assert response.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "http" not in response.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize("path", ["/..%2f..%2fetc%2fpasswd", "/server.py", "/page/index.html", "/api/nothing", "/%00"])
def test_no_other_file_is_served(ask: Ask, path: str) -> None:
    assert ask(path).status_code == 404


@pytest.mark.parametrize(("_", "question"), WRONG, ids=[name or "empty" for name, _ in WRONG])
def test_what_is_wrong_is_said(ask: Ask, _: str, question: Any) -> None:
    response = ask("answer", question)
    assert response.status_code == 422
    assert all(entry["rule"] for entry in response.json()["problems"])


def test_too_long_a_question_is_not_read(ask: Ask) -> None:
    assert ask("answer", b" " * (MOST_BYTES + 1)).status_code == 413


def test_hostile_words_come_back_as_data(ask: Ask, fixed: Fixed) -> None:
    evil = "</script><script>alert(1)</script> \N{RIGHT-TO-LEFT OVERRIDE}"
    question = fixed()
    question["scenario"] |= {"title": evil, "question": evil}
    response = ask("answer", question)
    assert response.headers["content-type"] == "application/json"
    assert response.json()["scenario"]["title"] == evil


def test_malformed_questions_by_the_hundred(ask: Ask, fixed: Fixed) -> None:
    rng, good = random.Random(1), fixed(replicates=1)
    before = ask("answer", good).json()
    text = json.dumps(good).encode()
    seen = set()
    for _ in range(150):
        spoiled = bytearray(text)
        for _ in range(rng.randint(1, 4)):
            spoiled[rng.randrange(len(spoiled))] = rng.choice(b'{}[]",:\x00\xff9-ex')
        seen.add(ask(rng.choice(["answer", "history", "play", "worlds", "table"]), bytes(spoiled)).status_code)
    assert seen <= {200, 422}
    assert 422 in seen
    assert ask("answer", good).json() == before


def test_those_who_are_too_many_are_told_to_wait(fixed: Fixed, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crowd() -> list[httpx.Response]:
        import threading

        open_now = threading.Event()
        monkeypatch.setitem(server.ASKED, "answer", (lambda question: open_now.wait(30), server.JSON, "slow"))
        transport = httpx.ASGITransport(app=application(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            request = {"content": json.dumps(fixed()), "headers": {"content-type": "application/json"}, "timeout": 30}
            asked = [asyncio.create_task(client.post("/api/answer", **request)) for _ in range(AT_ONCE + WAITING + 5)]
            done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            refused = next(iter(done)).result()
            open_now.set()
            return [refused, *await asyncio.gather(*asked)]

    refused, *responses = asyncio.run(crowd())
    assert refused.status_code == 503
    assert refused.headers["retry-after"]
    assert sorted({request.status_code for request in responses}) == [200, 503]
    assert sum(request.status_code == 200 for request in responses) == AT_ONCE + WAITING


def test_a_fault_of_the_program_is_told_as_one(
    ask: Ask, fixed: Fixed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(question: object) -> None:
        raise ZeroDivisionError("at /home/somebody")

    monkeypatch.setitem(server.ASKED, "answer", (fails, server.JSON, ""))

    async def sent() -> httpx.Response:
        transport = httpx.ASGITransport(app=application(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.post("/api/answer", json=fixed())

    response = asyncio.run(sent())
    assert response.status_code == 500
    assert "/home" not in response.text
    assert "fault of the program" in response.json()["problems"][0]["rule"]
