"""The effect that a rule weighs, of metrics whose change may go either way."""

import pytest

from driftline.metrics.base import distance, level
from driftline.types import Estimate, ProfileKey
from driftline.verdicts.measurement import Effect, Measurement


def measurement(decorator, estimate, learnt=0.0, family="drift", **facts):
    metric = decorator(title="made up", family=family, **facts)(lambda *_: estimate)
    return Measurement(metric, None, ProfileKey(), estimate, metric.threshold, 0.0, judged=True, learnt=learnt)


@pytest.mark.parametrize(
    ("neutral", "value", "effect", "limit", "falls"),
    [
        (1, (1.5, 1.25, 2.0), (0.5, 0.25, 1.0), 1.25, False),
        (1, (0.5, 0.25, 1.25), (0.5, 0.0, 0.75), 0.75, True),
        (0, (-0.5, -0.75, -0.25), (0.5, 0.25, 0.75), -0.25, True),
        (0, (0.5, -0.25, 1.0), (0.5, 0.0, 1.0), 0.25, False),
    ],
)
def test_two_sided_distance_is_weighed_from_neutral(neutral, value, effect, limit, falls):
    """How far a ratio is from 1, or a signed effect from 0, either way, is its effect; its limit is on its own side."""
    found = measurement(
        distance, Estimate.from_interval((*value, 0.5), 90), worse="both", neutral=neutral, threshold=0.25
    )
    assert Effect(*effect, 0.5) == found.effect
    assert (limit, falls) == (found.limit, found.lower_is_worse)


def test_one_sided_distance_is_its_own_effect():
    """A distance that can only grow is weighed as it is."""
    found = measurement(distance, Estimate.from_interval((0.5, 0.25, 0.75, 0.125), 90), threshold=0.25)
    assert Effect(0.5, 0.25, 0.75, 0.125) == found.effect
    assert (0.25, False) == (found.limit, found.lower_is_worse)


@pytest.mark.parametrize(("worse", "value", "limit"), [("both", 1, 3), ("both", 9, 5), ("up", 1, 5), ("down", 9, 3)])
def test_level_is_weighed_from_the_reference(worse, value, limit):
    """A level's limit is the reference's value, more or less what is allowed."""
    estimate = Estimate(value=value, low=value, high=value, n=90, reference=Estimate(value=4, low=4, high=4, n=90))
    found = measurement(level, estimate, worse=worse, threshold=1)
    assert limit == found.limit
    assert (abs(value - 4) if worse == "both" else -3 if worse == "up" else -5) == found.effect.value


def test_p_value_of_one_direction():
    """A p-value is of the direction that is worse: half of that of both where it came so, else nearly 1."""
    was = Estimate(value=4, low=3, high=5, n=90)
    more = Estimate(value=6, low=5, high=7, n=90, reference=was)
    both, worse, better = (
        measurement(level, more, worse=way, threshold=1).effect.p_value for way in ("both", "up", "down")
    )
    assert 0 < both < 0.01
    assert (both / 2, 1 - both / 2) == (worse, better)


@pytest.mark.parametrize(("family", "tolerance"), [("drift", 0.5), ("performance", 0.3)])
def test_no_collapse_is_learnt(family, tolerance):
    """What the reference varies is tolerated; of performance no more than three times what matters."""
    judged = measurement(distance, Estimate(value=0.48), learnt=0.5, family=family, threshold=0.1)
    assert tolerance == pytest.approx(judged.tolerance)
