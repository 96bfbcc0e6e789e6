"""The server's own health on the page of metrics."""

from collections.abc import Sequence
from functools import partial

from driftline.alerts.delivery import Delivery
from driftline.server.feeds.base import Feed
from driftline.server.ingest import Ingest
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus_page import Exposition
from driftline.server.stream.watermark import DropReason


def add_server_gauges(
    page: Exposition,
    ingest: Ingest,
    workers: Sequence[ModelWorker],
    feeds: Sequence[Feed],
    delivery: Delivery | None = None,
) -> None:
    """Add gauges of the server itself to the page; each scrape asks for their values."""
    page.gauge("waiting_bytes", "Bytes received and not durable yet.", lambda: ingest.group_commit.waiting)
    text = "Batches that the decoder failed on by a bug of its own."
    page.gauge("decoder_panics", text, lambda: ingest.panics)
    for worker in workers:
        model = worker.model
        text = "Rows that wait in the log."
        page.gauge("behind", text, partial(getattr, worker, "behind"), model=model)
        text = "Share of rows with a label in the newest window that was judged with labels."
        page.gauge("labelled_ratio", text, partial(getattr, worker, "labelled"), model=model)
        page.gauge("labels", "Labels taken in.", partial(worker.count, "labels"), model=model)
        text = "Rows taken in, by outcome."
        page.gauge("rows", text, partial(worker.count, "rows"), model=model, fate="counted")
        for reason in DropReason:
            page.gauge("rows", text, partial(worker.count, reason.value), model=model, fate=reason.value)
    for feed in feeds:
        text = "Messages of a feed, by outcome, and how often the connection to its broker was lost."
        for outcome in sorted(feed.counts):
            page.gauge("feed", text, partial(feed.counts.__getitem__, outcome), feed=feed.label, fate=outcome)
    if delivery is not None:
        _add_sinks(page, delivery)


def _add_sinks(page: Exposition, delivery: Delivery) -> None:
    for status in delivery.statuses():
        text = "Attempts to send a notification, by outcome, and notifications that were given up."
        for outcome in ("sent", "failed", "given_up"):
            page.gauge("sink", text, partial(getattr, status, outcome), sink=status.label, outcome=outcome)
        text = "Attempts in a row that failed; 0 while the sink works."
        page.gauge("sink_failing", text, partial(getattr, status, "in_a_row"), sink=status.label)
