"""Arguments and options that several commands share, and the strict parsing of their values."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from influence_sim.analysis import WORLDS_TRIED
from influence_sim.api.late import theatre
from influence_sim.base.arguments import MOST_WORKERS
from influence_sim.base.errors import InputError, Problem, raise_any, wrong
from influence_sim.cli.console import Console
from influence_sim.runs import MOST_TRIED
from influence_sim.scenario.shipped import shipped_scenarios

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")

_GLOBAL_FLAGS = (
    ("--trust", "Let the rules.py of that theatre run, if it has one."),
    ("--json", "Print one JSON document instead of tables."),
    ("--quiet", "No progress and no notes, only results and errors."),
    ("--verbose", "More notes; progress also where it can only be lines."),
    ("--debug", "Show where in the program an error arose."),
)


def common(command: Callable[..., object]) -> Callable[..., object]:
    """Adds the global options, which may stand before a command or after it, and passes the console."""
    command = click.pass_obj(command)
    for flag, help_text in reversed(_GLOBAL_FLAGS):
        command = click.option(flag, is_flag=True, expose_value=False, callback=_set_option, help=help_text)(command)
    return click.option("--theatre", metavar="DIR", expose_value=False, callback=_set_option,
                        help="Folder of another theatre (see `init --own-theatre`).")(command)  # fmt: skip


def _set_option(ctx: click.Context, param: click.Parameter, value: str | bool | None) -> None:
    console: Console = ctx.find_object(Console) or ctx.ensure_object(Console)
    if not value or ctx.resilient_parsing:
        return
    setattr(console, str(param.name), value)
    if console.quiet and console.verbose:
        raise click.UsageError("--quiet and --verbose contradict each other", ctx)
    if console.theatre is not None and param.name in {"theatre", "trust"}:
        ctx.with_resource(theatre.use_theatre(console.theatre, trust=console.trust))


def given_options(*names: str) -> list[str]:
    """Those of the options that stand on the command line."""
    ctx = click.get_current_context()
    return [name for name in names if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def complete_scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shipped scenarios, and files where a path is typed."""
    return _completions(dict.fromkeys(shipped_scenarios(), ""), incomplete) or [CompletionItem(incomplete, type="file")]


def complete_outcomes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The outcomes of a run; in a list, completes the last."""
    head, comma, last = incomplete.rpartition(",") if param.name == "asks" else ("", "", incomplete)
    return _completions({outcome.name: outcome.label for outcome in theatre.load().outcomes}, last, head=head + comma)


def complete_parameters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The parameters, as `PATH=` where a value follows."""
    end = "=" if isinstance(param, click.Option) else ""
    return _completions({f"{name}{end}": spec.note for name, spec in theatre.load().parameters.items()}, incomplete)


