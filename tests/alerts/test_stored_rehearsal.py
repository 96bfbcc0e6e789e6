"""Settings tried on the windows of a store: what they would have alerted in, a bounded number of windows at a time."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from driftline import registry
from driftline.alerts import stored_rehearsal
from driftline.alerts.stored_rehearsal import Trial, rehearse_stored
from driftline.alerts.watch import Watch
from driftline.dashboard import pages
from driftline.dashboard.views.base import Query
from driftline.errors import BusyError, InputError, UnknownRecordError
from driftline.monitor import Monitor
from driftline.stores.base import open_store
from driftline.types import Action, Level
from harness.dashboards import fill

DAY = 86_400_000_000
HIGH = Trial(metric="jensen_shannon", threshold=0.9)


def table(days, seed, *, first=0, shift=0.0):
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(days), 100)
    at = (first + day) * DAY + random.integers(0, DAY, day.size)
    return pl.DataFrame({"x": random.normal(size=day.size) + shift * (day >= days - 2)}).with_columns(
        at=pl.Series(at).cast(pl.Datetime("us"))
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Ten days that were watched, of which the last two are shifted; and a model without profiles."""
    monitor = Monitor.fit(table(21, 1), timestamp="at", only=("drift",))
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db") as store:
        Watch(monitor).over(table(10, 2, first=21, shift=2.0), store=store)
        fill(store)
        yield store


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    """Nothing is measured yet."""
    monkeypatch.setattr(stored_rehearsal, "_MEASURED", stored_rehearsal._Measured())


def levels(outcome):
    return [watched.result.level for watched in outcome.watched]


def test_same_settings_judge_the_same(store):
    """What is judged again under what is set comes out as it was judged, incident and onset with it."""
    outcome = rehearse_stored(store, "model", Trial(), 30)
    assert [run.level for run in reversed(store.windows("model"))] == levels(outcome)
    (incident,) = outcome.rehearsal.incidents
    assert [(each.id, each.since) for each in store.incidents("model")] == [(incident.id, incident.since)]
    assert (10, 8, 40.0) == (outcome.measured, outcome.quiet, outcome.rehearsal.quiet_days)
    assert 0 == outcome.rehearsal.false_alarms


def test_threshold_and_budget_are_tried(store):
    """A threshold above the shift alerts nowhere; nothing of a trial is kept in the store."""
    before = store.runs(), store.incidents()
    assert Level.ALERT not in levels(rehearse_stored(store, "model", HIGH, 30))
    assert Level.ALERT in levels(rehearse_stored(store, "model", Trial(budget="1 per 900 days", rule="lord"), 30))
    assert before == (store.runs(), store.incidents())


def test_false_alarm_is_quiet(store):
    """Windows of an incident that a person called a false alarm are shuffled with the quiet ones, and alert there."""
    store.act_on_incident(store.incidents("model")[0].id, Action.FALSE_ALARM, "Ann")
    outcome = rehearse_stored(store, "model", Trial(), 30)
    assert (10, True) == (outcome.quiet, outcome.rehearsal.false_alarms >= 5)
    assert 0 == rehearse_stored(store, "model", HIGH, 30).rehearsal.false_alarms
    store.act_on_incident(store.incidents("model")[0].id, Action.REOPEN, "Ann")


def test_measures_a_bounded_number_at_a_time(store, monkeypatch):
    """One call measures as many windows as are allowed, the next ones go on; what is measured is not measured again."""
    monkeypatch.setattr(stored_rehearsal, "_CELLS", 12)  # of four columns: x, at, its hour and its weekday
    counts = [rehearse_stored(store, "model", Trial(), 30).measured for _ in range(4)]
    assert [3, 6, 9, 10] == counts
    monkeypatch.setattr(Monitor, "measure", None)
    assert Level.ALERT not in levels(rehearse_stored(store, "model", HIGH, 30))


def test_one_at_a_time(store, monkeypatch):
    """While one is under way another one waits, and is refused in words."""
    monkeypatch.setattr(stored_rehearsal, "_PATIENCE", 0)
    with stored_rehearsal._MEASURED.use(), pytest.raises(BusyError, match="another rehearsal is under way"):
        rehearse_stored(store, "model", Trial(), 30)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"budget": "often"}, "budget: 'often' is no budget"),
        ({"rule": "lord2"}, "rules: none is called 'lord2'; did you mean 'lord'"),
        ({"metric": "x", "threshold": "1"}, "metrics: none is called 'x'"),
        ({"threshold": "1"}, "name the metric"),
        ({"metric": "psi", "threshold": "-1"}, "expected a number of 0 or more"),
        ({"metric": "psi", "threshold": "nan"}, "expected a number of 0 or more"),
        ({"metric": "psi", "threshold": "high"}, "expected a number, such as 0.2"),
        ({"windows": "121"}, "from 1 to 120"),
    ],
)
def test_what_is_no_setting_is_refused(store, arguments, said):
    """The message names the argument and what was expected."""
    with pytest.raises(InputError, match=said):
        read(store, **arguments)


def read(store, model="model", **arguments):
    query = Query(store=store, arguments={"model": model, **arguments}, now=datetime(2024, 1, 1, tzinfo=UTC))
    return registry.find("views", "rehearsal").read(query)


def show(page):
    return pages.render(registry.find("views", "rehearsal"), page, pages.Frame())


def test_page(store):
    """The page says what would have alerted and what did, of one column too, and the lines that have it so."""
    tried = read(store, column="x", metric="jensen_shannon", threshold="90%", budget="1 per 30 days")
    assert ([Level.ALERT] * 2, {Level.OK}) == (
        [each.was for each in tried.outcomes[-2:]],
        {each.would for each in tried.outcomes},
    )
    assert "metrics:\n  jensen_shannon:\n    threshold: 0.9" == tried.yaml
    shown = show(tried)
    assert "None of 10 windows would have alerted; 2 did" in shown
    assert "2 windows would have been judged otherwise" in shown
    assert "0 false alarms in 30 days" in shown
    assert "Each window would have been judged as it was" in show(read(store, rule="budget"))
    assert not read(store).tried
    assert "would have alerted;" not in show(read(store))


def test_page_goes_on(store, monkeypatch):
    """While windows are left to measure the page says how many, and loads itself again without a script."""
    monkeypatch.setattr(stored_rehearsal, "_CELLS", 12)
    shown = show(read(store, rule="budget"))
    assert "3 of 10 windows are measured" in shown
    assert '<meta http-equiv="refresh" content="1">' in shown
    assert '<meta http-equiv="refresh"' not in show(read(store))


def test_nothing_to_judge_again(store):
    """Without a pack the page says so; a model that is not there is not found."""
    assert "has no pack" in show(read(store, model="taxi", rule="budget"))
    with pytest.raises(UnknownRecordError, match="'x'"):
        read(store, model="x")
