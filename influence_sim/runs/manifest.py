"""The manifest of a result folder: what it holds, what made it, and how to check that it is whole."""

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
from influence_sim.base.files import first_bytes, replace_file, require_own
from influence_sim.scenario.resolve import is_path
from influence_sim.theatre import Theatre, shipped
from influence_sim.theatre import load as load_theatre

NAME = "manifest.json"
SCHEMA_VERSION = 1
TOOL = "influence-sim"
RUN, COMPARE, EXPLAIN, SWEEP, CLAIMS = "run", "compare", "explain", "sweep", "claims"
CALLED = {RUN: "a run", COMPARE: "a comparison", EXPLAIN: "an explanation", SWEEP: "a sweep", CLAIMS: "tested claims"}
"""The kinds of folders, in words."""
RUNNING: Final = "running"
COMPLETE: Final = "complete"
FAILED: Final = "failed"
MAX_BYTES = 8 << 20
"""Longest manifest that is read."""
DEPENDENCIES = ("numpy", "numba", "pandas", "mesa", "pyarrow", "scipy", "salib", "pydantic", "pyyaml", "matplotlib")
CHECKS_AND_TEXTS = {f"theatre/{name}.py" for name in ("asked", "bounds", "consistency", "entries", "words")}
"""Files of code that refuse a theatre's data, or read its texts: with other such code a run gives the same numbers."""


def _model(name: str, keys: Mapping[str, Any], extra: Literal["allow", "forbid"] = "allow") -> Any:
    """A model of JSON objects with these keys, and perhaps others; a key with a type and a default may be missing."""
    fields: dict[str, Any] = {key: kind if isinstance(kind, tuple) else (kind, ...) for key, kind in keys.items()}
    return create_model(name, __config__=ConfigDict(strict=True, extra=extra), **fields)


def _check_distinct(items: list[Any]) -> list[Any]:
    """Refuses a list with repeated items; of factors, repeated paths."""
    if len({getattr(item, "path", item) for item in items}) < len(items):
        raise ValueError("should say nothing twice")
    return items


_Distinct = AfterValidator(_check_distinct)
_Texts = Annotated[list[str], _Distinct]
_Count = Annotated[int, Field(ge=0)]
_Months = Annotated[int, Field(ge=1, le=12_000)]
_Values = dict[str, float | str]
_SIZE: Mapping[str, Any] = {"seed": _Count, "replicates": _Count, "months": _Months, "parameters": _Values}
_RUNS: Mapping[str, Any] = {**_SIZE, "scenarios": _Texts, "against": str}
_Worlds = (str | None, None)  # missing in older manifests, which knew only worlds of the prior
_FACTOR = _model("factor", {
    **{"path": str, "low": float, "high": float, "scale": str, "peak": float | None, "choices": list[float]},
    "group": str,
}, extra="forbid")  # fmt: skip
_MONTH = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    RUN: {**_SIZE, "assumptions": (_Count | None, None), "asked": (_Texts, []), "worlds": _Worlds},
    COMPARE: {**_RUNS, "assumptions": _Count, "outcomes": _Texts, "worlds": str},
    EXPLAIN: {**_RUNS, "samples": _Count, "outcome": str, "by": _Texts, "together": bool},
    SWEEP: {
        **{**_SIZE, "factors": Annotated[list[_FACTOR], _Distinct], "method": str},  # type: ignore[valid-type]
        **{"points": _Count, "outcomes": _Texts, "dates": Annotated[list[_MONTH], _Distinct], "keep": str},
    },
    CLAIMS: {"seed": _Count, "replicates": _Count, "samples": _Count, "claims": _Texts, "worlds": str},
}
"""The arguments that a manifest of each kind must have."""
_ARM: Mapping[str, Any] = {"name": str, "title": str, "question": str, "branch": (_MONTH | None, None)}


