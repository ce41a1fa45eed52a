"""Arguments and options that several commands share, and what is typed after them, checked as strictly as a file."""

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

from influence_sim.analysis import MOST_TRIED, WORLDS_TRIED
from influence_sim.api.late import theatre
from influence_sim.base.errors import InputError, Problem, raise_any, wrong
from influence_sim.cli.console import Console
from influence_sim.scenario.shipped import shipped_scenarios

F = TypeVar("F", bound=Callable[..., object])
Made = TypeVar("Made")

_FLAGS = (
    ("--trust", "Let the rules.py of that theatre run, if it has one."),
    ("--json", "Print one JSON document instead of tables."),
    ("--quiet", "No progress and no notes, only results and errors."),
    ("--verbose", "More notes; progress also where it can only be lines."),
    ("--debug", "Show where in the program an error arose."),
)


def common(command: Callable[..., object]) -> Callable[..., object]:
    """Adds the global options, which may stand before a command or after it; the command is handed the console."""
    command = click.pass_obj(command)
    for flag, words in reversed(_FLAGS):
        command = click.option(flag, is_flag=True, expose_value=False, callback=_remember, help=words)(command)
    return click.option("--theatre", metavar="DIR", expose_value=False, callback=_remember,
                        help="Folder of another theatre (see `init --own-theatre`).")(command)  # fmt: skip


def _remember(ctx: click.Context, param: click.Parameter, value: str | bool | None) -> None:
    console: Console = ctx.find_object(Console) or ctx.ensure_object(Console)
    if not value or ctx.resilient_parsing:
        return
    setattr(console, str(param.name), value)
    if console.quiet and console.verbose:
        raise click.UsageError("--quiet and --verbose contradict each other", ctx)
    if console.theatre is not None and param.name in {"theatre", "trust"}:
        ctx.with_resource(theatre.use_theatre(console.theatre, trust=console.trust))


