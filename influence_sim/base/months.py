"""Months as plain integers: `year * 12 + month - 1`, so that differences are numbers of months."""

from __future__ import annotations

import re
from datetime import date
from typing import TypeAlias

Month: TypeAlias = int

PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def parse_month(text: str) -> Month:
    """Reads `2018-01`.

    Raises:
        ValueError: `text` is not a month written YYYY-MM.
    """
    if not re.fullmatch(PATTERN, text):
        is_written_so = re.fullmatch(r"[0-9]{4}-[0-9]{2}", text)
        raise ValueError(
            "there is no such month (YYYY-MM, with MM from 01 to 12)" if is_written_so else "a month is written YYYY-MM"
        )
    return int(text[:4]) * 12 + int(text[5:]) - 1


def format_month(month: Month) -> str:
    """Writes a month as `2018-01`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def first_day(month: Month) -> date:
    """The first day of a month."""
    return date(month // 12, month % 12 + 1, 1)


def month_words(month: Month) -> str:
    """`January 2018`."""
    return f"{MONTHS[month % 12]} {month // 12}"
