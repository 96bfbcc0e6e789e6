"""When training anew pays."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline import InputError
from driftline.models.retrain import plan_retraining

START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive, as the rows are
SAID = {"target": "y", "prediction": "guess", "timestamp": "at", "price": 2.0, "cost": 5_000.0}


def draw(decay: float, seed: int = 0, days: int = 40, a_day: int = 50) -> pl.DataFrame:
    """Answers whose mean absolute error is 1 on the first day and grows by `decay` a day."""
    random = np.random.default_rng(seed)
    age = np.repeat(np.arange(days), a_day) + np.tile(np.arange(a_day) / a_day, days)
    truth = random.normal(20, 5, age.size)
    error = random.exponential(1 + decay * age) * random.choice([-1, 1], age.size)
    return pl.DataFrame(
        {"at": [START + timedelta(days=float(part)) for part in age], "y": truth, "guess": truth + error}
    )


def test_interval_holds_the_decay():
    """Over 60 draws the interval of the decay, and that of the gain, hold the truth in at least 9 of 10."""
    held = gained = 0
    for seed in range(60):
        found = plan_retraining(draw(0.05, seed), **SAID)
        held += found.decay[1] <= 0.05 <= found.decay[2]
        gained += found.gain[1] <= 2 * 50 * 0.05 * found.age * 90 - 5_000 <= found.gain[2]
    assert held >= 54
    assert held == gained


def test_the_cheapest_rhythm():
    """The days between trainings are those at which cost and decay together cost least, found by trying all."""
    found = plan_retraining(draw(0.05), **SAID)
    days = np.arange(1, 200, 0.01)
    a_day = 5_000 / days + 2 * 50 * found.decay[0] * days / 2
    assert found.every is not None
    assert found.every[0] == pytest.approx(days[int(np.argmin(a_day))], abs=0.02)
    assert found.every[1] < found.every[0] < found.every[2]
    assert found.pays is True
    assert str(found).startswith("Train it anew: it pays within 90 days: ")
    assert "Cheapest in the long run is every 4" in str(found)
    assert 40 == found.to_dict()["days"]


def test_no_decay():
    """Without decay nothing is sure: a training is never said to pay, in 20 of 20 draws; dear ones surely do not."""
    found = [plan_retraining(draw(0.0, seed), **SAID) for seed in range(20)]
    assert not [one for one in found if one.pays]
    assert {None} == {one.every and one.every[2] for one in found if one.decay[1] < 0}
    dear = plan_retraining(draw(0.0), **SAID | {"cost": 1e6})
    assert dear.pays is False
    assert "A training now does not pay" in str(dear)


def test_classes():
    """Of a classification it is the share of wrong answers."""
    random = np.random.default_rng(0)
    age = np.repeat(np.arange(30), 100)
    wrong = random.random(3_000) < 0.1 + 0.01 * age
    rows = pl.DataFrame(
        {
            "at": [START + timedelta(days=int(part)) for part in age],
            "y": np.where(random.random(3_000) < 0.5, "late", "on time"),
        }
    )
    rows = rows.with_columns(guess=pl.when(pl.Series(wrong)).then(pl.lit("other")).otherwise("y"))
    found = plan_retraining(rows, **SAID)
    assert "share of wrong answers" == found.of
    assert found.decay[1] <= 0.01 <= found.decay[2]
    older = plan_retraining(rows, **SAID, trained=START - timedelta(days=30))
    assert older.age == pytest.approx(found.age + 30)
    assert older.decay == pytest.approx(found.decay)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"target": "z"}, "no column 'z'"),
        ({"price": 0}, "price: 0 is not above 0"),
        ({"timestamp": "y"}, "timestamp 'y': expected a date and time in each row"),
        ({"trained": START + timedelta(days=365)}, "is after the first row"),
        ({"rows": draw(0.1, days=9)}, "they cover 9 days; at least 10"),
    ],
)
def test_bad_input(settings, said):
    """Each mistake is named."""
    with pytest.raises(InputError, match=said):
        plan_retraining(**{"rows": draw(0.1)} | SAID | settings)
