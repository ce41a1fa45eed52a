"""What public functions take: numbers of numpy, times of pandas, paths, single names, `progress=True`, all alike."""

from __future__ import annotations

import datetime
import inspect
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.analysis.worlds import SHIPPED
from influence_sim.base.arguments import MONTHS, in_python, integer, month
from influence_sim.base.errors import wrong

pytestmark = pytest.mark.usefixtures("blank_pages")
S = "us_engages_taliban"
CLASSES = (
    sim.Result,
    sim.Comparison,
    sim.Explanation,
    sim.Sweep,
    sim.Verdicts,
    sim.Scores,
    sim.Sensitivity,
    sim.Discovery,
    sim.Worlds,
)
FUNCTIONS = [function for name in sim.__all__ if inspect.isfunction(function := getattr(sim, name))]


def methods() -> Iterator[Callable[..., Any]]:
    """Public methods of public classes that take something, and how a model is made."""
    yield sim.InfluenceModel.__init__
    for kind in CLASSES:
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            if not name.startswith("_") and len(inspect.signature(method).parameters) > 1:
                yield method


PUBLIC = {each.__qualname__: each for each in [*FUNCTIONS, *methods()] if inspect.signature(each).parameters}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_function_takes_what_means_the_same(name: str) -> None:
    assert hasattr(PUBLIC[name], "__wrapped__"), f"{name} lacks @validated"


def wrong_values(function: Callable[..., Any]) -> Iterator[tuple[str, object]]:
    for name, parameter in inspect.signature(function).parameters.items():
        yield name, object()
        parts = str(parameter.annotation).split(" | ")
        if name == "workers":
            yield from ((name, value) for value in (0, -1, 1_025))
        if "int" in parts:
            yield from ((name, value) for value in ("x", 1.5, True, [1]))
        elif "bool" in parts or name == "progress":
            yield name, "yes"
        elif name in MONTHS or "str" in parts[0] or "Mapping" in parts[0]:
            yield name, 5


@pytest.mark.parametrize("function", [each for each in FUNCTIONS if inspect.signature(each).parameters])
def test_a_wrong_type_is_refused_in_the_words_of_python(function: Callable[..., Any]) -> None:
    needed = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
    arguments = {parameter.name: S for parameter in needed}
    for name, value in wrong_values(function):
        with pytest.raises(sim.InputError, match=rf"^{name}: "):
            function(**{**arguments, name: value})


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("^months: '12': the run ends in 2016-08", lambda: sim.run(S, months=12)),
        ("^replicates: '1': .*2 to", lambda: sim.report("nowhere", replicates=1)),
        ("^explain_replicates: ", lambda: sim.report("nowhere", explain_replicates=1)),
        ("^assumptions: '-1': .* up to 4096", lambda: sim.run(S, assumptions=-1)),
        ("^assumptions: '4097': ", lambda: sim.run(S, assumptions=4_097, worlds="prior")),
        ("^seed: '-1'", lambda: sim.discover(pd.DataFrame(), "x > 0", seed=-1)),
        ("^resamples: '-1'", lambda: sim.sensitivity(pd.DataFrame(), "x", resamples=-1)),
        ("^claims: 'C99': not a claim", lambda: sim.test_claims(claims="C99")),
        ("^set: 'decide.inertia=9': ", lambda: sim.run(S, set={"decide.inertia": 9})),
        ("^outcomes: 'zzz': .*`influence-sim outcomes` lists them", lambda: sim.compare(S, outcomes="zzz")),
        ("^outcome: 'zzz': .*`influence-sim outcomes` lists", lambda: sim.explain(S, "zzz")),  # of `--outcome`
        ("^asks: 'zzz': .*`influence-sim outcomes` lists them", lambda: sim.run(S, asks="zzz")),
        ("^scenarios: at least one", lambda: sim.compare([])),
        ("^parameters: .*must be a number", lambda: sim.InfluenceModel(S, parameters={"decide.inertia": None})),
        ("^actor: 'nobody': ", lambda: sim.levers("nobody")),
    ],
)
def test_whatever_is_wrong_is_told_in_the_words_of_python(words: str, call: Callable[[], object]) -> None:
    with pytest.raises(sim.InputError, match=words) as caught:
        call()
    assert "--" not in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.problems, again.typed) == (caught.value.problems, caught.value.typed)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_unknown_argument_is_refused_with_the_name_of_the_function(function: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=rf"^{function.__name__}\(\) .*'?unheard'?|^{function.__name__}\(\) takes no"):
        function(unheard=1)


def test_options_within_a_sentence_become_arguments() -> None:
    rule = "undated parameters apply to both; use --against none, or `worlds --make`; --resume goes on"
    assert in_python(wrong("--no-sliders", "", rule), ["against"]).rule == (
        "undated parameters apply to both; use against=None, or `worlds --make`; resume=True goes on"
    )


def test_a_saved_result_stands_where_a_folder_is_asked_for(tmp_path: Path) -> None:
    result = sim.run(S, replicates=2, months=30)
    for call in (sim.report, sim.load, sim.rerun, sim.draw):
        with pytest.raises(sim.InputError, match=r"^folder: .*in memory only; save it first: result\.save"):
            call(result)
    folder = result.save(tmp_path / "a")
    assert sim.load(result) == sim.load(folder)
    assert result == sim.run(S, replicates=2, months=30)  # where it was saved is no part of what it is
    assert sim.report(result, sliders={}, explain_replicates=0).path == folder / "report.html"
    assert sim.load(sim.load(folder)).folder == folder


