"""Runs the lab's server: for the command line until it is interrupted, in a notebook in a thread."""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, reason, wrong
from influence_sim.laboratory import HOST
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

if TYPE_CHECKING:
    import uvicorn

ANY, ANY_6 = "0.0.0.0", "::"
"""All networks."""
PATIENCE = 1
"""Seconds that open requests have when the server ends."""
WAITING = 128
"""Connections that may wait to be accepted."""
TAKEN = "another lab may run there; --port 0 takes a free port"
HOSTS = f"{HOST} is this machine alone, {ANY} every network that it is in"
MISSING = "the lab needs starlette and uvicorn: pip install 'influence-sim[lab]'"


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        InputError: no machine has this name, or no port can have this number.
        MachineError: the port is taken, or the address is none of this machine's.
    """
    try:
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):  # unknown, or with letters or a length that names cannot have
        raise InputError(wrong("--host", host, "no machine is known by this name", HOSTS)) from None
    except OverflowError:
        raise InputError(wrong("--port", port, "must be a whole number from 0 to 65535")) from None
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(place)
        sock.listen(WAITING)  # from now on clients may connect
    except OSError as error:
        sock.close()
        hint = TAKEN if error.errno in {errno.EADDRINUSE, errno.EACCES} else HOSTS
        raise MachineError(f"cannot listen on {host}, port {port} ({reason(error)}); {hint}") from error
    return sock


def server(host: str, scenario: str | Path | None = None) -> uvicorn.Server:
    """The server, not yet running; its model is compiled, so that the first answer comes at once.

    Args:
        host: the name under which it is asked.
        scenario: the scenario with which its page opens, a shipped name or a path; by default nothing is fixed.

    Raises:
        InputError: there is no such scenario, or it is wrong.
        MachineError: the extra `lab` is not installed.
    """
    initial = None if scenario is None else load_scenario(scenario, load().vocabulary)
    try:
        import uvicorn

        from influence_sim.laboratory.server import application
    except ModuleNotFoundError as error:
        raise MachineError(f"{MISSING} ({error.name} is missing)") from None
    from influence_sim.laboratory.answers import warm

    warm()
    config = uvicorn.Config(
        application({host, socket.gethostname(), socket.getfqdn()}, initial),
        log_level="critical",  # the lab itself reports failures
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=PATIENCE,
        limit_concurrency=256,
        h11_max_incomplete_event_size=16 * 1024,
    )
    return uvicorn.Server(config)


def addresses(sock: socket.socket) -> list[str]:
    """The addresses of the page: for this machine, and, if it listens on all networks, for others."""
    host, port = sock.getsockname()[:2]
    own = {ANY: HOST, ANY_6: "::1"}.get(host, host)
    others = _outward(sock.family) if own != host else ""
    names = [f"[{name}]" if ":" in name else name for name in (own, others) if name]
    return [f"http://{name}:{port}/" for name in dict.fromkeys(names)]


def _outward(family: int) -> str:
    """The address under which others know this machine; "" if it is in no network."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock, suppress(OSError):
        # Nothing is sent: the system only chooses the way, here to addresses that are kept for documents.
        sock.connect(("192.0.2.1" if family == socket.AF_INET else "2001:db8::1", 9))
        return str(sock.getsockname()[0])
    return ""


@dataclass(frozen=True)
class Lab:
    """A lab that runs in a notebook, and shows its page there."""

    url: str
    server: Any
    thread: threading.Thread

    def _repr_html_(self) -> str:
        """The page in a frame."""
        return (
            f'<iframe src="{escape(self.url)}" title="The lab" width="100%" height="900" style="border:0"></iframe>'
            f'<p><a href="{escape(self.url)}" target="_blank" rel="noopener">Open the lab in a page of its own</a></p>'
        )

    def close(self) -> None:
        """Ends its server."""
        self.server.should_exit = True
        self.thread.join()


@validated
def lab(scenario: str | Path | None = None, *, port: int = 0) -> Lab:
    """Shows the lab, a live page to ask "what if", in a notebook.

    Args:
        scenario: that it opens with: a shipped name or a path; by default nothing is fixed yet.
        port: of its server, on this machine alone; 0 takes a free one.

    Returns:
        The page, which a notebook shows; `url` is its address, `close()` ends its server.

    Raises:
        InputError: there is no such scenario, or it is wrong.
        MachineError: the extra `lab` is not installed, or the port is taken.
    """
    lab_server, sock = server(HOST, scenario), bound(HOST, port)
    (url,), context = addresses(sock), copy_context()  # with the theatre in use
    thread = threading.Thread(target=lambda: context.run(lab_server.run, [sock]), daemon=True, name="lab")
    thread.start()
    return Lab(url, lab_server, thread)
