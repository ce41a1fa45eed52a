"""`lab`: the live page."""

from __future__ import annotations

import ipaddress
import webbrowser

import click

from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.laboratory import HOST, PORT


@click.command(short_help="A live page to ask what if, in the browser.")
@options.scenario(required=False)
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, help="Where to listen; 0 takes a free one.")
@click.option("--host", default=HOST, help="Where from: this machine alone, or 0.0.0.0 for all networks that it is in.")
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@options.common
def lab(console: Console, scenario: str | None, port: int, host: str, no_browser: bool) -> None:
    """A live page on which to build a question, see the answer, and take it along.

    Opens with SCENARIO, or with nothing fixed yet. Ctrl-C ends it. Needs the extra `lab`. No request leaves this
    machine, and without --host nobody else can reach it.
    """
    from influence_sim.laboratory import serve

    with serve.bound(host, port) as listener:
        server, urls = serve.server(host, scenario), serve.addresses(listener)
        console.answer({"url": urls[0], "others": urls[1:]}, urls)
        if audience := _audience(listener.getsockname()[0]):
            console.note(f"Everyone {audience} can use the lab, without a password, for nothing but questions.")
        console.note("Ctrl-C ends it.")
        if not no_browser:
            webbrowser.open(urls[-1])  # so that the addresses that the page gives can be passed on
        server.run([listener])


def _audience(host: str) -> str:
    """Who besides this machine can reach a numeric address; empty if nobody."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        return "on every network that this machine is in"
    return "" if address.is_loopback else f"who can reach {host}"
