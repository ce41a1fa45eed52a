"""Text on its way to a terminal, a file or a pipe, whatever that can take."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import unicodedata
from typing import TextIO

import click

PLAIN = str.maketrans(
    {
        "±": "+/-",
        "–": "-",  # noqa: RUF001
        "—": "-",
        "−": "-",  # noqa: RUF001 - the minus sign that figures use
        "×": "x",  # noqa: RUF001
        "→": "->",
        "≤": "<=",
        "≥": ">=",
        "…": "...",
        "‘": "'",  # noqa: RUF001
        "’": "'",  # noqa: RUF001
        "“": '"',
        "”": '"',
        "\N{NO-BREAK SPACE}": " ",
    }
)
"""What stands for a character where only ASCII can be written."""

NARROWEST = 40
"""Columns that text is wrapped to at the least, however small the window."""


def write(stream: TextIO | None, text: str, errors: str = "") -> None:
    """Writes all of `text` now.

    Args:
        stream: where to; None, as Python has it for a stream that was closed from outside, takes nothing.
        text: what to write.
        errors: how Python shall encode what the stream cannot hold; by default the nearest plain spelling.

    Raises:
        OSError: it could not be written; `BrokenPipeError` if nobody reads any more.
    """
    if stream is not None:
        stream.write(_encodable(text, stream.encoding or "ascii", errors))
        stream.flush()


def _encodable(text: str, encoding: str, errors: str) -> str:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        told = text if errors else unicodedata.normalize("NFKD", text.translate(PLAIN))
        kept = "".join(c for c in told if errors or not unicodedata.combining(c))
        return kept.encode(encoding, errors or "replace").decode(encoding)
    return text


def harmless(text: str) -> str:
    """`text` with control characters spelt out, line ends apart."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def decorated(stream: TextIO | None) -> bool:
    """Whether colours and bars are welcome: on a terminal that moves its cursor, unless `NO_COLOR` is set."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def styled(text: str, stream: TextIO | None, *, fg: str | None = None, bold: bool | None = None) -> str:
    """`text` in a colour where colours are welcome."""
    return click.style(text, fg=fg, bold=bold) if decorated(stream) else text


def columns(stream: TextIO | None) -> int | None:
    """The width to wrap at; None for a file or a pipe, where a record is better kept on one line."""
    if "COLUMNS" not in os.environ and (stream is None or not stream.isatty()):
        return None
    return max(shutil.get_terminal_size().columns, NARROWEST)


def abandon_stdout() -> None:
    """Points standard output at nothing, so that Python does not complain of a closed pipe when it ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
