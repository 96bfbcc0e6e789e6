"""Labels that come late, in part, or never: what is judged when, what it says, and what is an incident."""

import numpy as np
import polars as pl
import pytest

from driftline.data.ipc import to_stream
from driftline.monitor import Monitor
from driftline.server.logs.base import Entry, open_log
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.server.stream.stream import Stream
from driftline.stores.base import open_store
from driftline.types import Action, Health, Level

HOUR = 3600e6
START = 474_816 * HOUR  # 2024-03-02
PER_HOUR = 120


def trips(hours, first=0, seed=0, error=1.0):
    """Rows of some hours with their labels; the predictions are off by `error`."""
    rng = np.random.default_rng(seed)
    n = hours * PER_HOUR
    times = pl.Series("t", START + (first + np.arange(n) / PER_HOUR) * HOUR).cast(pl.Int64).cast(pl.Datetime("us"))
    x = rng.normal(size=n)
    return pl.DataFrame(
        {"id": first * PER_HOUR + np.arange(n), "x": x, "p": 2 * x, "y": 2 * x + error * rng.normal(size=n)}
    ).with_columns(times)


@pytest.fixture(scope="module")
def monitor():
    """Of three days; labels are due after three hours."""
    stream = {"every": "1h", "label_delay": "3h"}
    return Monitor.fit(trips(72, -152, 9), target="y", prediction="p", timestamp="t", id="id", stream=stream)


class Served:
    """One model, whose log is followed here, without threads."""

    def __init__(self, monitor, folder, log, store):
        self.store, self._log = store, log
        self.worker = ModelWorker(monitor, log, store, folder, Exposition(), None)
        state = (monitor.plan, log, store, folder / "stream.db", "model", self.worker._judge)
        self.stream = Stream(*state, remember=self.worker._memory)

    def put(self, kind, frame):
        """Send a batch, and judge what is due."""
        received = START + 1000 * HOUR
        self._log.append(
            [Entry(0, "model", kind, f"{kind} {self._log.last()}", frame.height, received, to_stream(frame))]
        )
        while self.stream.step() + self.stream.tick(settle=True):
            pass

    def run(self, hour):
        """The newest run of a window, and its verdicts by metric."""
        start = pl.Series([START + hour * HOUR]).cast(pl.Int64).cast(pl.Datetime("us"))[0].isoformat()
        run = next(run for run in self.store.runs(limit=None) if run.window.startswith(start))
        verdicts = [each.verdict for each in self.store.verdicts(run_id=run.run_id, limit=None)]
        return run, {each.metric: each for each in verdicts if each.column is None}

    @property
    def incidents(self):
        """Those that are open, of what needs labels."""
        return list(self.worker._watches[True].incidents.values())


@pytest.fixture
def served(monitor, tmp_path):
    """A model that is served."""
    with open_log(f"sqlite:///{tmp_path}/log.db") as log, open_store(f"sqlite:///{tmp_path}/store.db") as store:
        served = Served(monitor, tmp_path, log, store)
        yield served
        served.stream.close()


def test_performance_is_provisional_until_labels_are_due(served):
    """A collapse in half of the labels is a warning that says how far they have come; with all of them an alert."""
    rows = trips(2, error=9.0)
    served.put("predictions", rows.drop("y"))
    served.put("labels", rows.select("id", "y").filter(rows["x"] < 0))
    run, verdicts = served.run(0)
    share = float((rows["x"][:PER_HOUR] < 0).mean())
    assert Level.WARNING is verdicts["mae"].level
    assert f"; provisional: {share:.0%} of the rows have a label so far" in verdicts["mae"].reason
    assert pytest.approx(share) == verdicts["mae"].detail["labelled"]
    assert "mean prediction" in " ".join(run.notes), run.notes
    assert [] == served.incidents
    served.put("labels", rows.select("id", "y").filter(rows["x"] >= 0))
    _, verdicts = served.run(0)
    assert (Level.ALERT, False) == (verdicts["mae"].level, "provisional" in verdicts["mae"].reason)
    assert ["mae"] == [incident.metric for incident in served.incidents]


def test_labels_to_come_are_no_finding(served):
    """Windows that are judged again and again while labels trickle in warn of nothing where nothing is wrong."""
    rows = trips(3, seed=4)
    served.put("predictions", rows.drop("y"))
    for part in rows.select("id", "y").sample(fraction=1, shuffle=True, seed=1).iter_slices(72):
        served.put("labels", part)
    runs = served.store.runs(limit=None)
    assert len(runs) > 5
    assert [] == [(run.window, run.headline, run.notes) for run in runs if run.level is not Level.OK]


