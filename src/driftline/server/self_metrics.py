"""The server's own health on the page of metrics."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from driftline.alerts.delivery import Delivery
from driftline.errors import StoreError
from driftline.server.feeds.base import Feed
from driftline.server.health import Health
from driftline.server.ingest import Ingest
from driftline.server.pairs import Pairs
from driftline.server.prometheus.page import Exposition
from driftline.server.stream.watermark import DropReason
from driftline.server.workers import WorkerStatus

if TYPE_CHECKING:
    from driftline.server.model_worker import ModelWorker


def add_server_gauges(
    page: Exposition, ingest: Ingest, health: Health, feeds: Sequence[Feed], pairs: Pairs | None = None
) -> None:
    """Add gauges of the server itself to the page; each scrape asks for their values."""
    page.gauge("waiting_bytes", "Bytes received and not durable yet.", lambda: ingest.group_commit.waiting)
    text = "Batches that the decoder failed on by a bug of its own."
    page.gauge("decoder_panics", text, lambda: ingest.panics)
    page.gauge("troubles", "Troubles of the server itself, as /readyz names them.", lambda: len(health.troubles()))
    for status in health.workers.statuses():
        text = "1 while a worker stands still after a failure."
        page.gauge("stopped", text, partial(_is_stopped, status), worker=status.name)
        text = "Failures of a worker, after each of which it started again."
        page.gauge("failures", text, partial(getattr, status, "failures"), worker=status.name)
    for worker in health.model_workers:
        _add_model(page, ingest, worker)
    for feed in feeds:
        text = "Messages of a feed, by outcome, and how often the connection to its broker was lost."
        for outcome in sorted(feed.counts):
            page.gauge("feed", text, partial(feed.counts.__getitem__, outcome), feed=feed.label, fate=outcome)
    if pairs is not None:
        text = "Bytes of requests and responses of model servers whose other half has not come yet."
        page.gauge("waiting_pairs_bytes", text, lambda: pairs.held)
        text = "Responses of model servers that were dropped, for no request of their id came."
        page.gauge("unmatched_responses", text, lambda: pairs.unmatched)
    if health.delivery is not None:
        _add_sinks(page, health.delivery)


def _add_model(page: Exposition, ingest: Ingest, worker: "ModelWorker") -> None:
    model = worker.model
    text = "Rows that wait in the log to be folded."
    page.gauge("behind", text, _or_nan(lambda: worker.behind), model=model)
    text = "Seconds that the first of the waiting rows has waited."
    page.gauge("lag_seconds", text, _or_nan(lambda: worker.lag), model=model)
    text = "Batches that could not be folded and are set aside in the log."
    page.gauge("dead_letters", text, _or_nan(lambda: len(worker.dead_letters())), model=model)
    text = "Windows that could not be judged by a bug."
    page.gauge("unjudged_windows", text, partial(getattr, worker, "unjudged"), model=model)
    text = "Batches whose columns were not those of the reference."
    for name in ("missing_columns", "unknown_columns"):
        count = partial(ingest.mismatches.__getitem__, (model, name))
        page.gauge("column_mismatches", text, count, model=model, columns=name.partition("_")[0])
    text = "Share of rows with a label in the newest window that was judged with labels."
    page.gauge("labelled_ratio", text, partial(getattr, worker, "labelled"), model=model)
    page.gauge("labels", "Labels taken in.", partial(worker.count, "labels"), model=model)
    text = "Labels without a value that the target can have; they replace no other."
    page.gauge("unusable_labels", text, partial(worker.count, "unusable_labels"), model=model)
    text = "Rows taken in, by outcome."
    page.gauge("rows", text, partial(worker.count, "rows"), model=model, fate="counted")
    for reason in (*(reason.value for reason in DropReason), "set_aside"):
        page.gauge("rows", text, partial(worker.count, reason), model=model, fate=reason)


def _add_sinks(page: Exposition, delivery: Delivery) -> None:
    for status in delivery.statuses():
        text = "Attempts to send a notification, by outcome, and notifications that were given up."
        for outcome in ("sent", "failed", "given_up"):
            page.gauge("sink", text, partial(getattr, status, outcome), sink=status.label, outcome=outcome)
        text = "Attempts in a row that failed; 0 while the sink works."
        page.gauge("sink_failing", text, partial(getattr, status, "in_a_row"), sink=status.label)
        text = "Notifications that wait to be sent."
        page.gauge("sink_waiting", text, _or_nan(partial(delivery.waiting, status.label)), sink=status.label)


def _or_nan(ask: Callable[[], float]) -> Callable[[], float]:
    """What the disk says, or NaN while it cannot be asked: one number less must not cost the whole page."""

    def value() -> float:
        try:
            return ask()
        except StoreError:
            return float("nan")

    return value


def _is_stopped(status: WorkerStatus) -> float:
    return float(bool(status.trouble))
