"""The served path in this process: rows in a log, some late and some twice, labels days after; windows, incidents."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import numpy as np
import polars as pl

from driftline import Monitor
from driftline.data.ipc import to_stream
from driftline.server.logs.base import BatchKind, Entry, EventLog, open_log
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus.page import Exposition
from driftline.stores.base import open_store
from driftline.types import Level

MODEL = "model"
_HOUR = timedelta(hours=1) / timedelta(microseconds=1)
LATE, REPEATED = 0.02, 0.01
"""Parts of the rows: those that come up to six hours late, and those that are sent twice."""
LABELS_AFTER = 2
"""Days after the end of a day that its labels come, all together."""


class Arrivals(Event):
    """The hours of a log one after the other: whenever the worker has nothing to do, the next one comes.

    Args:
        log: where batches go.
        now: rows with `id`, `at`, and a `target`, which is sent for itself.
        random: says which rows are late, and which come twice.
    """

    def __init__(self, log: EventLog, now: pl.DataFrame, random: np.random.Generator) -> None:
        super().__init__()
        self._log, self._batches = log, cut(now, random)
        self._time = 0.0
        self.wait()

    def clock(self) -> float:
        """The server's clock: when the newest batch came, in seconds since 1970."""
        return self._time / 1e6

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - there is nothing to wait for
        """Put the next batches into the log; at their end the worker is told to stop."""
        found = next(self._batches, None)
        if found is None:
            self.set()
            return True
        self._time, batches = found
        self._log.append(
            [
                Entry(0, MODEL, kind, f"{kind} {self._time:.0f}", rows.height, self._time, to_stream(rows))
                for kind, rows in batches.items()
            ]
        )
        return False


def cut(now: pl.DataFrame, random: np.random.Generator) -> Iterator[tuple[float, dict[BatchKind, pl.DataFrame]]]:
    """The time at which each hour's batches come (microseconds since 1970), and the batches."""
    late = random.random(now.height) < LATE
    hours = now["at"].dt.epoch("us").to_numpy() // _HOUR + 1
    arrives = hours + np.where(late, random.integers(1, 7, now.height), 0)
    twice = np.flatnonzero(random.random(now.height) < REPEATED)
    inputs = now.drop("target").with_columns(arrives=arrives)
    inputs = pl.concat([inputs, inputs[twice].with_columns(pl.col("arrives") + 1)])
    labels = now.select("id", "target", arrives=(hours - 1) // 24 * 24 + 24 * (1 + LABELS_AFTER))
    for hour in np.arange(hours.min(), hours.max() + 1):
        found: dict[BatchKind, pl.DataFrame] = {"predictions": inputs, "labels": labels}
        own = {kind: rows.filter(pl.col("arrives") == hour).drop("arrives") for kind, rows in found.items()}
        yield float(hour * _HOUR), {kind: rows for kind, rows in own.items() if rows.height}


def serve(monitor: Monitor, now: pl.DataFrame, random: np.random.Generator) -> tuple[int, list[str]]:
    """How many windows were judged, and the metrics of the incidents in the store, once all rows were served."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_log(f"sqlite:///{folder}/log.db") as log,
        open_store(f"sqlite:///{folder}/store.db") as store,
    ):
        arrivals = Arrivals(log, now, random)
        ModelWorker(monitor, log, store, Path(folder), Exposition(), None, clock=arrivals.clock)(arrivals)
        windows = [run for run in store.windows(MODEL, None) if run.level is not Level.UNKNOWN]
        return len(windows), [incident.metric for incident in store.incidents(MODEL)]
