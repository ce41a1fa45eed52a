"""Opening a user's file without being hurt by what it turns out to be."""

from __future__ import annotations

import errno
import os
import stat
from itertools import islice
from pathlib import Path

from influence_sim.base.errors import (
    InputError,
    MachineError,
    Problem,
    did_you_mean,
)

MAX_BYTES = 1 << 20
"""Largest file read: 1 MiB."""
MAX_LINES = 20_000

_LISTED = 1000  # neighbours looked at for a closest spelling; a huge folder must not cost time
_USERS_FAULT = {errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENOTDIR}
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a regular UTF-8 file of at most `limit` bytes.

    Raises:
        InputError: there is no such file, it is no regular file, too large, binary or not UTF-8.
        MachineError: it is there but cannot be read.
    """
    return decode(_read_bytes(path, limit), str(path), limit)


def decode(raw: bytes, name: str, limit: int = MAX_BYTES) -> str:
    """Bytes as text, without a byte-order mark.

    Raises:
        InputError: the bytes are binary, not UTF-8, or more than `limit`.
    """
    if len(raw) > limit:
        raise InputError(Problem(name, None, None, "", f"the file is larger than {limit} bytes"))
    if b"\0" in raw:
        raise InputError(Problem(name, None, None, "", "a binary file, not text"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        value = f"byte 0x{raw[error.start]:02x}"
        raise InputError(Problem(name, line, column, value, "the file is not UTF-8 text")) from None


def _read_bytes(path: Path, limit: int) -> bytes:
    _refuse_impossible(path)
    try:
        _refuse_irregular(path, os.stat(path))
        # A pipe may have taken the file's place since: never wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            _refuse_irregular(path, os.fstat(file.fileno()))
            return file.read(limit + 1)
    except FileNotFoundError:
        raise InputError(_missing(path)) from None
    except OSError as error:
        raise _refusal(path, error) from error


def _refuse_impossible(path: Path) -> None:
    """A NUL or half a character in a name makes every call on it fail in its own way."""
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise InputError(Problem(str(path), None, None, "", "this cannot be the name of a file"))


def _refuse_irregular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISREG(status.st_mode):
        return
    kind = next((words for test, words in _KINDS if test(status.st_mode)), "something else")
    raise InputError(Problem(str(path), None, None, "", f"this is {kind}, not a file"))


def neighbours(folder: Path, suffix: str) -> list[str]:
    """Some names in a folder, to find a closest spelling among.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as entries:
        return [entry.name for entry in islice(entries, _LISTED) if entry.name.endswith(suffix)]


def _missing(path: Path) -> Problem:
    try:
        names = neighbours(path.parent, path.suffix)
    except OSError:
        return Problem(str(path), None, None, "", f"no such file, nor a folder {str(path.parent)!r}")
    return Problem(str(path), None, None, "", "no such file", did_you_mean(path.name, names))


def _refusal(path: Path, error: OSError) -> InputError | MachineError:
    reason = (error.strerror or "it cannot be read").lower()
    if error.errno in _USERS_FAULT:
        return InputError(Problem(str(path), None, None, "", f"no file can be read there ({reason})"))
    return MachineError(f"{path}: cannot be read ({reason})")
