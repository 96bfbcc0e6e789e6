"""What an application's middleware measures: its requests, its process, and the predictions that it logs."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from driftline.client.logger import Logger
from driftline.client.process import ProcessStats, process_stats

OTHER = "(other)"
_MOST = 100
_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request and its answer: `route` is the template, bytes are those of the bodies, `exception` a class."""

    method: str
    route: str
    status: int
    seconds: float
    received: int
    sent: int
    exception: str = ""


class MetricsBackend(Protocol):
    """Where the numbers go: prometheus-client's registry, or a meter of OpenTelemetry."""

    def request_started(self) -> None:
        """Count a request that came in."""
        ...

    def request_finished(self, record: RequestRecord) -> None:
        """Count a request and its answer."""
        ...

    def update_process(self, stats: ProcessStats, lag: float | None) -> None:
        """Show the numbers of the process; `lag` is how many seconds late its event loop is."""
        ...

    def update_logger(self, logger: Logger) -> None:
        """Show the numbers of the logger."""
        ...

    def model_loaded(self, seconds: float) -> None:
        """Show how many seconds the model took to load."""
        ...


@dataclass
class Request:
    """A request in its making: what its handler logs is sent at its end, with how long it took and what went wrong."""

    began: float = field(default_factory=time.perf_counter)
    logged: list[tuple[Any, ...]] = field(default_factory=list)


_current: ContextVar[Request | None] = ContextVar("driftline_request", default=None)


def log(features: Any, prediction: Any = None, **facts: Any) -> None:
    """Log a prediction in the handler of a request: the middleware adds latency and error, and hands it on.

    Takes what `Logger.log` takes. Outside a request, or without the middleware, it does nothing.
    """
    if request := _current.get():
        request.logged.append((features.copy() if type(features) is dict else features, prediction, facts))


class Service:
    """Measures an application for its middleware: one for each process, shared by all its requests.

    Args:
        logger: takes what handlers log; None where they log by themselves, or nothing.
        instruments: where the numbers go; None: nowhere.
    """

    def __init__(self, logger: Logger | None = None, instruments: MetricsBackend | None = None) -> None:
        self.logger, self.instruments = logger, instruments
        self.lag: float | None = None
        self._names: dict[str, set[str]] = {"route": set(), "exception": set(), "method": set()}
        self._pid = 0

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Times how long the model takes to load."""
        start = time.perf_counter()
        yield
        if self.instruments is not None:
            self.instruments.model_loaded(time.perf_counter() - start)

    def begin(self) -> tuple[Request, Any]:
        """A request came in; gives it, and what `end` needs."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            threading.Thread(target=self._pulse, name="driftline-process-stats", daemon=True).start()
        request = Request()
        if self.instruments is not None:
            self.instruments.request_started()
        return request, _current.set(request)

    def end(self, request: Request, record: RequestRecord) -> None:
        """It is answered: tell the instruments, and log what its handler said."""
        if self.instruments is not None:
            bounded = {name: self._bounded(name, getattr(record, name)) for name in ("method", "route", "exception")}
            self.instruments.request_finished(
                RequestRecord(
                    status=record.status,
                    seconds=record.seconds,
                    received=record.received,
                    sent=record.sent,
                    **bounded,
                )
            )
        if self.logger is not None:
            error = record.exception or (f"HTTP {record.status}" if record.status >= 500 else None)
            for features, prediction, facts in request.logged:
                self.logger.log(features, prediction, **({"latency": record.seconds, "error": error} | facts))

    def pulse(self) -> None:
        """Tell the instruments how process and logger are."""
        if self.instruments is not None:
            self.instruments.update_process(process_stats(), self.lag)
            if self.logger is not None:
                self.instruments.update_logger(self.logger)

    def _pulse(self) -> None:
        while self.instruments is not None and self._pid == os.getpid():
            self.pulse()
            time.sleep(_EVERY)

    def _bounded(self, what: str, name: str) -> str:
        """The name, unless there are too many already: labels must be few."""
        known = self._names[what]
        if name in known or not name:
            return name
        if len(known) >= _MOST:
            return OTHER
        known.add(name)
        return name


def leave(token: Any) -> None:
    """The request is over for this context."""
    _current.reset(token)
