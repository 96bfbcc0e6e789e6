"""What is wrong with the server is in /readyz, /healthz and /metrics: stopped, behind, set aside, unjudged, unsent."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from driftline.errors import StoreError
from driftline.server.health import Health, TroubleKind
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.server.self_metrics import add_server_gauges
from driftline.server.workers import Workers
from driftline.stores.base import open_store
from driftline.windows import HOUR, Windows
from harness.patience import PATIENCE

from .conftest import Served, got

ROW = b'[{"id": 1, "t": "2024-01-01T00:00:00"}]'


@pytest.fixture
def worker(served, watched, tmp_path):
    """A worker that does not run."""
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        worker = ModelWorker(watched, served.log, store, Path(tmp_path), Exposition(), None)
        assert "model" == worker.model
        yield worker


def healthy(served, *model_workers, workers=None, delivery=None):
    """The application with these parts."""
    health = Health(served.app.ingest.group_commit, workers or Workers(), model_workers, delivery)
    page = Exposition()
    add_server_gauges(page, served.app.ingest, health, [])
    return Served(replace(served.app, health=health, exposition=page), served.log, served.store)


def metric(app, name):
    """The value of a sample."""
    lines = app.ask(got("/metrics"))[0].text.splitlines()
    (found,) = (line.rpartition(" ")[2] for line in lines if line.startswith(f"driftline_server_{name}"))
    return float(found)


def test_all_is_well(served, worker):
    """Nothing is told where nothing is wrong."""
    app = healthy(served, worker)
    assert {"status": "ok", "troubles": []} == app.ask(got("/readyz"))[0].json()
    assert 0 == metric(app, "troubles ")


def test_dead_letters_are_shown(served, worker):
    """Batches that were set aside degrade the server, and are counted; rows go on coming in."""
    app = healthy(served, worker)
    assert 200 == app.post(ROW).status_code
    served.log.set_aside(1, "TypeError in profiles/batch.py, line 1")
    (response,) = app.ask(got("/readyz"))
    assert (200, "degraded") == (response.status_code, response.json()["status"])
    (text,) = response.json()["troubles"]
    assert "1 batches with 1 rows could not be folded" in text
    assert "driftline db retry" in text
    assert (1, 1) == (metric(app, "dead_letters"), metric(app, "troubles "))


def test_rows_that_wait_are_counted(served, worker, monkeypatch):
    """Rows that nobody folds are counted, with how long the first has waited; after ten minutes that is a trouble."""
    app = healthy(served, worker)
    app.post(ROW)
    assert 1 == metric(app, "behind")
    now = time.time()
    monkeypatch.setattr(worker, "_clock", lambda: now + 3600)
    assert 3600 == pytest.approx(metric(app, "lag_seconds"), abs=60)
    (trouble,) = app.app.health.troubles()
    assert (TroubleKind.BEHIND, False) == (trouble.kind, trouble.blocks)
    assert "1 rows wait, the first for 60 minutes" in trouble.text


def test_stopped_worker_is_not_ready_but_alive(served):
    """A worker that waits after a failure makes the server not ready; its thread lives, so a restart would not help."""
    workers = Workers({"model taxi": lambda _: None})
    app = healthy(served, workers=workers)
    (status,) = workers.statuses()
    status.trouble, status.stopped = "a bug (TypeError); see the log", 1e9
    ready, alive = app.ask(got("/readyz"), got("/healthz"))
    assert (503, 200) == (ready.status_code, alive.status_code)
    assert "model taxi: a bug" in ready.json()["error"]
    assert 1 == metric(app, "stopped{")


def test_dead_thread_is_not_alive(served):
    """A thread that has ended by itself is what a restart helps against."""
    with Workers({"model taxi": lambda _: None}) as workers:
        for thread in workers._threads:
            thread.join(PATIENCE)
        app = healthy(served, workers=workers)
        (alive,) = app.ask(got("/healthz"))
        assert (503, True) == (alive.status_code, "model taxi" in alive.json()["error"])


def test_failing_sink_is_shown(served):
    """A sink that fails degrades the server; it still takes and judges rows."""

    class Delivery:
        def troubles(self):
            return ["sink https://hooks: 3 attempts in a row failed: 404"]

        def statuses(self):
            return []

    (response,) = healthy(served, delivery=Delivery()).ask(got("/readyz"))
    assert (200, ["sink https://hooks: 3 attempts in a row failed: 404"]) == (
        response.status_code,
        response.json()["troubles"],
    )


def test_log_that_cannot_be_asked(served, worker, monkeypatch):
    """While the log fails the server is not ready, and its numbers of it are NaN; the rest of the page stays."""
    app = healthy(served, worker)

    def fails(*_):
        raise StoreError("log.db: the disk failed")

    for name in ("waiting", "read", "dead_letters", "last"):
        monkeypatch.setattr(served.log, name, fails)
    (ready,) = app.ask(got("/readyz"))
    assert (503, "log.db: the disk failed") == (ready.status_code, ready.json()["error"])
    assert metric(app, "behind") != metric(app, "behind")
    assert 1 == metric(app, "troubles ")


def test_window_that_cannot_be_judged(worker, monkeypatch, caplog):
    """A bug in judging costs one window, is counted and told without values, and not that of the next window."""

    def bug(*_):
        raise TypeError("secret row")

    windows = Windows(1.7040672e15, HOUR, 1)
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_judge_window", bug)
        worker._judge({}, windows, None)
    assert (1, True) == (worker.unjudged, "TypeError in" in worker.unjudged_reason)
    assert "secret" not in worker.unjudged_reason
    assert "could not be judged" in caplog.text
    monkeypatch.setattr(worker, "_judge_window", lambda *_: None)
    worker._judge({}, windows, None)
    assert (1, "") == (worker.unjudged, worker.unjudged_reason)


def test_disk_that_fails_while_judging(worker, monkeypatch):
    """A disk that fails is no bug: the worker starts again, and judges the same window."""

    def fails(*_):
        raise StoreError("disk")

    monkeypatch.setattr(worker, "_judge_window", fails)
    with pytest.raises(StoreError):
        worker._judge({}, None, None)
    assert 0 == worker.unjudged


def test_the_log_is_not_asked_for_dead_letters_all_the_time(served, worker, monkeypatch):
    """The log is asked once, again when the worker has set a batch aside, and after a minute."""
    asked = []
    monkeypatch.setattr(served.log, "dead_letters", lambda model: asked.append(model) or [])
    for _ in range(3):
        worker.dead_letters()
    assert ["model"] == asked
    worker.counts = {"set_aside": 1}
    worker.dead_letters()
    worker.dead_letters()
    assert ["model"] * 2 == asked
    now = time.monotonic()
    monkeypatch.setattr("driftline.server.model_worker.time.monotonic", lambda: now + 61)
    worker.dead_letters()
    assert ["model"] * 3 == asked
