"""Groups of protected attributes are compared, against the reference and against limits."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.errors import ConfigError
from driftline.testing.examples import measure
from driftline.types import Level

SETTINGS = {"target": "y", "prediction": "p", "score": "s", "fairness": {"attributes": ["sex"]}}


def make_rows(seed, n=4_000, *, against=""):
    """Rows of a fair classifier, or of one that answers no to half of the rows of a group."""
    random = np.random.default_rng(seed)
    score = random.beta(2, 2, n)
    sex = random.choice(["f", "m", "x"], n, p=[0.498, 0.498, 0.004])
    answer = (score >= 0.5) & ~((sex == against) & (random.random(n) < 0.5))
    return pl.DataFrame(
        {
            "sex": sex,
            "x": random.normal(size=n),
            "y": (random.random(n) < score).astype(int),
            "p": answer.astype(int),
            "s": score,
        }
    )


@pytest.fixture(scope="module")
def monitor():
    """A monitor of a fair classifier."""
    return Monitor.fit(make_rows(1), **SETTINGS)


def of_fairness(result):
    return {v.metric: v for v in result if v.of_fairness}


def test_quiet_where_nothing_changed(monitor):
    """On new rows of the same model nothing is found; the measures need no more than two groups of enough rows."""
    result = monitor.check(make_rows(2))
    assert () == result.findings
    found = of_fairness(result)
    assert {"sex"} == {v.column for v in found.values()}
    assert 0.05 > found["demographic_parity_difference"].value
    assert "; too few rows to say: 'x (" in found["equal_opportunity_difference"].reason


def test_a_model_that_turned_unfair(monitor):
    """A group that is given half of what it was is a finding of its own, named by its attribute."""
    result = monitor.check(make_rows(3, against="f"))
    (finding,) = [one for one in result.findings if one.lead.of_fairness]
    assert ("fairness by sex", Level.ALERT) == (finding.subject, finding.level)
    assert finding.change.startswith("fairness by sex: ")
    found = of_fairness(result)
    assert Level.ALERT is found["demographic_parity_difference"].level
    assert found["demographic_parity_ratio"].value == pytest.approx(0.5, abs=0.05)
    assert Level.OK is found["calibration_difference"].level  # the scores are what they were
    for form in ("html", "markdown", "terminal", "json"):
        assert ("fairness" if form == "json" else "airness by sex") in result.render(form)


def test_groups_are_shown(monitor):
    """The report has a table with each group's rows and rates; small groups are unknown, in words."""
    tables = {section.name: section for section in monitor.check(make_rows(3, against="f")).sections}
    table = tables["groups-sex"]
    assert ("Group", "Rows", "Selection rate", "True positive rate") == table.heads[:4]
    rows = {row.cells[0]: row.cells for row in table.rows}
    assert ["f", "m", "x"] == list(rows)
    assert rows["f"][2].startswith("25.") or rows["f"][2].startswith("24.")
    assert rows["x"][3].startswith("unknown: ")
    assert 11 == len(tables["fairness"].rows)


def test_before_labels_come(monitor):
    """Without labels only what needs none is measured."""
    found = of_fairness(monitor.check(make_rows(3, against="f").with_columns(y=None)))
    assert {"demographic_parity_difference", "demographic_parity_ratio"} <= found.keys()
    assert not {"equal_opportunity_difference", "calibration_difference"} & found.keys()
    parts = [of_fairness(monitor.restrict(needs_labels=which).check(make_rows(3))).keys() for which in (False, True)]
    assert not parts[0] & parts[1]
    assert "equal_opportunity_difference" in parts[1]


def test_estimated_before_labels_come(monitor):
    """What equal opportunity will prove to be is estimated from the scores, and judged while labels are missing."""
    rows = make_rows(3, against="f")
    name = "estimated_equal_opportunity_difference"
    before = of_fairness(monitor.check(rows.with_columns(y=None)))[name]
    after = of_fairness(monitor.check(rows))
    assert before.low < after["equal_opportunity_difference"].value < before.high
    assert 0.04 > abs(before.value - after["equal_opportunity_difference"].value)
    assert (Level.ALERT, True, False) == (before.level, before.judged, after[name].judged)


