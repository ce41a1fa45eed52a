"""Who may ask the lab, how much at once, and in which form: the JSON interface, and the files of the page.

A request names no path that is read or written: pages are looked up among those that were read at the start, scenarios
among those that are shipped.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from importlib import resources
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from influence_sim.base.errors import InputError, MachineError, ModelError
from influence_sim.base.strict_yaml import read_json
from influence_sim.laboratory import answers, stories
from influence_sim.laboratory.openapi import openapi
from influence_sim.laboratory.question import Question, menus, read_question
from influence_sim.scenario.resolved import ResolvedScenario

MOST_BYTES = 64 * 1024
"""Of a question."""
AT_ONCE, WAITING = 2, 62
"""Answers that are computed at once, and that may wait for their turn: others are asked to come again."""
PAGES_WAITING = 3
"""Pages that may wait; one is made at a time."""
STREAMS = 8
"""Questions that are tried in worlds at once, one task of each at a time."""
AGAIN = {"Retry-After": "1"}
KINDS = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
JSON, PAGE = "application/json", "text/html"
ASKED: dict[str, tuple[Callable[[Question], Any], str, str]] = {
    "answer": (answers.answer, JSON, "The asked outcomes by month in both arms, their difference, and how they end."),
    "who": (stories.who, JSON, "Which options are held by what share of replicates when, and who holds each province."),
    "history": (stories.tell, JSON, "One replicate: every change of mind with its motives, and the asked outcomes."),
    "why": (stories.why, JSON, "What carries the change of the first outcome."),
    "play": (stories.play, JSON, "What a player may choose next, what each option is worth to its actor, and why."),
    "table": (answers.table, "text/csv", "The summary of all outcomes, as the `summary.csv` of a result folder."),
    "report": (answers.page, PAGE, "The report of a run with a baseline, as `report` makes it."),
    "brief": (partial(answers.page, brief=True), PAGE, "The same on one side of paper, as `report --brief` makes it."),
}
"""What is told of a question, and made of it as a file, by the end of its address; pages take a while."""
STREAMED = "The share of worlds in which the answer holds: a line of JSON a step, the last with what it hangs on."

log = logging.getLogger("influence_sim.lab")


class Turns:
    """Lets a few answers be computed at once, lets some wait, and sends others away."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """Nobody is there yet."""
        self.limiter, self.most, self.there = CapacityLimiter(at_once), at_once + waiting, 0

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Waits for a turn; 503 if too many do, and nothing is done for whoever has gone meanwhile."""
        if self.there >= self.most:
            raise HTTPException(503, "the lab has too many questions to answer just now; ask again", AGAIN)
        self.there += 1
        try:
            async with self.limiter:
                if await request.is_disconnected():
                    raise HTTPException(499, "nobody waits for this answer any more")
                yield
        finally:
            self.there -= 1


