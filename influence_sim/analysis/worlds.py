"""Worlds, one value for each assumption: all over the prior ranges, or those that the record does not rule out.

And how far a result depends on the world in which it was computed (`over_priors`).

Worlds of the prior are a Latin hypercube. With hundreds of parameters and some sixty points the columns of a Sobol
sequence are nearly copies of each other (thousands of pairs correlate above 0.7), so that no effect could be told from
its neighbour's; those of a hypercube with independent permutations are not.

Plausible worlds are some of an endless row that is drawn from the prior ranges (`draw_cube`): those that the record
does not rule out (`matching.make`). What is shipped is their numbers. A value is a hash of seed, number and parameter,
as the model's draws are, so that a world is the same everywhere, and can be had without the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from influence_sim.analysis.drivers import Slices, directions
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, wrong
from influence_sim.base.files import LARGEST, first_bytes, put_file
from influence_sim.base.late import pd
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.base.values import picked
from influence_sim.model import Arm
from influence_sim.runs.manifest import model_version
from influence_sim.runs.points import Job, means_side_by_side, run_jobs
from influence_sim.runs.request import PLAUSIBLE, PRIOR
from influence_sim.runs.sweeps.design import Factor
from influence_sim.theatre import ParameterSpec, Theatre
from influence_sim.theatre.load import folder_in_use

COUNT = 4096
"""Plausible worlds to keep: between two such samples a share differs by some 1 point, seldom by more than 2."""
IN_A_WORLD = 16
"""Replicates in each, by default."""
SHIPPED = Path(__file__).parent / "plausible_worlds.npz"

Points = dict[str, Floats]
"""Parameter -> its value at each point, (points,)."""


def latin_hypercube(points: int, width: int, rng: np.random.Generator) -> Floats:
    """Points in the unit cube, shape (points, width); each coordinate falls once into every 1/points."""
    cells = np.argsort(rng.random((points, width)), axis=0)
    return (cells + rng.random((points, width))) / points


def draw_cube(seed: int, numbers: Integers, names: Sequence[str]) -> Floats:
    """Worlds of a seed's endless sequence, by their numbers: points in the unit cube, shape (worlds, parameters)."""
    from influence_sim.model.draws import process_key, replicate_keys

    draws = [replicate_keys(process_key(f"world {seed} {name}"), numbers) >> np.uint64(11) for name in names]
    cube: Floats = np.stack(draws, axis=1) * 2.0**-53
    return cube


def own_draws(numbers: Integers, replicates: int, spacing: int = 0) -> Integers:
    """The replicates of some worlds, by the worlds' numbers, (worlds, replicates): each has its own.

    With the same few draws in all worlds a share would depend on them: with 16 it moves by 5 points, at worst by 30.
    The numbers of one world begin `spacing` after those of the last, by default right after them.
    """
    return numbers[:, None] * (spacing or replicates) + np.arange(replicates)


def values_of(specs: Sequence[ParameterSpec], cube: Floats) -> Points:
    """The values of parameters at points of the unit cube, (points, parameters): uniform, or among their choices."""
    factors = (Factor(spec.name, spec.low, spec.high, choices=spec.choices) for spec in specs)
    return {factor.path: factor.values_at(unit) for factor, unit in zip(factors, cube.T, strict=True)}


def drawn(theatre: Theatre, worlds: str) -> str:
    """Which worlds are drawn first: plausible ones, or of the prior, if that is asked or no others are known."""
    return PLAUSIBLE if worlds != PRIOR and plausible(theatre) is not None else PRIOR


class Sample(NamedTuple):
    """Worlds to run."""

    points: Points  # the value of each parameter that has a range and is not fixed, in each world
    slices: Slices  # of the same worlds, to find what an answer depends on
    worlds: str  # which worlds these are, `PLAUSIBLE` or `PRIOR`
    failed: int = 0  # how many more there were that could not be computed
    error: str = ""  # what happened in one of these

    @property
    def size(self) -> int:
        """How many; one, if nothing varies."""
        return max(map(len, self.points.values()), default=1)

    def draws(self, replicates: int) -> Integers:
        """The numbers of the replicates of each world, (worlds, replicates)."""
        return own_draws(np.arange(self.size), replicates)

    def computed(self, ran: Flags, errors: Sequence[str]) -> Sample:
        """The worlds that `ran`, (worlds,), and the first of the `errors` in the others."""
        if ran.all():
            return self
        points = {name: values[ran] for name, values in self.points.items()} if ran.any() else {}
        return Sample(points, Slices(points, self.slices.rng), self.worlds, int((~ran).sum()), errors[0])


