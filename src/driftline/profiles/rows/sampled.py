"""Rows of the reference that are sampled while it is read, as a batch: what is learnt from single rows."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from driftline.data.inspect import Inspection
from driftline.profiles.batch import Batch
from driftline.profiles.plan import ColumnPlan

_ROWS = 50_000


def sampled_rows(inspection: Inspection, columns: Iterable[ColumnPlan], file: str, most: int = _ROWS) -> Batch:
    """At most 50,000 rows, or `most`, evenly drawn from the sample, with these columns alone."""
    frame = pl.DataFrame({column.name: inspection.sample(column.name) for column in columns})
    if frame.height > most:
        frame = frame[np.arange(most) * frame.height // most]
    return Batch(frame, file)
