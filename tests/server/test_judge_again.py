"""A window judged again by hand: from what is kept by then, by who may, and with a state in words before and after."""

import shutil
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from driftline import registry
from driftline.alerts.watch import Watch
from driftline.dashboard import pages
from driftline.dashboard.views.base import Query
from driftline.errors import BusyError, ConflictError, UnknownRecordError
from driftline.monitor import Monitor
from driftline.server import judge_again as module
from driftline.server.judge_again import judge_again
from driftline.stores.base import open_store
from driftline.stores.events import make_failure
from driftline.stores.records import Fragment
from driftline.stores.results import find_run
from driftline.types import Level, ProfileKey
from driftline.windows import Window
from harness.dashboards import browse, fill

DAY = 86_400_000_000
NAMES = [f"1970-01-{day:02}T00:00:00/1970-01-{day + 1:02}T00:00:00" for day in range(1, 31)]


def table(first, days, *, error=0.0, labelled=1.0):
    """Rows of so many days, of whose labels a share is there; predictions are off by `error`."""
    random = np.random.default_rng(first)
    day = first + np.repeat(np.arange(days), 200)
    x = random.normal(size=day.size)
    y = np.where(np.arange(day.size) % 200 < labelled * 200, x + random.normal(scale=0.1, size=day.size), np.nan)
    at = pl.Series(day * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    return pl.DataFrame({"x": x, "y": pl.Series(y, nan_to_null=True), "guess": x + error}).with_columns(at=at)


@pytest.fixture(scope="module")
def monitor():
    return Monitor.fit(table(0, 14), target="y", prediction="guess", timestamp="at", only=("performance",))


@pytest.fixture(scope="module")
def file(monitor, tmp_path_factory):
    """A store with days of which no label was there when they were judged."""
    path = tmp_path_factory.mktemp("store") / "store.db"
    with open_store(f"sqlite:///{path}") as store:
        Watch(monitor).over(table(14, 10, labelled=0.0), store=store)
    return path


@pytest.fixture
def store(file, monitor, tmp_path):
    """A copy, in which a quarter of the labels of one day is there by now."""
    shutil.copy(file, tmp_path / "store.db")
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        label(store, monitor, 22, 0.25)
        yield store


def label(store, monitor, day, share):
    """Labels of a day come late, and say that predictions are off."""
    (window,) = monitor.windows(table(day, 1, error=2.0, labelled=share), every="1d")
    data = window.profiles[ProfileKey()].private(final=True).dump()
    store.put_fragments((Fragment("model", monitor.plan.fingerprint, ProfileKey(NAMES[day], ""), "check", data),))


def read(store, view="model"):
    now = datetime(1970, 2, 1, tzinfo=UTC)
    return registry.find("views", view).read(Query(store=store, arguments={"model": "model"}, now=now))


def states(store):
    return {window.window: window.state for window in read(store).windows}


def test_labels_that_came_are_judged(store, monitor):
    """While more are to come the verdict is provisional, a warning at most; with all of them it is an alert."""
    assert "waits for labels" == states(store)[NAMES[22]]
    judge_again(store, "model", NAMES[22], "Ann")
    assert "25% of the labels are there" == states(store)[NAMES[22]]
    run = find_run(store, "model", NAMES[22])
    (mae,) = store.verdicts(run_id=run.run_id, metric="mae")
    assert (Level.WARNING, 0.25) == (mae.verdict.level, mae.verdict.detail["labelled"])
    assert "provisional: 25% of the rows have a label so far" in mae.verdict.reason
    label(store, monitor, 22, 1.0)
    judge_again(store, "model", NAMES[22], "Ann")
    assert ("judged", Level.ALERT) == (states(store)[NAMES[22]], find_run(store, "model", NAMES[22]).level)
    assert () == store.incidents("model")
    told = [(event.person, event.text) for event in store.events("model")]
    assert {("Ann", "23 Jan 1970 to 24 Jan 1970 judged again by hand: Alert")} <= set(told)


def test_state_says_that_labels_are_late(store):
    """A week after its end, by the rows' time, labels of a window should be there."""
    found = states(store)
    assert ("labels are late: none came", "waits for labels") == (found[NAMES[15]], found[NAMES[18]])


def test_window_that_failed(monitor, store):
    """A window that could not be judged stands on the page with the reason, until it is judged by hand."""
    window = Window.parse(NAMES[24])
    event = make_failure("model", window, f"{window}: ZeroDivisionError in psi")
    assert (1, 0) == (store.save_events([event]), store.save_events([event]))
    (failed,) = read(store).failed
    assert (NAMES[24], "ZeroDivisionError in psi") == (failed.window, failed.reason)
    shown = pages.render(registry.find("views", "model"), read(store), pages.Frame(writes=True))
    assert "could not be judged" in shown
    with pytest.raises(ConflictError, match="no profiles of"):
        judge_again(store, "model", NAMES[24], "")
    label(store, monitor, 24, 1.0)
    judge_again(store, "model", NAMES[24], "")
    assert ((), "judged") == (read(store).failed, states(store)[NAMES[24]])


def test_what_cannot_be_judged(store, monkeypatch):
    """A window or model that is not there, a store without a pack, and one after another."""
    fill(store)
    with pytest.raises(UnknownRecordError, match="no window of a model that is called 'x'"):
        judge_again(store, "x", NAMES[15], "")
    with pytest.raises(UnknownRecordError, match="has no window '1970-01-30"):
        judge_again(store, "model", NAMES[29], "")
    with pytest.raises(ConflictError, match="no pack of the plan"):
        judge_again(store, "taxi", "2022-02-01T00:00:00/2022-02-02T00:00:00", "")
    monkeypatch.setattr(module, "_PATIENCE", 0)
    with module._one_at_a_time(), pytest.raises(BusyError, match="another window"):
        judge_again(store, "model", NAMES[22], "")


def test_page_and_api(file, monitor, tmp_path):
    """The form of the page and the API lead to the new run; neither another site nor one who may only read."""
    shutil.copy(file, tmp_path / "store.db")
    with browse(tmp_path) as browser:
        label(browser.store, monitor, 15, 1.0)
        path = pages.address("/judge", model="model", window=NAMES[15])
        proof = browser.proof("/model?model=model")
        assert 403 == browser.post(path, {"proof": proof}, sec_fetch_site="cross-site").status_code
        assert 403 == browser.post(path, {"proof": "x"}).status_code
        answer = browser.post(path, {"proof": proof})
        assert (303, True) == (answer.status_code, answer.headers["location"].startswith("/report?run="))
        answer = browser.post_json(f"/v1{path}", {})
        assert (200, find_run(browser.store, "model", NAMES[15]).run_id) == (answer.status_code, answer.json()["run"])
        assert 415 == browser.post(f"/v1{path}").status_code
        bearer = f"Bearer {browser.dashboard.authenticator.tokens.add('reader', ('read',))}"
        assert 403 == browser.post_json(f"/v1{path}", {}, authorization=bearer).status_code
        assert "Judge again" not in browser.get("/model?model=model", authorization=bearer).text


def trail(reference, path):
    """A store of six days that are compared with the days before them; the last three are higher."""
    settings = {"reference": reference, "windows": 2}
    zone = pl.Series("zone", ["n", "s"]).sample(2800, with_replacement=True, seed=1)
    whole = pl.concat([table(0, 14), table(14, 3), table(17, 3).with_columns(pl.col("x") + 1.5)])
    whole = whole.drop("y", "guess").with_columns(pl.concat([zone, zone.head(1200)]).alias("zone"))
    monitor = Monitor.fit(
        whole[:2800], timestamp="at", comparison=settings, segments=["zone"], only=("drift",), describe=False,
        derive=False,
    )  # fmt: skip
    with open_store(f"sqlite:///{path}") as store:
        Watch(monitor).over(whole[2800:], store=store)
    return monitor


@pytest.mark.parametrize("reference", ["trailing", "previous"])
def test_reference_that_trails(reference, tmp_path):
    """A window is compared again with the windows before it, with what is tolerated of those, in each segment."""

    def judged(store):
        run = find_run(store, "model", NAMES[19])
        found = [each.verdict for each in store.verdicts(run_id=run.run_id, limit=None)]
        told = {each.series: (each.level, each.value, each.reference, each.threshold) for each in found if each.judged}
        return (run.reference_label, run.reference_rows, run.reference_start, run.reference_format), told

    trail(reference, tmp_path / "store.db")
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        first = judged(store)
        store_run = find_run(store, "model", NAMES[19])
        assert store_run.run_id != judge_again(store, "model", NAMES[19], "")
        assert first == judged(store)
        label, levels = first[0][0], {series.segment for series in first[1]}
        assert ("the window before" if reference == "previous" else "the 2 windows before") == label
        assert {None, "zone=n", "zone=s"} == {each and each.replace(" ", "") for each in levels}


def test_window_that_failed_is_compared_with_those_before_it(tmp_path):
    """Without a run of its own, not with what the newest window was compared with."""
    monitor = trail("previous", tmp_path / "store.db")
    (lost,) = monitor.windows(table(20, 1).drop("y", "guess").with_columns(zone=pl.lit("n")), every="1d")
    data = lost.profiles[ProfileKey()].private(final=True).dump()
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        name = NAMES[20]
        store.put_fragments((Fragment("model", monitor.plan.fingerprint, ProfileKey(name, ""), "check", data),))
        store.save_events([make_failure("model", Window.parse(name), f"{name}: ZeroDivisionError in psi")])
        run = store.run(judge_again(store, "model", name, ""))
        assert ("the window before", "1970-01-20T00:00:00") == (run.reference_label, run.reference_start[:19])
