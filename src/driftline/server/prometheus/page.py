"""The page that Prometheus scrapes: the newest result of each model, and the server's own health."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from driftline.alerts.incidents import Incident
from driftline.errors import MissingExtraError
from driftline.report.phrases import visible
from driftline.server.http.responses import Receive, Response, Send
from driftline.types import Level, Verdict
from driftline.verdicts.result import Result

OTHER = "(other)"
_UNITS = {"share": ("_ratio", 1.0), "h": ("_seconds", 3600.0), "rows": ("_rows", 1.0)}
_UNITS |= {"values": ("_values", 1.0), "columns": ("_columns", 1.0)}


class Exposition:
    """Results as gauges, one family a metric: `driftline_<metric>{model,column,segment}`.

    Of each model the `columns` worst columns are shown one by one, quiet ones in the order of the schema. The verdicts
    of all others are counted by level, with the column "(other)": a mean of their values would mean nothing. What
    `gauge` adds is asked at each scrape. It is an ASGI application, and may be used from several threads.

    Raises:
        MissingExtraError: when prometheus-client is not there.
    """

    def __init__(self, columns: int = 50) -> None:
        try:
            import prometheus_client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("metrics for Prometheus", "prometheus") from error
        self._columns = columns
        self._judged = _Judged({}, {}, columns)
        self._pages: dict[bool, bytes] = {}
        self._gauges: dict[str, Any] = {}
        self._lock, self._showing = Lock(), Lock()
        self._live = prometheus_client.CollectorRegistry()
        prometheus_client.ProcessCollector(registry=self._live)

    def show(self, result: Result, incidents: Iterable[Incident] = ()) -> None:
        """Put a result in place of the model's earlier one, with the incidents that are open.

        The page is rendered here, in the forms that were asked for so far, so that no scrape waits for it.
        """
        with self._showing:
            model, judged = result.model, self._judged
            still = tuple(one for one in incidents if one.is_open)
            new = _Judged({**judged.results, model: result}, {**judged.incidents, model: still}, self._columns)
            pages = {opened: new.rendered(opened=opened) for opened in tuple(self._pages)}
            with self._lock:
                self._judged, self._pages = new, pages

    def gauge(self, name: str, text: str, value: Callable[[], float], **labels: str) -> None:
        """Add a number of the server's own, asked for at each scrape: `driftline_server_<name>`, with these labels."""
        from prometheus_client import Gauge  # noqa: PLC0415 - an extra

        if name not in self._gauges:
            self._gauges[name] = Gauge(f"driftline_server_{name}", text, tuple(labels), registry=self._live)
        gauge, labels = self._gauges[name], {label: printable(text) for label, text in labels.items()}
        (gauge.labels(**labels) if labels else gauge).set_function(value)

    def page(self, accept: str = "") -> tuple[bytes, str]:
        """The page and its content type: OpenMetrics where the header `Accept` names it, else Prometheus' text."""
        from prometheus_client import exposition, openmetrics  # noqa: PLC0415 - an extra

        opened = "application/openmetrics-text" in accept
        with self._lock:
            if opened not in self._pages:
                self._pages[opened] = self._judged.rendered(opened=opened)
            body = self._pages[opened]
        kind = openmetrics.exposition.CONTENT_TYPE_LATEST if opened else exposition.CONTENT_TYPE_PLAIN_0_0_4
        return body + _written(opened=opened)(self._live), kind

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request, as ASGI defines it."""
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        await Response(200, *self.page(accept.decode("latin-1")))(scope, receive, send)


def _written(*, opened: bool) -> Callable[[Any], bytes]:
    """What writes a registry in one of the two forms."""
    from prometheus_client import exposition, openmetrics  # noqa: PLC0415 - an extra

    written: Callable[[Any], bytes] = openmetrics.exposition.generate_latest if opened else exposition.generate_latest
    return written


@dataclass(frozen=True, eq=False)
class _Judged:
    """The newest results and open incidents by model: a collector for prometheus-client's registry."""

    results: Mapping[str, Result]
    incidents: Mapping[str, tuple[Incident, ...]]
    columns: int

    def rendered(self, *, opened: bool) -> bytes:
        """The families as text, without an end mark."""
        from prometheus_client import CollectorRegistry  # noqa: PLC0415 - an extra

        registry = CollectorRegistry()
        registry.register(self)
        return _written(opened=opened)(registry).removesuffix(b"# EOF\n")

    def collect(self) -> Iterator[Any]:
        """The families."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 - an extra

        families: dict[str, Any] = {}
        shown: set[tuple[str, ...]] = set()

        def add(name: str, text: str, labels: Mapping[str, str], value: float) -> None:
            if name not in families:
                families[name] = GaugeMetricFamily(name, text, labels=tuple(labels))
            values = tuple(map(printable, labels.values()))
            if (name, *values) not in shown:  # names may differ in characters that nobody sees
                shown.add((name, *values))
                families[name].add_metric(values, value)

        for model, result in sorted(self.results.items()):
            _add_result(add, model, result, self.columns)
            _add_incidents(add, model, self.incidents.get(model, ()))
        yield from families.values()


Add = Callable[[str, str, Mapping[str, str], float], None]


def _add_result(add: Add, model: str, result: Result, most: int) -> None:
    labels = {"model": model}
    add("driftline_window_rows", "Rows of the last judged window.", labels, result.current.rows)
    add("driftline_model_level", "Worst level: 0 ok, 1 unknown, 2 warning, 3 alert.", labels, result.level.rank)
    if (end := _end(result)) is not None:
        add("driftline_window_end_timestamp_seconds", "End of the last judged window.", labels, end)
    shown = _worst(result.verdicts, most)
    levels: dict[tuple[str, ...], int] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    seen: set[tuple[str, str, str]] = set()
    for verdict in sorted(result.verdicts, key=lambda each: each.family == "expectation"):
        column, segment = verdict.column or "", verdict.segment or ""
        there = column in shown
        if verdict.judged:
            counts[verdict.health.value, column if there else OTHER, verdict.level.value] += 1
            key = (verdict.health.value, verdict.family, column, segment)
            levels[key] = max(levels.get(key, 0), verdict.level.rank) if there else 0
            if not there:
                del levels[key]
        if not there or verdict.value is None or (verdict.metric, column, segment) in seen:
            continue
        seen.add((verdict.metric, column, segment))
        place = labels | {"column": column, "segment": segment}
        name, scale = name_family(verdict.metric, verdict.unit)
        add(name, f"{verdict.title[:1].upper()}{verdict.title[1:]}.", place, verdict.value * scale)
        if verdict.judged and (excess := _excess(verdict)) is not None:
            text = "How far from the reference's value, in parts of what is tolerated: above 1 is too far."
            add("driftline_excess", text, labels | {"metric": verdict.metric} | place, excess)
    for (health, family, column, segment), rank in levels.items():
        place = {"health": health, "family": family, "column": column, "segment": segment}
        add("driftline_level", "Worst level: 0 ok, 1 unknown, 2 warning, 3 alert.", labels | place, rank)
    for (health, column, level), count in counts.items():
        place = {"health": health, "column": column, "level": level}
        add("driftline_verdicts", "Number of verdicts of the last window.", labels | place, count)


def _add_incidents(add: Add, model: str, incidents: Sequence[Incident]) -> None:
    counts = Counter(incident.level for incident in incidents)
    for level in (Level.WARNING, Level.ALERT):
        labels = {"model": model, "level": level.value}
        add("driftline_incidents_open", "Incidents that are not over.", labels, counts[level])


def _worst(verdicts: Iterable[Verdict], most: int) -> frozenset[str]:
    """The columns that are shown one by one; what is about no column always is."""
    worst: dict[str, tuple[int, float]] = {}
    for verdict in verdicts:
        loud = verdict.judged and verdict.level.rank >= Level.WARNING.rank
        weight = (verdict.level.rank, _excess(verdict) or 0.0) if loud else (0, 0.0)
        column = verdict.column or ""
        worst[column] = max(worst.get(column, weight), weight)
    worst.pop("", None)
    return frozenset(["", *sorted(worst, key=lambda name: worst[name], reverse=True)[:most]])


def _excess(verdict: Verdict) -> float | None:
    if verdict.value is None or verdict.threshold is None:
        return None
    past = verdict.reference or 0.0
    allowed = abs(verdict.threshold - past)
    return abs(verdict.value - past) / allowed if allowed else None


def name_family(metric: str, unit: str) -> tuple[str, float]:
    """The family's name, with its unit as Prometheus has it, and what the value is multiplied by.

    >>> name_family("missing", "share"), name_family("freshness", "h")
    (('driftline_missing_ratio', 1.0), ('driftline_freshness_seconds', 3600.0))
    """
    suffix, scale = _UNITS.get(unit, ("", 1.0))
    name = re.sub(r"[^a-zA-Z0-9_]", "_", metric)
    return f"driftline_{name}{'' if f'_{name}'.endswith(suffix) else suffix}", scale


def printable(label: str) -> str:
    """A label without characters that control or turn a terminal; the format itself escapes the end of a line."""
    return "\n".join(map(visible, label.split("\n")))


def _end(result: Result) -> float | None:
    said = result.window.partition("/")[2] if result.window else result.current.end
    if not said:
        return None
    time = datetime.fromisoformat(said)
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
