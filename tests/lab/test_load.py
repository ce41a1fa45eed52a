"""Load from this machine: many at once, and much that is hostile; memory stays flat, and good answers stay right."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psutil
import pytest

pytestmark = pytest.mark.slow

CLIENTS, ASKED_EACH = 64, 3
HOSTILE = int(os.environ.get("HOSTILE", "400"))
"""Requests; 10,000 take minutes."""
GROWN = 200 * 2**20
"""Bytes that the server may have grown by: what it keeps of answers, and the pools of its threads."""
ENDS = ("answer", "who", "history", "why", "play", "worlds", "table", "nothing")
METHODS = ("POST", "POST", "POST", "POST", "GET", "PUT", "DELETE", "PATCH", "OPTIONS")


@pytest.fixture(scope="module")
def lab(compiled: None) -> Iterator[tuple[str, psutil.Process]]:
    command = [sys.executable, "-m", "influence_sim", "lab", "--no-browser", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), psutil.Process(process.pid)
        finally:
            process.terminate()


def test_many_at_once_are_served_or_told_to_wait(lab: tuple[str, psutil.Process], fixed: Callable[..., Any]) -> None:
    url, process = lab

    def client(number: int) -> list[httpx.Response]:
        with httpx.Client(base_url=url, timeout=300) as http:
            return [
                http.post("api/answer", json=fixed(seed=number, replicates=200, months=64)) for _ in range(ASKED_EACH)
            ]

    alone = client(0)[0].json()
    before = process.memory_info().rss
    with ThreadPoolExecutor(CLIENTS) as pool:
        responses = [answer for answers in pool.map(client, range(CLIENTS)) for answer in answers]
    assert {http.status_code for http in responses} <= {200, 503}
    assert all(http.headers["retry-after"] for http in responses if http.status_code == 503)
    assert sum(http.status_code == 200 for http in responses) >= CLIENTS
    assert process.memory_info().rss - before < GROWN
    assert client(0)[0].json() == alone


def test_hostile_requests_are_refused_in_words(lab: tuple[str, psutil.Process], fixed: Callable[..., Any]) -> None:
    url, process = lab
    rng = random.Random(7)
    good = fixed(
        actor="russia", choices=[{"from": "2018-01", "until": "2018-03", "stance": "helping", "option": "full"}]
    )
    text = json.dumps(good).encode()
    wrong: list[Any] = [None, True, -1, 10**400, "", "x" * 5000, "../../etc/passwd", "<script>", [], {}, [[]], {"x": 1}]

    def spoiled() -> bytes:
        """A question with some bytes, a value or its end spoiled; or no question at all."""
        way = rng.randrange(4)
        if way == 0:
            return rng.randbytes(rng.randrange(400))
        if way == 1:
            return text[: rng.randrange(len(text))]
        if way == 2:
            return b"[" * rng.randrange(60_000)
        question: Any = json.loads(text)
        place = rng.choice([question, question["scenario"], question["scenario"]["interventions"][0]])
        place[rng.choice([*place, "more"])] = rng.choice(wrong)
        return json.dumps(question).encode()

    before, seen = process.memory_info().rss, Counter[int]()
    with httpx.Client(base_url=url, timeout=300) as client:
        right = client.post("api/answer", content=text, headers={"content-type": "application/json"}).json()
        for number in range(HOSTILE):
            headers = {"content-type": rng.choice(["application/json"] * 8 + ["text/plain", "application/xml"])}
            headers |= rng.choice([{}] * 8 + [{"origin": "http://evil.example"}, {"host": "evil.example"}])
            method, end = rng.choice(METHODS), rng.choice(ENDS)
            response = client.request(method, f"api/{end}", content=spoiled(), headers=headers)
            seen[response.status_code] += 1
            if response.status_code >= 400:
                assert response.json()["problems"][0]["rule"], (number, response.text)
        again = client.post("api/answer", content=text, headers={"content-type": "application/json"}).json()
    assert not [status for status in seen if status >= 500], seen
    assert sum(count for status, count in seen.items() if status >= 400) > 0.8 * HOSTILE
    assert again == right
    assert process.memory_info().rss - before < GROWN
