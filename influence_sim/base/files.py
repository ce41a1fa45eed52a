"""Reading files that a user names, safely, and writing files that are whole or not there."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from influence_sim.base.errors import InputError, MachineError, Problem, did_you_mean, reason, wrong

MAX_BYTES = 1 << 20
"""Largest file of text read: 1 MiB."""

_MAX_NEIGHBOURS = 1000  # neighbours looked at for a closest spelling; a huge folder must not cost time
_USERS_FAULT = {errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.ENOTDIR}
_KINDS = {"d": "a folder", "p": "a pipe", "s": "a socket", "c": "a device", "b": "a device"}  # as `ls` marks them

LARGEST = 64 << 20
"""Most bytes read of a file of this tool's own."""
HEAD = 8192
"""Bytes at the beginning of a file by which it is known."""
ZIPPED = b"PK"
"""First bytes of a workbook, which does not show who made it."""
UNSUPPORTED = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK}
"""Errors of a disk that does not support a call."""
_DRAFT_NAME = 200  # bytes of a name that the name of its draft repeats


class NoFileError(OSError):
    """There is something else of this name: a folder, a pipe, a device."""


def opened(path: Path) -> BufferedReader:
    """Opens a regular file for reading; every file that is read is opened here.

    Raises:
        OSError: it cannot be opened; a `NoFileError` if it is anything else, of which a pipe would wait for its writer
            and a device never end.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise NoFileError(errno.EINVAL, f"this is {kind_of(mode)}, not a file", str(path))
    return path.open("rb")


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a regular UTF-8 file of at most `limit` bytes.

    Raises:
        InputError: there is no such file, it is no regular file, too large, binary or not UTF-8.
        MachineError: it is there but cannot be read.
    """
    name = str(path)

    def refuse(rule: str, hint: str = "") -> InputError:
        return InputError(wrong(name, "", rule, hint))

    try:
        with opened(path) as file:
            raw = file.read(limit + 1)
    except NoFileError as error:
        raise refuse(reason(error)) from None
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise refuse(f"no such file, nor a folder {str(path.parent)!r}") from None
        raise refuse("no such file", did_you_mean(path.name, neighbours(path.parent, path.suffix))) from None
    except OSError as error:
        if error.errno in _USERS_FAULT:
            raise refuse(f"no file can be read there ({reason(error)})") from error
        raise MachineError(f"{path}: cannot be read ({reason(error)})") from error
    except ValueError:  # a name with a null byte, or with half a character
        raise refuse("this cannot be the name of a file") from None
    if len(raw) > limit:
        raise refuse(f"the file is larger than {limit} bytes")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("this is UTF-16 text", "save it as UTF-8")
    if b"\0" in raw:
        raise refuse("a binary file, not text")
    try:
        return raw.decode("utf-8-sig")  # without a byte-order mark
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
        value = f"byte 0x{raw[error.start]:02x}"
        raise InputError(Problem(name, line, column, value, "the file is not UTF-8 text")) from None


def kind_of(mode: int) -> str:
    """What a path that is no file is, in words."""
    return _KINDS.get(stat.filemode(mode)[0], "something else")


def first_bytes(path: Path, limit: int = LARGEST) -> bytes:
    """The first bytes of a file of this tool's own; a longer file from elsewhere cannot fill the memory.

    Raises:
        OSError: it cannot be read, or is a pipe or a device, which might have no end.
    """
    with opened(path) as file:
        return file.read(limit)


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    import hashlib  # which most commands do without

    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def neighbours(folder: Path, endings: str | tuple[str, ...]) -> list[str]:
    """Names in a folder, among which to look for a close spelling; none if it cannot be listed."""
    with suppress(OSError), os.scandir(folder) as entries:
        return [entry.name for entry in islice(entries, _MAX_NEIGHBOURS) if entry.name.endswith(endings)]
    return []


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that takes the name `path`, replacing what stood there, once it is whole and on the disk.

    Raises:
        OSError: the disk or a permission does not allow it; what stood there is untouched.
    """
    # A name may be as long as the disk allows; that of the draft must not be longer.
    name = os.fsencode(path.name)[:_DRAFT_NAME].decode(errors="ignore")
    draft = path.with_name(f".{name}.{os.getpid()}.tmp")
    draft.unlink(missing_ok=True)  # of a process that was killed; whatever it is, it is not written through
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            settle(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace_file(path: Path, data: bytes) -> None:
    """Writes a file, or replaces it, in one step; raises what `replacing` does."""
    with replacing(path) as file:
        file.write(data)


def settle(descriptor: int) -> None:
    """Waits until a file is on the disk; some disks, such as those of a network, cannot say so and are trusted."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