def test_label_feed_that_stops(served):
    """Once labels were due and none came that is an incident of its own; windows with labels are well again."""
    rows = trips(18, seed=5)
    labels = rows.select("id", "y")
    served.put("predictions", rows[: 5 * PER_HOUR].drop("y"))
    served.put("labels", labels[: 4 * PER_HOUR])
    served.put("predictions", rows[5 * PER_HOUR : 12 * PER_HOUR].drop("y"))
    (incident,) = served.incidents
    assert (Health.MODEL, "label_coverage") == (incident.health, incident.metric)
    assert incident.headline.startswith("labels ")
    assert "labels 0.0%" in incident.reason
    run, verdicts = served.run(7)
    assert (Level.ALERT, Level.ALERT) == (run.level, verdicts["label_coverage"].level)
    assert run.headline.startswith("Labels ")
    served.put("labels", labels[12 * PER_HOUR :])
    served.put("predictions", rows[12 * PER_HOUR :].drop("y"))
    assert Level.OK is served.run(13)[1]["label_coverage"].level


def test_windows_that_never_got_labels_are_unknown(served):
    """Where no label ever came how right the model is is unknown: never quiet, and no incident either."""
    rows = trips(9, seed=6).drop("y")
    served.put("predictions", rows)
    run, verdicts = served.run(2)
    assert (Level.UNKNOWN, Level.UNKNOWN) == (run.level, verdicts["label_coverage"].level)
    assert "No labels came for 120 rows: how right the model is is unknown; nothing else stands out." == run.headline
    assert "labels: no value: none have come, now or before" == verdicts["label_coverage"].reason
    assert [] == served.incidents
    assert "All quiet" in served.run(7)[0].headline, "its labels are not due yet"


def test_few_labels_by_design_are_usual(served):
    """A label for one row in ten is not a feed that has stopped."""
    rows = trips(12, seed=7)
    served.put("predictions", rows[: 4 * PER_HOUR].drop("y"))
    served.put("labels", rows.select("id", "y").filter(rows["id"] % 10 == 0))
    served.put("predictions", rows[4 * PER_HOUR :].drop("y"))
    assert Level.OK is served.run(7)[1]["label_coverage"].level
    assert [] == served.incidents


def test_a_correction_is_judged_and_the_past_kept(served):
    """A label that is corrected has its window judged again; the run with the first one stays in the store."""
    rows = trips(2, seed=8)
    served.put("predictions", rows.drop("y"))
    served.put("labels", rows.select("id", "y"))
    before = served.run(0)
    served.put("labels", rows.select("id", pl.col("y") + 50))
    after = served.run(0)
    assert before[1]["mae"].value + 40 < after[1]["mae"].value
    assert before[0].run_id in {run.run_id for run in served.store.runs(limit=None)}


def test_accepted_in_the_store(served):
    """What a person accepts in the store ends with the next window, and stays quiet after a restart."""
    rows = trips(8, seed=11).drop("y").with_columns(x=pl.col("x") + 3)
    served.put("predictions", rows[: 4 * PER_HOUR])
    (incident,) = [each for each in served.store.incidents("model") if each.closed is None]
    served.store.act_on_incident(incident.id, Action.ACCEPT, "Ann", "new sensor")
    served.put("predictions", rows[4 * PER_HOUR : 6 * PER_HOUR])
    served.worker._recall(served.stream)
    served.put("predictions", rows[6 * PER_HOUR :])
    assert [incident.id] == [each.id for each in served.store.incidents("model")]
    assert {} == served.worker._watches[False].incidents
    run, _ = served.run(6)
    assert Level.ALERT is not run.level, run.headline


def test_detectors_outlive_a_restart(tmp_path):
    """A served model's detectors alert once labels are due, go on in another process, and keep the incident open."""
    stream = {"every": "1h", "label_delay": "3h"}
    detectors = [{"detector": "cusum", "rows": "error"}, {"detector": "bocpd", "rows": "x"}]
    monitor = Monitor.fit(
        trips(72, -152, 9), target="y", prediction="p", timestamp="t", id="id", stream=stream, detectors=detectors
    )
    rows = trips(12, seed=6).with_columns(y=pl.col("y") + pl.when(pl.col("id") >= 4 * PER_HOUR).then(2).otherwise(0))
    with open_log(f"sqlite:///{tmp_path}/log.db") as log, open_store(f"sqlite:///{tmp_path}/store.db") as store:
        first = Served(monitor, tmp_path, log, store)
        first.put("predictions", rows[: 6 * PER_HOUR].drop("y"))
        first.put("labels", rows[: 6 * PER_HOUR].select("id", "y"))
        assert Level.ALERT is first.run(4)[1]["cusum(error)"].level
        assert "bocpd(x)" in first.worker._watches[False].detections.known
        state = first.worker._memory()
        first.stream.close()
        second = Served(monitor, tmp_path, log, store)
        second.worker._recall(second.stream)
        assert state["watches"]["labels"]["detections"] == second.worker._memory()["watches"]["labels"]["detections"]
        second.put("predictions", rows[6 * PER_HOUR :].drop("y"))
        second.put("labels", rows[6 * PER_HOUR :].select("id", "y"))
        verdict = second.run(10)[1]["cusum(error)"]
        assert (Level.ALERT, "2024-03-02T04") == (verdict.level, verdict.since[:13])
        second.stream.close()
