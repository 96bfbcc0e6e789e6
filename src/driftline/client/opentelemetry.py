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

    def began(self) -> None:
        """A request is in flight."""
        self._flight.add(1)

    def ended(self, exchange: RequestRecord) -> None:
        """It is answered."""
        self._flight.add(-1)
        route = {"http.route": exchange.route}
        facts = {"http.request.method": exchange.method, "status_class": f"{exchange.status // 100}xx"}
        self._requests.add(1, route | facts)
        self._seconds.record(exchange.seconds, route)
        self._received.record(exchange.received)
        self._sent.record(exchange.sent)
        if exchange.exception:
            self._exceptions.add(1, {"error.type": exchange.exception})

    def process(self, found: ProcessStats, lag: float | None) -> None:
        """How the process is."""
        values = {"uptime": found.uptime, "cpu.time": found.cpu, "memory.resident": found.memory,
                  "open_files": found.files, "threads": found.threads, "event_loop.lag": lag}  # fmt: skip
        self._set({name: value for name, value in values.items() if value is not None})

    def logging(self, logger: Logger) -> None:
        """How the logger is."""
        stats = logger.stats()
        rows = {f"rows.{name}": getattr(stats, name) for name in ("logged", "sent", "dropped", "refused")}
        self._set({"queue": stats.queued, "spool": stats.spooled_bytes} | rows)

    def loaded(self, seconds: float) -> None:
        """How long the model took to load."""
        self._set({"model.load": seconds})

    def _set(self, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._gauges[name].set(value)
