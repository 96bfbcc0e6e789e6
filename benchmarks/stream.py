"""How fast a stream is taken in and folded, and labels find 10 million open predictions: rows and labels per second."""

import tempfile
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl

from driftline.config.settings import StreamConfig
from driftline.monitor import Monitor
from driftline.server.stream.stream import Stream
from driftline.stores.base import open_store

HOUR = 3600e6
START = 472_224 * HOUR


@dataclass
class Entry:
    """What a log gives back."""

    position: int
    model: str
    kind: str
    rows: int
    received: float
    data: bytes


class Log(list[Entry]):
    """A log in memory, so that the stream alone is timed."""

    def put(self, kind: str, frame: pl.DataFrame) -> None:
        """Append one batch."""
        out = BytesIO()
        frame.write_ipc_stream(out)
        self.append(Entry(len(self) + 1, "model", kind, frame.height, START + 1e4 * HOUR, out.getvalue()))

    def read(self, after: int, most_bytes: int, _model: str | None = None) -> list[Entry]:
        """Entries after a position."""
        found, size = [], 0
        for at in range(after, len(self)):
            found.append(self[at])
            size += len(self[at].data)
            if size >= most_bytes:
                break
        return found


def table(rows: int, features: int, first: int = 0) -> pl.DataFrame:
    """Rows an ever so small step of time apart: 250,000 an hour."""
    rng = np.random.default_rng(first)
    ids = np.arange(first, first + rows)
    times = pl.Series("t", (START + ids * (HOUR / 250_000)).astype(np.int64)).cast(pl.Datetime("us"))
    columns = {f"x{at}": rng.normal(size=rows) for at in range(features)}
    return pl.DataFrame({"id": ids, "p": rng.normal(size=rows), **columns}).with_columns(times)


def main() -> None:
    """Print what was measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for features, rows, each in ((20, 1_000_000, 1_000), (0, 10_000_000, 100_000)):
            whole = table(50_000, features)
            monitor = Monitor.fit(
                whole.with_columns(y=pl.col("p") + 1),
                target="y",
                prediction="p",
                timestamp="t",
                id="id",
                stream=StreamConfig(every="1h"),
            )
            log = Log()
            for first in range(0, rows, 500_000):
                for part in table(500_000, features, first).iter_slices(each):
                    log.put("predictions", part)
            store = open_store(f"sqlite:///{folder}/store{features}.db")
            stream = Stream(monitor.plan, log, store, folder / f"{features}.db", "model", lambda *_: None)
            began = time.perf_counter()
            while stream.step():
                pass
            took = time.perf_counter() - began
            print(f"{features} features: {rows / took:,.0f} rows/s taken in")
            if features:
                began, windows = time.perf_counter(), stream.tick()
                fold = time.perf_counter() - began
                print(f"{windows} windows folded: {windows * 250_000 / fold:,.0f} rows/s")
                print(f"both: {1 / (took / rows + fold / (windows * 250_000)):,.0f} rows/s")
            else:
                chosen = np.random.default_rng(1).permutation(rows)[:1_000_000]
                labels = pl.DataFrame({"id": chosen, "y": np.ones(chosen.size)})
                for part in labels.iter_slices(1_000):
                    log.put("labels", part)
                began = time.perf_counter()
                while stream.step():
                    pass
                took = time.perf_counter() - began
                print(f"{chosen.size / took:,.0f} labels/s with {len(stream.ids):,} open predictions")
            stream.close()


if __name__ == "__main__":
    main()