def complete_actors(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The actors."""
    return _completions({actor.name: actor.label for actor in theatre.load().actors}, incomplete)


def _completions(meanings: Mapping[str, str], prefix: str, head: str = "") -> list[CompletionItem]:
    """Completions of `prefix` by names, with their meanings as help, and `head` before them."""
    return [CompletionItem(head + name, help=text) for name, text in meanings.items() if name.startswith(prefix)]


PATH = click.Path(path_type=Path)
FOLDER = click.argument("folder", metavar="DIR", type=PATH)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    callback=lambda _, __, value: value or usable_cores(),
    help="Threads; by default the usable cores.",
)
SEED = click.option("--seed", type=int, default=1, help="Which random draws.")
MONTHS = click.option("--months", type=int, metavar="N", help="Months of each run; by default the theatre's number.")
MONTH_KEPT = click.option("--month", metavar="YYYY-MM", help="One of the months that were kept; the last by default.")
FIGURES = click.option(
    "--figures/--no-figures", default=True, show_default=False, help="Draw into the folder's figures/, or do not."
)


def _number_of_worlds(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    if value.casefold() == "none":
        return None
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MOST_TRIED):
        message = f"{value!r} is neither none nor a whole number from 1 to {MOST_TRIED}"
        raise click.BadParameter(message, ctx, param)
    return int(value)


ASSUMPTIONS = click.option("--assumptions", callback=_number_of_worlds, default=str(WORLDS_TRIED),
                           metavar="NUMBER|none",
                           help="Worlds, sets of assumptions, to try differences in.")  # fmt: skip
AGAINST = click.option("--against", default="asked", metavar="SCENARIO|none", shell_complete=complete_scenarios,
                       help="What to compare with; by default what the scenario says, or baseline.")  # fmt: skip
_worlds_option = partial(click.option, "--worlds", default="plausible")
WORLDS = _worlds_option(type=click.Choice(["plausible", "prior"]),
                 help="Worlds that the record does not rule out, or all of the prior ranges.")  # fmt: skip
BOTH_WORLDS = _worlds_option(type=click.Choice(["plausible", "prior", "both"]),
                      help="Worlds that the record does not rule out, all of the prior ranges, or both side by "
                           "side.")  # fmt: skip


def say_which_worlds(console: Console, request: Any) -> None:
    """A note where plausible worlds were wanted, and none are known."""
    from influence_sim.analysis.worlds import drawn
    from influence_sim.runs.request import PRIOR

    if request.assumptions and request.worlds != PRIOR == drawn(request.theatre, request.worlds):
        command = f"influence-sim worlds{console.theatre_option}"
        console.note(f"no plausible worlds are known for this theatre and model; `{command}` says what makes them")


def table(noun: str) -> Callable[[F], F]:
    """The option of a file for a table."""
    return click.option("--out", type=PATH, metavar="FILE.csv", help=f"Also write {noun} there.")


def scenario(name: str = "scenario", **kwargs: Any) -> Callable[[F], F]:
    """The argument that names one scenario, or several."""
    return click.argument(name, shell_complete=complete_scenarios, **kwargs)


def outcomes(help_text: str) -> Callable[[F], F]:
    """The option that names an outcome, and may be repeated."""
    return click.option("--outcome", "outcomes", multiple=True, metavar="NAME", shell_complete=complete_outcomes,
                        help=help_text)  # fmt: skip


def asks(command: F) -> F:
    """The option that names the outcomes that are asked about, instead of the scenario's own."""
    return click.option("--asks", metavar="NAME[,NAME...]", shell_complete=complete_outcomes,
                        callback=lambda _, __, value: tuple(name.strip() for name in value.split(",")) if value else (),
                        help="One to three outcomes the answer is about; by default what the scenario asks.",
                        )(command)  # fmt: skip


def parameter(scope: str) -> Callable[[F], F]:
    """The option that sets a parameter."""
    return click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", shell_complete=complete_parameters,
                        help=f"A parameter of {scope}; may be repeated.")  # fmt: skip


def assignments(
    option: str, texts: Sequence[str], parse: Callable[[str], T | None], format_rule: str, duplicate_rule: str
) -> tuple[dict[str, T], dict[str, str], list[Problem]]:
    """Parses an option that is written NAME=VALUE and may be repeated.

    `parse` returns None, or raises a `ValueError`, for a malformed value. That breaks `format_rule`, and a repeated
    name breaks `duplicate_rule`.

    Returns:
        The values by name; the name of each in errors, `--set no. 2`; problems with the others.
    """
    values: dict[str, T] = {}
    places: dict[str, str] = {}
    problems = []
    for number, text in enumerate(texts, 1):
        name, _, value_text = (part.strip() for part in text.partition("="))
        try:
            value = parse(value_text) if name and value_text else None
        except ValueError:
            value = None
        if value is None or name in values:
            rule = format_rule if value is None else duplicate_rule
            problems.append(wrong(f"{option} no. {number}", text, rule))
        else:
            values[name], places[name] = value, f"{option} no. {number}"
    return values, places, problems


def settings(texts: Sequence[str]) -> tuple[dict[str, str], dict[str, str], list[Problem]]:
    """The values of `--set`, as `assignments` returns them."""
    return assignments("--set", texts, str, "must be written PARAMETER=NUMBER", "this parameter is set already")


@contextmanager
def also_raise(problems: Iterable[Problem]) -> Iterator[None]:
    """Raises these problems at the end of a block, together with those of an `InputError` within it."""
    try:
        yield
    except InputError as error:
        raise InputError([*error.typed, *problems]) from None
    raise_any(problems)


def apply_settings(texts: Sequence[str], make: Callable[[dict[str, str]], T]) -> T:
    """Calls `make` with the values of `--set` by parameter.

    Raises:
        InputError: all problems of the values and of `make`, each with the number of its `--set`.
    """
    values, places, problems = settings(texts)
    try:
        with also_raise(problems):
            return make(values)
    except InputError as error:
        renamed = [
            replace(problem, path=places[name], value=f"{name}={values[name]}")
            if problem.path == "--set" and (name := problem.value.partition("=")[0]) in places
            else problem
            for problem in error.typed
        ]
        raise InputError(renamed) from None
