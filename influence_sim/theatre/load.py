"""Building the theatre from its data files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar, Token
from functools import lru_cache
from pathlib import Path

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.months import parse_month
from influence_sim.theatre import files
from influence_sim.theatre.numbers import Numbers
from influence_sim.theatre.spec import (
    Actor,
    Calendar,
    Cited,
    Claim,
    Condition,
    Crop,
    Event,
    Forum,
    Interest,
    Lever,
    Outcome,
    ParameterSpec,
    Pattern,
    Province,
    Ref,
    Roles,
    Rule,
)
from influence_sim.theatre.theatre import Theatre
from influence_sim.theatre.words import FILE as WORDS
from influence_sim.theatre.words import Words

_IN_USE: ContextVar[Path | None] = ContextVar("theatre in use", default=None)


def use_theatre(folder: str | Path | None) -> InUse:
    """Puts another theatre in place of the one that is shipped, for all that follows, or within a `with` block.

    Args:
        folder: of a theatre's files, as `influence-sim init NAME --own-theatre` writes them; None: the shipped one.

    Raises:
        InputError: it holds no theatre, or one with mistakes.

    Example:
        >>> with use_theatre(None) as theatre:
        ...     len(theatre.actors)
        11
    """
    chosen = None if folder is None else Path(folder).resolve()
    load(chosen or files.data_folder())
    return InUse(_IN_USE.set(chosen))


class InUse:
    """A theatre in use; at the end of a `with` block the one before is in use again."""

    def __init__(self, token: Token[Path | None]) -> None:
        """Remembers the one before."""
        self._token = token

    def __enter__(self) -> Theatre:
        """The theatre."""
        return load()

    def __exit__(self, *_: object) -> None:
        """Puts back the one before."""
        _IN_USE.reset(self._token)


def folder_in_use() -> Path:
    """The folder of the theatre in use."""
    return _IN_USE.get() or files.data_folder()


def load(folder: Path | None = None) -> Theatre:
    """Reads the theatre in `folder`, by default the one in use: the one that is shipped unless `use_theatre` says so.

    A folder whose files have changed is read again.

    Raises:
        InputError: as `use_theatre` says.
    """
    folder = folder or _IN_USE.get()
    return _loaded(folder, _digest(folder)) if folder else shipped()


@lru_cache(maxsize=1)
def shipped() -> Theatre:
    """The theatre that is shipped."""
    folder = files.data_folder()
    return _loaded(folder, _digest(folder))


@lru_cache(maxsize=8)
def _loaded(folder: Path, digest: str) -> Theatre:
    """Reads a theatre whose files have this digest.

    Raises:
        InputError: a data file breaks its shape, with file, line and column; an entry names an actor, outcome, forum
            or source that does not exist; or the folder holds no theatre.
    """
    try:
        theatre = _read(folder)
        theatre.check()
    except OSError as error:
        rule = f"not a theatre: a file of it cannot be read ({(error.strerror or 'no reason given').lower()})"
        raise InputError(Problem(str(error.filename or folder), None, None, "", rule)) from error
    except InputError:
        raise
    except ValueError as error:
        raise InputError(Problem(str(folder), None, None, "", str(error))) from error
    return theatre


def _read(folder: Path) -> Theatre:
    numbers = Numbers()
    entry = files.read_shape(folder / "theatre.yaml", files.TheatreFile)
    roles, crop, calendar = _roles(entry), _crop(entry), _calendar(entry)
    return Theatre(
        title=entry.title,
        calendar=calendar,
        roles=roles,
        crop=crop,
        actors=tuple(_actor(path, numbers) for path in sorted((folder / files.ACTORS).glob("*.yaml"))),
        rules=tuple(_rules(folder, numbers)),
        forums=tuple(_forums(folder, calendar)),
        events=tuple(_events(folder, numbers)),
        conditions=tuple(_conditions(folder)),
        outcomes=tuple(_outcomes(folder)),
        provinces=tuple(_provinces(folder, numbers, roles, crop)),
        neighbours=tuple((row["a"], row["b"]) for row in files.read_table(folder / "adjacency.csv")),
        parameters=_mechanism_numbers(folder, numbers),
        claims=tuple(Claim(**row) for row in files.read_table(folder / "claims.csv")),
        sources=files.read_shape(folder / "sources.yaml", files.SourcesFile).sources,
        words=files.read_shape(words, Words) if (words := folder / WORDS).is_file() else Words(),
        digest=_digest(folder, without=WORDS),
        code=files.read_code(folder / "rules.py"),
    )


def _roles(entry: files.TheatreFile) -> Roles:
    borders = entry.borders
    parts = entry.roles.model_dump()
    return Roles(**parts, sanctuary=frozenset(borders.sanctuary), spillover=frozenset(borders.spillover))


def _crop(entry: files.TheatreFile) -> Crop:
    crop = entry.crop
    return Crop(crop.name, crop.plant, tuple(crop.years), crop.tonnes_per_hectare, crop.half)


def _calendar(entry: files.TheatreFile) -> Calendar:
    dates = entry.calendar
    start, ends, last = map(parse_month, (dates.start, dates.record_ends, dates.last))
    return Calendar(start, ends, dates.months, last)


def _cited(entry: files.Entry) -> Cited:
    return Cited(tuple(entry.claims), entry.source)


def _actor(path: Path, numbers: Numbers) -> Actor:
    entry = files.read_shape(path, files.ActorFile)
    name = entry.name
    capability = {
        kind: numbers.take(f"capability.{name}.{kind}", number, "capability", note=f"{kind} weight of {entry.label}")
        for kind, number in entry.capability.items()
    }
    aversion: Ref = 0.0
    for other, item in entry.aversions.items():
        aversion = numbers.take(f"aversion.{name}.{other}", item.level, "utility", item, "aversion to open relations")
    ties = {
        other: numbers.take(f"tie.{name}.{other}", item.tie, "tie", item, f"{entry.label}'s tie to {other}")
        for other, item in entry.ties.items()
    }
    interests = tuple(_interests(entry, numbers))
    levers = tuple(_lever(name, item, numbers) for item in entry.levers)
    return Actor(name, entry.label, entry.seats, capability, interests, aversion, levers, ties)


def _interests(entry: files.ActorFile, numbers: Numbers) -> Iterable[Interest]:
    groups = {"": entry.interests, **{name: faction.interests for name, faction in entry.factions.items()}}
    for faction, interests in groups.items():
        for item in interests:
            name = ".".join(filter(None, (entry.name, faction, item.outcome)))
            salience = numbers.take(f"interest.{name}", item.salience, "salience", item, f"salience of {item.outcome}")
            ideal = numbers.take(f"ideal.{name}", item.ideal, "share", item, f"ideal point of {item.outcome}")
            yield Interest(item.outcome, ideal, salience, faction, _cited(item))


def _lever(actor: str, item: files.LeverEntry, numbers: Numbers) -> Lever:
    key = f"{actor}.{item.do}.{item.target}"
    return Lever(
        actor=actor,
        do=item.do,
        target=item.target,
        start=numbers.take(f"start.{key}", item.start, "share", item, "intensity in 2015-09"),
        cost=numbers.take(f"cost.{key}", item.cost, "utility", item, "what it costs the actor"),
        beliefs={
            outcome: numbers.take(f"belief.{key}.{outcome}", number, "effect", item, f"expected effect on {outcome}")
            for outcome, number in item.beliefs.items()
        },
        cited=_cited(item),
    )


def _rules(folder: Path, numbers: Numbers) -> Iterable[Rule]:
    for item in files.read_shape(folder / "rules.yaml", files.RulesFile).rules:
        strength = numbers.take(f"{item.id}.strength", item.strength, "strength", item, item.statement)
        applies = tuple(_pattern(item, pattern, numbers) for pattern in item.applies)
        yield Rule(item.id, item.statement, item.function or "", item.with_, applies, str(strength), _cited(item))


def _pattern(rule: files.RuleEntry, item: files.PatternEntry, numbers: Numbers) -> Pattern:
    name = ".".join(filter(None, ("weight", rule.id, item.do, item.actor, item.target)))
    weight = numbers.take(name, item.weight, "rule weight", rule, f"weight of the rule {rule.id} on this lever")
    return Pattern(item.do, item.actor, item.target, weight)


def _forums(folder: Path, calendar: Calendar) -> Iterable[Forum]:
    for item in files.read_shape(folder / "forums.yaml", files.ForumsFile).forums:
        invites = {actor: parse_month(month) for month, actors in item.invites.items() for actor in actors}
        meets = frozenset(parse_month(month) for month in item.meets)
        yield Forum(item.name, item.label, item.kind, item.convenor, calendar.start, invites, meets, _cited(item))


def _events(folder: Path, numbers: Numbers) -> Iterable[Event]:
    for item in files.read_shape(folder / "events.yaml", files.EventsFile).events:
        strength = numbers.take(f"event.{item.id}.strength", item.strength, "share", item, item.note)
        yield Event(item.id, parse_month(item.month), item.kind, item.actor, str(strength), _cited(item), item.note)


def _conditions(folder: Path) -> Iterable[Condition]:
    for item in files.read_shape(folder / "conditions.yaml", files.ConditionsFile).conditions:
        series = {parse_month(month): value for month, value in sorted(item.series.items())}
        yield Condition(item.name, item.unit, item.low, item.high, series, _cited(item), item.note)


def _outcomes(folder: Path) -> Iterable[Outcome]:
    for item in files.read_shape(folder / "outcomes.yaml", files.OutcomesFile).outcomes:
        yield Outcome(item.name, item.measure, item.of, item.label, item.unit, _cited(item))


def _provinces(folder: Path, numbers: Numbers, roles: Roles, crop: Crop) -> Iterable[Province]:
    entry = files.read_shape(folder / "ground.yaml", files.GroundFile)
    note = "the spoiler's ground against its core province"
    ground = {
        iso: numbers.take(f"{roles.spoiler}.ground.{iso}", number, "share", entry, note)
        for iso, number in entry.spoiler_ground.items()
    }
    for row in files.read_table(folder / "provinces.csv"):
        yield Province(
            iso=row["iso"],
            name=row["name"],
            population=float(row["population"]),
            area_km2=float(row["area_km2"]),
            districts=int(row["districts"]),
            borders=tuple(filter(None, row["borders"].split(";"))),
            crop=tuple(float(row[f"{crop.name}_ha_{year}"]) for year in crop.years),
            spoiler_ground=ground.get(row["iso"], 0.0),
        )


def _mechanism_numbers(folder: Path, numbers: Numbers) -> Mapping[str, ParameterSpec]:
    for name, item in files.read_shape(folder / "parameters.yaml", files.ParametersFile).parameters.items():
        numbers.take(name, item, item.unit)
    return numbers.specs


def _digest(folder: Path, without: str = "") -> str:
    """A hash of every data file but one, names included."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in {".yaml", ".csv"} or p.name == "rules.py"):
        if path.name == without:
            continue
        total.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