def given(*names: str) -> list[str]:
    """Those of some options that stand on the command line."""
    ctx = click.get_current_context()
    return [name for name in names if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def complete_scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shipped scenarios, and files for whoever types a path."""
    return _begun(dict.fromkeys(shipped_scenarios(), ""), incomplete) or [CompletionItem(incomplete, type="file")]


def complete_outcomes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The outcomes of a run, after those that are named already."""
    head, comma, last = incomplete.rpartition(",") if param.name == "asks" else ("", "", incomplete)
    return _begun({one.name: one.label for one in theatre.load().outcomes}, last, before=head + comma)


def complete_parameters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The parameters, as `PATH=` where a value follows."""
    end = "=" if isinstance(param, click.Option) else ""
    return _begun({f"{name}{end}": spec.note for name, spec in theatre.load().parameters.items()}, incomplete)


def complete_actors(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The actors."""
    return _begun({one.name: one.label for one in theatre.load().actors}, incomplete)


def _begun(known: Mapping[str, str], start: str, before: str = "") -> list[CompletionItem]:
    """Names that begin so, each with what it means, after what stands before them."""
    return [CompletionItem(before + name, help=words) for name, words in known.items() if name.startswith(start)]


PATH = click.Path(path_type=Path)
FOLDER = click.argument("folder", metavar="DIR", type=PATH)
WORKERS = click.option("--workers", type=click.IntRange(1, 1024), callback=lambda _, __, value: value or usable_cores(),
                       help="Threads; by default the usable cores.")  # fmt: skip
SEED = click.option("--seed", type=int, default=1, help="Which random draws.")
MONTHS = click.option("--months", type=int, metavar="N", help="Months of each run; by default the theatre's number.")
MONTH_KEPT = click.option("--month", metavar="YYYY-MM", help="One of the months that were kept; the last by default.")
FIGURES = click.option(
    "--figures/--no-figures", default=True, show_default=False, help="Draw into the folder's figures/, or do not."
)


def points(flag: str, words: str) -> Callable[[F], F]:
    """The option that says how many sets of assumptions to try, or `none`."""

    def number(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
        if value.casefold() == "none":
            return None
        if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MOST_TRIED):
            words = f"{value!r} is neither none nor a whole number from 1 to {MOST_TRIED}"
            raise click.BadParameter(words, ctx, param)
        return int(value)

    return click.option(flag, callback=number, default=str(WORLDS_TRIED), metavar="NUMBER|none", help=words)


AGAINST = click.option("--against", default="asked", metavar="SCENARIO|none", shell_complete=complete_scenarios,
                       help="What to compare with; by default what the scenario says, or baseline.")  # fmt: skip
_worlds = partial(click.option, "--worlds", default="plausible")
WORLDS = _worlds(type=click.Choice(["plausible", "prior"]),
                 help="Worlds that the record does not rule out, or all of the prior ranges.")  # fmt: skip
BOTH_WORLDS = _worlds(type=click.Choice(["plausible", "prior", "both"]),
                      help="Worlds that the record does not rule out, all of the prior ranges, or both side by "
                           "side.")  # fmt: skip


def table(words: str) -> Callable[[F], F]:
    """The option that names a file for a table, too."""
    return click.option("--out", type=PATH, metavar="FILE.csv", help=f"Also write {words} there.")


def scenario(name: str = "scenario", **more: Any) -> Callable[[F], F]:
    """The argument that names one scenario, or several."""
    return click.argument(name, shell_complete=complete_scenarios, **more)


def outcomes(words: str) -> Callable[[F], F]:
    """The option that names outcomes, each time one."""
    return click.option("--outcome", "outcomes", multiple=True, metavar="NAME", shell_complete=complete_outcomes,
                        help=words)  # fmt: skip


def asks(command: F) -> F:
    """The option that names the outcomes that are asked about, instead of the scenario's own."""
    return click.option("--asks", metavar="NAME[,NAME...]", shell_complete=complete_outcomes,
                        callback=lambda _, __, value: tuple(name.strip() for name in value.split(",")) if value else (),
                        help="One to three outcomes the answer is about; by default what the scenario asks.",
                        )(command)  # fmt: skip


def parameter(of: str) -> Callable[[F], F]:
    """The option that sets a parameter."""
    return click.option("--set", "sets", multiple=True, metavar="PATH=VALUE", shell_complete=complete_parameters,
                        help=f"A parameter of {of}; may be repeated.")  # fmt: skip


def assignments(
    option: str, given: Sequence[str], read: Callable[[str], Made | None], shape: str, twice: str
) -> tuple[dict[str, Made], dict[str, str], list[Problem]]:
    """What an option says that is written NAME=VALUE and may be repeated.

    `read` gives None, or raises a `ValueError`, if a value is not well written. That breaks the rule `shape`, and a
    name that was given before the rule `twice`.

    Returns:
        The values by name; what errors call each of them, `--set no. 2`; what is wrong with the others.
    """
    found: dict[str, Made] = {}
    places: dict[str, str] = {}
    problems = []
    for number, text in enumerate(given, 1):
        name, _, written = (part.strip() for part in text.partition("="))
        try:
            value = read(written) if name and written else None
        except ValueError:
            value = None
        if value is None or name in found:
            rule = shape if value is None else twice
            problems.append(wrong(f"{option} no. {number}", text, rule))
        else:
            found[name], places[name] = value, f"{option} no. {number}"
    return found, places, problems


def settings(given: Sequence[str]) -> tuple[dict[str, str], dict[str, str], list[Problem]]:
    """The values of `--set`, as `assignments` returns them."""
    return assignments("--set", given, str, "must be written PARAMETER=NUMBER", "this parameter is set already")


@contextmanager
def beside(problems: Iterable[Problem]) -> Iterator[None]:
    """Raises these problems, after those that are found within."""
    try:
        yield
    except InputError as error:
        raise InputError([*error.typed, *problems]) from None
    raise_any(problems)


def with_settings(given: Sequence[str], make: Callable[[dict[str, str]], Made]) -> Made:
    """What is made with the values of `--set`, by parameter, once they are well written.

    Raises:
        InputError: all that is wrong with either, with the number of the `--set` it means.
    """
    chosen, places, problems = settings(given)
    try:
        with beside(problems):
            return make(chosen)
    except InputError as error:
        found = [
            replace(problem, path=places[name], value=f"{name}={chosen[name]}")
            if problem.path == "--set" and (name := problem.value.partition("=")[0]) in places
            else problem
            for problem in error.typed
        ]
        raise InputError(found) from None
