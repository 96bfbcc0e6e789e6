"""How much changed is said in the unit of the column, before any distance."""

import dataclasses

import pytest

from driftline.types import Bar, ChartData, Column, Health, Kind, Level, Role, Verdict
from driftline.verdicts.effect import describe_briefly, describe_change

LEAD = Verdict(
    health=Health.DATA, family="drift", metric="psi", title="PSI", column="fare", segment=None, window=None,
    level=Level.ALERT, value=0.3, low=0.2, high=0.4, n=1000, unit="", threshold=0.2, reason="PSI 0.3; limit 0.2",
)  # fmt: skip


def numbers(**pairs):
    """Descriptions of the column: reference and current value by metric."""
    return [
        dataclasses.replace(LEAD, family="description", metric=name, judged=False, reference=was, value=now)
        for name, (was, now) in pairs.items()
    ]


@pytest.mark.parametrize(
    ("pairs", "sentence"),
    [
        (
            {"median": (11, 14.42), "mean": (13.51, 18.02), "std": (5, 6)},
            "fare is higher: median 11 → 14.42 (+31 %), mean 13.51 → 18.02 (+33 %)",
        ),
        (
            {"median": (10, 5), "mean": (12, 6), "std": (5, 6)},
            "fare is lower: median 10 → 5 (-50 %), mean 12 → 6 (-50 %)",
        ),
        (
            {"median": (-1, 3), "mean": (-1, 3), "std": (1, 1)},
            "fare is higher: median -1 → 3, mean -1 → 3",
        ),
        (
            {"median": (10, 10), "mean": (10, 10), "std": (1, 2)},
            "fare varies more: standard deviation 1 → 2 (+100 %), median 10 → 10, mean 10 → 10",
        ),
        (
            {"median": (2, 3000), "mean": (2, 3000), "std": (1, 1000)},
            "fare is higher: median 2 → 3,000 (1,500 times), mean 2 → 3,000 (1,500 times)",
        ),
        ({}, "fare: PSI 0.3; limit 0.2"),
    ],
)
def test_numbers(pairs, sentence):
    """Direction, median and mean of a number; its spread, where the middle stays; else the verdict's reason."""
    assert sentence == describe_change(LEAD, numbers(**pairs), ())


def test_other_segments_do_not_count():
    """A segment is described by its own numbers."""
    lead = dataclasses.replace(LEAD, segment="zone=7")
    everywhere = numbers(median=(1, 2), mean=(1, 2))
    own = [dataclasses.replace(item, segment="zone=7", reference=5.0) for item in everywhere]
    assert "fare where zone=7 is lower: median 5 → 2 (-60 %), mean 5 → 2 (-60 %)" == (
        describe_change(lead, [*everywhere, *own], ())
    )


def test_shares():
    """The shares of a category that moved most, the largest move first."""
    bars = (Bar("card", 0.6, 0.55), Bar("cash", 0.4, 0.25), Bar("app", 0, 0.2), Bar("gift", 0.001, 0))
    chart = ChartData(Column("fare", Kind.CATEGORICAL, Role.FEATURE, "String"), bars)
    assert "fare has other shares: 'app' 0.0% → 20.0%, 'cash' 40.0% → 25.0%, 'card' 60.0% → 55.0%" == (
        describe_change(LEAD, [], (chart,))
    )


def test_pairs():
    """A measure with a value on both sides is said with both."""
    missing = dataclasses.replace(LEAD, family="quality", title="missing values", unit="share", reference=0.01)
    assert "fare: missing values 1.0% → 30.0%" == describe_change(missing, [], ())
    error = dataclasses.replace(LEAD, family="performance", title="mean absolute error", column=None, reference=0.15)
    assert "the model: mean absolute error 0.15 → 0.3 (+100 %)" == describe_change(error, [], ())


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"metric": "volume", "title": "volume", "detail": {"rows": 635, "expected": 2118.4}},
            "635 rows, about 2,118 expected (-70 %)",
        ),
        (
            {"metric": "correlation", "detail": {"pairs": [("fare and tip", 0.93, 0.42), ("a and b", 0.1, 0.4)]}},
            "correlation of fare and tip 0.93 → 0.42",
        ),
        (
            {
                "metric": "gap",
                "title": "gap in time",
                "detail": {"hours": 3},
                "reason": "gap in time: no rows for 3 hours",
            },
            "no rows for 3 hours",
        ),
        ({"metric": "columns_added", "reason": "columns added: 'x'"}, "columns added: 'x'"),
    ],
)
def test_table(facts, sentence):
    """What happened to the rows as a whole is said from the facts of the metric, else by its reason."""
    assert sentence == describe_change(dataclasses.replace(LEAD, column=None, **facts), [], ())


def test_briefly():
    """Below its subject a change goes without it, unless the subject is part of the sentence."""
    assert "Missing values 1.0% → 30.0%" == describe_briefly(LEAD, "fare: missing values 1.0% → 30.0%")
    assert "fare is higher: median 1 → 2" == describe_briefly(LEAD, "fare is higher: median 1 → 2")
    segment = dataclasses.replace(LEAD, segment="zone=7")
    assert "New values 2%" == describe_briefly(segment, "fare where zone=7: new values 2%")
    model = dataclasses.replace(LEAD, column=None, family="performance")
    assert "Precision 68.1% → 35.9%" == describe_briefly(model, "the model: precision 68.1% → 35.9%")


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ((0.3, 0.3, 0.4), "fare has other shares: 'missing' 0.0% → 40.0%"),
        ((0.05, 0.85, 0.1), "fare is higher: median 2 → 3 (+50 %), mean 2 → 3 (+50 %)"),
    ],
)
def test_values_that_are_missing(now, sentence):
    """Where most of what moved is missing values, that is said rather than how the others are."""
    labels = ("low", "high", "missing")
    bars = tuple(Bar(*bar, special=bar[0] == "missing") for bar in zip(labels, (0.5, 0.5, 0.0), now, strict=True))
    chart = ChartData(Column("fare", Kind.NUMERIC, Role.FEATURE, "Float64"), bars)
    assert sentence == describe_change(LEAD, numbers(median=(2, 3), mean=(2, 3)), (chart,))


def test_change_of_unit():
    """A unit that seems to be another one is said beside the numbers, whether the column drifts or the unit leads."""
    unit = dataclasses.replace(
        LEAD, family="schema", metric="scale_changed", detail={"unit": "times 1,000, as from kilometres to metres"}
    )
    own = [*numbers(median=(2, 2000), mean=(3, 3000)), unit]
    sentence = (
        "fare is higher: median 2 → 2,000 (1,000 times), mean 3 → 3,000 (1,000 times); "
        "looks like a change of unit: times 1,000, as from kilometres to metres"
    )
    assert [sentence] * 2 == [describe_change(lead, own, ()) for lead in (LEAD, unit)]
