"""The strict reader: what words mean, where they stand, and what is refused, quickly."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.base.errors import InputError, MachineError
from influence_sim.base.plain_data import KeyPath
from influence_sim.base.strict_yaml import read_yaml, read_yaml_text
from influence_sim.theatre.files import data_folder

MIB = 1 << 20


def _read(text: str) -> Any:
    return read_yaml_text(text, "t.yaml").data


@pytest.mark.parametrize(
    "word",
    [
        "NO",
        "no",
        "on",
        "off",
        "Yes",
        "y",
        "True",
        "NULL",
        "1:30",
        "2018-01",
        "2018-01-01",
        "1_000",
        "<<",
        "=",
        "-",
        ".",
        "+",
    ],
)
def test_words_that_other_readers_convert_stay_text(word: str) -> None:
    assert _read(f"[a, {word}, 'b']") == ["a", word, "b"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *[("1e-3", 1e-3), ("-.5", -0.5), ("1.", 1.0), ("1.5E+2", 150.0), ("0", 0), ("-12", -12), ("+3", 3)],
        *[("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("'1'", "1")],
        ('"true"', "true"),
    ],
)
def test_words_with_a_value(word: str, value: object) -> None:
    read = _read(f"a: {word}\nb: 1")
    assert read == {"a": value, "b": 1}
    assert type(read["a"]) is type(value)


@pytest.mark.parametrize(
    "word", [".nan", ".NaN", ".inf", "-.INF", "1e999", "0x1F", "0o17", "007", "1" * 41, "0." + "1" * 41]
)
def test_numbers_that_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"^t\.yaml:1:4: ") as caught:
        _read(f"a: {word}\n")
    assert len(caught.value.problems) == 1


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**39), 10**39))
def test_a_number_reads_back_as_itself(number: float) -> None:
    read = _read(f"[{number!r}]")
    assert read == [number]
    assert type(read[0]) is type(number)


def test_keys_are_text_as_written() -> None:
    assert _read("{NO: 1, 2018-01: 2, 1: 3, ~: 4, 'a b': 5}") == {
        "NO": 1,
        "2018-01": 2,
        "1": 3,
        "~": 4,
        "a b": 5,
    }


def test_places_of_keys_and_values() -> None:
    document = read_yaml_text("# comment\na:\n  - {b: x, c: [1, 2]}\n  - é: y\n", "t.yaml")
    assert document.where(("a", 0, "b")) == (3, 9)
    assert document.where(("a", 0, "b"), key=True) == (3, 6)
    assert document.where(("a", 0, "c", 1)) == (3, 19)
    assert document.where(("a", 1, "é")) == (4, 8)
    assert document.where(("a", 0)) == (3, 5)


@pytest.mark.parametrize("path", sorted(data_folder().rglob("*.yaml")), ids=lambda path: path.stem)
def test_what_came_with_the_program_reads_fast_and_the_same(path: Path) -> None:
    assert hasattr(yaml, "CBaseLoader")
    fast, slow = read_yaml(path, twin=path), read_yaml(path)
    assert fast == slow
    for place in _paths(slow.data):
        for key in (False, True):
            assert fast.where(place, key=key) == slow.where(place, key=key)


def _paths(data: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of all values."""
    yield path
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, value in inside:
        yield from _paths(value, (*path, part))


def test_a_file_is_read_fast_only_if_it_says_what_its_twin_says(tmp_path: Path) -> None:
    first, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    first.write_text("a:\t1")  # libyaml takes this, and PyYAML itself does not
    assert read_yaml(first, twin=first).data == {"a": 1}
    other.write_text("b: 1")
    for twin in (other, tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(InputError, match="a tab stands where only spaces may"):
            read_yaml(first, twin=twin)


def test_what_is_read_again_is_the_same_and_shares_nothing() -> None:
    text = "a: [1, {b: x}]"
    first, other = read_yaml_text(text, "one.yaml"), read_yaml_text(text, "other.yaml")
    first.data["a"][1]["b"] = "y"
    assert read_yaml_text(text, "one.yaml").data == other.data == {"a": [1, {"b": "x"}]}
    assert (first.name, other.name) == ("one.yaml", "other.yaml")
    for name in ("one.yaml", "other.yaml"):
        with pytest.raises(InputError, match=f"{name}:1:4"):
            read_yaml_text("a: &b 1", name)


def test_what_came_with_the_program_reads_where_there_is_no_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("yaml.CBaseLoader")
    assert read_yaml_text("a: [1, 'x']", "t.yaml", known=True).data == {"a": [1, "x"]}


def test_what_is_absent_has_the_place_of_its_parent() -> None:
    document = read_yaml_text("a:\n  b: 1\n", "t.yaml")
    assert document.where(("a", "c", "d"), key=True) == document.where(("a",)) == (2, 3)
    assert document.where(("z",)) == (1, 1)


def test_all_problems_are_listed() -> None:
    with pytest.raises(InputError) as caught:
        _read("a: &x 1\nb: *x\nc: !!int 3\na: .nan\nd: 0x10\n")
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3, 4, 4, 5]


