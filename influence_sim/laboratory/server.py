"""The lab's server: who may ask, how much at once, and in which form; the JSON interface, and the files of the page.

No request names a path that is read or written: pages are looked up among those read at the start, scenarios among the
shipped ones.
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
from influence_sim.base.values import for_json, picked
from influence_sim.laboratory import answers, stories
from influence_sim.laboratory.openapi import PROBLEM, openapi
from influence_sim.laboratory.question import Question, menus, read_question
from influence_sim.scenario.resolved import ResolvedScenario

MOST_BYTES = 64 * 1024
"""Largest question."""
AT_ONCE, WAITING = 2, 62
"""Answers computed at once, and waiting for their turn; further questions are refused."""
PAGES_WAITING = 3
"""Pages waiting; one is made at a time."""
STREAMS = 8
"""Questions tried in worlds at once, one task of each at a time."""
RETRY = {"Retry-After": "1"}
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
"""The function, type and description of each answer or file, by the end of its address; pages take a while."""
STREAMED = "The share of worlds in which the answer holds: a line of JSON a step, the last with what it hangs on."

log = logging.getLogger("influence_sim.lab")


class Turns:
    """Limits how many answers are computed at once, and how many may wait."""

    def __init__(self, at_once: int, waiting: int) -> None:
        """Takes the two limits."""
        self.limiter, self.limit, self.count = CapacityLimiter(at_once), at_once + waiting, 0

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Waits for a turn; 503 if too many do, and 499 if the client has gone meanwhile."""
        if self.count >= self.limit:
            raise HTTPException(503, "the lab has too many questions to answer just now; ask again", RETRY)
        self.count += 1
        try:
            async with self.limiter:
                if await request.is_disconnected():
                    raise HTTPException(499, "nobody waits for this answer any more")
                yield
        finally:
            self.count -= 1


def application(hosts: Collection[str] = (), initial: ResolvedScenario | None = None) -> ASGIApp:
    """The lab as an ASGI application.

    Args:
        hosts: host names under which it may be asked, besides numeric addresses and `localhost`.
        initial: the scenario with which its page opens.
    """
    turns, slow_turns, streams = Turns(AT_ONCE, WAITING), Turns(1, PAGES_WAITING), Turns(1, STREAMS - 1)
    folder = resources.files("influence_sim.laboratory").joinpath("page")
    pages = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.rpartition(".")[2] in KINDS}
    description = {name: (description, kind) for name, (_, kind, description) in ASKED.items()}
    description |= {"worlds": (STREAMED, "application/x-ndjson")}

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "index.html")
        if name not in pages:
            raise HTTPException(404, "there is no such page")
        return Response(pages[name], media_type=KINDS[name.rpartition(".")[2]])

    def fixed(make: Callable[[], Any]) -> Callable[..., Awaitable[Response]]:
        document = cache(lambda: _json(make()))

        async def endpoint(request: Request) -> Response:
            return Response(await to_thread.run_sync(document), media_type=JSON)

        return endpoint

    async def health(request: Request) -> Response:
        return JSONResponse({"ok": True})

    def endpoint_of(function: Callable[[Question], Any], kind: str) -> Callable[..., Awaitable[Response]]:
        queue = slow_turns if kind == PAGE else turns

        def compute(body: bytes) -> bytes:
            result = function(_question(body))
            return result if isinstance(result, bytes) else _json(result)

        async def endpoint(request: Request) -> Response:
            body = await _body(request)
            async with queue.turn(request):
                return Response(await to_thread.run_sync(compute, body), media_type=kind)

        return endpoint

    async def worlds(request: Request) -> Response:
        body = await _body(request)
        if streams.count >= streams.limit:
            raise HTTPException(503, "the lab tries too many questions in worlds just now; ask again", RETRY)
        question = await to_thread.run_sync(lambda: _question(body))
        steps = answers.worlds(question)

        async def lines() -> AsyncIterator[bytes]:
            streams.count += 1
            try:
                while (
                    step := await to_thread.run_sync(lambda: next(steps, None), limiter=streams.limiter)
                ) is not None:
                    yield _json(step) + b"\n"
            except (InputError, MachineError, ModelError) as error:
                yield _json(describe_error(error)[1]) + b"\n"
            finally:
                streams.count -= 1
                with suppress(ValueError):  # the server ends while a step is being computed; it is the last
                    steps.close()

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    routes = [
        Route("/", page),
        Route("/api/theatre", fixed(lambda: menus(initial))),
        Route("/api/openapi.json", fixed(lambda: openapi(description))),
        Route("/api/health", health),
        *(Route(f"/api/{name}", endpoint_of(run, kind), methods=["POST"]) for name, (run, kind, _) in ASKED.items()),
        Route("/api/worlds", worlds, methods=["POST"]),
        Route("/{name}", page),
    ]
    handlers: Any = dict.fromkeys((Exception, HTTPException, InputError, MachineError, ModelError), _on_error)
    app = Starlette(routes=routes, exception_handlers=handlers)
    app.router.redirect_slashes = False
    app.add_middleware(GZipMiddleware, minimum_size=4096, compresslevel=1)
    return Guard(app, hosts)


