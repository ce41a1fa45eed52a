"""Errors: what is wrong, where, and whose fault it is.

Three kinds of failure leave this package: `InputError` (the user's input is wrong: exit status 2), `MachineError` (the
disk, a permission or a lock is) and `ModelError` (the model gives no number: both exit status 1).
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

MAX_VALUE = 60
"""Longest value, in characters, that an error repeats."""
SURE_MATCH, MAX_NAMES = 0.8, 8
"""From which similarity a name is surely the one meant; most names that a hint lists."""
MAX_PROBLEMS = 100
"""Most mistakes that are looked for."""
MAX_LISTED = 10
"""Beyond this number a message only counts the mistakes."""

NO_THREAD = ("start new thread", "launch worker thread")
"""Phrases in the errors of Python and arrow when the system lets them start no more threads."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in one place.

    Attributes:
        path: the file as the user named it, or the option (`--set`) the value came from.
        line: line in the file, from 1; None if the problem has no place.
        column: column in the line, from 1; None if the problem has no place.
        value: what stands there, as text; empty if nothing does.
        rule: the rule it breaks, in plain words.
        hint: what would help, usually `did you mean 'tie.strength'?`.
    """

    path: str
    line: int | None
    column: int | None
    value: str
    rule: str
    hint: str = ""

    @property
    def place(self) -> str:
        """`file.yaml:12:5`, or the path alone."""
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n is not None)])

    def __str__(self) -> str:
        """One line: `file.yaml:12:5: 'tie.strenth': not a parameter; did you mean 'tie.strength'?`."""
        text = self.value if len(self.value) <= MAX_VALUE else f"{self.value[: MAX_VALUE - 3]}..."
        value = [repr(text)] if text else []
        rule = f"{self.rule}; {self.hint}" if self.hint else self.rule
        return printable(": ".join([self.place, *value, rule]))


def wrong(path: object, value: object, rule: str, hint: str = "") -> Problem:
    """A mistake that has no place in a file."""
    return Problem(str(path), None, None, str(value), rule, hint)


class InputError(ValueError):
    """The user's input is wrong; `problems` lists everything found, in the order of the file.

    Problems name options, `--months`. Public functions name the argument instead, `months` (see
    `base.arguments.validated`); then `typed` keeps the problems in the words of the command line.
    """

    def __init__(self, problems: Problem | Iterable[Problem], typed: Iterable[Problem] = ()) -> None:
        """Takes one problem or several."""
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.typed: tuple[Problem, ...] = tuple(typed) or self.problems
        super().__init__(self.problems, self.typed)  # as args, so that the error survives pickling

    def __str__(self) -> str:
        """One line a problem, and how many more there are."""
        lines = [str(problem) for problem in self.problems]
        more = len(lines) - MAX_LISTED
        return "\n".join(lines if more <= 1 else [*lines[:MAX_LISTED], f"and {more} more problems"])


def raise_any(problems: Iterable[Problem]) -> None:
    """Raises the problems, if there are any; at most `MAX_PROBLEMS` of them.

    Raises:
        InputError: there is at least one.
    """
    listed = list(islice(problems, MAX_PROBLEMS + 1))
    if len(listed) > MAX_PROBLEMS:
        listed[-1] = wrong(listed[0].path, "", f"more than {MAX_PROBLEMS} problems; only these shown")
    if listed:
        raise InputError(listed)


class MachineError(RuntimeError):
    """The machine failed, not the input: no space, no permission, a lock that is held."""


class ModelError(ArithmeticError):
    """The model gave no number: the fault of neither the input's form nor the machine."""


def shortage(error: BaseException) -> str:
    """What the machine ran short of, and what helps; "" if the error has another cause."""
    if isinstance(error, MemoryError):
        return "not enough memory; try fewer replicates or workers"
    if any(phrase in str(error) for phrase in NO_THREAD):  # for which neither Python nor arrow has a class
        return "the system lets no more threads start; try fewer workers, or raise its limit on processes"
    return ""


@contextmanager
def machine_faults(place: Path, action: str = "written") -> Iterator[None]:
    """Turns failures of disk, permissions and memory into one short error.

    Raises:
        MachineError: instead of any `OSError` from within, and of an error that `shortage` explains.
    """
    try:
        yield
    except OSError as error:
        raise MachineError(f"{place}: cannot be {action} ({reason(error)})") from error
    except (MemoryError, RuntimeError) as error:
        if message := shortage(error):
            raise MachineError(message) from error
        raise


def reason(error: OSError) -> str:
    """What the system says about its failure, in one line."""
    return (error.strerror or str(error) or type(error).__name__).splitlines()[0].lower()


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """A hint with those of `names` that are most like `word`, or contain it; "" if there are none.

    A name that is very like it is given alone.
    """
    spellings = {name.casefold(): name for name in sorted(names)}
    word = word.casefold().replace("-", "_")
    if len(word) > MAX_VALUE:  # comparing long words costs time and never helps
        return ""
    matches = difflib.get_close_matches(word, spellings, n=3, cutoff=0.6)
    if matches and difflib.SequenceMatcher(None, matches[0], word).ratio() >= SURE_MATCH:
        matches = matches[:1]
    matches = matches or [name for name in spellings if len(word) > 1 and word in name][:MAX_NAMES]
    *others, last = [repr(spellings[name]) for name in matches] or [""]
    return f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?" if last else ""


def not_whole(
    value: Any, low: int, high: int, option: str, rule: str = "must be a whole number from {} to {}"
) -> Iterator[Problem]:
    """A problem if a value is no whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        yield wrong(option, value, rule.format(low, high))


HARMLESS = frozenset("\u200c\u200d")
"""Joiners, which Persian and Indic words need; they neither move nor reorder anything."""


def printable(text: str, *, lines: bool = False) -> str:
    """Text that is safe for a terminal or a log: characters that would steer or reorder it are shown as escapes.

    These are control characters, bidirectional ones and undecodable bytes, and line breaks unless `lines` are allowed.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c
        if c.isprintable() or c in HARMLESS or (lines and c == "\n") or unicodedata.category(c) == "Zs"
        else ascii(c)[1:-1]
        for c in text
    )


def in_a_line(error: BaseException) -> str:
    """An error's class and message on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
