"""The server's own health on the page of metrics."""

from collections.abc import Sequence
from functools import partial

from driftline.server.feeds.base import Feed
from driftline.server.group_commit import GroupCommit
from driftline.server.model_worker import ModelWorker
from driftline.server.prometheus_page import Exposition
from driftline.server.stream.watermark import DropReason


def gauges(page: Exposition, commits: GroupCommit, followers: Sequence[ModelWorker], feeds: Sequence[Feed]) -> None:
    """Add what is asked for at each scrape."""
    page.gauge("waiting_bytes", "What was received and is not durable yet.", lambda: commits.waiting)
    for one in followers:
        model = one.model
        page.gauge(
            "behind", "Positions of the log that are not folded yet.", partial(getattr, one, "behind"), model=model
        )
        text = "Share of rows with truth in the newest window that was judged with it."
        page.gauge("labelled_ratio", text, partial(getattr, one, "labelled"), model=model)
        page.gauge("labels", "Labels that were taken in.", partial(one.count, "labels"), model=model)
        text = "Rows that were taken in, by what became of them."
        page.gauge("rows", text, partial(one.count, "rows"), model=model, fate="counted")
        for reason in DropReason:
            page.gauge("rows", text, partial(one.count, reason.value), model=model, fate=reason.value)
    for feed in feeds:
        text = "Messages of a feed, by what became of them; how often its broker was lost."
        for fate in sorted(feed.counts):
            page.gauge("feed", text, partial(feed.counts.__getitem__, fate), feed=feed.label, fate=fate)
