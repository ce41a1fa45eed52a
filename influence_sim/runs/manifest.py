"""The manifest: what a result folder holds, what made it, and how to know that it is whole."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from functools import lru_cache
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from influence_sim._version import __version__
from influence_sim.base.errors import InputError, MachineError, reason, wrong
from influence_sim.base.files import first_bytes, opened, replace_file, require_own
from influence_sim.scenario.resolve import is_path
from influence_sim.theatre import Theatre, shipped

NAME = "manifest.json"
SCHEMA_VERSION = 1
TOOL = "influence-sim"
RUN, COMPARE, EXPLAIN, SWEEP, CLAIMS = "run", "compare", "explain", "sweep", "claims"
CALLED = {RUN: "a run", COMPARE: "a comparison", EXPLAIN: "an explanation", SWEEP: "a sweep", CLAIMS: "tested claims"}
"""What a folder of each kind holds, in words."""
RUNNING: Final = "running"
COMPLETE: Final = "complete"
FAILED: Final = "failed"
MAX_BYTES = 8 << 20
"""Longest manifest that is read."""
DEPENDENCIES = ("numpy", "numba", "pandas", "mesa", "pyarrow", "scipy", "salib", "pydantic", "pyyaml", "matplotlib")


def _record(name: str, keys: Mapping[str, Any], extra: Literal["allow", "forbid"] = "allow") -> Any:
    """A type of JSON objects that have these keys, and perhaps others; a key of a type and a default may be missing."""
    kinds: dict[str, Any] = {key: kind if isinstance(kind, tuple) else (kind, ...) for key, kind in keys.items()}
    return create_model(name, __config__=ConfigDict(strict=True, extra=extra), **kinds)


def _distinct(items: list[Any]) -> list[Any]:
    """Refuses a list that says something twice; of factors, a path."""
    if len({getattr(item, "path", item) for item in items}) < len(items):
        raise ValueError("should say nothing twice")
    return items


_Once = AfterValidator(_distinct)
_Texts = Annotated[list[str], _Once]
_Whole = Annotated[int, Field(ge=0)]
_Months = Annotated[int, Field(ge=1, le=12_000)]
_Values = dict[str, float | str]
_SIZE: Mapping[str, Any] = {"seed": _Whole, "replicates": _Whole, "months": _Months, "parameters": _Values}
_RUNS: Mapping[str, Any] = {**_SIZE, "scenarios": _Texts, "against": str, "samples": _Whole}
_Worlds = (str | None, None)  # those of the prior were all there was, once
_FACTOR = _record("factor", {
    **{"path": str, "low": float, "high": float, "scale": str, "peak": float | None, "choices": list[float]},
    "group": str,
}, extra="forbid")  # fmt: skip
_MONTH = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    RUN: {**_SIZE, "assumptions": (_Whole | None, None), "asked": (_Texts, []), "worlds": _Worlds},
    COMPARE: {**_RUNS, "outcomes": _Texts, "worlds": _Worlds},
    EXPLAIN: {**_RUNS, "outcome": str, "by": _Texts, "together": bool},
    SWEEP: {
        **{**_SIZE, "factors": Annotated[list[_FACTOR], _Once], "method": str},  # type: ignore[valid-type]
        **{"points": _Whole, "outcomes": _Texts, "dates": Annotated[list[_MONTH], _Once], "keep": str},
    },
    CLAIMS: {"seed": _Whole, "replicates": _Whole, "samples": _Whole, "claims": _Texts, "worlds": str},
}
"""What a manifest of each kind must say of what was asked for."""
_ARM: Mapping[str, Any] = {"name": str, "title": str, "question": str, "branch": (_MONTH | None, None)}


class Manifest(BaseModel):
    """What `manifest.json` says."""

    model_config = ConfigDict(strict=True, frozen=True)

    kind: str  # what the folder holds: one of `CALLED`
    status: Literal["running", "complete", "failed"]  # `RUNNING`, `COMPLETE`, `FAILED`
    request: Annotated[str, Field(min_length=1)]  # digest of all that determines the numbers
    model_version: str  # hash of the model's code and the theatre's data
    seed: _Whole  # of the draws
    arguments: Mapping[str, Any]  # what was asked for, in full
    scenario: Mapping[str, Any]  # name, title, question, digest and branch month of the scenario
    against: Mapping[str, Any] | None  # likewise of what it is compared with; None for one arm
    # names of the files, with `/`, and their SHA-256 (None while they are being written)
    files: dict[str, str | None]
    started: str  # when, in UTC
    # which of these are figures, pages and tables made from the others, and of which `numbers`
    derived: dict[str, str] = {}
    finished: str | None = None  # likewise; None while running
    error: str = ""  # why it failed; empty otherwise
    versions: dict[str, str] = {}  # of Python and of what the numbers depend on
    tool: Any = ""  # version of this package; in a file beside its name

    @property
    def numbers(self) -> str:
        """SHA-256 of what was computed: of the files, but for those made from them."""
        return digest_of({name: said for name, said in self.files.items() if name not in self.derived})

    @property
    def document(self) -> dict[str, Any]:
        """All that it says, as plain data."""
        return {**self.model_dump(), "numbers": self.numbers}

    def but(self, **changes: Any) -> Manifest:
        """The same with some changes."""
        return self.model_copy(update=changes)

    def ended(self, files: Mapping[str, str | None], error: BaseException | None = None) -> Manifest:
        """What it says at the end, which an error may have brought about."""
        if error is None:
            return self.but(status=COMPLETE, finished=now(), files=files, error="")
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        return self.but(status=FAILED, finished=now(), files=files, error=without_home(why))


def require_kept(ref: str | Path) -> None:
    """Refuses a scenario or study that lies in a result folder and is a link out of it (`InputError`)."""
    path = Path(ref)
    if is_path(str(ref)) and (path.parent / NAME).is_file():
        require_own(path.parent, [path.name])


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a result folder.

    Raises:
        InputError: there is none, or it is no manifest of this tool.
        MachineError: it is there but cannot be read.
    """
    path = folder / NAME
    require_own(folder, [NAME])
    try:
        raw = first_bytes(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(wrong(folder, "", f"not a result folder: it holds no {NAME}")) from None
    except OSError as error:
        raise MachineError(f"{path}: cannot be read ({reason(error)})") from error
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    manifest = _checked(data, path)
    require_own(folder, manifest.files)
    return manifest


def read_complete(folder: Path, *kinds: str) -> Manifest:
    """The manifest of a folder that is complete, and of one of some kinds; of any, if none is named.

    Raises as `read_manifest` does, and an InputError if it is of another kind, or not complete.
    """
    manifest = read_manifest(folder)
    if kinds and manifest.kind not in kinds:
        wanted = " or ".join(CALLED[kind] for kind in kinds)
        rule = f"this is not the folder of {wanted}; it holds {CALLED.get(manifest.kind, 'something else')}"
        raise InputError(wrong(folder, manifest.kind, rule))
    if manifest.status != COMPLETE:
        again = "go on with it: --resume, or resume=True" if manifest.kind == SWEEP else "make it again"
        raise InputError(wrong(folder, manifest.status, f"the {manifest.kind} in this folder is not complete; {again}"))
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replaces the manifest of a folder in one step; if the disk does not allow it, the old one is untouched."""
    data = {"schema_version": SCHEMA_VERSION, **manifest.document, "tool": {"name": TOOL, "version": manifest.tool}}
    replace_file(folder / NAME, (json.dumps(data, indent=2, allow_nan=False) + "\n").encode())


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of plain data that JSON can hold, and of the version of the format."""
    text = json.dumps({"schema_version": SCHEMA_VERSION, **data}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - reads the same


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Versions of Python, of this machine's kind and of the packages that matter."""
    found = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in DEPENDENCIES:
        with suppress(metadata.PackageNotFoundError):
            about = metadata.metadata(name)
            found[about["Name"].lower()] = about["Version"]
    return found


def model_version(theatre: Theatre) -> str:
    """Hash of the code of the model and the theatre, line endings aside, and of the theatre's data."""
    return hashlib.sha256(f"{theatre.digest} {code_hash('model', 'theatre')}".encode()).hexdigest()


@lru_cache(maxsize=1)
def own_versions() -> Mapping[str, str]:
    """What two machines must have in common to give the same numbers."""
    packages = {name: versions()[name] for name in ("python", "numpy", "numba")}
    return {**packages, "influence_sim": __version__, "model": model_version(shipped())[:12]}


def require_same(theirs: Mapping[str, str], mine: Mapping[str, str], who: str) -> None:
    """Refuses workers that would give other numbers; the `MachineError` says which version differs."""
    for name, wanted in mine.items():
        if (found := theirs.get(name, "unknown")) != wanted:
            raise MachineError(f"{who} has {name} {found}, this process {wanted}; install the same on both")


@lru_cache(maxsize=4)
def code_hash(*rooms: str) -> str:
    """Hash of the code of some rooms, line endings aside."""
    total = hashlib.sha256()
    package = Path(__file__).resolve().parents[1]
    for path in sorted(path for room in rooms for path in (package / room).rglob("*.py")):
        total.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
        total.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return total.hexdigest()


def _checked(data: Any, path: Path) -> Manifest:
    """A manifest from JSON; an `InputError` says that it is of another tool or version, or which key is wrong."""
    rule = f"not a manifest of {TOOL}, or damaged"
    ours = isinstance(data, dict) and data.get("schema_version") == SCHEMA_VERSION
    if not ours or not isinstance(data.get("tool"), dict) or data["tool"].get("name") != TOOL:
        raise InputError(wrong(path, "", rule))
    try:
        found = _of_kind(str(data.get("kind"))).model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        value = "" if first["type"] == "missing" else first["input"]
        said = first["msg"].replace("Input should", "should").replace("Field required", "is missing")
        said = said.removeprefix("Value error, ")
        raise InputError(wrong(path, value, f"{rule}: `{key}` {said}")) from None
    for name in (name for name in found.files if not _inside(name)):
        raise InputError(wrong(path, name, f"{rule}: `files` should name files within the folder"))
    manifest = Manifest.model_validate({**data, "tool": data["tool"]["version"]})
    if "derived" in data:
        return manifest
    # Before there was this key, only figures were made from the numbers.
    figures = [name for name in manifest.files if name.startswith("figures/")]
    return manifest.but(derived=dict.fromkeys(figures, manifest.but(derived=dict.fromkeys(figures, "")).numbers))


@lru_cache(maxsize=8)
def _of_kind(kind: str) -> type[Manifest]:
    """A manifest of a kind as it stands in a file, with all that it must say of arms and arguments."""
    arm = _record("arm", _ARM if kind in {RUN, SWEEP} else {"name": str, "title": str})
    arguments, tool = _record("arguments", ARGUMENTS.get(kind, {})), _record("tool", {"name": str, "version": str})
    kinds = {"arguments": arguments, "scenario": arm, "against": arm | None, "tool": tool}
    own: Any = {key: (own_kind, ...) for key, own_kind in kinds.items()}
    return create_model("manifest", __base__=Manifest, **own)


def _inside(name: str) -> bool:
    """Whether a name read from a manifest can only mean a file in the folder."""
    parts = PurePosixPath(name).parts
    plain = not name.startswith("/") and "\\" not in name and ":" not in name
    return plain and bool(parts) and ".." not in parts and name not in {NAME, "."}


def without_home(text: str) -> str:
    """A text without the user's home in its paths."""
    try:
        home = str(Path.home())
    except RuntimeError:  # a process without a home
        return text
    return text.replace(home, "~") if home not in {"", "/"} else text
