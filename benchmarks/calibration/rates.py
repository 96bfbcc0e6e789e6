"""Shares and counts with their 95 % bands."""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from scipy import special, stats

T = TypeVar("T")


def share(hits: int, times: int) -> dict[str, Any]:
    """Make a row of hits among times: the share, with the exact 95 % interval (Clopper & Pearson, 1934)."""
    if not times:
        return {"hits": 0, "times": 0, "share": None, "low": None, "high": None}
    low = float(special.betaincinv(hits, times - hits + 1, 0.025)) if hits else 0.0
    high = float(special.betaincinv(hits + 1, times - hits, 0.975)) if hits < times else 1.0
    return {
        "hits": hits,
        "times": times,
        "share": round(hits / times, 5),
        "low": round(low, 5),
        "high": round(high, 5),
    }


def most(expected: float) -> int:
    """Tell the largest count that a Poisson number of this mean reaches by chance: more comes in 2.5 % of cases."""
    return int(stats.poisson.ppf(0.975, expected)) if expected else 0


def spread(function: Callable[[Any], T], work: Iterable[Any], processes: int) -> list[T]:
    """Do each piece of work in one of so many processes; in this one if that is 1."""
    if processes == 1:
        return [function(piece) for piece in work]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        return list(pool.map(function, work))
