"""Files as other people may hand them over: valid ones, changed in ways that accident and malice think of."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

Where = tuple[Any, ...]
"""Keys and indices that lead to a value."""
SHORT = st.text(max_size=8)
HOSTILE = st.sampled_from([
    "\x1b]0;owned\x07\x1b[2J", "\x9b31m", "a\nb", "\r", "\u202egnp.exe", "\u2066x", "\u2028", "\ud800", "\ufeff", "\0",
    "x" * 5_000, "../../etc/passwd", "/etc/passwd", "C:\\x", "~", "=1+1", "<script>alert(1)</script>", "{x!r}", "%s",
    "{", "$x^2$", "$\\frac{", "é" * 40, "俄罗斯", "2018-01", "2018-13", "0001-01", "9999-12", "nan", "1e999", "",
])  # fmt: skip
NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63, 10**39, -(10**400), 0.5, -0.0, 1e308, 5e-324, 1e-9]) | st.floats()
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    HOSTILE,
    SHORT,
    st.lists(NUMBERS | HOSTILE, max_size=3),
    st.dictionaries(SHORT | HOSTILE, NUMBERS | HOSTILE, max_size=3),
    st.sampled_from([[[]], {"a": {"b": {}}}, {"low": 1, "high": 0}, [0, 1], {"choice": [0, 1]}, [1] * 3_000]).map(
        deepcopy
    ),
)
"""What stands where something else belongs."""
ENCODINGS = st.sampled_from(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"])
LINES = st.sampled_from([
    "&a [*b, *b]", "a: &a [1]\nb: *a", "!!python/object/apply:os.system ['true']", "%YAML 1.1\n---", "---\n---",
    "[" * 3_000, "{a: " * 500, "- " * 500, "? a", "'", '"', "\t", "key: |", "<<: *a", "a: b: c", "1: 2", "- -", "#",
])  # fmt: skip


def deep(depth: int) -> Any:
    """Lists within lists."""
    data: Any = 1
    for _ in range(depth):
        data = [data]
    return data


def places(data: Any, path: Where = ()) -> Iterator[Where]:
    """The paths of all values within plain data."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, value in inside:
        yield (*path, part)
        yield from places(value, (*path, part))


@st.composite
def changed_data(draw: st.DrawFn, data: Any) -> Any:
    """Plain data with one to three values replaced, taken away, doubled, renamed or added."""
    data = json.loads(json.dumps(data))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(data))
        if not found:
            break
        *way, last = draw(st.sampled_from(found))
        room = data
        for part in way:
            room = room[part]
        kind = draw(st.sampled_from(["replace", "replace", "replace", "drop", "rename", "add", "double", "deep"]))
        if kind == "replace":
            room[last] = draw(JUNK)
        elif kind == "deep":
            room[last] = deep(draw(st.sampled_from([10, 40, 60])))
        elif kind == "drop":
            room.pop(last)
        elif isinstance(room, list):
            room.append(draw(JUNK) if kind == "add" else room[last])
        else:
            value = draw(JUNK) if kind == "add" else room[last] if kind == "double" else room.pop(last)
            room[draw(SHORT | HOSTILE) if kind != "double" else f"{last}_2"] = value
    return data


@st.composite
def changed_bytes(draw: st.DrawFn, raw: bytes) -> bytes:  # noqa: PLR0911 - a line a kind
    """Bytes cut off, overwritten, put in, or of another encoding."""
    kind = draw(
        st.sampled_from(["cut", "bits", "insert", "line", "hostile", "encode", "crlf", "noise", "empty", "long"])
    )
    at = draw(st.integers(0, max(len(raw) - 1, 0)))
    if kind == "cut":
        return raw[:at]
    if kind == "bits":
        return raw[:at] + draw(st.binary(min_size=1, max_size=3)) + raw[at + 1 :]
    if kind == "insert":
        return raw[:at] + draw(st.binary(min_size=1, max_size=8)) + raw[at:]
    if kind in {"line", "hostile"}:
        text = draw(LINES if kind == "line" else HOSTILE)
        start = raw.rfind(b"\n", 0, at) + 1 if kind == "line" else at
        end = b"\n" if kind == "line" else b""
        return raw[:start] + text.encode("utf-8", "surrogatepass") + end + raw[start:]
    if kind == "encode":
        return raw.decode(errors="replace").encode(draw(ENCODINGS), "replace")
    if kind == "crlf":
        return raw.replace(b"\n", draw(st.sampled_from([b"\r\n", b"\r", b"\n\n", "\u2028".encode(), b"\x0c"])))
    if kind == "long":
        return raw + b"#" + b"x" * draw(st.sampled_from([1_000, 70_000, 1 << 20]))
    return b"" if kind == "empty" else draw(st.binary(max_size=200))


