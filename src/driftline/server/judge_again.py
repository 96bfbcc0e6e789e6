"""Judges a window of a store again when a person asks for it, from the profiles that are kept by then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock

from driftline import humanize
from driftline.errors import BusyError, ConflictError, UnknownRecordError
from driftline.monitor import Monitor
from driftline.report import phrases
from driftline.server.stream.provisional import as_provisional, join_results, share_of_labels
from driftline.stores.base import Store
from driftline.stores.events import UNJUDGED, make_event
from driftline.stores.records import Run
from driftline.stores.results import find_run, load_reference, load_reference_before, load_window
from driftline.types import Role
from driftline.verdicts.result import Result
from driftline.verdicts.sides import Current, Reference
from driftline.windows import Window, seconds

JUDGED = "judged"
"""The kind of the events that say who had a window judged."""
_PATIENCE = 5.0
_busy = Lock()


def judge_again(store: Store, model: str, window: str, person: str) -> str:
    """Judge a window by what the store keeps of its rows and labels now; gives the id of the new run.

    Like a window whose rows or labels come late: without memory, so it opens and ends no incident, and what needs
    labels is a warning at most until all are there or no more are due. An event says who asked, where that is known.

    Args:
        store: keeps the window's profiles and the pack of its plan.
        model: its name.
        window: its name, as runs have it: start and end, ISO 8601.
        person: who asks; empty where nobody is known.

    Raises:
        UnknownRecordError: when the model has no such window.
        ConflictError: when the store has no pack or no profiles of it any more.
        BusyError: when another window is being judged.
    """
    newest = next(iter(store.windows(model, 1)), None)
    if newest is None:
        raise UnknownRecordError(f"no window of a model that is called {model!r}")
    run = find_run(store, model, window)
    if run is None and not _is_failed(store, model, window):
        raise UnknownRecordError(f"model {model!r} has no window {window[:80]!r}")
    reference = load_reference(store, run) if run else load_reference_before(store, newest, window)
    if reference is None:
        raise ConflictError(
            f"the store has no pack of the plan of {window}, or no profiles of the windows that it was compared with, "
            "so it cannot be judged again"
        )
    with _one_at_a_time():
        current = load_window(store, model, window, reference, run.current_label if run else "stream")
        if current is None:
            raise ConflictError(
                f"the store has no profiles of {window} any more (retention.fragments), so it cannot be judged again"
            )
        result = _judge(reference, current, is_due=_is_due(newest, window, reference))
        run_id = store.save_run(result, {})
    if person:
        text = f"{humanize.interval_of_time(window)} judged again by hand: {phrases.SHORT[result.level]}"
        store.save_events([make_event(model, text, datetime.now(UTC), JUDGED, person)])
    return run_id


def _judge(reference: Reference, current: Current, *, is_due: bool) -> Result:
    monitor, results = Monitor(reference), []
    for needs_labels in (False, True) if reference.plan.with_role(Role.TARGET) else (None,):
        started = time.perf_counter()
        lane = monitor if needs_labels is None else monitor.restrict(needs_labels=needs_labels)
        results.append(lane.assemble(current, lane.decide(lane.measure(current), current), started=started))
    inputs, *labelled = results
    if not labelled:
        return inputs
    share = share_of_labels(reference.plan, current.profiles)
    return join_results(inputs, labelled[0] if is_due else as_provisional(labelled[0], share))


def _is_due(newest: Run, window: str, reference: Reference) -> bool:
    """Whether no more labels are due: the newest window ended later than that by `stream.label_delay`."""
    if not newest.window:
        return False
    delay = seconds(reference.plan.config.stream.label_delay) * 1e6
    return Window.parse(newest.window).end >= Window.parse(window).end + delay


def _is_failed(store: Store, model: str, window: str) -> bool:
    return any(each.kind == UNJUDGED and each.text.startswith(f"{window}: ") for each in store.events(model))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _busy.acquire(timeout=_PATIENCE):
        raise BusyError("another window is being judged; try again in some seconds")
    try:
        yield
    finally:
        _busy.release()
