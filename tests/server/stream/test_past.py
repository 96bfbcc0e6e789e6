"""A trailing reference of a stream is that of a batch: from the store's profiles, also after a restart."""

import time
from threading import Event, Thread

import numpy as np
import polars as pl

from driftline.alerts.watch import Watch
from driftline.data.ipc import to_stream
from driftline.monitor import Monitor
from driftline.server.logs.base import Entry, open_log
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.stores.base import open_store
from harness.patience import until

DAY = 86_400_000_000


def table(days, first, shift=0.0):
    """Days of 96 rows at even times; `x` is shifted by so much in each day."""
    at = (np.arange(96 * days) * (DAY // 96)) + first * DAY
    x = np.random.default_rng(first).normal(size=at.size) + np.repeat(np.ones(days) * shift, 96)
    return pl.DataFrame({"x": x, "t": pl.Series(at).cast(pl.Datetime("us"))})


def follow(monitor, log, folder, windows):
    """Run a worker until so many windows are kept."""
    with open_store(f"sqlite:///{folder}/store.db") as store:
        worker, stop = ModelWorker(monitor, log, store, folder, Exposition(), None), Event()
        thread = Thread(target=worker, args=(stop,))
        thread.start()
        until(lambda: len(store.windows("model", None)) >= windows, f"{windows} windows", pause=0.05)
        stop.set()
        thread.join()
        runs = store.windows("model", None)[::-1]
        return [(run, [each.verdict for each in store.verdicts(run_id=run.run_id, limit=None)]) for run in runs]


def test_stream_is_the_batch(tmp_path):
    """Each window of a stream is compared with the same windows as that of a batch, also after a restart."""
    monitor = Monitor.fit(
        table(20, 0), timestamp="t", derive=False, describe=False, stream={"max_age": "36500d"},
        comparison={"reference": "trailing", "windows": 3},
    )  # fmt: skip
    rows = table(9, 20, [0.0] * 5 + [2.0] * 4)
    expected = Watch(monitor).over(rows)[:-1]  # the stream's last window has not closed
    with open_log(f"sqlite:///{tmp_path}/log.db") as log:
        for number, (part, windows) in enumerate(((rows[: 96 * 6 + 10], 6), (rows[96 * 6 + 10 :], 8))):
            received = time.time() * 1e6
            log.append([Entry(0, "model", "predictions", str(number), part.height, received, to_stream(part))])
            kept = follow(monitor, log, tmp_path, windows)
    for outcome, (run, verdicts) in zip(expected, kept, strict=True):
        mine = outcome.result
        assert (mine.reference.label, mine.reference.rows) == (run.reference_label, run.reference_rows)
        assert (mine.reference.start, mine.reference.end) == (run.reference_start, run.reference_end)
        facts = [(each.metric, each.column, each.level, each.value, each.threshold) for each in mine.verdicts]
        assert facts == [(each.metric, each.column, each.level, each.value, each.threshold) for each in verdicts]
    assert "the 3 windows before" == kept[-1][0].reference_label
