"""A file format that is not the reference's."""

from driftline.metrics.base import distance
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.formats import Formats
from driftline.types import Estimate, Level


@distance(
    title="file format", family="schema", on="table", low=0, high=1, threshold=0.0, certain=True, most=Level.WARNING
)
def file_format(current: Profile, reference: Profile) -> Estimate | None:
    """1 when rows come in a file format that the reference does not have, else 0. A fact; a warning at most.

    Rows that were handed over in memory have no file format and are not compared.

    >>> import tempfile
    >>> import polars as pl
    >>> from driftline import Monitor
    >>> rows = pl.DataFrame({"x": range(200)})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows.write_parquet(f"{folder}/rows.parquet")
    ...     rows.write_csv(f"{folder}/rows.csv")
    ...     result = Monitor.fit(f"{folder}/rows.parquet").check(f"{folder}/rows.csv")
    >>> [verdict.level.value for verdict in result if verdict.metric == "file_format"]
    ['warning']
    """
    now, was = (sorted(file for file in side.get(Formats).files if file != "memory") for side in (current, reference))
    if not now or not was or not current.rows:
        return None
    other = sorted(set(now) - set(was))
    says = f"{' and '.join(other)} instead of {' and '.join(was)}" if other else ""
    return Estimate(value=float(bool(other)), n=current.rows, says=says)