def sync_folder(folder: Path) -> None:
    """Makes sure that the names in a folder are on the disk; Windows has no such call and needs none."""
    if os.name == "posix":
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except PermissionError:  # a folder that may be written but not read
            return
        try:
            settle(descriptor)
        finally:
            os.close(descriptor)


def real(path: Path) -> Path:
    """The path with its links followed; of a ring of links, one of them."""
    return Path(os.path.realpath(path))  # `Path.resolve` fails at such a ring, with a RuntimeError up to Python 3.12


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path leads out of a folder whose links are resolved; a ring of links does."""
    end = real(path)
    return end.is_symlink() or not end.is_relative_to(root)


def require_own(folder: Path, names: Iterable[str]) -> None:
    """Refuses names in a folder that are anything but files of that folder, before they are read or replaced.

    Raises:
        InputError: a link leads out of the folder, a name is that of a folder, pipe or device, or `folder` is none.
    """
    root, parents = real(folder), set[Path]()
    if root.is_symlink():
        raise InputError(wrong(folder, "", "a ring of links, which leads nowhere"))
    for name in names:
        path = folder / name
        if path.parent not in parents and leads_out(path.parent, root):
            raise InputError(wrong(folder, "", f"{name} leads out of the folder; nothing is read or written there"))
        parents.add(path.parent)
        with suppress(FileNotFoundError, NotADirectoryError):
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode) and leads_out(path, root):
                raise InputError(wrong(folder, "", f"{name} leads out of the folder; nothing is read or written there"))
            if not stat.S_ISREG(path.stat().st_mode):
                raise InputError(wrong(folder, "", f"{name} is {kind_of(path.stat().st_mode)}, not a file"))


def require_free(path: Path, is_ours: Callable[[bytes], bool]) -> None:
    """Refuses a place for a file if something stands there that is not ours, judging by its first bytes.

    Raises:
        InputError: so it is; the file is untouched.
        OSError: it cannot be looked at.
    """
    if not os.path.lexists(path):
        return
    if not path.is_file() or not is_ours(first_bytes(path, HEAD)):
        rule = "this is there already, and this command has not made it; choose another name"
        raise InputError(wrong(path, "", rule))


def put_file(path: Path, data: bytes, is_ours: Callable[[bytes], bool]) -> None:
    """Writes a file where the user wants it, and makes its parent folders; raises what `require_free` does."""
    require_free(path, is_ours)
    if not (path.is_file() and path.read_bytes() == data):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, data)


def put_files(files: Mapping[Path, bytes]) -> list[Path]:
    """Writes files where the user wants them, replacing their `like`; none if anything else stands at one path."""
    for path, data in files.items():
        require_free(path, like(data))
    for path, data in files.items():
        put_file(path, data, like(data))
    return list(files)


def like(data: bytes) -> Callable[[bytes], bool]:
    """A test of which files a figure, page or table may replace: this tool's own, or a table with the same columns."""
    if is_stamped(data[:HEAD]):
        return is_stamped
    columns = data[: data.find(b"\n") + 1]
    return lambda head: not data.startswith(ZIPPED) and head.startswith(columns)


def stamp(numbers: str) -> str:
    """The mark that a figure or page carries: the digest of the numbers that it was made from."""
    return f"influence-sim:{numbers}"


def is_stamped(head: bytes) -> bool:
    """Whether a file is a figure or page of this tool, judging by its first bytes."""
    return re.search(rb"influence-sim:[0-9a-f]{64}", head) is not None