def test_limits():
    """A limit on a measure is a check by attribute; mistakes name what is known."""
    limited = Monitor.fit(make_rows(1), **SETTINGS).expect("demographic_parity_ratio(sex) >= 0.8")
    levels = [
        [v.level for v in limited.check(rows) if v.family == "expectation"]
        for rows in (make_rows(2), make_rows(3, against="f"))
    ]
    assert [[Level.OK], [Level.ALERT]] == levels
    for text, told in {
        "demographic_parity_ratio(x) >= 0.8": r"write demographic_parity_ratio\(sex\)",
        "demographic_parity_ratio >= 0.8": r"write demographic_parity_ratio\(COLUMN\)",
        "demographic_parity_ratio(sex) >= 0.8 where sex = f": "leave out where",
        "error_ratio(sex) >= 0.8": "is for regression models",
    }.items():
        with pytest.raises(ConfigError, match=told):
            limited.expect(text)


def test_attribute_that_is_not_there(monitor):
    """An attribute that is no column is refused when fitting; one that is gone is one alert, and nothing else."""
    with pytest.raises(
        ConfigError, match=r"fairness.attributes: the reference has no column 'sexx'; did you mean 'sex'"
    ):
        Monitor.fit(make_rows(1), **SETTINGS | {"fairness": {"attributes": ["sexx"]}})
    result = monitor.check(make_rows(2).drop("sex"))
    assert ["sex"] == [finding.subject for finding in result.findings]
    reasons = {v.reason for v in result if v.of_fairness and v.metric == "demographic_parity_difference"}
    assert {"demographic parity difference: no value: no row has a value of 'sex'"} == reasons


def test_one_group_and_one_class():
    """One group, or one class only, gives no value and says why."""
    settings = {"fairness": {"attributes": ["sex"]}}
    rows = {"target": [0, 1] * 60, "prediction": [0, 1] * 60, "sex": ["f"] * 108 + ["m"] * 12}
    said = measure("demographic_parity_difference", rows, **settings)
    assert (None, "only one group of 'sex' has 30 rows (fairness.min_rows); too few: 'm (12)'") == (
        said.value,
        said.why,
    )
    now = {"target": [0] * 120, "prediction": [0] * 120, "sex": ["f", "m"] * 60}
    said = measure("equal_opportunity_difference", now, rows | {"sex": ["f", "m"] * 60}, **settings)
    assert (None, "no group of 'sex' has 30 rows (fairness.min_rows); too few: 'f (0)', 'm (0)'") == (
        said.value,
        said.why,
    )
    said = measure("demographic_parity_ratio", now, rows | {"sex": ["f", "m"] * 60}, **settings)
    assert (None, "it is 0 in each group of 'sex'") == (said.value, said.why)
    missing = {"target": [0, 1] * 60, "prediction": [0, 1] * 60, "sex": [None] * 60 + ["f", "m"] * 30}
    assert 60 == measure("demographic_parity_difference", missing, **settings).n


def test_a_regression():
    """Of a regression the errors are compared; the unit is the target's."""
    random = np.random.default_rng(8)

    def rows(worse):
        sex = random.choice(["f", "m"], 3_000)
        spread = np.where(sex == "f", worse, 1.0)
        y = random.normal(size=3_000)
        return pl.DataFrame({"sex": sex, "y": y, "p": y + spread * random.normal(size=3_000)})

    monitor = Monitor.fit(rows(1.0), target="y", prediction="p", fairness={"attributes": ["sex"]})
    found = of_fairness(monitor.check(rows(2.0)))
    assert {"error_difference", "error_ratio", "estimated_error_difference", "mean_error_difference"} == found.keys()
    assert found["error_difference"].value == pytest.approx(np.sqrt(2 / np.pi), abs=0.12)
    assert Level.ALERT is found["error_ratio"].level
    assert not found["error_difference"].judged
