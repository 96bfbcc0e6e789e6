"""Champion, challengers and the simplest answer on the same rows."""

import numpy as np
import polars as pl
import pytest

from driftline import InputError
from driftline.models.compare import SIMPLEST, compare_models
from driftline.stats.intervals import mean, mean_sequence


def trips(rows: int = 2_000, seed: int = 0, old: float = 3.0, new: float = 2.0) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    minutes = random.normal(20, 5, rows)
    return pl.DataFrame(
        {
            "minutes": minutes,
            "old": minutes + random.normal(0, old, rows),
            "new": minutes + random.normal(0, new, rows),
            "zone": np.where(np.arange(rows) % 10 == 0, "harbour", "centre"),
        }
    )


def test_holds_while_it_is_looked_at():
    """In 400 series without a difference, looked at every 50 rows up to 5,000, at most 5 % say that there is one ever.

    An interval that is meant to be looked at once says so in more than a quarter.
    """
    random = np.random.default_rng(0)
    numbers = random.normal(0, 1, (400, 5_000))
    looks = range(100, 5_001, 50)
    sums, squares = numbers.cumsum(axis=1), (numbers**2).cumsum(axis=1)
    wrong = {"sequence": 0, "once": 0}
    for own, square in zip(sums, squares, strict=True):
        said = dict.fromkeys(wrong, False)
        for n in looks:
            average = own[n - 1] / n
            m2 = square[n - 1] - n * average**2
            for name, (_, low, high) in (
                ("sequence", mean_sequence(average, m2 / (n - 1), n)),
                ("once", mean(average, m2, n)),
            ):
                said[name] |= low > 0 or high < 0
        for name, is_wrong in said.items():
            wrong[name] += is_wrong
    assert wrong["sequence"] <= 0.05 * 400
    assert wrong["once"] > 0.25 * 400


@pytest.mark.parametrize("as_pandas", [False, True])
def test_a_better_challenger(as_pandas):
    """The challenger that errs less is found, over all rows and by segment where there are enough rows."""
    rows = trips()
    if as_pandas:
        rows = pytest.importorskip("pandas").DataFrame(rows.to_dict(as_series=False))
    found = compare_models(rows, target="minutes", champion="old", challengers=["new"], reference=rows, by="zone")
    assert found.advice == "new is better than old: switch to it."
    whole = next(one for one in found.differences if one.name == "new" and one.segment is None)
    assert whole.champion == pytest.approx(3 * np.sqrt(2 / np.pi), rel=0.05)
    assert whole.low <= np.sqrt(2 / np.pi) * (2 - 3) <= whole.high
    assert {None, "zone=centre", "zone=harbour"} == {one.segment for one in found.differences}
    simplest = next(one for one in found.differences if one.name == SIMPLEST)
    assert simplest.better is False
    assert "new where zone=harbour: " in str(found)
    assert found.to_polars().height == 6


def test_equal_models():
    """Of models that err alike none is said to be better, and the advice says to look again."""
    found = compare_models(trips(old=2.0), target="minutes", champion="old", challengers=["new"])
    assert found.differences[0].better is None
    assert "look again with more rows" in found.advice


def test_a_worse_challenger():
    """The champion stays where it is surely better."""
    found = compare_models(trips(), target="minutes", champion="new", challengers=["old"])
    assert found.advice == "new is the best of them: keep it."


def test_no_better_than_the_simplest_answer():
    """A champion that says nothing is told to be no better than the most frequent class."""
    random = np.random.default_rng(1)
    rows = pl.DataFrame({"late": random.random(2_000) < 0.2, "answer": random.random(2_000) < 0.2})
    found = compare_models(rows, target="late", champion="answer", reference=rows)
    assert "train it anew" in found.advice
    assert found.of == "share of wrong answers"
    assert " points [" in str(found)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"challengers": ["newer"]}, "no column 'newer'; did you mean 'new'"),
        ({"challengers": []}, "name at least one"),
        ({"challengers": ["old"]}, "named twice"),
        ({"challengers": ["zone"]}, "numbers are expected"),
        ({"challengers": ["gappy"]}, "'gappy' has 1 missing value"),
        ({"by": "district"}, "no column 'district'"),
    ],
)
def test_bad_input(settings, said):
    """Each mistake is named."""
    rows = trips().with_columns(gappy=pl.when(pl.int_range(pl.len()) > 0).then("new"))
    with pytest.raises(InputError, match=said):
        compare_models(rows, **{"target": "minutes", "champion": "old", "challengers": ["new"]} | settings)
