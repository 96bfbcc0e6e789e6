"""The history that a store keeps, at its own times, as Prometheus imports it; the page of metrics has no past."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, BinaryIO

from driftline.server.prometheus.page import name_family, printable
from driftline.stores.backends.base_sql import SqlStore
from driftline.stores.base import Store
from driftline.stores.records import Run, StoredVerdict
from driftline.types import Level

_TIMED = "\"window\" LIKE '%/%' AND (CAST(:model AS TEXT) IS NULL OR model = :model)"
_METRICS = f"SELECT DISTINCT metric FROM estimates WHERE {_TIMED} ORDER BY metric"  # noqa: S608 - own names
_ESTIMATES = f"""
    SELECT model, "column", segment, window_end, value, unit FROM estimates WHERE metric = :metric AND {_TIMED}
    ORDER BY model, "column", segment, window_end, CASE family WHEN 'expectation' THEN 1 ELSE 0 END
"""  # noqa: S608 - own names
_WINDOWS = f'SELECT model, window_end, "rows", level FROM windows WHERE {_TIMED} ORDER BY model, window_end'  # noqa: S608 - own names
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_PAGE = 200  # windows whose verdicts are asked for at a time
Sample = tuple[Mapping[str, str], float, float]


def write_history(store: Store, file: BinaryIO, model: str | None = None) -> int:
    """Write the numbers of all windows in the form of OpenMetrics; gives how many samples.

    Families and labels are those of the page of metrics. A sample's time is the end of its window; of a window that was
    judged several times the newest result counts.

    Raises:
        StoreError: when the store cannot be read.
    """
    past = SqlHistory(store, model) if isinstance(store, SqlStore) else StoreHistory(store, model)
    count, windows = 0, past.list_windows()
    rows = (({"model": row["model"]}, float(row["rows"]), _parse(row["window_end"])) for row in windows)
    levels = (({"model": r["model"]}, float(Level(r["level"]).rank), _parse(r["window_end"])) for r in windows)
    count += _write_family(file, "driftline_window_rows", rows)
    count += _write_family(file, "driftline_model_level", levels)
    for metric in past.list_metrics():
        estimates = past.list_estimates(metric)
        families: dict[str, list[dict[str, Any]]] = {}
        for row in estimates:
            families.setdefault(name_family(metric, row["unit"])[0], []).append(row)
        for family, found in families.items():
            count += _write_family(file, family, _list_samples(metric, found))
    file.write(b"# EOF\n")
    return count


def _list_samples(metric: str, estimates: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    for row in estimates:
        labels = {"model": row["model"], "column": row["column"] or "", "segment": row["segment"] or ""}
        yield labels, row["value"] * name_family(metric, row["unit"])[1], _parse(row["window_end"])


def _write_family(file: BinaryIO, name: str, samples: Iterable[Sample]) -> int:
    """Write a family; of several samples of one series at one time the first one. Gives how many."""
    series: dict[str, dict[float, float]] = {}
    for labels, value, time in samples:
        shown = ",".join(f'{key}="{printable(text).translate(_ESCAPES)}"' for key, text in labels.items())
        series.setdefault(shown, {}).setdefault(time, value)
    file.write(f"# TYPE {name} gauge\n".encode())
    for shown, values in series.items():
        for time, value in sorted(values.items()):
            file.write(f"{name}{{{shown}}} {value!r} {time!r}\n".encode("utf-8", "replace"))
    return sum(map(len, series.values()))


@dataclass(frozen=True)
class SqlHistory:
    """The windows of a store in SQL, of one model or all, by its views."""

    store: SqlStore
    model: str | None

    def list_windows(self) -> list[dict[str, Any]]:
        """Each window with its model, end, rows and level."""
        return self._read(_WINDOWS)

    def list_metrics(self) -> list[str]:
        """The metrics of which there are estimates."""
        return [row["metric"] for row in self._read(_METRICS)]

    def list_estimates(self, metric: str) -> list[dict[str, Any]]:
        """The estimates of a metric by series, those of a person's own limits last."""
        return self._read(_ESTIMATES, metric=metric)

    def _read(self, sql: str, **values: str) -> list[dict[str, Any]]:
        with self.store.session(writes=False) as session:
            return session.read(sql, {"model": self.model, **values})


class StoreHistory:
    """The same of any store, by the methods that all have."""

    def __init__(self, store: Store, model: str | None) -> None:
        self.store = store
        models = [run.model for run in store.latest_runs() if model in {None, run.model}]
        runs = [run for name in models for run in store.windows(name, None)[::-1] if "/" in (run.window or "")]
        self._runs = {run.run_id: run for run in runs}

    def list_windows(self) -> list[dict[str, Any]]:
        """Each window with its model, end, rows and level."""
        return [
            {"model": run.model, "window_end": _end(run), "rows": run.current_rows, "level": run.level.value}
            for run in self._runs.values()
        ]

    def list_metrics(self) -> list[str]:
        """The metrics of which there are estimates."""
        return sorted({stored.verdict.metric for stored in self._find() if stored.verdict.value is not None})

    def list_estimates(self, metric: str) -> list[dict[str, Any]]:
        """The estimates of a metric by series, those of a person's own limits last."""
        found = [(stored.verdict, self._runs[stored.run_id]) for stored in self._find(metric)]
        rows = [
            {"model": run.model, "column": one.column, "segment": one.segment, "window_end": _end(run),
             "value": one.value, "unit": one.unit, "last": one.family == "expectation"}
            for one, run in found if one.value is not None
        ]  # fmt: skip
        names = ("model", "column", "segment", "window_end", "last")
        return sorted(rows, key=lambda row: tuple(str(row[name] or "") for name in names))

    def _find(self, metric: str | None = None) -> Iterator[StoredVerdict]:
        """The verdicts of all windows, some hundred windows at a time."""
        ids = iter(self._runs)
        while page := list(islice(ids, _PAGE)):
            yield from self.store.verdicts(run_id=page, metric=metric, limit=None)


def _end(run: Run) -> str:
    return (run.window or "").partition("/")[2]


def _parse(text: str) -> float:
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