def test_a_hundred_problems_are_enough() -> None:
    with pytest.raises(InputError) as caught:
        _read("a: 1\n" * 1000)
    assert len(caught.value.problems) == 101
    assert "more problems follow" in str(caught.value.problems[-1])


HOSTILE = {
    "nesting in brackets": "[" * 100_000,
    "nesting in braces": "{a: " * 100_000,
    "nesting in dashes": "- " * 100_000,
    "nesting by indentation": "\n".join(" " * depth + "a:" for depth in range(1400)),
    "nested keys": "? " * 100_000,
    "many values": "[" + "a," * 400_000 + "]",
    "many lines": "a\n" * 400_000,
    "many keys": "".join(f"k{n}: 1\n" for n in range(15_000)) + "[",
    "an endless quote": '"' + "x" * 900_000,
    "an endless number": "9" * 900_000,
    "an endless comment": "#" + "x" * 900_000,
    "an endless anchor": "&" + "x" * 900_000,
    "colons": ":" * 900_000,
    "questions": "?\n" * 19_000,
    "directives": "%x\n" * 19_000,
    "a huge version": "%YAML 1." + "9" * 5000 + "\n---\na",
    "a huge escape": '"\\UFFFFFFFF"',
    "half a character": '"\\ud800"',
    "an alias bomb": "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a]\n" for n in range(99)),
    "tags": "!!python/object/apply:os.system [ls]",
    "more than a MiB": "#" * (MIB + 1),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        _read(text)
    assert time.process_time() - began < 120  # seconds; against what would take for ever
    assert all(len(str(problem)) < 250 for problem in caught.value.problems)


def test_1500_lines_take_well_under_a_second() -> None:
    line = "- {id: a_name, claim: C08, low: 0.5, high: 1.5, month: 2018-01, note: some words}\n"
    began = time.process_time()
    assert _read(line * 1500) == [_read(line)[0]] * 1500
    assert time.process_time() - began < 120  # seconds; against what would take for ever


@given(st.text(alphabet="abn1.-:,[]{}\"'#&*!|>?%@ \n\t\\~\x00é\u2028", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        assert read_yaml_text(text, "t.yaml").data is not None


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~", "\n\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="the file is empty"):
        _read(text)


@pytest.mark.parametrize("text", ["a: \x07", "a: b\x85c", "a: b\u2028c", "a: \x1b[0m", "a: \ufffe"])
def test_control_characters_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"t\.yaml:1:\d+: .*control characters"):
        _read(text)


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = read_yaml(path)
    assert document.data == {"a": 1, "b": 2}
    assert document.where(("b",)) == (2, 4)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"a: 1\nb: \xff\n", ":2:4: 'byte 0xff': the file is not UTF-8 text"),
        (b"\x7fELF\0\1\2", "a binary file"),
        ("a: 1".encode("utf-16"), "this is UTF-16 text; save it as UTF-8"),
        (b"#" * (MIB + 1), "larger than 1048576 bytes"),
        (b"", "the file is empty"),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, raw: bytes, rule: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert rule in str(caught.value)


def test_a_large_file_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(50 * MIB)
    began = time.process_time()
    with pytest.raises(InputError, match="larger than"):
        read_yaml(path)
    assert time.process_time() - began < 120  # seconds; against what would take for ever


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder, not a file"):
        read_yaml(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    with pytest.raises(InputError, match="this is a pipe, not a file"):
        read_yaml(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
def test_a_device_is_refused() -> None:
    with pytest.raises(InputError, match="this is a device, not a file"):
        read_yaml(Path("/dev/zero"))


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets in folders here")
def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # socket paths must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.yaml")
        with pytest.raises(InputError, match="this is a socket, not a file"):
            read_yaml(Path("s.yaml"))


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "surge.yaml").write_text("a: 1")
    with pytest.raises(InputError, match=r"no such file; did you mean 'surge\.yaml'"):
        read_yaml(tmp_path / "surg.yaml")
    with pytest.raises(InputError, match="no such file, nor a folder"):
        read_yaml(tmp_path / "nowhere" / "surge.yaml")


@pytest.mark.parametrize("name", ["a\0b.yaml", "\ud800.yaml", "x" * 5000])
def test_an_impossible_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        read_yaml(tmp_path / name)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "a.yaml")
    with pytest.raises(InputError, match="no file can be read there"):
        read_yaml(tmp_path / "a.yaml")


def test_a_file_as_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1")
    with pytest.raises(InputError, match="no file can be read there"):
        read_yaml(tmp_path / "a.yaml" / "b.yaml")


def test_a_forbidden_file_is_the_machines_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1")

    def forbidden(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    with pytest.raises(MachineError, match=r"a\.yaml: cannot be read \(permission denied\)"):
        read_yaml(path)
