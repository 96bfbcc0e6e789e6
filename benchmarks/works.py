"""What is measured: one table of works, each a process against another one, in groups of one page each."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
MILLION = 1_000_000


@dataclass(frozen=True)
class Rows:
    """A Parquet file, or a folder of them, that `rows.py` makes."""

    name: str
    rows: int
    seed: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pack:
    """A monitor pack that `driftline fit` makes; not timed."""

    name: str
    rows: Rows
    options: tuple[str, ...] = ()


Part = str | Path | Rows | Pack


@dataclass(frozen=True)
class Work:
    """A process (a list of words, files and packs) against another; `most` is the ratio that is aimed at.

    `units` is how many of `unit` the first one does, for the seconds of each; a `slow` work runs once, a `huge` one
    only when asked for.
    """

    what: str
    ours: tuple[Part, ...]
    against: str
    theirs: tuple[Part, ...]
    most: float | None = None
    units: float = 0
    unit: str = ""
    limits: str = ""
    slow: bool = False
    huge: bool = False


@dataclass(frozen=True)
class Group:
    """Works of one question."""

    title: str
    works: tuple[Work, ...] = field(default=())


def rows(count: int, side: str = "current") -> Rows:
    """The usual 20 columns."""
    return Rows(f"{side}-{count}.parquet", count, 0 if side == "reference" else 1)


def wide(columns: int, side: str) -> Rows:
    """100,000 rows of many columns."""
    seed = 0 if side == "reference" else 1
    return Rows(f"{side}-{columns}-columns.parquet", 100_000, seed, ("--columns", str(columns)))


def timed(count: int, side: str) -> Rows:
    """The usual columns with times over 30 days."""
    return Rows(f"{side}-{count}-timed.parquet", count, 0 if side == "reference" else 1, ("--times",))


PYTHON = sys.executable
COMMAND = (PYTHON, "-m", "driftline")
MODEL = ("--target", "f10", "--prediction", "f11")
REFERENCE = rows(MILLION, "reference")
PACK = Pack("reference.pack", REFERENCE, MODEL)
TIMED = timed(MILLION, "reference")
WINDOWED = Pack("windowed.pack", TIMED, (*MODEL, "--timestamp", "at"))
PLAIN = Pack("unwindowed.pack", TIMED, (*MODEL, "--config", str(HERE / "unwindowed.yaml")))


def _check(reference: Rows | Pack, current: Rows, *options: str) -> tuple[Part, ...]:
    model = () if isinstance(reference, Pack) else MODEL
    return (*COMMAND, "check", reference, current, *model, *options)


def _scan(*files: Rows) -> tuple[Part, ...]:
    return (PYTHON, HERE / "processes/scan.py", *files)


VECTORS = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"
"""Names of what NumPy chooses at start by the processor; a name that a processor lacks has no effect."""


def _fold(fast: str, *, vectors: bool = True) -> tuple[Part, ...]:
    disabled = () if vectors else (f"NPY_DISABLE_CPU_FEATURES={VECTORS}",)
    fold = (PYTHON, HERE / "processes/fold.py", PACK, rows(10 * MILLION))
    return ("env", f"DRIFTLINE_FAST={fast}", *disabled, *fold)


def _more_rows(count: int, *, huge: bool = False) -> Work:
    return Work(
        f"`driftline check` of {count // MILLION} M rows against a pack", _check(PACK, rows(count)),
        "1 M rows", _check(PACK, rows(MILLION)),
        most=count / MILLION, units=count / MILLION, unit="million rows",
        limits="20 s, 700 MiB" if huge else "1,024 MiB", slow=True, huge=huge,
    )  # fmt: skip


def _columns(count: int) -> Work:
    def check(columns: int) -> tuple[Part, ...]:
        return (*COMMAND, "check", wide(columns, "reference"), wide(columns, "current"))

    return _wider(f"`driftline check` of {count} columns, 100 k against 100 k rows", check, count)


def _columns_of_fit(count: int) -> Work:
    def fit(columns: int) -> tuple[Part, ...]:
        return (*COMMAND, "fit", wide(columns, "reference"), "-o", Path(tempfile.gettempdir()) / "columns.pack")

    return _wider(f"`driftline fit` of {count} columns, 100 k rows", fit, count)


def _wider(what: str, process: Callable[[int], tuple[Part, ...]], count: int) -> Work:
    return Work(
        what, process(count), "100 columns", process(100),
        most=count / 100, units=count, unit="column", limits="5 ms per column" if count > 300 else "", slow=count > 300,
    )  # fmt: skip


def _segments(count: int) -> Work:
    files = REFERENCE, rows(count)
    return Work(
        f"`driftline check`, 1 M against {count // MILLION} M rows in 50 segments", _check(*files, "--segment", "s2"),
        "no segments", _check(*files), most=1.5, slow=count > MILLION,
    )  # fmt: skip


GROUPS = {
    "check": Group(
        "A whole check",
        (
            Work(
                "`driftline check`, 1 M against 1 M rows", _check(REFERENCE, rows(MILLION)),
                "scan and sum of the same two files", _scan(REFERENCE, rows(MILLION)), most=5, limits="400 MiB",
            ),
            Work("`driftline check` against the file", _check(REFERENCE, rows(MILLION)),
                 "against its pack", _check(PACK, rows(MILLION))),
            Work("`import driftline`", (PYTHON, "-c", "import driftline"),
                 "an empty Python process", (PYTHON, "-c", "pass")),
            Work("`from driftline import Monitor`", (PYTHON, "-c", "from driftline import Monitor"),
                 "`import numpy, polars`", (PYTHON, "-c", "import numpy, polars"), limits="0.3 s"),
            Work("`driftline --help`", (*COMMAND, "--help"), "an empty Python process", (PYTHON, "-c", "pass")),
        ),
    ),
    "profile": Group(
        "The profile of 10 M rows, the reference cached",
        (
            Work(
                "load a pack, fold 10 M rows into a profile, by compiled loops", _fold("always"),
                "scan and sum of the same file", _scan(rows(10 * MILLION)), most=2.5,
            ),
            Work(
                "the same without the extra `fast`: NumPy sorts", _fold("never"),
                "scan and sum of the same file", _scan(rows(10 * MILLION)),
            ),
            Work(
                "compiled loops, NumPy without vector instructions", _fold("always", vectors=False),
                "with them", _fold("always"), most=1.3,
            ),
            Work(
                "NumPy sorts, without vector instructions", _fold("never", vectors=False),
                "with them", _fold("never"), most=1.3,
            ),
        ),
    ),
    "spark": Group(
        "Spark's fold of 10 M rows",
        (
            Work(
                "fold 10 M rows with Spark into a profile",
                (PYTHON, HERE / "processes/fold_spark.py", PACK, rows(10 * MILLION)),
                "Spark's own scan: values of each column, counted",
                (PYTHON, HERE / "processes/scan_spark.py", rows(10 * MILLION)), most=1.3,
            ),
        ),
    ),
    "rows": Group("More rows", (_more_rows(10 * MILLION), _more_rows(100 * MILLION, huge=True))),
    "columns": Group("More columns", (_columns_of_fit(300), _columns_of_fit(1000), _columns(300), _columns(1000))),
    "cells": Group(
        "Segments and windows",
        (
            _segments(MILLION),
            _segments(10 * MILLION),
            Work(
                "`driftline check` of 1 M rows against a pack, in 30 windows",
                _check(WINDOWED, timed(MILLION, "current")),
                "no windows", _check(PLAIN, timed(MILLION, "current")), most=1.2,
            ),
        ),
    ),
}  # fmt: skip
