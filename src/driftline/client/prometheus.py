"""Service health in the team's own registry of prometheus-client."""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from driftline.client.logger import Logger
from driftline.client.middleware import RequestRecord
from driftline.client.process import ProcessStats
from driftline.errors import MissingExtraError

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BYTES = tuple(4.0**power for power in range(3, 14))
_GAUGES = {
    "uptime_seconds": ("How long the process runs.", "livemax"),
    "resident_memory_bytes": ("Resident memory.", "livesum"),
    "open_files": ("Open file descriptors.", "livesum"),
    "threads": ("Threads.", "livesum"),
    "event_loop_lag_seconds": ("How late the event loop is.", "livemax"),
    "queue_rows": ("Rows that wait to be sent to Driftline.", "livesum"),
    "spool_bytes": ("Rows on disk that wait to be sent to Driftline.", "livemax"),
    "model_load_seconds": ("How long the model took to load.", "livemax"),
}  # `livesum` and such say how the processes of one server are put together


class Prometheus:
    """Instruments in a registry, `driftline_service_…`; with several processes by PROMETHEUS_MULTIPROC_DIR.

    Counters have exemplars with the trace, where a span of OpenTelemetry is current and there is one process.

    Args:
        registry: the team's own; prometheus-client's default one where absent.
        exemplar: gives the labels of an exemplar, or None.

    Raises:
        MissingExtraError: when prometheus-client is not there.
    """

    def __init__(self, registry: Any = None, exemplar: Callable[[], Mapping[str, str] | None] | None = None) -> None:
        try:
            import prometheus_client  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("metrics for Prometheus", "prometheus") from error
        client: Any = prometheus_client
        to = {"registry": client.REGISTRY if registry is None else registry}
        of = "driftline_service_"
        self._exemplar = (exemplar or _trace) if "PROMETHEUS_MULTIPROC_DIR" not in os.environ else lambda: None
        self._requests = client.Counter(f"{of}requests", "Requests.", ("method", "route", "status_class"), **to)
        self._seconds = client.Histogram(f"{of}request_seconds", "Time to answer.", ("route",), buckets=_SECONDS, **to)
        self._received = client.Histogram(f"{of}request_bytes", "Bodies of requests.", buckets=_BYTES, **to)
        self._sent = client.Histogram(f"{of}response_bytes", "Bodies of answers.", buckets=_BYTES, **to)
        self._exceptions = client.Counter(f"{of}exceptions", "Requests that raised.", ("exception",), **to)
        self._flight = client.Gauge(f"{of}in_flight", "Requests in flight.", multiprocess_mode="livesum", **to)
        self._cpu = client.Counter(f"{of}cpu_seconds", "Processor time.", **to)
        rows = ("logged", "Predictions and labels logged."), ("sent", "Of them, taken by Driftline."), (
            "dropped", "Of them, without room."), ("refused", "Of them, refused by Driftline.")  # fmt: skip
        self._rows = {name: client.Counter(f"{of}rows_{name}", text, **to) for name, text in rows}
        self._gauges = {
            name: client.Gauge(of + name, text, multiprocess_mode=mode, **to)
            for name, (text, mode) in _GAUGES.items()
        }  # fmt: skip
        self._before: dict[str, tuple[int, float]] = {}

    def request_started(self) -> None:
        """Count a request that came in."""
        self._flight.inc()

    def request_finished(self, record: RequestRecord) -> None:
        """Count a request and its answer."""
        exemplar = self._exemplar()
        self._flight.dec()
        self._requests.labels(record.method, record.route, f"{record.status // 100}xx").inc(1, exemplar)
        self._seconds.labels(record.route).observe(record.seconds, exemplar)
        self._received.observe(record.received)
        self._sent.observe(record.sent)
        if record.exception:
            self._exceptions.labels(record.exception).inc(1, exemplar)

    def update_process(self, stats: ProcessStats, lag: float | None) -> None:
        """Show the numbers of the process."""
        self._count("cpu", self._cpu, stats.cpu)
        for name, value in (("uptime_seconds", stats.uptime), ("resident_memory_bytes", stats.memory),
                            ("open_files", stats.files), ("threads", stats.threads)):  # fmt: skip
            self._gauges[name].set(value)
        if lag is not None:
            self._gauges["event_loop_lag_seconds"].set(lag)

    def update_logger(self, logger: Logger) -> None:
        """Show the numbers of the logger."""
        stats = logger.stats()
        for name, counter in self._rows.items():
            self._count(name, counter, getattr(stats, name))
        self._gauges["queue_rows"].set(stats.queued)
        self._gauges["spool_bytes"].set(stats.spooled_bytes)

    def model_loaded(self, seconds: float) -> None:
        """Show how many seconds the model took to load."""
        self._gauges["model_load_seconds"].set(seconds)

    def _count(self, name: str, counter: Any, total: float) -> None:
        """Bring a counter up to a total; a fork begins with the child's own."""
        process, before = self._before.get(name, (os.getpid(), 0.0))
        before = before if process == os.getpid() else 0.0
        counter.inc(max(0.0, total - before))
        self._before[name] = (os.getpid(), total)


def page(accept: str = "", registry: Any = None) -> tuple[bytes, str]:
    """The page to be scraped and its content type: of all processes where there are several."""
    from prometheus_client import REGISTRY, CollectorRegistry, exposition, multiprocess  # noqa: PLC0415 - an extra

    registry = REGISTRY if registry is None else registry
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    encode, kind = exposition.choose_encoder(accept)
    return encode(registry), kind


def _trace() -> Mapping[str, str] | None:
    """The trace of the current span, if the application has OpenTelemetry."""
    if (trace := sys.modules.get("opentelemetry.trace")) is None:
        return None
    context = trace.get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}"} if context.is_valid else None