def as_yaml(data: Any) -> bytes:
    """Plain data as YAML, whatever stands in it."""
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10**6).encode("utf-8", "surrogatepass")


def as_json(data: Any) -> bytes:
    """Plain data as JSON, whatever stands in it."""
    return json.dumps(data, indent=2).encode()


def changed_document(
    raw: bytes, read: Callable[[bytes], Any], write: Callable[[Any], bytes]
) -> st.SearchStrategy[bytes]:
    """A file of nested keys, changed as data or as bytes."""
    data = read(raw)
    return changed_data(data).map(write) | changed_data(data).map(write) | changed_bytes(raw)


changed_yaml = partial(changed_document, read=lambda raw: yaml.load(raw, yaml.SafeLoader), write=as_yaml)
changed_json = partial(changed_document, read=json.loads, write=as_json)


@st.composite
def changed_table(draw: st.DrawFn, raw: bytes) -> bytes:
    """A table of commas with some cells, lines or separators changed; or changed as bytes."""
    if draw(st.booleans()):
        return draw(changed_bytes(raw))
    lines = [line.split(",") for line in raw.decode().splitlines()]
    row = draw(st.sampled_from(lines))
    cell = draw(st.integers(0, len(row) - 1))
    kind = draw(st.sampled_from(["junk", "number", "drop", "double", "quote", "semicolon", "blank", "index", "column"]))
    if kind in {"junk", "number"}:
        row[cell] = str(draw(HOSTILE | SHORT if kind == "junk" else NUMBERS.filter(lambda n: abs(n) < 10**100)))
    elif kind == "drop":
        row.pop(cell)
    elif kind == "double":
        row.append(row[cell])
    elif kind == "quote":
        row[cell] = draw(st.sampled_from(['"{}"', '"{}', "'{}'", '"{}""'])).format(row[cell])
    elif kind == "blank":
        lines.insert(draw(st.integers(0, len(lines))), [""])
    elif kind == "index":
        lines = [["" if number == 0 else str(number), *line] for number, line in enumerate(lines)]
    elif kind == "column":
        lines = [[*line[:cell], line[cell], *line[cell:]] if len(line) > cell else line for line in lines]
    text = "\n".join((";" if kind == "semicolon" else ",").join(line) for line in lines) + "\n"
    return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Put:
    """What to do to one file: give it contents, or put something else in its place."""

    name: str
    raw: bytes | None  # None: what `kind` says
    kind: str = "file"

    def into(self, folder: Path, outside: Path) -> None:
        """Does it."""
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.raw is not None:
            path.write_bytes(self.raw)
            return
        path.unlink(missing_ok=True)
        if self.kind == "link":
            path.symlink_to(outside / "secret")
        elif self.kind == "link to a folder":
            path.symlink_to(outside, target_is_directory=True)
        elif self.kind == "loop":
            path.symlink_to(path.name)
        elif self.kind == "device":
            path.symlink_to("/dev/zero")
        elif self.kind == "folder":
            path.mkdir()
        elif self.kind == "pipe":
            os.mkfifo(path)


THINGS = st.sampled_from(["link", "link to a folder", "loop", "device", "folder", "pipe", "nothing"])


@st.composite
def changed_folder(draw: st.DrawFn, files: Mapping[str, bytes], favourite: str = "") -> tuple[Put, ...]:
    """One or two files of a folder changed, or something else in their place."""
    puts = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        often = [favourite] * len(files) if favourite else []
        name = draw(st.sampled_from([*files, *often]))
        if draw(st.integers(0, 9)) == 0:
            puts.append(Put(name, None, draw(THINGS)))
            continue
        kinds = {".yaml": changed_yaml, ".json": changed_json, ".csv": changed_table}
        puts.append(Put(name, draw(kinds.get(Path(name).suffix, changed_bytes)(files[name]))))
    return tuple({put.name: put for put in puts}.values())


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name; `rules.py` runs, and is nobody's data."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in {".py", ".md"})
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
