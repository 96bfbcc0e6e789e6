"""Whether numbers and labels are folded by compiled loops, and what those give; without Numba NumPy sorts them.

Both ways give the same counts to the bit, and sums of floats to within rounding.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock, local
from types import ModuleType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import polars as pl

from driftline.arrays import Floats, Integers
from driftline.data.hashing import Hashes
from driftline.errors import ConfigError
from driftline.profiles.loops import buffers
from driftline.profiles.plan import ColumnPlan
from driftline.profiles.rounding import ranges
from driftline.profiles.values import Tally
from driftline.types import Column, Kind, Role

Given = TypeVar("Given", bound=npt.NDArray[Any])
VARIABLE = "DRIFTLINE_FAST"
MODES = ("auto", "always", "never")
_FEWEST = 2_000  # rows of a batch: below, the calls cost more than the sort
_PAYS = 25_000_000  # numbers: folding as many faster gains the second that Numba and the loops take to load
_PAYS_TO_COMPILE = 400_000_000  # where they have to be compiled first
_CELLS = 4096
_SLOTS = (2**10, 2**15)  # of the table of different texts, of which half are filled at most: one after the other


class _Work:
    """How many numbers this process has folded, or is about to, and how the way is chosen."""

    def __init__(self) -> None:
        self.numbers = 0
        self.mode: str | None = None
        self.lock = Lock()


_WORK = _Work()
_ROOM = local()


Layout = tuple[Floats, npt.NDArray[np.uint16], Integers]
"""What the loops need of a column's edges, as `kernels.tally` says."""

_LAYOUTS: WeakKeyDictionary[ColumnPlan, Layout] = WeakKeyDictionary()


def mode() -> str:
    """How the way is chosen: `auto`, `always` or `never`, as the environment's `DRIFTLINE_FAST` says.

    Raises:
        ConfigError: when it says something else, or `always` where Numba is not installed.
    """
    chosen = _WORK.mode or os.environ.get(VARIABLE) or MODES[0]
    if chosen not in MODES:
        raise ConfigError(f"{VARIABLE}: expected {', '.join(MODES[:-1])} or {MODES[-1]}, got {chosen!r}")
    if chosen == "always" and find_spec("numba") is None:
        raise ConfigError(f"{VARIABLE}: Numba is not installed; pip install 'driftline[fast]', or set it to auto")
    return chosen


@contextmanager
def using(chosen: str) -> Iterator[None]:
    """Within, the way is chosen so, whatever the environment says: for tests and measurements."""
    before, _WORK.mode = _WORK.mode, chosen
    try:
        yield
    finally:
        _WORK.mode = before


def expect(numbers: int) -> None:
    """Say that so many numbers are about to be folded, as soon as that is known."""
    with _WORK.lock:
        _WORK.numbers += numbers


def loops(rows: int) -> ModuleType | None:
    """The compiled loops, if a batch of so many rows is to be folded by them, else None."""
    chosen = mode()
    if chosen == "never" or (chosen == "auto" and (rows < _FEWEST or _WORK.numbers < _PAYS)):
        return None
    module = _load()
    if chosen == "auto" and module is not None and _WORK.numbers < _PAYS_TO_COMPILE and not _is_compiled():
        return None
    return module


@cache
def _load() -> ModuleType | None:
    """The module of the loops; None where Numba is not installed, or can keep nothing that it compiles."""
    if find_spec("numba") is None:
        return None
    try:
        from driftline.profiles.loops import kernels  # noqa: PLC0415 - Numba takes its time: only where it pays
    except RuntimeError:  # there is no folder where it could keep what it compiles
        return None
    return kernels


def _require() -> ModuleType:
    module = _load()
    if module is None:
        raise ConfigError(f"the fold cannot be compiled: {_lacking()}")
    return module


@cache
def _is_compiled() -> bool:
    """Whether the loops were compiled before, by this process or another."""
    module = _load()
    folder = module and module.tally.stats.cache_path
    return bool(folder) and any(Path(str(folder)).glob("kernels.tally-*.nbi"))


