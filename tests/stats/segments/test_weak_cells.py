"""Weak cells are found where they are, and hardly ever where there are none."""

from itertools import combinations

import numpy as np

from driftline.stats.segments.weak_cells import find_weak_cells

COLUMNS, CODES = 5, 4
PAIRS = list(combinations(range(COLUMNS), 2))


def tables(random, n, weak=None, heavy=False):
    """Moments of n rows with codes of five columns, in two halves; errors are larger where `weak` says."""
    codes = random.integers(0, CODES, (n, COLUMNS))
    errors = random.lognormal(0, 1, n) if heavy else np.abs(random.normal(size=n))
    if weak is not None:
        errors *= np.where(weak(codes), 1.6, 1.0)
    half = random.integers(0, 2, n)
    made = np.zeros((2, len(PAIRS), CODES, CODES, 3))
    for at, (a, b) in enumerate(PAIRS):
        cells = half * CODES * CODES + codes[:, a] * CODES + codes[:, b]
        for part, weights in enumerate((np.ones(n), errors, errors**2)):
            counted = np.bincount(cells, weights, 2 * CODES * CODES)
            made[:, at, ..., part] = counted.reshape(2, CODES, CODES)
    return made


def found(made):
    return {tuple(zip(cell.columns, cell.codes, strict=True)) for cell in find_weak_cells(PAIRS, made)}


def test_false_discoveries():
    """Where all cells err alike, any is told in at most 5 % of 300 data sets, of light and of heavy tails."""
    random = np.random.default_rng(17)
    told = [bool(found(tables(random, 2_000, heavy=at % 2 == 1))) for at in range(300)]
    assert 0.05 >= np.mean(told)


def test_a_weak_pair_is_found_as_a_pair():
    """A pair in which errors are larger is found, as that pair; what overlaps it is hardly ever told beside it."""
    random = np.random.default_rng(18)
    pair = ((1, 2), (3, 0))
    outcomes = [found(tables(random, 8_000, lambda c: (c[:, 1] == 2) & (c[:, 3] == 0))) for _ in range(40)]
    assert 38 <= sum(pair in outcome for outcome in outcomes)
    assert 4 >= sum(len(outcome) > 1 for outcome in outcomes)


def test_a_weak_value_is_found_as_one_value():
    """A value in which errors are larger is told as itself, not as its pairs with all others."""
    random = np.random.default_rng(19)
    outcomes = [found(tables(random, 4_000, lambda c: c[:, 2] == 1)) for _ in range(40)]
    assert 38 <= sum(outcome == {((2, 1),)} for outcome in outcomes)


def test_intervals_cover():
    """The intervals of what is told hold the true difference, though the cells were searched for."""
    random = np.random.default_rng(20)
    truth = 0.6 * np.sqrt(2 / np.pi)
    cells = [
        cell
        for _ in range(60)
        for cell in find_weak_cells(PAIRS, tables(random, 4_000, lambda c: c[:, 2] == 1))
        if cell.columns == (2,)
    ]
    assert 50 < len(cells)
    assert 0.95 <= np.mean([cell.low <= truth <= cell.high for cell in cells])


def test_too_few_rows():
    """Cells of few rows are not tried, and no rows give nothing."""
    random = np.random.default_rng(21)
    assert [] == find_weak_cells(PAIRS, tables(random, 100, lambda c: c[:, 0] == 1))
    assert [] == find_weak_cells(PAIRS, np.zeros((2, len(PAIRS), CODES, CODES, 3)))
    assert [] == find_weak_cells([], np.zeros((2, 0, CODES, CODES, 3)))
