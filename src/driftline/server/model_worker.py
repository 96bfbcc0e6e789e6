"""Follows one model: its log into windows, windows into verdicts, verdicts to the store, the page and the sinks."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import quote

from driftline.alerts.acceptance import apply_acceptances
from driftline.alerts.delivery import Delivery
from driftline.alerts.watch import Watch
from driftline.errors import DriftlineError
from driftline.monitor import Monitor
from driftline.profiles.profile import Profile
from driftline.server.logs.base import DeadLetter, EventLog
from driftline.server.prometheus.page import Exposition
from driftline.server.stream.culprits import DEFECTS, MACHINE, describe
from driftline.server.stream.past import find_past
from driftline.server.stream.provisional import as_provisional, join_results, share_of_labels
from driftline.server.stream.stream import Stream
from driftline.server.stream.triggers import Trigger
from driftline.stores.base import Store
from driftline.stores.events import make_failure
from driftline.stores.results import keep_reference
from driftline.types import ProfileKey, Role
from driftline.verdicts.result import Result
from driftline.verdicts.sides import Current
from driftline.windows import Windows, iso, seconds

_PAUSE = 0.25
_RETIRE = 3600.0  # seconds after which old rows are forgotten, or a tenth of their retention if that is less
_LETTERS = 60.0
_NEEDS_LABELS = {Trigger.ON_TIME: False, Trigger.FINAL: True}
_NAMES = {False: "inputs", True: "labels"}
_AFRESH: dict[str, Any] = {"evidence": [], "memory": {}, "detections": {}, "audits": {}, "weak_segments": []}
_log = logging.getLogger(__name__)
_Cells = Mapping[ProfileKey, Profile]


@dataclass(frozen=True, slots=True)
class _Letters:
    """Dead letters as the log had them, when this process had set so many rows aside."""

    found: tuple[DeadLetter, ...] = ()
    set_aside: int = 0
    asked: float = float("-inf")

    @property
    def age(self) -> float:
        """Seconds since the log was asked."""
        return time.monotonic() - self.asked


class ModelWorker:
    """What watches a model while it is served; call it in a thread.

    A window's inputs are judged with memory when it has closed, its labels when all are there or no more are due. In
    between, when rows or labels come late, it is judged without memory: the store then has a newer run of that window,
    in which what needs labels is provisional, and a warning at most.

    Args:
        monitor: what judges.
        log: where its rows are.
        store: where results and profiles are kept.
        folder: where the stream's own state is kept.
        page: shows the newest results.
        delivery: sends notifications of incidents; None where there are no sinks.
        clock: the server's clock, seconds since 1970 UTC; another one serves what happened at other times.
    """

    def __init__(  # noqa: PLR0913 - each is a part of its own
        self, monitor: Monitor, log: EventLog, store: Store, folder: Path, page: Exposition,
        delivery: Delivery | None, *, clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self.model = monitor.plan.config.model.name
        self.counts, self.needed, self.labelled = dict[str, int](), 0, float("nan")
        self.unjudged, self.unjudged_reason = 0, ""
        self._cursor, self._letters = 0, _Letters()
        self._plan, self._target = monitor.plan, monitor.plan.with_role(Role.TARGET)
        self._monitors = {labelled: monitor.restrict(needs_labels=labelled) for labelled in (False, True)}
        self._watches = {labelled: Watch(restricted) for labelled, restricted in self._monitors.items()}
        self._share_audits()
        self._shown: dict[bool, Result] = {}
        self._log, self._store, self._page, self._delivery = log, store, page, delivery
        self._path, self._clock = folder / f"{quote(self.model, safe='')}.db", clock

    def __call__(self, stop: Event) -> None:
        """Follow until told to stop.

        Raises:
            StoreError: when the log, the store or the state cannot be read or written; it may be called again.
        """
        state = (self._plan, self._log, self._store, self._path, self.model)
        retired = float("-inf")
        each = min(_RETIRE, seconds(self._plan.config.retention.log) / 10)
        with closing(Stream(*state, self._judge, remember=self._memory)) as stream:
            self.counts, self._cursor = stream.counts, stream.cursor
            keep_reference(self._store, self._monitors[False].reference)
            self._recall(stream)
            while not stop.is_set():
                moved = stream.step(self._clock() * 1e6)
                self.counts = stream.counts  # before windows are judged, for each judgement renders the page of metrics
                moved += stream.tick(self._clock() * 1e6)
                self._cursor = stream.cursor
                if time.monotonic() - retired >= each:
                    self.needed, retired = self._retire(stream), time.monotonic()
                if not moved:
                    stop.wait(_PAUSE)

    def _retire(self, stream: Stream) -> int:
        """Forget what is older than the retention; gives the first position of the log that is still needed."""
        if stream.watermark.latest > 0:
            kept = seconds(self._plan.config.retention.fragments) * 1e6
            self._store.retire(self.model, iso(stream.watermark.latest - kept))
        return stream.retire()

    @property
    def behind(self) -> int:
        """Rows of the model that wait in the log; counted also while the worker has stopped."""
        return self._log.waiting(self._cursor, self.model)

    @property
    def lag(self) -> float:
        """Seconds that the first of those rows has waited; 0 where none waits."""
        first = self._log.read(self._cursor, 1, self.model)
        return max(self._clock() - first[0].received / 1e6, 0.0) if first else 0.0

    def dead_letters(self) -> Sequence[DeadLetter]:
        """The batches that could not be folded, or decoded, and were set aside.

        The log is asked again when this worker has set one aside, and each minute, for a person may retry them.
        """
        if self._letters.age >= _LETTERS or self._letters.set_aside != self.count("set_aside"):
            set_aside = self.count("set_aside")
            self._letters = _Letters(tuple(self._log.dead_letters(self.model)), set_aside, time.monotonic())
        return self._letters.found

    def count(self, what: str) -> int:
        """How many `labels` or `rows` were taken in, or rows left out for a reason."""
        return self.counts.get(what, 0)

    def _judge(self, cells: _Cells, windows: Windows, turn: Trigger) -> None:
        """Judge a window; one that a bug keeps from being judged is counted and told, and the next one is judged."""
        try:
            self._judge_window(cells, windows, turn)
        except (DriftlineError, *MACHINE):
            raise
        except DEFECTS as error:
            self.unjudged, self.unjudged_reason = self.unjudged + 1, f"{windows.name(0)}: {describe(error)}"
            facts = {"model": self.model, "window": windows.name(0)}
            _log.exception("a window could not be judged, by a bug", extra={"facts": facts})
            self._store.save_events([make_failure(self.model, windows.window(), self.unjudged_reason)])
        else:
            self.unjudged_reason = ""

    def _judge_window(self, cells: _Cells, windows: Windows, turn: Trigger) -> None:
        if turn is Trigger.LATE:
            inputs, labels = (self._alone(labelled, cells, windows) for labelled in (False, True))
            self._store.save_run(join_results(inputs, as_provisional(labels, share_of_labels(self._plan, cells))), {})
            return
        labelled = _NEEDS_LABELS[turn]
        current = Current.from_window(cells, windows.window(), "stream")
        self._watches[labelled].take_actions(self._store)
        watched = self._watches[labelled].judge(current, labels_due=labelled)
        self._store.save_incidents([incident.record() for incident in watched.incidents])
        self._shown[labelled] = result = watched.result
        if labelled:
            self.labelled = share_of_labels(self._plan, cells)
            result = join_results(self._alone(False, cells, windows), result)
        self._store.save_run(result, {})  # its profiles are there already, pane by pane
        self._show()
        if self._delivery is not None:
            self._delivery.notify(watched.incidents, result.headline)
        for incident in watched.opened:
            facts = {"model": self.model, "incident": incident.id, "severity": incident.level.value}
            _log.warning("%s", incident.sentence, extra={"facts": facts})

    def _alone(self, labelled: bool, cells: _Cells, windows: Windows) -> Result:
        """A window's result without memory, but for what a person accepted."""
        monitor, started = self._watches[labelled].choose_monitor(windows.window()), time.perf_counter()
        current = Current.from_window(cells, windows.window(), "stream")
        verdicts = monitor.decide(self._watches[labelled].audits.widen(monitor.measure(current), current), current)
        kept = apply_acceptances(verdicts, self._watches[labelled].accepted)
        return monitor.assemble(current, kept, started=started)

    def _show(self) -> None:
        if results := [self._shown[labelled] for labelled in sorted(self._shown)]:
            incidents = [incident for watch in self._watches.values() for incident in watch.incidents.values()]
            self._page.show(join_results(*results), incidents)

    def _share_audits(self) -> None:
        """What labels show of estimates widens those of windows whose labels have not come."""
        self._watches[False].audits = self._watches[True].audits

    def _memory(self) -> dict[str, Any]:
        watches = {_NAMES[labelled]: watch.state() for labelled, watch in self._watches.items()}
        return {"plan": self._plan.fingerprint, "watches": watches}

    def _recall(self, stream: Stream) -> None:
        """Go on where the last process was; under another plan evidence begins anew, and what is open stays open."""
        known = stream.state.get("memory", {"plan": "", "watches": {}})
        changes: dict[str, Any] = {} if known["plan"] == self._plan.fingerprint else _AFRESH
        for labelled, name in _NAMES.items():
            if state := known["watches"].get(name):
                self._watches[labelled] = Watch.from_state(self._monitors[labelled], state | changes)
            self._watches[labelled].find_past = partial(find_past, stream)
        self._share_audits()
        for turn, labelled in _NEEDS_LABELS.items():
            if (window := stream.last(turn)) is not None:
                span = stream.watermark.window(window, stream.watermark.length)
                try:
                    self._shown[labelled] = self._alone(labelled, stream.profiles(window), span)
                except (DriftlineError, *MACHINE):
                    raise
                except DEFECTS:  # the page is without it; it was told when the window was to be judged
                    _log.exception("a window could not be judged, by a bug", extra={"facts": {"model": self.model}})
        self._show()


def retire(log: EventLog, workers: Sequence[ModelWorker], stop: Event) -> None:
    """Drop from the log the batches that these workers need no more, until `stop` is set.

    Each model is trimmed by itself: the batches of a model that another server watches stay.
    """
    trimmed: dict[str, int] = {}
    while not stop.wait(_PAUSE):
        for worker in workers:
            if worker.needed > trimmed.get(worker.model, 0):
                trimmed[worker.model] = worker.needed
                if dropped := log.trim(worker.needed, worker.model):
                    _log.info("model %s: dropped %d old batches", worker.model, dropped)