def compile_loops() -> str:
    """Compile the loops by folding a few rows, so that no later process waits for it; returns the folder they are in.

    Raises:
        ConfigError: when Numba is not installed, or has no folder to keep them in.
    """
    module = _require()
    plan = ColumnPlan(Column("x", Kind.NUMERIC, Role.FEATURE, "Float64"), edges=np.arange(2.0), levels=np.arange(2.0))
    for values in ([0.5, 1.0], [0.5, None, float("nan")]):
        found, _, _ = tally(module, pl.Series(values), plan, plan.levels)
        smallest(found, 1, None)
        outside(found, 0.0, 1.0)
        find_bins(found, plan)
        hash_rows(module, [found, found.view(np.uint64)], found.size)
        module.spread(found)
        given = as_read_only(found)
        module.correlate(given, given, 0.0, 1.0, np.zeros(5), np.zeros((5, 5)))
        module.relative_errors(given, given, found.copy())
        module.scaled_errors(given, given, found.copy(), found.copy())
    count_texts(module, pl.Series(["a", None]))
    count_texts(module, pl.Series(["a"]))
    _is_compiled.cache_clear()
    return str(module.tally.stats.cache_path)


def as_read_only(numbers: Given) -> Given:
    """The same numbers, not to be written to: for arrays of either kind a loop would be compiled anew."""
    view = numbers.view()
    view.flags.writeable = False
    return view


def describe() -> str:
    """A sentence about how numbers are folded here, and why."""
    chosen = mode()
    if chosen == "never":
        return f"by NumPy's sort, for {VARIABLE} is never"
    if _load() is None:
        return f"by NumPy's sort: {_lacking()}"
    if chosen == "always":
        return f"by compiled loops, for {VARIABLE} is always"
    if not _is_compiled():
        return (
            f"by NumPy's sort; by compiled loops where a process folds over {_PAYS_TO_COMPILE:,}, for they are not "
            f"compiled yet: `driftline doctor --compile` does so once, and from then on {_PAYS:,} are enough"
        )
    return f"by NumPy's sort; by compiled loops where a process folds over {_PAYS:,}, which pays for loading them"


def _lacking() -> str:
    if find_spec("numba") is None:
        return "Numba is not installed; pip install 'driftline[fast]'"
    return "Numba finds no folder to keep compiled loops in; set NUMBA_CACHE_DIR to one that can be written to"


def tally(
    module: ModuleType, series: pl.Series, plan: ColumnPlan, levels: Floats | None
) -> tuple[Floats, tuple[int, int, int], Tally]:
    """One pass over a Float64 column.

    Returns the finite numbers (n,) in the rows' order, those close to a level made equal to it; how many others are
    NaN, positive and negative infinite; and what the pass tells.
    """
    found, odd = _gather(module, series)
    if levels is not None and levels.size and found.size:
        module.snap(found, levels, *ranges(levels, plan.scale))
    counts, facts = np.zeros(2 * plan.edges.size + 1, np.int64), np.zeros(6)
    sums = np.zeros(counts.size)
    cells, buckets, rows = _scratch(module)
    zeros, negatives = module.tally(found, _layout(plan), (counts, sums, cells, facts))
    filled = module.empty_buckets(cells, buckets, rows)
    with np.errstate(over="ignore"):
        sums[1::2] = counts[1::2] * plan.edges
    return found, odd, Tally(counts, sums, buckets[:filled].copy(), rows[:filled].copy(), facts, zeros, negatives)


def _scratch(module: ModuleType) -> tuple[npt.NDArray[np.uint32], Integers, Integers]:
    """Counts by leading bits, all 0, and room for buckets and their rows: of this thread, for they are large."""
    if not hasattr(_ROOM, "arrays"):
        of = module.BUCKETS
        _ROOM.arrays = np.zeros(of, np.uint32), np.empty(of, np.int64), np.empty(of, np.int64)
    arrays: tuple[npt.NDArray[np.uint32], Integers, Integers] = _ROOM.arrays
    return arrays


def _gather(module: ModuleType, series: pl.Series) -> tuple[Floats, tuple[int, int, int]]:
    found, at, odd = np.empty(series.len()), 0, [0, 0, 0]
    for chunk in buffers.chunks(series):
        here = module.gather(chunk.numbers, chunk.valid, chunk.offset, found[at:])
        if here < chunk.numbers.size - chunk.nulls:
            odd = [a + b for a, b in zip(odd, module.count_odd(chunk.numbers, chunk.valid, chunk.offset), strict=True)]
        at += here
    return found[:at], (odd[0], odd[1], odd[2])


