"""Finds the batches that make a computation fail, so that it goes on without them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from polars.exceptions import PanicException

from driftline.errors import StoreError

Value = TypeVar("Value")
DEFECTS = (Exception, PanicException)
"""What rows may raise in code that is to take any rows."""
MACHINE = (StoreError, MemoryError, OSError)
"""Failures of the machine, not of the rows: trying again later may help."""


def find_culprits(batches: Sequence[Value], works: Callable[[Sequence[Value]], bool]) -> list[Value]:
    """Batches without which the others work: halves that fail are halved again.

    Where each half works and both together do not, it is the first batch of the second half that fails with those
    before it.

    >>> find_culprits([1, 2, -3, 4, -5], lambda batches: all(batch > 0 for batch in batches))
    [-3, -5]
    >>> find_culprits([1, 2, 3, 4], lambda batches: sum(batches) < 6)
    [3, 4]
    """
    kept, culprits = list(batches), list[Value]()
    while kept and not works(kept):
        bad = _halve(kept, works) or [_first_too_many(kept, works)]
        culprits += bad
        kept = [batch for batch in kept if batch not in bad]
    return culprits


def describe(error: BaseException) -> str:
    """What failed where, without the error's own text, which may quote rows.

    >>> try:
    ...     int("a secret")
    ... except ValueError as error:
    ...     describe(error)
    'ValueError in <doctest driftline.server.stream.culprits.describe[0]>, line 2'
    """
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "driftline" in frame.filename] or list(frames)
    if not ours:
        return type(error).__name__
    parts = Path(ours[-1].filename).parts
    start = max((at for at, part in enumerate(parts) if part == "driftline"), default=len(parts) - 2) + 1
    return f"{type(error).__name__} in {'/'.join(parts[max(start, 0) :])}, line {ours[-1].lineno}"


def _halve(batches: Sequence[Value], works: Callable[[Sequence[Value]], bool]) -> list[Value]:
    """The batches that fail alone."""
    if len(batches) == 1:
        return list(batches)
    middle = len(batches) // 2
    halves = batches[:middle], batches[middle:]
    return [bad for half in halves if not works(half) for bad in _halve(half, works)]


def _first_too_many(batches: Sequence[Value], works: Callable[[Sequence[Value]], bool]) -> Value:
    """The first batch that fails together with those before it."""
    low, high = 1, len(batches)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if works(batches[:middle]) else (low, middle)
    return batches[low - 1]
