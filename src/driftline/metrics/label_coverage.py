"""Rows with a label, once no more labels are due."""

import dataclasses

from driftline import humanize
from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.stats import intervals
from driftline.types import Estimate, Health, Role


@distance(
    title="labels",
    family="quality",
    health=Health.MODEL,
    on="table",
    unit="share",
    low=0,
    high=1,
    worse="down",
    threshold=0.0,
    relative=0.5,
)
def label_coverage(current: Profile, reference: Profile) -> Estimate | None:
    """Share of a window's rows that have a label, 0 to 1, judged once `stream.label_delay` has passed since its end.

    Compared with the windows before it whose labels were due, not with the reference, which has labels by its nature:
    judged for being less than half of theirs, which tells a label feed that has stopped. Where no labels came before
    either, it is unknown, and so is how right the model is. In files it is judged by `driftline watch` alone. Wilson's
    score interval. Source: Wilson (1927).

    >>> import polars as pl
    >>> from driftline import Monitor
    >>> days = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 31), "1h", eager=True, closed="left")
    >>> rows = pl.DataFrame({"at": days, "y": range(720)})
    >>> monitor = Monitor.fit(rows, target="y", timestamp="at", stream={"label_delay": "1d"})
    >>> from driftline.alerts.watch import Watch
    >>> late = rows.with_columns(y=pl.when(pl.col("at") < pl.datetime(2024, 1, 11)).then("y"))
    >>> watched = Watch(monitor).over(late, every="1d")[20].result
    >>> [verdict.value for verdict in watched if verdict.metric == "label_coverage"]
    [0.0]
    """
    target = reference.plan.with_role(Role.TARGET)
    if target is None or current.label_history is None or not current.rows:
        return None
    labelled = current.columns[target.name].counts.values
    past, rows = current.label_history
    if not labelled and not past:
        return Estimate(value=None, n=current.rows, why="none have come, now or before")
    says = f"{humanize.count(labelled, 'label')} for {humanize.count(current.rows, 'row')}"
    usual = Estimate.from_interval(intervals.wilson(past, rows), rows, says="in the windows before") if rows else None
    share = Estimate.from_interval(intervals.wilson(labelled, current.rows), current.rows, says=says)
    return dataclasses.replace(share, reference=usual, judged=usual is not None)