def application(hosts: Collection[str] = (), opened: ResolvedScenario | None = None) -> ASGIApp:
    """The lab as an ASGI application.

    Args:
        hosts: names beside numbers and `localhost` under which it may be asked.
        opened: the scenario with which its page opens.
    """
    turns, slow_turns, streams = Turns(AT_ONCE, WAITING), Turns(1, PAGES_WAITING), Turns(1, STREAMS - 1)
    theatre = cache(lambda: _json(menus(opened)))
    folder = resources.files("influence_sim.laboratory").joinpath("page")
    pages = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in KINDS}
    words = {name: (words, kind) for name, (_, kind, words) in ASKED.items()}
    document = cache(lambda: _json(openapi(words | {"worlds": (STREAMED, "application/x-ndjson")})))

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in pages:
            raise HTTPException(404, "there is no such page")
        return Response(pages[name], media_type=KINDS[name.rpartition(".")[2]])

    async def menu(request: Request) -> Response:
        return Response(await to_thread.run_sync(theatre), media_type="application/json")

    async def schema(request: Request) -> Response:
        return Response(await to_thread.run_sync(document), media_type="application/json")

    async def health(request: Request) -> Response:
        return JSONResponse({"ok": True})

    def answering(tell: Callable[[Question], Any], kind: str) -> Callable[..., Awaitable[Response]]:
        queue = slow_turns if kind == PAGE else turns

        def found(body: bytes) -> bytes:
            told = tell(_question(body))
            return told if isinstance(told, bytes) else _json(told)

        async def endpoint(request: Request) -> Response:
            body = await _body(request)
            async with queue.turn(request):
                return Response(await to_thread.run_sync(found, body), media_type=kind)

        return endpoint

    async def worlds(request: Request) -> Response:
        body = await _body(request)
        if streams.there >= streams.most:
            raise HTTPException(503, "the lab tries too many questions in worlds just now; ask again", AGAIN)
        question = await to_thread.run_sync(lambda: _question(body))
        steps = answers.worlds(question)

        async def lines() -> AsyncIterator[bytes]:
            streams.there += 1
            try:
                while (
                    step := await to_thread.run_sync(lambda: next(steps, None), limiter=streams.limiter)
                ) is not None:
                    yield _json(step) + b"\n"
            except (InputError, MachineError, ModelError) as error:
                yield _json(told(error)[1]) + b"\n"
            finally:
                streams.there -= 1
                with suppress(ValueError):  # the server ends while a step is being computed; it is the last
                    steps.close()

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    routes = [
        Route("/", page),
        Route("/api/theatre", menu),
        Route("/api/openapi.json", schema),
        Route("/api/health", health),
        *(Route(f"/api/{name}", answering(tell, kind), methods=["POST"]) for name, (tell, kind, _) in ASKED.items()),
        Route("/api/worlds", worlds, methods=["POST"]),
        Route("/{name}", page),
    ]
    handlers: Any = {Exception: _failed, InputError: _failed, MachineError: _failed, ModelError: _failed}
    handlers[HTTPException] = _refused
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    app.add_middleware(GZipMiddleware, minimum_size=4096, compresslevel=1)
    return Guard(app, hosts)


class Guard:
    """Refuses what another page, or a name that somebody points at this machine, would ask; and adds safe headers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """Takes the names under which it may be asked."""
        self.app = app
        self.hosts = {"localhost", *(host.casefold() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            await send(message)

        why = self._wrong({name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}, scope)
        answering: ASGIApp = _problem(*why) if why else self.app
        await answering(scope, receive, guarded)

    def _wrong(self, headers: dict[str, str], scope: Scope) -> tuple[int, str] | None:
        """Status and words of what is wrong with a request's origin; None if nothing is."""
        host = headers.get("host", "")
        if not self._known(host):
            return 400, "the lab is not to be had under this name; use its address as printed"
        origin = headers.get("origin")
        if origin is not None and origin != f"{scope['scheme']}://{host}":
            return 403, "another page may not ask the lab"
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and scope["path"].startswith("/api/"):
            return 403, "another page may not ask the lab"
        if scope["method"] == "POST" and headers.get("content-type", "").partition(";")[0] != "application/json":
            return 415, "a question is sent as application/json"
        return None

    def _known(self, host: str) -> bool:
        """Numbers cannot be pointed elsewhere, as names can; so of these only known ones count."""
        name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "0")
        if not (port.isascii() and port.isdecimal()):
            return False
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return name.casefold() in self.hosts
        return True


def told(error: Exception) -> tuple[int, dict[str, Any]]:
    """The status of a failure, and what is said of it: problems in the words of the command line."""
    if isinstance(error, InputError):
        keys = ("path", "value", "rule", "hint")
        return 422, {"problems": [{key: getattr(one, key) for key in keys} for one in error.typed]}
    if isinstance(error, MachineError | ModelError):
        return 500, _one(str(error))
    return 500, _one(f"this is a fault of the program ({type(error).__name__}); the terminal says where")


def _one(rule: str) -> dict[str, Any]:
    return {"problems": [{"path": "", "value": "", "rule": rule, "hint": ""}]}


def _problem(status: int, rule: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(_one(rule), status, headers)


async def _failed(_: Request, error: Exception) -> Response:
    status, document = told(error)
    if status == 500:
        log.error("a question could not be answered", exc_info=error)
    return JSONResponse(document, status)


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _problem(error.status_code, str(error.detail), dict(error.headers or {}))


async def _body(request: Request) -> bytes:
    """What a request says, if it is not too long."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > MOST_BYTES:
            raise HTTPException(413, f"a question has at most {MOST_BYTES} bytes")
    return bytes(found)


def _question(body: bytes) -> Question:
    return read_question(read_json(body, "question"))


def _json(found: Any) -> bytes:
    return json.dumps(found, allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()
