"""Files as other people may hand them over: valid ones, changed in ways that accident and malice think of."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis import strategies as st

Where = tuple[Any, ...]
"""Keys and indices that lead to a value."""
SHORT = st.text(max_size=8)
HOSTILE = st.sampled_from([
    "\x1b]0;owned\x07\x1b[2J", "\x9b31m", "a\nb", "\r", "\u202egnp.exe", "\u2066x", "\u2028", "\ud800", "\ufeff", "\0",
    "x" * 5_000, "../../outside/secret", "/etc/passwd", "C:\\x", "~", "=1+1", "<script>alert(1)</script>", "{x!r}",
    "%s", "{", "$x^2$", "$\\frac{", "é" * 40, "俄罗斯", "2018-01", "2018-13", "0001-01", "9999-12", "nan", "1e999", "",
])  # fmt: skip
WORDS = st.sampled_from([
    "run", "compare", "explain", "sweep", "claims", "complete", "running", "failed", "baseline", "us_withdraws", "none",
    "us", "taliban", "kabul_authority", "violence", "decide.rationality", "lhs", "morris", "csv", "sobol_indices",
])  # fmt: skip
"""What means something where these files are read, and may stand where it does not belong."""
NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63, 10**39, -(10**400), 0.5, -0.0, 1e308, 5e-324, 1e-9]) | st.floats()
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    HOSTILE,
    WORDS,
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


def value_at(data: Any, path: Where) -> Any:
    """The value that a path leads to."""
    for part in path:
        data = data[part]
    return data


def nudged(value: Any, by: float) -> Any:
    """A value a little off, of its own kind."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return int(value * by)
    if isinstance(value, float):
        return value * by
    if isinstance(value, str):
        return value[: max(1, len(value) // 2)] if by < 1 else value + value
    return value * 2 if isinstance(value, list) and by > 1 else type(value)()


@st.composite
def changed_data(draw: st.DrawFn, data: Any) -> Any:
    """Plain data with one to three values replaced, taken away, doubled, renamed, added or exchanged."""
    data = json.loads(json.dumps(data))
    for _ in range(draw(st.integers(1, 3))):
        spots = list(places(data))
        if not spots:
            break
        *way, last = draw(st.sampled_from(spots))
        room = value_at(data, tuple(way))
        often = ["replace", "replace", "swap", "swap", "nudge"]
        kind = draw(st.sampled_from([*often, "drop", "rename", "add", "double", "deep"]))
        if kind == "replace":
            room[last] = draw(JUNK)
        elif kind == "swap":  # by a value that is good elsewhere
            room[last] = deepcopy(value_at(data, draw(st.sampled_from(spots))))
        elif kind == "nudge":
            room[last] = nudged(room[last], draw(st.sampled_from([-1, 0.5, 2, 10])))
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


BYTES = st.sampled_from([
    "cut", "bits", "insert", "line", "twice", "hostile", "encode", "crlf", "noise", "empty", "long",
])  # fmt: skip


@st.composite
def changed_bytes(draw: st.DrawFn, raw: bytes) -> bytes:  # noqa: PLR0911 - a line a kind
    """Bytes cut off, overwritten, put in, or of another encoding."""
    kind = draw(
        st.sampled_from(
            ["cut", "bits", "insert", "line", "twice", "hostile", "encode", "crlf", "noise", "empty", "long"]
        )
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
    if kind == "twice":  # a key, or a row, that stands there already
        start, end = raw.rfind(b"\n", 0, at) + 1, (raw.find(b"\n", at) + 1) or len(raw)
        return raw[:end] + raw[start:end] + raw[end:]
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


PARQUET = ["rename", "drop", "double", "kind", "value", "fewer", "more", "shuffle", "words", "codec", "groups"]


@st.composite
def changed_parquet(draw: st.DrawFn, raw: bytes) -> bytes:
    """A table of other columns, rows, kinds or values than it should have; or changed as bytes."""
    kind = draw(st.sampled_from([*PARQUET, "bytes", "bytes", "bytes"]))
    if kind == "bytes":
        return draw(changed_bytes(raw))
    table = pq.read_table(io.BytesIO(raw))
    at, rows = draw(st.integers(0, table.num_columns - 1)), table.num_rows
    name, column, settings = table.schema.names[at], table.column(at), dict[str, Any]()
    if kind == "rename":
        new = draw(SHORT.filter(str.isprintable) | WORDS | st.sampled_from(["\x1b[2J", "\u202ex", "", name.upper()]))
        table = table.rename_columns([new if n == at else old for n, old in enumerate(table.schema.names)])
    elif kind == "drop":
        table = table.remove_column(at)
    elif kind == "double":
        table = table.append_column(draw(st.sampled_from([name, f"{name}_2"])), column)
    elif kind == "kind":
        made = draw(st.sampled_from([pa.string(), pa.int32(), pa.float32(), pa.bool_(), pa.binary(), pa.date32()]))
        with suppress(pa.ArrowException):
            table = table.set_column(at, name, column.cast(pa.string() if made == pa.binary() else made).cast(made))
    elif kind == "value":
        values = column.to_pylist()
        if values:
            other = [None, *([np.nan, np.inf, 1e308, -1.0] if pa.types.is_floating(column.type) else values)]
            values[draw(st.integers(0, rows - 1))] = draw(st.sampled_from(other))
        table = table.set_column(at, name, pa.array(values, column.type))
    elif kind == "fewer":
        table = table.slice(draw(st.integers(0, rows)), draw(st.integers(0, rows)))
    elif kind == "more":
        table = pa.concat_tables([table] * draw(st.sampled_from([2, 20])))
    elif kind == "shuffle":
        table = table.take(pa.array(draw(st.permutations(range(rows)))))
    elif kind == "words":
        words = draw(st.lists(HOSTILE.filter(lambda text: "\ud800" not in text), min_size=1, max_size=3))
        table = table.set_column(at, name, pa.array([words[n % len(words)] for n in range(rows)]))
    else:
        settings = {"compression": "gzip"} if kind == "codec" else {"row_group_size": 1}
    sink = io.BytesIO()
    pq.write_table(table, sink, **settings)
    return sink.getvalue()


@dataclass(frozen=True)
class Put:
    """What to do to one file: give it contents, or put something else in its place."""

    name: str
    raw: bytes | None  # None: what `kind` says
    kind: str = "file"

    def into(self, folder: Path, outside: Path) -> None:
        """Does it."""
        path = folder / self.name
        with suppress(FileExistsError, NotADirectoryError):  # of two changes the first may have put a file there
            path.parent.mkdir(parents=True, exist_ok=True)
        real = Path(os.path.realpath(path.parent))  # which takes links that go round in circles, too
        if not real.is_relative_to(folder.resolve()) or not path.parent.is_dir():
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if self.raw is not None:
            path.write_bytes(self.raw)
        elif self.kind in LINKS:
            path.symlink_to(str(outside / LINKS[self.kind]) if self.kind in OUTWARDS else LINKS[self.kind] or path.name)
        elif self.kind == "folder":
            path.mkdir()
        elif self.kind == "pipe":
            os.mkfifo(path)
        elif self.kind == "socket":
            with suppress(OSError), socket.socket(socket.AF_UNIX) as end:  # a path too long for one
                end.bind(os.path.relpath(path))
        elif self.kind == "huge":
            path.touch()
            os.truncate(path, HUGE)


OUTWARDS = {"link": "secret", "link to a folder": "", "link to a place": "new"}  # the last is not there yet
LINKS = OUTWARDS | {"link upwards": "..", "loop": "", "device": "/dev/zero"}
HUGE = 40 << 30
THINGS = st.sampled_from([*LINKS, "folder", "pipe", "socket", "huge", "nothing"])
BESIDE = st.sampled_from([
    ".lock", ".draft", ".draft/x", ".manifest.json.1.tmp", "notes.txt", ".DS_Store", "figures/x.png", "x.yaml", "x.csv",
    "actors/99_x.yaml", "record/x.csv", "rules.py", "parts/x.parquet", "done/x.json", "\x1b[2J.yaml", "\u202e.csv",
    "claim_tests.yaml", "failed.json", "report.html", "ways.csv", "assumptions.csv", "trajectories/x.parquet",
])  # fmt: skip
"""Files that may stand beside those that belong there."""
CODE = b"open('../outside/ran', 'w')\n"
"""A program, which nobody has said may run."""


@st.composite
def changed_folder(draw: st.DrawFn, files: Mapping[str, bytes], favourites: str = "") -> tuple[Put, ...]:
    """One or two files of a folder changed, or something else in their place, in that of a folder, or beside them.

    `favourites` is a pattern of names that are changed as often as all others together.
    """
    puts, often = [], [name for name in files if favourites and re.search(favourites, name)]
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        name = draw(st.sampled_from(often) if often and draw(st.booleans()) else st.sampled_from(list(files)))
        kind = draw(st.sampled_from(["thing", "beside", *["change"] * 8]))
        if kind == "thing":
            rooms = sorted({PurePosixPath(name).parts[0] for name in files if "/" in name})
            puts.append(Put(draw(st.sampled_from([name, *rooms])), None, draw(THINGS)))
            continue
        if kind == "beside":
            other = draw(BESIDE)
            if other == "rules.py":
                puts.append(Put(other, CODE))
                continue
            puts.append(Put(other, *draw(st.tuples(st.none(), THINGS) | st.tuples(st.just(files[name])))))
            continue
        kinds = {".yaml": changed_yaml, ".json": changed_json, ".csv": changed_table, ".parquet": changed_parquet}
        puts.append(Put(name, draw(kinds.get(Path(name).suffix, changed_bytes)(files[name]))))
    return tuple({put.name: put for put in puts}.values())


def files_of(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name; `rules.py` runs, and is nobody's data."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in {".py", ".md"})
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
