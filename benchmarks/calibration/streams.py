"""What is drawn: columns of many shapes without any change, and the same with changes of a stated size.

Every draw is made by a generator of its own, so that any of them can be made again from its seed.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

Draw = Callable[[np.random.Generator, int], pl.Series]


def categories(count: int, moved: float = 0.0, new: float = 0.0) -> Draw:
    """Draw from so many categories by Zipf's law; `moved` of the mass goes from the first half of them to the rest.

    `new` of the rows hold a category that is otherwise never drawn.
    """
    shares = 1 / np.arange(1, count + 1)
    shares /= shares.sum()
    first = np.arange(count) < (count + 1) // 2
    if moved:
        shares = shares * np.where(first, 1 - moved / shares[first].sum(), 1 + moved / shares[~first].sum())
    shares = np.append(shares * (1 - new), new)
    names = pl.Series([*(f"c{place}" for place in range(count)), "new"])

    def draw(random: np.random.Generator, n: int) -> pl.Series:
        return names.gather(np.searchsorted(np.cumsum(shares)[:-1], random.random(n), side="right"))

    return draw


def holes(share: float) -> Draw:
    """Draw normal numbers of which this share is missing."""

    def draw(random: np.random.Generator, n: int) -> pl.Series:
        values, kept = pl.Series(random.normal(size=n)), pl.Series(random.random(n) >= share)
        return values.set(~kept, None)

    return draw


def normal(mean: float = 0.0, scale: float = 1.0) -> Draw:
    """Draw normal numbers."""
    return lambda random, n: pl.Series(random.normal(mean, scale, n))


SHAPES: dict[str, Draw] = {
    "normal": normal(),
    "Student's t, 3 df": lambda random, n: pl.Series(random.standard_t(3, n)),
    "log-normal": lambda random, n: pl.Series(random.lognormal(0, 1, n)),
    "Poisson, mean 3": lambda random, n: pl.Series(random.poisson(3, n)),
    "10 categories": categories(10),
    "50 categories": categories(50),
    "500 categories": categories(500),
    "normal, 5 % missing": holes(0.05),
}

EFFECTS: dict[str, tuple[Draw, Draw]] = {
    "mean +0.1 sd": (normal(), normal(0.1)),
    "mean +0.25 sd": (normal(), normal(0.25)),
    "mean +0.5 sd": (normal(), normal(0.5)),
    "scale x1.25": (normal(), normal(scale=1.25)),
    "scale x1.5": (normal(), normal(scale=1.5)),
    "heavier tails": (normal(), lambda random, n: pl.Series(random.standard_t(3, n) / np.sqrt(3))),
    "5 % of mass moved": (categories(10), categories(10, moved=0.05)),
    "10 % of mass moved": (categories(10), categories(10, moved=0.1)),
    "20 % of mass moved": (categories(10), categories(10, moved=0.2)),
    "missing +2 points": (holes(0.05), holes(0.07)),
    "missing +5 points": (holes(0.05), holes(0.1)),
    "missing +10 points": (holes(0.05), holes(0.15)),
    "new category, 1 %": (categories(10), categories(10, new=0.01)),
    "new category, 5 %": (categories(10), categories(10, new=0.05)),
}


def table(draws: dict[str, Draw], random: np.random.Generator, n: int) -> pl.DataFrame:
    """Draw independent columns of n rows."""
    return pl.DataFrame([draw(random, n).alias(name) for name, draw in draws.items()])