def sample(
    theatre: Theatre,
    count: int,
    worlds: str,
    rng: np.random.Generator,
    shuffles: np.random.Generator,
    *,
    fixed: Collection[str] = (),
) -> Sample:
    """Worlds to run: of the prior, where no plausible ones are known for this theatre and model.

    Plausible worlds are the first of those that are shipped, whatever `rng`. `shuffles` is the generator of what
    chance gives, which may be the same as `rng`.

    Raises:
        InputError: more plausible worlds are asked for than there are.
    """
    specs = [spec for spec in assumed(theatre) if spec.name not in set(fixed)]
    shipped = plausible(theatre, count) if worlds != PRIOR else None
    if shipped is None:
        cube = latin_hypercube(count, len(specs), rng)
    else:
        cube = shipped.cube(count)[:, [shipped.names.index(spec.name) for spec in specs]]
    points = values_of(specs, cube)
    return Sample(points, Slices(points, shuffles), PRIOR if shipped is None else PLAUSIBLE)


@dataclass(frozen=True, eq=False)
class Worlds:
    """A sample of worlds that the record allows, in an order without meaning."""

    names: tuple[str, ...]  # the parameters that have a range
    numbers: Integers  # which of the worlds that were drawn these are, (worlds,)
    model: str  # the hash of the model that allows them
    seed: int  # of worlds and draws
    waves: tuple[int, ...]  # worlds that came into each wave, and those left after the last; all could be computed
    replicates: tuple[int, ...]  # of each wave
    cuts: dict[str, float]  # share of the drawn worlds that each pattern rules out by itself, in the first wave, by id
    failed: int = 0  # how many worlds that were drawn could not be computed
    error: str = ""  # what happened in one of these

    @property
    def lacking(self) -> str:
        """What could not be computed, and why; "" if all could."""
        if not self.failed:
            return ""
        total = self.waves[0] + self.failed
        return f"{self.failed} of {total} worlds failed ({self.error}); the numbers are those of the others"

    @property
    def share(self) -> float:
        """How many of the drawn worlds the record allows."""
        return self.waves[-1] / self.waves[0]

    @validated
    def cube(self, count: int) -> Floats:
        """The first of them as points of the unit cube, (count, parameters)."""
        return draw_cube(self.seed, self.numbers[:count], self.names)

    def save(self, path: Path) -> None:
        """Writes them to a file; the same worlds give the same bytes.

        Raises:
            InputError: the path is taken by something that is no file of worlds.
            OSError: the disk or a permission does not allow it.
        """
        buffer = BytesIO()
        arrays: dict[str, Any] = {"patterns": list(self.cuts), "cuts": list(self.cuts.values())}
        names = ["names", "numbers", "model", "seed", "waves", "replicates"]
        names += ["failed", "error"] if self.failed else []
        arrays |= {name: getattr(self, name) for name in names}
        np.savez_compressed(buffer, **arrays)
        put_file(path, buffer.getvalue(), is_worlds)


def is_worlds(head: bytes) -> bool:
    """Whether a file, by its first bytes, holds worlds."""
    return head.startswith(b"PK") and b"patterns.npy" in head[:64]


def read(path: Path = SHIPPED) -> Worlds:
    """Reads worlds that were written.

    Raises:
        MachineError: the file is damaged.
        OSError: it cannot be read.
    """
    try:
        with np.load(BytesIO(first_bytes(path)), allow_pickle=False) as archive:
            _require_small(archive)
            cuts = dict(zip(archive["patterns"].tolist(), archive["cuts"].tolist(), strict=True))
            waves, replicates = tuple(archive["waves"].tolist()), tuple(archive["replicates"].tolist())
            names = tuple(archive["names"].tolist())
            failures = (int(archive["failed"]), str(archive["error"])) if "failed" in archive else ()
            model, seed = str(archive["model"]), int(archive["seed"])
            return Worlds(names, archive["numbers"], model, seed, waves, replicates, cuts, *failures)
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise MachineError(f"{path}: damaged ({error})") from None


def _require_small(archive: Any) -> None:
    """Refuses an archive that would fill the memory (`ValueError`): a theatre from elsewhere may have brought it."""
    if sum(file.file_size for file in archive.zip.infolist()) > LARGEST:
        raise ValueError("too large")


def plausible(theatre: Theatre, count: int = 0) -> Worlds | None:
    """The worlds kept in the theatre's folder, or shipped, if they are this theatre's and this model's; else None.

    Raises:
        InputError: more are asked for than there are.
        MachineError: the file is damaged.
    """
    kept = [
        _read(path, path.stat().st_mtime_ns) for path in (folder_in_use() / SHIPPED.name, SHIPPED) if path.is_file()
    ]
    worlds = next((worlds for worlds in kept if worlds.model == model_version(theatre)), None)
    if worlds is not None and count > len(worlds.numbers):
        rule = f"there are {len(worlds.numbers):,} plausible worlds; take fewer, or worlds of the prior ranges"
        raise InputError(wrong("worlds", f"{count:,}", rule))
    return worlds


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> Worlds:
    return read(path)


