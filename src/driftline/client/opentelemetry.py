"""Service health in a meter of OpenTelemetry."""

from typing import Any

from driftline.client.logger import Logger
from driftline.client.middleware import RequestRecord
from driftline.client.process import ProcessStats
from driftline.errors import MissingExtraError


class OpenTelemetry:
    """Instruments of a meter, `driftline.service.…`.

    Args:
        meter: the team's own; by default one of the global provider.

    Raises:
        MissingExtraError: when the API of OpenTelemetry is not there.
    """

    def __init__(self, meter: Any = None) -> None:
        if meter is None:
            try:
                from opentelemetry import metrics  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise MissingExtraError("metrics for OpenTelemetry", "opentelemetry") from error
            meter = metrics.get_meter("driftline")
        of = "driftline.service."
        self._requests = meter.create_counter(f"{of}requests", "{request}", "Requests.")
        self._seconds = meter.create_histogram(f"{of}request.duration", "s", "Time to answer.")
        self._received = meter.create_histogram(f"{of}request.size", "By", "Bodies of requests.")
        self._sent = meter.create_histogram(f"{of}response.size", "By", "Bodies of answers.")
        self._exceptions = meter.create_counter(f"{of}exceptions", "{request}", "Requests that raised.")
        self._flight = meter.create_up_down_counter(f"{of}in_flight", "{request}", "Requests in flight.")
        gauges = {
            "uptime": "s", "cpu.time": "s", "memory.resident": "By", "open_files": "{file}", "threads": "{thread}",
            "event_loop.lag": "s", "queue": "{row}", "spool": "By", "model.load": "s", "rows.logged": "{row}",
            "rows.sent": "{row}", "rows.dropped": "{row}", "rows.refused": "{row}",
        }  # fmt: skip
        self._gauges = {name: meter.create_gauge(of + name, unit) for name, unit in gauges.items()}

    def request_started(self) -> None:
        """Count a request that came in."""
        self._flight.add(1)

    def request_finished(self, record: RequestRecord) -> None:
        """Count a request and its answer."""
        self._flight.add(-1)
        route = {"http.route": record.route}
        facts = {"http.request.method": record.method, "status_class": f"{record.status // 100}xx"}
        self._requests.add(1, route | facts)
        self._seconds.record(record.seconds, route)
        self._received.record(record.received)
        self._sent.record(record.sent)
        if record.exception:
            self._exceptions.add(1, {"error.type": record.exception})

    def update_process(self, stats: ProcessStats, lag: float | None) -> None:
        """Show the numbers of the process."""
        values = {"uptime": stats.uptime, "cpu.time": stats.cpu, "memory.resident": stats.memory,
                  "open_files": stats.files, "threads": stats.threads, "event_loop.lag": lag}  # fmt: skip
        self._set({name: value for name, value in values.items() if value is not None})

    def update_logger(self, logger: Logger) -> None:
        """Show the numbers of the logger."""
        stats = logger.stats()
        rows = {f"rows.{name}": getattr(stats, name) for name in ("logged", "sent", "dropped", "refused")}
        self._set({"queue": stats.queued, "spool": stats.spooled_bytes} | rows)

    def model_loaded(self, seconds: float) -> None:
        """Show how many seconds the model took to load."""
        self._set({"model.load": seconds})

    def _set(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._gauges[name].set(value)