def test_numbers_of_numpy() -> None:
    plain = sim.run(S, seed=3, replicates=2, months=30)
    assert sim.run(S, seed=np.int64(3), replicates=np.int32(2), months=np.uint8(30), workers=np.int8(1)) == plain
    assert sim.run(S, seed=np.array(3), replicates=2, months=30, set=pd.Series(dtype=float)) == plain
    replicate = np.int64(1)
    pd.testing.assert_frame_equal(plain.stances(replicate), plain.stances(1))
    assert sim.InfluenceModel(S, rng=np.int64(1), months=np.int64(5), replicate=replicate).arm.months == 5
    assert integer(np.uint64(2**63)) == 2**63


@pytest.mark.parametrize(
    "when",
    [
        *("2018-03", np.str_("2018-03"), pd.Timestamp("2018-03-05"), pd.Period("2018-03", "M")),
        *(datetime.date(2018, 3, 5), datetime.datetime(2018, 3, 5), np.datetime64("2018-03-05T01", "ns")),
    ],
)
def test_times(when: Any) -> None:
    assert month(when) == "2018-03"
    with pytest.raises(sim.InputError, match="not a shipped scenario"):  # and nothing else is wrong
        sim.explain("nobody", month=when)


@pytest.mark.parametrize("when", [pd.NaT, 2018.3, None, b"2018-03"])
def test_what_is_no_time(when: Any) -> None:
    with pytest.raises(sim.InputError, match="month"):
        sim.draw("nowhere", months=[when])


def test_a_single_name_is_a_list_of_one() -> None:
    both = sim.compare(S, outcomes="violence", replicates=2, months=30)
    assert (both.scenarios, both.outcomes) == ((S,), ("violence",))
    assert both[S].ending("violence")["outcome"].tolist() == ["violence"]
    why = sim.explain(S, by="interventions", replicates=2, month="2018-02")
    assert why.divisions == ("interventions",)
    with pytest.raises(sim.InputError) as caught:
        sim.compare("us_withdrwas", outcomes="violense", replicates=2)
    assert len(caught.value.problems) == 2  # one a name, not one a letter


def test_paths_and_texts(tmp_path: Path) -> None:
    result = sim.run(S, replicates=2, months=30)
    for place in (tmp_path / "a", str(tmp_path / "b"), np.str_(tmp_path / "c")):
        folder = result.save(place)
        assert sim.load(folder) == sim.load(str(folder))
        assert sim.rerun(str(folder), progress=np.True_).identical


def test_worlds_are_saved_where_a_text_says(tmp_path: Path) -> None:
    sim.worlds().save(str(tmp_path / "worlds.npz"))
    assert (tmp_path / "worlds.npz").read_bytes() == SHIPPED.read_bytes()
    with pytest.raises(sim.MachineError, match="cannot be written"):
        sim.worlds().save(tmp_path / "worlds.npz" / "below a file")


def test_a_table_that_went_through_csv(tmp_path: Path) -> None:
    vary = {"decide.rationality": (4, 30), "precedent.strength": (0, 2)}
    swept = sim.sweep(S, vary=vary, samples=np.int64(16), replicates=2, months=40, dates="2018-06", out=tmp_path / "s")
    swept.frame.to_csv(tmp_path / "runs.csv", index=False)
    table = pd.read_csv(tmp_path / "runs.csv")
    for frame in (table, table.assign(date=pd.PeriodIndex(table["date"], freq="M"))):
        drivers = sim.sensitivity(
            frame, "russia_lead", factors=list(vary), method="lhs", month=pd.Timestamp("2018-06-01")
        )
        assert drivers.summary["date"].tolist() == ["2018-06"]
        where = "russia_lead_diff > " + str(table["russia_lead_diff"].median())
        assert sim.discover(frame, where, factors=list(vary)).date == "2018-06"
    with pytest.raises(sim.InputError, match="date: 'soon': this column must hold dates"):
        sim.sensitivity(table.assign(date="soon"), "russia_lead", factors=list(vary))


def _point(frame: pd.DataFrame, value: object) -> pd.DataFrame:
    return frame.assign(point=value)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: _point(t, "x"), "point: 'x': this column must hold numbers"),
        (lambda t: _point(t, float("nan")), "point: 'nan': this column must hold the numbers of points, from 0 on"),
        (lambda t: _point(t, float("inf")), "point: 'inf': this column must hold the numbers of points, from 0 on"),
        (lambda t: _point(t, 0.5), "point: '0.5': this column must hold the numbers of points, from 0 on"),
        (lambda t: pd.concat([t, t]), "point: '0': this point has more than one row in 2018-06"),
        (lambda t: pd.concat([t, t]).drop(columns="date"), "more than one row; of several months, name them in `date`"),
        (lambda t: pd.concat([t, t], axis=1), "tie.strength: this column stands there more than once"),
        (lambda t: t.assign(**{"tie.strength": "1,5"}), "tie.strength: '1,5': this column must hold numbers"),
        (lambda t: t.assign(violence_diff="-"), "violence_diff: '-': this column must hold numbers"),
        (lambda t: t[:0], "sweep: none of its points was computed"),
    ],
)
def test_a_table_that_was_spoilt_is_told_of_by_its_column(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    table = pd.DataFrame({"point": range(24), "date": "2018-06", "tie.strength": np.linspace(0, 2, 24)})
    table["violence_mean"] = table["violence_diff"] = np.linspace(-1, 1, 24)
    varied: dict[str, Any] = {"factors": {"tie.strength": (0, 2)}}
    sim.sensitivity(table, "violence", **varied)
    sim.discover(table, "violence_diff < 0", **varied)
    for read in (
        lambda spoilt: sim.sensitivity(spoilt, "violence", **varied),
        lambda spoilt: sim.discover(spoilt, "violence_diff < 0", **varied),
    ):
        with pytest.raises(sim.InputError) as caught:
            read(spoil(table))
        assert words in str(caught.value)