def outside(numbers: Floats, low: float, high: float) -> Floats:
    """Those of the numbers (n,) that are below `low` or above `high`."""
    found = np.empty(numbers.size)
    return found[: _require().outside(numbers, low, high, found)]


def find_bins(numbers: Floats, plan: ColumnPlan) -> Integers:
    """The bin (n,) of each finite number (n,) among the column's 2k+1."""
    bins = np.empty(numbers.size, np.int64)
    _require().find_bins(numbers + 0.0, _layout(plan), bins)
    return bins


def hash_rows(module: ModuleType, columns: Sequence[Floats | Hashes], height: int) -> Hashes:
    """Hash (height,) of each row of columns (height,): `hashing.of_rows`."""
    total = np.zeros(height, np.uint64)
    for column in columns:
        (module.mix_bits if column.dtype == np.uint64 else module.mix_numbers)(as_read_only(column), total)
    total ^= total >> np.uint64(32)
    return total


def smallest(numbers: Floats, size: int, bound: np.uint64 | None) -> tuple[Hashes, Integers]:
    """Hashes (h,) of numbers (n,), those among the `size` smallest up to a bound, and some more, with their rows."""
    module = _require()
    slots = 1 << (4 * min(size, numbers.size) + 1).bit_length()
    hashes, counts = np.empty(slots, np.uint64), np.zeros(slots, np.int64)
    module.smallest(numbers, size, np.uint64(2**64 - 1) if bound is None else bound, hashes, counts)
    there = np.flatnonzero(counts)
    return hashes[there], counts[there]


def count_texts(module: ModuleType, texts: pl.Series) -> pl.DataFrame | None:
    """The different texts (`label`) of a column, each with its `rows`; None where very many differ.

    A text counts by its view: a code of the file's dictionary, or up to 12 bytes, the text itself.
    """
    texts = texts.rechunk()
    for chunk in buffers.text_chunks(texts):
        for slots in _SLOTS:
            keys, counts = np.full(2 * slots, 2**64 - 1, np.uint64), np.zeros(slots, np.int64)
            firsts = np.empty(slots, np.int64)
            if module.count_views(chunk.views, chunk.valid, chunk.offset, keys, counts, firsts) >= 0:
                there = np.flatnonzero(counts)
                labels = texts.gather(firsts[there]).alias("label")
                counted = pl.DataFrame([labels, pl.Series("rows", counts[there])])
                long = (labels.str.len_bytes() > buffers.IN_VIEW).any()  # they can have several views
                return counted.group_by("label").sum() if long else counted
    return None


def _layout(plan: ColumnPlan) -> Layout:
    """The layout of a column's edges, made once.

    A number's key is half its size in bits above the smallest edge's, with its sign: ordered as numbers are, and close
    together where edges are. Equal parts of the keys between the first edge and the last are the cells.
    """
    known = _LAYOUTS.get(plan)
    if known is None:
        known = _LAYOUTS[plan] = _lay_out(plan.edges + 0.0)
    return known


def _lay_out(edges: Floats) -> Layout:
    if not edges.size:
        return np.array([-np.inf, np.inf]), np.zeros(1, np.uint16), np.zeros(4, np.int64)
    sizes = np.abs(edges).view(np.int64)
    flat = int(sizes[sizes > 0].min(initial=sizes.max()))
    keys = np.where(edges < 0, -1, 1) * (np.maximum(sizes - flat, 0) >> 1)
    first, last = int(keys[0]), int(keys[-1])
    shift = max((last - first).bit_length() - _CELLS.bit_length() + 1, 0)
    held = np.bincount((keys - first) >> shift)
    steps = int(held.max()).bit_length()
    starts = np.concatenate(([0], np.cumsum(held)[:-1])).astype(np.uint16)
    padded = np.concatenate(([-np.inf], edges, np.full(2**steps, np.inf)))
    return padded, starts, np.array([flat, first, shift, steps], np.int64)
