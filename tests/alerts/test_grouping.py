"""What becomes loud together is one incident; the rest joins it or opens its own."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from driftline.alerts.grouping import Grouping
from driftline.alerts.incidents import Notification
from driftline.alerts.watch import Watch
from driftline.monitor import Monitor
from driftline.types import Health, Level, Verdict
from driftline.verdicts.result import Finding

DAY = 86_400_000_000
FIRST = 30


def table(days, begins, *, first=FIRST, last=99):
    """Days of 200 rows of two zones; a column moves from its day of `begins` on, up to the day `last`."""
    random = np.random.default_rng(first)
    day = np.repeat(np.arange(days), 200)
    moved = {name: 3.0 * ((day >= begin) & (day <= last)) for name, begin in begins.items()}
    data = {name: random.normal(size=day.size) + moved.get(name, 0.0) for name in ("a", "b", "c", "d", "prediction")}
    at = pl.Series((first + day) * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    return pl.DataFrame(data).with_columns(at=at, zone=pl.Series(random.choice(["n", "s"], day.size)))


@pytest.fixture(scope="module")
def watched():
    """Watches days, by a monitor of thirty."""
    monitor = Monitor.fit(table(30, {}, first=0), timestamp="at", prediction="prediction", segments=("zone",))
    return lambda rows: Watch(monitor).over(rows)


def opened(outcomes):
    """The newest state of each incident, by health and window."""
    last = {one.id: (at, one) for at, outcome in reversed(list(enumerate(outcomes))) for one in outcome.opened}
    newest = {one.id: one for outcome in outcomes for one in outcome.incidents}
    return {(at, one.health): newest[id_] for id_, (at, one) in last.items()}


def test_one_cause_is_one_incident(watched):
    """Three columns that move together open one incident, their segments among its members, the whole before."""
    found = opened(watched(table(9, {"a": 1, "b": 1, "c": 1}, last=4)))
    assert [(1, Health.DATA)] == list(found)
    incident = found[1, Health.DATA]
    members = {each.subject for each in incident.members}
    assert {name + where for name in "abc" for where in ("", " where zone=n", " where zone=s")} <= members
    assert (incident.column, None) == (incident.members[0].column, incident.members[0].segment)
    assert incident.headline.startswith(f"{incident.members[0].change}; also a, c, ")
    assert incident.members[0].reason == incident.reason
    assert all(each.beyond > 1 for each in incident.members)
    assert {each.left for each in incident.members} <= {"1970-02-07T00:00:00", "1970-02-08T00:00:00"}
    assert incident.closed == max(each.left for each in incident.members)


def test_what_follows_soon_joins_and_is_news(watched):
    """One that is loud a day later joins, and is an update; one of a week later opens its own; weeks are reminders."""
    outcomes = watched(table(10, {"a": 0, "b": 2, "c": 8}))
    found = opened(outcomes)
    assert [(0, Health.DATA), (8, Health.DATA)] == sorted(found)
    assert ["a", "b"] == [each.subject for each in found[0, Health.DATA].members if each.segment is None]
    assert "c" == found[8, Health.DATA].column
    keys = [Notification(incident=outcome.incidents[0]).key for outcome in outcomes]
    assert keys[0] == keys[1] != keys[2] == keys[6] != keys[7] == keys[9]
    assert {found[0, Health.DATA].metric} == {outcome.incidents[0].metric for outcome in outcomes}


def test_another_health_is_another_incident(watched):
    """A column and the prediction that move together are trouble of the data and of the model."""
    found = opened(watched(table(3, {"a": 1, "prediction": 1})))
    assert {(1, Health.DATA): "a", (1, Health.MODEL): "prediction"} == {at: one.column for at, one in found.items()}


def answers(days, errors, first=FIRST):
    """Days of 200 rows of a classifier that is wrong in a share of the rows, by day."""
    random = np.random.default_rng(first)
    day = np.repeat(np.arange(days), 200)
    actual = random.random(day.size) < 0.5
    wrong = random.random(day.size) < np.asarray(errors)[day]
    at = pl.Series((first + day) * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    frame = pl.DataFrame({"x": random.normal(size=day.size), "actual": actual, "guess": actual ^ wrong})
    return frame.with_columns(at=at)


@pytest.fixture(scope="module")
def classified():
    """A monitor of a classifier with 5 % of errors."""
    return Monitor.fit(answers(30, [0.05] * 30, 0), timestamp="at", target="actual", prediction="guess")


def test_a_second_fall_is_told(classified):
    """32 % of errors, later 98 %: one incident, whose second entry has its own onset and size, and is sent as news."""
    outcomes = Watch(classified).over(answers(8, [0.32] * 5 + [0.98] * 3))
    newest = {one.id: one for outcome in outcomes for one in outcome.incidents if one.members[0].is_of_performance}
    (incident,) = newest.values()
    assert "1970-01-31T00:00:00" == incident.since
    (event,) = incident.events
    assert ("model performance", "1970-02-05T00:00:00") == (event.subject, event.since)
    assert event.beyond > 1.5 * incident.members[0].beyond / 2
    assert (event,) == next(one for one in outcomes[5].incidents if one.id == incident.id).news
    keys = [
        Notification(incident=one).key for outcome in outcomes for one in outcome.incidents if one.id == incident.id
    ]
    assert keys[4] != keys[5] == keys[6]


def alert(metric, column, size=0.3):
    """A verdict of a distance that alerts."""
    return Verdict(
        health=Health.DATA, family="drift", metric=metric, title="distance", column=column, segment=None, window=None,
        level=Level.ALERT, value=size, low=size - 0.2, high=size + 0.2, n=50, unit="", threshold=0.15, reference=None,
        p_value=0.0, judged=True, reason="far", since=None,
    )  # fmt: skip


def follow(grouping, window, *verdicts):
    """The incident that these alerts of a window open or keep open."""
    findings = [Finding((verdict,)) for verdict in verdicts]
    result = SimpleNamespace(
        model="m", findings_by_subject=findings, verdicts=verdicts, current=SimpleNamespace(rows=50)
    )
    (incident,) = grouping.follow(result, window, (), lambda _: (window[0],) * 3)
    return incident


def follow_hours(sizes):
    """The incident of one column whose distance in each hour is that size, and alerts in each."""
    grouping, incident = Grouping(), None
    for hour, size in enumerate(sizes):
        window = tuple(f"2024-01-{1 + at // 24:02d}T{at % 24:02d}:00:00" for at in (hour, hour + 1))
        incident = follow(grouping, window, alert("jensen_shannon", "fare", size))
    return incident


def test_a_second_event_by_hours():
    """By hours, of which each says little, a size twice as large is told within two days, and noise is not."""
    random = np.random.default_rng(5)
    noise = random.normal(scale=0.08, size=240)
    assert () == follow_hours(0.3 + noise).events
    (event,) = follow_hours(0.3 + 0.3 * (np.arange(240) >= 120) + noise).events
    assert "2024-01-06" <= event.since < "2024-01-07T12"


def test_missing_hours_lead():
    """Where hours without rows and columns that depend on the hour alert together, the hours without rows lead."""
    week = "2024-01-01T00:00:00", "2024-01-08T00:00:00"
    incident = follow(Grouping(), week, alert("jensen_shannon", "weekday"), alert("gap", None))
    assert ["gap", "jensen_shannon"] == [member.metric for member in incident.members]


def test_times_of_the_zone():
    """What a person reads of an incident is by the clock of the timestamp's zone; what machines read is UTC."""
    window = "2024-01-15T05:00:00", "2024-01-16T05:00:00"
    incident = follow(Grouping("America/New_York"), window, alert("jensen_shannon", "fare"))
    assert "2024-01-15T05:00:00" == incident.since
    assert incident.sentence.endswith("since 15 Jan 2024")
    restored = Grouping.from_state({"incidents": {incident.id: incident.state()}, "within": {}, "quiet": {}})
    assert incident == restored.incidents[incident.id]


def test_performance_leads(classified):
    """A model that is worse leads headline and incident, also where it joins one that its answers had opened."""
    right = pl.int_range(pl.len()) < 400
    rows = answers(5, [0.0] * 5).with_columns(actual=pl.lit(value=True), guess=right)
    outcomes = Watch(classified).over(rows)
    (first,) = [one for one in outcomes[0].incidents if one.health is Health.MODEL]
    last = next(one for one in outcomes[3].incidents if one.id == first.id)
    assert first.column in {"guess", "actual"}
    assert (True, True) == (last.members[0].is_of_performance, last.headline.startswith("the model: accuracy "))
    assert "model performance" == outcomes[3].result.findings[0].subject