class Guard:
    """Refuses requests of other pages, or under names that others point at this machine; and adds security headers."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        """Takes the host names under which it may be asked."""
        self.app = app
        self.hosts = {"localhost", *(host.casefold() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._check_origin(headers, scope)
        app: ASGIApp = _response(HTTPException(*refusal)) if refusal else self.app
        await app(scope, receive, send_with_headers)

    def _check_origin(self, headers: dict[str, str], scope: Scope) -> tuple[int, str] | None:
        """Status and message if a request's origin or type is wrong; None otherwise."""
        host = headers.get("host", "")
        if not self._is_allowed(host):
            return 400, "the lab is not to be had under this name; use its address as printed"
        origin = headers.get("origin")
        if origin is not None and origin != f"{scope['scheme']}://{host}":
            return 403, "another page may not ask the lab"
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and scope["path"].startswith("/api/"):
            return 403, "another page may not ask the lab"
        if scope["method"] == "POST" and headers.get("content-type", "").partition(";")[0] != "application/json":
            return 415, "a question is sent as application/json"
        return None

    def _is_allowed(self, host: str) -> bool:
        """Whether a host is allowed: any number, but only known names, as a name can be pointed at any machine."""
        name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "0")
        if not (port.isascii() and port.isdecimal()):
            return False
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return name.casefold() in self.hosts
        return True


def describe_error(error: Exception) -> tuple[int, dict[str, Any]]:
    """The status and the body for a failure or a refusal: problems in the words of the command line."""
    if isinstance(error, InputError):
        return 422, {"problems": [picked(problem, *PROBLEM) for problem in error.typed]}
    status, rule = 500, str(error)
    if isinstance(error, HTTPException):
        status, rule = error.status_code, error.detail
    elif not isinstance(error, MachineError | ModelError):
        rule = f"this is a fault of the program ({type(error).__name__}); the terminal says where"
    return status, {"problems": [dict.fromkeys(PROBLEM, "") | {"rule": rule}]}


def _response(error: Exception) -> JSONResponse:
    status, document = describe_error(error)
    return JSONResponse(document, status, getattr(error, "headers", None))


async def _on_error(_: Request, error: Exception) -> Response:
    response = _response(error)
    if response.status_code == 500:
        log.error("a question could not be answered", exc_info=error)
    return response


async def _body(request: Request) -> bytes:
    """The body of a request, if it is not too long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"a question has at most {MOST_BYTES} bytes")
    return bytes(body)


def _question(body: bytes) -> Question:
    return read_question(read_json(body, "question"))


def _json(data: Any) -> bytes:
    return json.dumps(for_json(data), allow_nan=False, separators=(",", ":"), ensure_ascii=False).encode()
