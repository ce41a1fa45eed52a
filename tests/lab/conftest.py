"""The lab as an application that is asked without a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from influence_sim.laboratory.server import application

HERE = "http://localhost:8765"


@pytest.fixture
def fixed() -> Callable[..., dict[str, Any]]:
    """A question: one actor deals openly with another."""

    def question(**more: Any) -> dict[str, Any]:
        deed = {"from": "2018-01", "actor": "us", "do": "engage_publicly", "target": "taliban"}
        scenario = {"schema_version": 1, "name": "mine", "interventions": [deed]}
        scenario |= {"asks": more.pop("asks")} if "asks" in more else {}
        return {"scenario": scenario, "replicates": 8, "months": 36, "count": 16, **more}

    return question


@pytest.fixture(scope="session")
def app() -> Any:
    """The application, the same for all tests."""
    return application()


@pytest.fixture
def ask(app: Any) -> Callable[..., httpx.Response]:
    """Sends one request: `ask("answer", question)`, or `ask("theatre")`, or raw bytes."""

    def send(name: str, question: Any = None, **more: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
                if question is None:
                    return await client.get(name if name.startswith("/") else f"/api/{name}", **more)
                content = question if isinstance(question, bytes) else json.dumps(question).encode()
                headers = {"content-type": "application/json", **more.pop("headers", {})}
                return await client.post(f"/api/{name}", content=content, headers=headers, **more)

        return asyncio.run(sent())

    return send
