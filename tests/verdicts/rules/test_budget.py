"""The default rule on measurements made by hand: the family of tests, facts, limits and words."""

import dataclasses

import numpy as np
import pytest

from driftline.config.settings import JudgeConfig
from driftline.metrics.base import distance, level
from driftline.stats import intervals
from driftline.types import Column, Estimate, Health, Kind, Level, ProfileKey, Role
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.rules.budget import budget
from driftline.verdicts.rules.lord import lord
from driftline.verdicts.rules.saffron import saffron

COLUMN = Column("fare", Kind.NUMERIC, Role.FEATURE, "Float64")
JUDGE = JudgeConfig()


@distance(title="gap", family="drift", threshold=0.2)
def gap(_now, _was):
    """A distance."""


@level(title="errors", family="performance", threshold=0.0, relative=0.1, worse="up")
def errors(_side):
    """A level."""


@level(title="share of rows", family="quality", unit="share", low=0, high=1, threshold=0.0)
def share_of(_side):
    """A share of each side."""


@distance(title="fact", family="schema", threshold=0.5, certain=True)
def fact(_now, _was):
    """A fact."""


def measurement(metric, estimate, **changes):
    """A measurement with the metric's own settings."""
    made = Measurement(metric, COLUMN, ProfileKey(), estimate, metric.threshold, metric.relative, judged=True)
    return dataclasses.replace(made, **changes)


def measured(p_value, value=0.5, low=0.4, high=0.6, n=1000, **facts):
    """An estimate."""
    return Estimate(value=value, low=low, high=high, n=n, p_value=p_value, **facts)


def counted(now, n, was, m):
    """The estimate of a share of rows on both sides."""
    return dataclasses.replace(
        Estimate.from_interval(intervals.wilson(now, n), n),
        reference=Estimate.from_interval(intervals.wilson(was, m), m),
    )


def judged(measurements, judge=JUDGE):
    """The verdicts that the rule gives, where one check in twenty may alert falsely."""
    return budget(measurements, judge, 0.05, {})


def levels(*measurements, judge=JUDGE):
    """The levels that the rule gives."""
    return [verdict.level.value for verdict in judged(measurements, judge)]


def test_effect_and_interval():
    """Alert needs the whole interval above the threshold; a warning the value; equal to it is still ok."""
    estimates = [measured(0, 0.5, 0.21), measured(0, 0.5, 0.19), measured(0, 0.2, 0.2), measured(0, 0.21, 0.2)]
    assert ["alert", "warning", "ok", "warning"] == levels(*(measurement(gap, estimate) for estimate in estimates))


def test_family():
    """A p-value that stands out alone does not among twenty; described measurements and facts do not count as tests."""
    hit, noise = measurement(gap, measured(0.01)), [measurement(gap, measured(p)) for p in np.linspace(0.1, 1, 19)]
    assert ["alert"] == levels(hit)
    assert ["ok"] == levels(hit, *noise)[:1]
    assert ["alert"] == levels(hit, *(dataclasses.replace(each, judged=False) for each in noise))[:1]
    assert ["alert"] == levels(hit, *(measurement(fact, Estimate(value=0.0, n=9)) for _ in range(99)))[:1]
    assert ["warning"] == levels(hit, *noise, judge=JudgeConfig(fdr=0.5))[:1]


def test_warnings_take_no_share():
    """What can only warn is no test of the budget's: the others share it as if it were not there."""
    hit = measurement(gap, measured(0.01))
    mild = [measurement(dataclasses.replace(gap, most=Level.WARNING), measured(0.02)) for _ in range(19)]
    assert ["alert"] + ["warning"] * 19 == levels(hit, *mild)


def test_weights():
    """What is there or not has a quarter of another's part: beside four such ones the other has half of the chance."""
    light = dataclasses.replace(gap, weight=0.25)

    def told(p_value, p_value_of_light):
        others = [measurement(light, measured(p)) for p in (p_value_of_light, 1.0, 1.0, 1.0)]
        return levels(measurement(gap, measured(p_value)), *others, judge=JudgeConfig(fdr=1e-9))[:2]

    assert ["alert", "ok"] == told(0.024, 0.0063)
    assert ["ok", "alert"] == told(0.026, 0.0062)


def test_nothing_to_count():
    """A share of which neither side has any row is no test; one that only the reference has is, and takes a part."""
    hit = measurement(gap, measured(0.01))
    empty = [measurement(share_of, counted(0, 1000, 0, 1000)) for _ in range(19)]
    gone = [measurement(share_of, counted(0, 1000, 9, 1000)) for _ in range(19)]
    assert ["alert"] + ["ok"] * 19 == levels(hit, *empty)
    assert ["ok"] == levels(hit, *gone)[:1]


def test_parts_hold_the_chance():
    """Of checks of rare counts on two like sides, at most the promised share has a p-value within its part.

    Which of them are tests hangs on the counts of both sides together; a limit of -1 has each sure one alert.
    """
    random = np.random.default_rng(5)
    drawn = random.binomial(1000, 0.002, (1500, 12, 2))
    false = 0
    for check in drawn.tolist():
        shares = [measurement(share_of, counted(now, 1000, was, 1000), threshold=-1.0) for now, was in check]
        false += "alert" in [verdict.level.value for verdict in judged(shares)]
    assert false <= 96  # of 75 promised; more come in 1 % of cases


