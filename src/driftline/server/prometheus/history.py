"""The history that a store keeps, at its own times, as Prometheus imports it; the page of metrics has no past."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from driftline.errors import StoreError
from driftline.server.prometheus.page import name_family, printable
from driftline.stores.backends.base_sql import SqlStore
from driftline.stores.base import Store
from driftline.types import Level

_TIMED = "\"window\" LIKE '%/%' AND (CAST(:model AS TEXT) IS NULL OR model = :model)"
_METRICS = f"SELECT DISTINCT metric FROM estimates WHERE {_TIMED} ORDER BY metric"  # noqa: S608 - own names
_ESTIMATES = f"""
    SELECT model, "column", segment, window_end, value, unit FROM estimates WHERE metric = :metric AND {_TIMED}
    ORDER BY model, "column", segment, window_end, CASE family WHEN 'expectation' THEN 1 ELSE 0 END
"""  # noqa: S608 - own names
_WINDOWS = f'SELECT model, window_end, "rows", level FROM windows WHERE {_TIMED} ORDER BY model, window_end'  # noqa: S608 - own names
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
Sample = tuple[Mapping[str, str], float, float]


def write_history(store: Store, file: BinaryIO, model: str | None = None) -> int:
    """Write the numbers of all windows in the form of OpenMetrics; gives how many samples.

    Families and labels are those of the page of metrics. A sample's time is the end of its window; of a window that was
    judged several times the newest result counts.

    Raises:
        StoreError: when the store is none in SQL, or cannot be read.
    """
    if not isinstance(store, SqlStore):
        raise StoreError(f"the history of a {type(store).__name__} cannot be exported; known are SQLite and PostgreSQL")
    count = 0
    windows = _read(store, _WINDOWS, {"model": model})
    rows = (({"model": row["model"]}, float(row["rows"]), _parse(row["window_end"])) for row in windows)
    levels = (({"model": r["model"]}, float(Level(r["level"]).rank), _parse(r["window_end"])) for r in windows)
    count += _write_family(file, "driftline_window_rows", rows)
    count += _write_family(file, "driftline_model_level", levels)
    for metric in [row["metric"] for row in _read(store, _METRICS, {"model": model})]:
        estimates = _read(store, _ESTIMATES, {"model": model, "metric": metric})
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


def _read(store: SqlStore, sql: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with store.session(writes=False) as session:
        return session.read(sql, values)


def _parse(text: str) -> float:
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
