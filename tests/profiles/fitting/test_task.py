"""The task and the positive class, guessed from target, prediction and score."""

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.errors import ConfigError
from driftline.profiles.fitting.fit import fit
from driftline.types import Task

N = 900
DRAWS = np.random.default_rng(0)
RARE = DRAWS.random(N) < 0.1
EVEN = DRAWS.random(N) < 0.5
DIGITS = DRAWS.integers(0, 3, N)
SCORE = np.clip(0.3 + 0.4 * EVEN + DRAWS.normal(0, 0.15, N), 0, 1)


def planned(columns, **settings):
    """The plan of these columns, `y` the target."""
    said = {"target": "y", "derive": False} | {k: k for k in ("prediction", "score") if k in columns} | settings
    return fit([pl.DataFrame(columns)], Config.model_validate(said), "parquet")


@pytest.mark.parametrize(
    ("rare", "often", "positive"),
    [("yes", "no", "yes"), (1, -1, "1"), (2, 1, "2"), ("churned", "stayed", "churned"), (0, 1, "true")],
)
def test_two_classes_are_binary(rare, often, positive):
    """Two classes of any names are binary; the positive one has the usual name, or is the much rarer one."""
    y = pl.Series(np.where(RARE, rare, often).tolist())
    plan = planned({"y": y, "prediction": y})
    assert (plan.task, plan.positive) == (Task.BINARY, positive)


@pytest.mark.parametrize("turned", [False, True])
def test_positive_class_scores_higher(turned):
    """The score is the positive class's probability: so that is the class whose rows score higher."""
    plan = planned({"y": np.where(EVEN, "good", "bad"), "score": 1 - SCORE if turned else SCORE})
    assert plan.positive == ("bad" if turned else "good")


def test_one_law_has_one_positive_class():
    """Samples of one law of two even classes have the same positive class."""
    draws = np.random.default_rng(1)
    plans = [planned({"y": draws.choice(["A", "B"], N), "score": draws.random(N)}) for _ in range(8)]
    assert {plan.positive for plan in plans} == {"B"}


@pytest.mark.parametrize("first", [0, 1])
def test_whole_numbers_of_classes(first):
    """0, 1, 2 and 1 to 3 are classes where the prediction has the same."""
    assert planned({"y": DIGITS + first, "prediction": np.roll(DIGITS, 1) + first}).task is Task.MULTICLASS


@pytest.mark.parametrize("prediction", [DIGITS + 0.25, DIGITS + 40])
def test_counts_are_a_regression(prediction):
    """Few whole numbers with fractions or other numbers as their prediction are counts."""
    assert planned({"y": DIGITS, "prediction": prediction}).task is Task.REGRESSION


def test_three_classes_with_a_score_are_not_binary():
    """One confidence beside three classes is of no positive class: nothing is computed of it."""
    plan = planned({"y": np.array(list("abc"))[DIGITS], "prediction": np.array(list("abc"))[DIGITS], "score": SCORE})
    assert (plan.task, plan.positive) == (Task.MULTICLASS, None)


def test_count_as_a_score():
    """A count is refused as a score, in words."""
    with pytest.raises(ConfigError, match=r"score: column 'score' holds numbers such as .* expected the probability"):
        planned({"y": EVEN, "score": DRAWS.integers(2, 90, N)})