def test_many_true_ones():
    """Where half of the family is true, weak ones among them are warnings as well (Benjamini & Hochberg 1995)."""
    measurements = [measurement(gap, measured(p)) for p in [1e-9] * 10 + [0.02] + [0.9] * 9]
    assert ["alert"] * 10 + ["warning"] + ["ok"] * 9 == levels(*measurements)


@pytest.mark.parametrize("rule", [lord, saffron])
def test_memory(rule):
    """An online rule has spent what it tested before: late weak evidence is no alert, after discoveries it is again."""
    weak, noise, strong = (measurement(gap, measured(p)) for p in (4e-3, 0.4, 1e-12))
    memory = {}
    assert ["alert"] == [verdict.level.value for verdict in rule([weak], JUDGE, 1e-9, {})]
    rule([noise] * 200, JUDGE, 1e-9, memory)
    assert Level.ALERT is not rule([weak], JUDGE, 1e-9, dict(memory))[0].level
    rule([strong] * 5, JUDGE, 1e-9, memory)
    assert "alert" == rule([weak], JUDGE, 1e-9, memory)[0].level.value


def test_unknown():
    """Too few rows on either side, or no value, is unknown; what is only described is ok."""
    was = measured(None, 1.0, 0.9, 1.1)
    few = measurement(errors, dataclasses.replace(measured(None, 9.0, 8.9, 9.1, n=29), reference=was))
    new = measurement(
        errors, dataclasses.replace(measured(None, 9.0, 8.9, 9.1), reference=dataclasses.replace(was, n=29))
    )
    empty = measurement(errors, Estimate(value=None, n=1000, why="no such rows"))
    assert ["unknown"] * 3 == levels(few, new, empty)
    assert ["ok"] * 3 == levels(*(dataclasses.replace(each, judged=False) for each in (few, new, empty)))
    reasons = [verdict.reason for verdict in judged((few, new, empty))]
    assert ["29 usable rows" in reasons[0], "in the reference" in reasons[1], "no such rows" in reasons[2]] == [
        True
    ] * 3
    assert ["alert"] == levels(few, judge=JudgeConfig(min_rows=2))


def test_facts_need_no_rows():
    """A fact stands at one row, and at no p-value."""
    assert ["alert", "ok"] == levels(
        measurement(fact, Estimate(value=1.0, n=1)), measurement(fact, Estimate(value=0.0, n=1))
    )


@pytest.mark.parametrize("metric", [gap, fact])
def test_most(metric):
    """No verdict is worse than the metric's worst level."""
    mild = dataclasses.replace(metric, most=Level.WARNING)
    assert ["warning"] == levels(measurement(mild, measured(0.0, 1.0, 0.9, 1.1)))


def test_worsening():
    """Of a level its worsening counts, relative to the reference where the metric says so, never its betterment."""
    was = measured(None, 10.0, 9.9, 10.1)
    now = [dataclasses.replace(measured(None, v, v - 0.1, v + 0.1), reference=was) for v in (10.9, 11.1, 12.0, 5.0)]
    found = judged([measurement(errors, estimate) for estimate in now])
    assert ["ok", "warning", "alert", "ok"] == [verdict.level.value for verdict in found]
    assert [11.0] * 4 == [verdict.threshold for verdict in found]
    assert [10.0] * 4 == [verdict.reference for verdict in found]
    fewer = dataclasses.replace(errors, worse="down")
    assert ["ok", "ok", "ok", "alert"] == levels(*(measurement(fewer, estimate) for estimate in now))


def test_baseline():
    """What the reference itself does is let pass."""
    assert ["alert", "ok"] == levels(measurement(gap, measured(0.0)), measurement(gap, measured(0.0), learnt=0.55))


def test_order_and_facts_of_a_verdict():
    """Verdicts keep the measurements' order and carry tier, family, numbers and where."""
    target = dataclasses.replace(COLUMN, role=Role.TARGET)
    first = measurement(
        gap, measured(0.01, notable=True, detail={"x": 1}), column=target, key=ProfileKey("a/b", "zone=7")
    )
    found = judged([first, measurement(fact, Estimate(value=0.0, n=3), column=None)])
    assert [("gap", "fare", "zone=7", "a/b"), ("fact", None, None, None)] == [
        (verdict.metric, verdict.column, verdict.segment, verdict.window) for verdict in found
    ]
    assert (Health.MODEL, 0.2, 0.01, True, {"x": 1, "limit": "default"}) == (
        found[0].health, found[0].threshold, found[0].p_value, found[0].notable, found[0].detail,
    )  # fmt: skip
    assert (Health.DATA, None) == (found[1].health, found[1].p_value)


def test_nothing():
    """No measurements, no verdicts."""
    assert [] == judged([])
