"""A story: rows of a reference and rows that are watched, and what a person who knows them would write down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import polars as pl

Rows = pl.DataFrame
START = datetime(2024, 1, 1)  # noqa: DTZ001 - rows without a zone are UTC; a Monday
WIDTHS = {"1h": timedelta(hours=1), "1d": timedelta(days=1), "1w": timedelta(weeks=1)}


class NoRowsError(Exception):
    """The rows of a story are not there; the message says which file is missed."""


@dataclass(frozen=True)
class Chapter:
    """One incident that a person would write down.

    `begin` and `end` are days since watching began; `end` None: it lasts. `last` is the day by which it must be over
    for anyone, `events` the days of second events. `subjects` are the names that it may go by. `slow` are the days that
    it takes to be of a size that can be seen; `widths` are those of the windows in which it can be.
    """

    subjects: tuple[str, ...]
    begin: float
    end: float | None = None
    last: float | None = None
    events: tuple[float, ...] = ()
    slow: float = 0.0
    widths: tuple[str, ...] = tuple(WIDTHS)


@dataclass(frozen=True)
class Story:
    """What happens from `start` on, and what a person would write down of it.

    `noted` is a word of a note told when fitting. `limits` says why windows of a width cannot tell it, or not all.
    """

    name: str
    chapters: tuple[Chapter, ...] = ()
    start: datetime = START
    settings: Mapping[str, Any] = field(default_factory=dict)
    noted: str = ""
    limits: Mapping[str, str] = field(default_factory=dict)

    def draw(self, seed: int, rows: int = 1200) -> tuple[Rows, Rows]:
        """The reference and the rows that are watched, their times in the column `at`; drawn with about so many a day.

        Raises:
            NoRowsError: when they are not there.
        """
        raise NotImplementedError
