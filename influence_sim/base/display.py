"""How a result displays itself: its finding in a terminal, in a notebook also its tables."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from influence_sim.base.late import pd
from influence_sim.base.numbers import decimals_for, written

UNBROKEN = 26
"""Characters of a cell that stay on one line, such as a number with its interval."""


class Shown:
    """A result that displays its finding first, then tables, and below them how it was computed."""

    __slots__ = ()

    @property
    def finding(self) -> str:
        """The finding, in a sentence or two; "" if there is nothing to say."""
        return ""

    def described(self) -> str:
        """The result in one line."""
        raise NotImplementedError

    def more(self) -> str:
        """Text after the finding in a notebook."""
        return ""

    def tables(self) -> Iterable[tuple[str, pd.DataFrame]]:
        """The tables that a notebook shows below, each with its heading, "" for none."""
        return ()

    def small_print(self) -> Iterable[str]:
        """The lines below the tables: what it is, what could not be computed, and what must be known to read it."""
        notes = (*getattr(self, "notes", ()), *getattr(self, "cautions", ()))
        return self.described(), getattr(self, "lacking", ""), *sentences(notes)

    def __repr__(self) -> str:
        """The finding, and the result in one line."""
        description = f"<{type(self).__name__} {self.described()}>"
        return f"{self.finding}\n{description}" if self.finding else description

    def _repr_html_(self) -> str:
        opening = f"<p><b>{escape(self.finding)}</b> {escape(self.more())}</p>" if self.finding else ""
        body = "".join(f"<p>{escape(heading)}</p>" * bool(heading) + as_html(table) for heading, table in self.tables())
        return opening + body + "".join(f"<p><small>{escape(line)}</small></p>" for line in self.small_print() if line)


class Pictures(list[Path]):
    """The files of pictures, which a notebook shows."""

    def _repr_html_(self) -> str:
        """The pictures as HTML."""
        media_types = {".png": "png", ".gif": "gif"}
        images = [(path, b64encode(path.read_bytes()).decode()) for path in self if path.suffix in media_types]
        return "".join(
            f'<p><img alt="{escape(path.stem)}" style="max-width: 100%" '
            f'src="data:image/{media_types[path.suffix]};base64,{data}"></p>'
            for path, data in images
        )


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def id_words(name: str, proper: Iterable[str]) -> str:
    """An id as words, with the capitals of names: `north_road` is `North road`, if `North` is a name."""
    capitals = {word.casefold(): word for word in proper}
    return " ".join(capitals.get(word, word) for word in re.split("[_-]", name))


def is_plural(noun: str) -> bool:
    """Whether a noun ends as several do: `districts`, but not `violence` or `consensus`."""
    return noun.endswith("s") and noun[-2:-1] not in {"s", "u", "i", "'"}


def first_of(names: Sequence[str], most: int = 3) -> str:
    """The first of some names, and how many more there are: `a, b, c and 4 more`."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def choice_words(cell: object, labels: Mapping[str, str]) -> list[str]:
    """The choices that a cell of a table lists, each by its label if it has one."""
    return [labels.get(text, text) for text in str(cell).split(", ")]


def agreeing(phrase: str, subject: str) -> str:
    """What one does, `deals openly`, as it is said of a subject: `deal openly` of `neighbouring states`.

    Several are those whose last word is a common noun that ends in s; what ends so in a name of its own is one.
    """
    last = subject.rsplit(maxsplit=1)[-1] if subject else ""
    if not (last.islower() and is_plural(last)):
        return phrase
    verb, space, rest = phrase.partition(" ")
    return {"does": "do", "presses": "press"}.get(verb, verb.removesuffix("s")) + space + rest


def sentences(notes: Iterable[str]) -> list[str]:
    """Notes, such as `few rows`, each as a sentence: `Few rows.`."""
    return [f"{capital(note)}." for note in notes]


def as_html(table: pd.DataFrame) -> str:
    """A table for readers: texts in full and aligned left, numbers right, with as many decimals as they need."""
    columns = {str(name): _cells(table[name].tolist()) for name in table.columns}
    heads = "".join(_cell("th", name, right=right) for name, (_, right) in columns.items())
    rows = zip(*(cells for cells, _ in columns.values()), strict=True)
    aligned = [right for _, right in columns.values()]
    body = ("".join(_cell("td", text, right=right) for text, right in zip(row, aligned, strict=True)) for row in rows)
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _cell(tag: str, text: str, *, right: bool) -> str:
    no_wrap = "; white-space: nowrap" if tag == "td" and len(text) <= UNBROKEN else ""
    return f'<{tag} style="text-align: {"right" if right else "left"}{no_wrap}">{escape(text)}</{tag}>'


def _cells(values: list[Any]) -> tuple[list[str], bool]:
    """The cells of a column, and whether all are numbers; unknown values are left empty."""
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    places = decimals_for(numbers) if any(isinstance(number, float) for number in numbers) else 0

    def cell(value: Any) -> str:
        if value is None or value != value:  # noqa: PLR0124 - NaN is the one that is not itself
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return written(value, places) if isinstance(value, int | float) else str(value)

    return [cell(value) for value in values], len(numbers) == len(values)