class Manifest(BaseModel):
    """The contents of `manifest.json`."""

    model_config = ConfigDict(strict=True, frozen=True)

    kind: str  # what the folder holds: one of `CALLED`
    status: Literal["running", "complete", "failed"]  # `RUNNING`, `COMPLETE`, `FAILED`
    request: Annotated[str, Field(min_length=1)]  # digest of all that determines the numbers
    model_version: str  # hash of the model's code and the theatre's data
    seed: _Count  # of the draws
    arguments: Mapping[str, Any]  # the arguments of the call, in full
    scenario: Mapping[str, Any]  # name, title, question, digest and branch month of the scenario
    against: Mapping[str, Any] | None  # likewise of what it is compared with; None for one arm
    # names of the files, with `/`, and their SHA-256 (None while they are being written)
    files: dict[str, str | None]
    started: str  # when, in UTC
    # the figures, pages and tables among them that were made from the others, with the `numbers` they were made from
    derived: dict[str, str] = {}
    finished: str | None = None  # when, in UTC; None while running
    error: str = ""  # why it failed; empty otherwise
    versions: dict[str, str] = {}  # of Python and of what the numbers depend on
    tool: Any = ""  # version of this package; in a file together with its name

    @property
    def numbers(self) -> str:
        """SHA-256 of what was computed: of the files that are not derived."""
        return digest_of({name: digest for name, digest in self.files.items() if name not in self.derived})

    @property
    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {**self.model_dump(), "numbers": self.numbers}

    def replace(self, **changes: Any) -> Manifest:
        """A copy with some fields changed."""
        return self.model_copy(update=changes)

    def finish(self, files: Mapping[str, str | None], error: BaseException | None = None) -> Manifest:
        """The final manifest, complete or, after an error, failed."""
        if error is None:
            return self.replace(status=COMPLETE, finished=now(), files=files, error="")
        message = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        return self.replace(status=FAILED, finished=now(), files=files, error=without_home(message))


def require_kept(ref: str | Path) -> None:
    """Refuses a scenario or study in a result folder that is a link out of it (`InputError`)."""
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
        rule = f"not a result folder: it holds no {NAME}" if folder.is_dir() else "this is a file, not a result folder"
        raise InputError(wrong(folder, "", rule if folder.exists() else "no such folder")) from None
    except OSError as error:
        raise MachineError(f"{path}: cannot be read ({reason(error)})") from error
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    manifest = _parse(data, path)
    require_own(folder, manifest.files)
    return manifest


def read_complete(folder: Path, *kinds: str) -> Manifest:
    """The manifest of a complete folder of one of the kinds; of any kind if none is named.

    Raises as `read_manifest` does, and an InputError if it is of another kind, not complete, or about outcomes that the
    theatre in use does not know.
    """
    manifest = read_manifest(folder)
    if kinds and manifest.kind not in kinds:
        expected = " or ".join(CALLED[kind] for kind in kinds)
        rule = f"this is not the folder of {expected}; it holds {CALLED.get(manifest.kind, 'something else')}"
        raise InputError(wrong(folder, manifest.kind, rule))
    if manifest.status != COMPLETE:
        hint = "go on with it: --resume, or resume=True" if manifest.kind == SWEEP else "make it again"
        raise InputError(wrong(folder, manifest.status, f"the {manifest.kind} in this folder is not complete; {hint}"))
    theatre, arguments = load_theatre(), manifest.arguments
    outcomes = [*arguments.get("asked", ()), *arguments.get("outcomes", ()), arguments.get("outcome")]
    unknown = [(name, "no outcome") for name in outcomes if name and name not in theatre.vocabulary.outcomes]
    if manifest.kind == CLAIMS and manifest.scenario["title"] != theatre.title:
        unknown = [(manifest.scenario["title"], "not the title")]
    for value, rule in unknown[:1]:
        hint = "a folder that another one made is read with --theatre"
        raise InputError(wrong(folder / NAME, value, f"{rule} of the theatre in use", hint))
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replaces the manifest of a folder in one step; if the disk does not allow it, the old one is untouched."""
    data = {"schema_version": SCHEMA_VERSION, **manifest.document, "tool": {"name": TOOL, "version": manifest.tool}}
    replace_file(folder / NAME, (json.dumps(data, indent=2, allow_nan=False) + "\n").encode())


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
    by_name = {"python": platform.python_version(), "machine": f"{platform.system()} {platform.machine()}"}
    for name in DEPENDENCIES:
        with suppress(metadata.PackageNotFoundError):
            package = metadata.metadata(name)
            by_name[package["Name"].lower()] = package["Version"]
    return by_name


def model_version(theatre: Theatre) -> str:
    """Hash of the code of the model and the theatre and of the theatre's data, but of checks and texts."""
    return hashlib.sha256(f"{theatre.digest} {code_hash('model', 'theatre')}".encode()).hexdigest()


