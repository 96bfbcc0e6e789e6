"""Which columns stand for a protected attribute: those from which it can be told."""

from dataclasses import dataclass

import numpy as np
import scipy

from driftline.arrays import Floats, Integers
from driftline.models.tables import Table, codes, labels

_FOLDS, _LEAF = 5, 20


@dataclass(frozen=True, slots=True)
class Proxy:
    """How well one column alone tells the group of an attribute: 0 as chance does, 1 always; with a 95 % interval."""

    feature: str
    attribute: str
    skill: float
    low: float
    high: float


def measure_proxies(rows: Table, features: list[str], attribute: str, seed: int = 0) -> list[Proxy]:
    """How well each feature alone tells the group of a protected attribute, the best one first.

    A tree is fitted in five folds; its balanced accuracy on the rows that it did not see is put on a scale from chance
    to 1. Normal interval of the recalls. Needs `driftline[learn]`.

    >>> import polars as pl
    >>> rows = pl.DataFrame({"town": ["a", "b"] * 100, "idle": [1, 1, 2, 2] * 50, "sex": ["f", "m"] * 100})
    >>> [(one.feature, round(one.skill, 1)) for one in measure_proxies(rows, ["town", "idle"], "sex")]
    [('town', 1.0), ('idle', 0.0)]
    """
    names, group = np.unique(labels(rows, attribute), return_inverse=True)
    order = np.random.default_rng(seed).permutation(group.size)
    found = [_measure(codes(rows, name), group, len(names), order, (name, attribute)) for name in features]
    return sorted(found, key=lambda one: -one.skill)


def _measure(values: Floats, group: Integers, groups: int, order: Integers, names: tuple[str, str]) -> Proxy:
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415 - an extra, and slow to import

    own = np.nan_to_num(values)[:, None]
    hits = np.zeros(group.size)
    for part in np.array_split(order, _FOLDS):
        rest = np.setdiff1d(order, part)
        tree = DecisionTreeClassifier(min_samples_leaf=_LEAF, class_weight="balanced", random_state=0)
        hits[part] = tree.fit(own[rest], group[rest]).predict(own[part]) == group[part]
    counts = np.bincount(group, minlength=groups)
    recalls = np.bincount(group, hits, groups) / counts
    accuracy = float(recalls.mean())
    drawn = (np.bincount(group, hits, groups) + 1) / (counts + 2)  # one hit and one miss more: no recall is certain
    half = float(scipy.special.ndtri(0.975) * np.sqrt((drawn * (1 - drawn) / (counts + 2)).sum()) / groups)
    skill, low, high = ((part - 1 / groups) / (1 - 1 / groups) for part in (accuracy, accuracy - half, accuracy + half))
    return Proxy(*names, max(skill, 0.0), max(low, 0.0), min(max(high, 0.0), 1.0))