def assumed(theatre: Theatre) -> list[ParameterSpec]:
    """The parameters that have a range."""
    return [spec for spec in theatre.parameters.values() if spec.varies]


def with_settings(settings: Sequence[Mapping[str, float]], defaults: Mapping[str, float]) -> Points:
    """A point for each setting of parameters; what a setting does not mention has its value in `defaults`."""
    names = dict.fromkeys(name for setting in settings for name in setting)
    return {name: np.array([setting.get(name, defaults[name]) for setting in settings]) for name in names}


def defaults_of(theatre: Theatre) -> dict[str, float]:
    """The values of all parameters, unless something sets them."""
    return {name: spec.default for name, spec in theatre.parameters.items()}


def over_priors(
    scenarios: Sequence[Arm], baseline: Arm, mains: Sequence[Mapping[str, float]], **options: Any
) -> list[pd.DataFrame]:
    """Compares scenarios with their baseline in many worlds, and finds what the differences depend on.

    Every parameter varies at once; in a world all arms see the same values and the same draws, which are its own.
    `analysis.drivers` says what stands out from chance.

    The `mains` are the mean differences of the main run in its last month, of each scenario and each outcome asked
    about; `options` is as for `gaps_in_worlds`.

    Returns:
        A table for each scenario with a row an outcome: `outcome`, `main`, `points` that were computed, how many
        `failed` and what happened in one of these (`error`), which `worlds` they are, the
        shares of them whose mean difference has the main run's sign, is zero, or has the other sign
        (`share_same_sign`, `share_zero`, `share_opposite`; NaN where the main run shows no difference), its 5 % and
        95 % quantiles over them (`low`, `high`), and on what it hangs: the fields of `drivers.Driver`.
    """
    gaps_by_scenario, world_sample = gaps_in_worlds(scenarios, baseline, **options)
    outcomes = baseline.theatre.vocabulary.outcomes
    return [
        pd.DataFrame([effect_in_worlds(name, main[name], gaps[:, outcomes.index(name)], world_sample) for name in main])
        for gaps, main in zip(gaps_by_scenario, mains, strict=True)
    ]


def effect_in_worlds(outcome: str, main: float, gaps: Floats, world_sample: Sample) -> dict[str, Any]:
    """A row of the table of `over_priors`, from one outcome's differences, (worlds,)."""
    signs, (sign,) = directions(gaps), directions(np.array([main])).tolist()
    zero, same, opposite = (float((signs == way).mean()) if len(gaps) else np.nan for way in (0, sign, -sign))
    low, high = np.quantile(gaps, [0.05, 0.95]).tolist() if len(gaps) else (np.nan, np.nan)
    return {
        "outcome": outcome,
        "main": main,
        "points": len(gaps),
        **picked(world_sample, "failed", "error", "worlds"),
        "share_same_sign": same if sign else np.nan,
        "share_zero": zero,
        "share_opposite": opposite if sign else np.nan,
        "low": low,
        "high": high,
        **world_sample.slices.driver(gaps, sign)._asdict(),
    }


def gaps_in_worlds(
    scenarios: Sequence[Arm],
    baseline: Arm,
    *,
    points: int,
    replicates: int = IN_A_WORLD,
    seed: int = 1,
    fixed: Collection[str] = (),
    worlds: str = PLAUSIBLE,
    **options: Any,
) -> tuple[list[Floats], Sample]:
    """The mean differences of scenarios from their baseline in the last month, (points, outcomes), and the worlds.

    Both are only of worlds in which all arms could be computed. Parameters that the user has set stay
    `fixed`; `seed` is that of points, draws and chance; `options` is as for `run_points`.
    """
    rng = np.random.default_rng(seed)
    world_sample = sample(baseline.theatre, points, worlds, rng, rng, fixed=fixed)
    draws = world_sample.draws(replicates)
    arms, last = [*scenarios, baseline], [baseline.months - 1]
    errors: list[str] = []
    (levels,) = run_jobs([Job(arms, seed, draws, means_side_by_side, world_sample.points, last)], errors, **options)
    gaps = [levels[:, number, 0] - levels[:, -1, 0] for number in range(len(scenarios))]
    finite: Flags = np.logical_and.reduce([np.isfinite(gap).all(axis=1) for gap in gaps])
    return [gap[finite] for gap in gaps], world_sample.computed(finite, errors)