@lru_cache(maxsize=1)
def own_versions() -> Mapping[str, str]:
    """The versions on which two machines must agree to give the same numbers."""
    packages = {name: versions()[name] for name in ("python", "numpy", "numba")}
    return {**packages, "influence_sim": __version__, "model": model_version(shipped())[:12]}


def require_same(theirs: Mapping[str, str], mine: Mapping[str, str], who: str) -> None:
    """Refuses workers with other versions, which would give other numbers (`MachineError`)."""
    for name, expected in mine.items():
        if (found := theirs.get(name, "unknown")) != expected:
            raise MachineError(f"{who} has {name} {found}, this process {expected}; install the same on both")


@lru_cache(maxsize=4)
def code_hash(*rooms: str) -> str:
    """Hash of the code of the rooms that may change a number, line endings aside."""
    digest = hashlib.sha256()
    package = Path(__file__).resolve().parents[1]
    paths = (path for room in rooms for path in (package / room).rglob("*.py"))
    for path in sorted(path for path in paths if path.relative_to(package).as_posix() not in CHECKS_AND_TEXTS):
        digest.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def _parse(data: Any, path: Path) -> Manifest:
    """A manifest from JSON; an `InputError` if it is of another tool or version, or a key is wrong."""
    rule = f"not a manifest of {TOOL}, or damaged"
    is_ours = isinstance(data, dict) and data.get("schema_version") == SCHEMA_VERSION
    if not is_ours or not isinstance(data.get("tool"), dict) or data["tool"].get("name") != TOOL:
        raise InputError(wrong(path, "", rule))
    try:
        parsed = _manifest_type(str(data.get("kind"))).model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        value = "" if first["type"] == "missing" else first["input"]
        message = first["msg"].replace("Input should", "should").replace("Field required", "is missing")
        message = message.removeprefix("Value error, ")
        raise InputError(wrong(path, value, f"{rule}: `{key}` {message}")) from None
    for name in parsed.files:
        parts = PurePosixPath(name).parts
        leaves = name.startswith("/") or "\\" in name or ":" in name or ".." in parts
        if leaves or not parts or name in {NAME, "."}:
            raise InputError(wrong(path, name, f"{rule}: `files` should name files within the folder"))
    manifest = Manifest.model_validate({**data, "tool": data["tool"]["version"]})
    if "derived" in data:
        return manifest
    # Manifests without this key have figures only.
    figures = [name for name in manifest.files if name.startswith("figures/")]
    numbers = manifest.replace(derived=dict.fromkeys(figures, "")).numbers
    return manifest.replace(derived=dict.fromkeys(figures, numbers))


@lru_cache(maxsize=8)
def _manifest_type(kind: str) -> type[Manifest]:
    """The model of a manifest file of a kind, with the keys that its arms and arguments must have."""
    arm = _model("arm", _ARM if kind in {RUN, SWEEP} else {"name": str, "title": str})
    arguments, tool = _model("arguments", ARGUMENTS.get(kind, {})), _model("tool", {"name": str, "version": str})
    types = {"arguments": arguments, "scenario": arm, "against": arm | None, "tool": tool}
    fields: Any = {key: (field_type, ...) for key, field_type in types.items()}
    return create_model("manifest", __base__=Manifest, **fields)


def without_home(text: str) -> str:
    """A text without the user's home in its paths."""
    try:
        home = str(Path.home())
    except RuntimeError:  # a process without a home
        return text
    return text.replace(home, "~") if home not in {"", "/"} else text
