"""The cleaned values of one column in one batch: what sketches absorb. No table of rows goes further down than this."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt


def _no_numbers() -> npt.NDArray[np.float64]:
    return np.empty(0)


def _no_counts() -> npt.NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one pass over finite numbers tells, where they are not sorted (`driftline.profiles.loops.compiled`).

    Counts (bins,) and sums (bins,) of the plan's bins; buckets (b,) of sizes and their rows (b,), as `Magnitudes` has
    them; `facts` (6,) are mean, sums of the second to fourth powers of deviations from it, minimum and maximum.
    """

    counts: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]
    buckets: npt.NDArray[np.int64]
    bucket_counts: npt.NDArray[np.int64]
    facts: npt.NDArray[np.float64]
    zeros: int
    negatives: int


@dataclass(frozen=True)
class ColumnValues:
    """One column of one batch, sorted or counted.

    `rows` = `null` + `nan` + `positive_infinite` + `negative_infinite` + `invalid` + the values. `invalid` are values
    that cannot be read as the plan's kind; `dtype` is the type that the column came in, but for the rows that are
    `words` where a file without types had numbers. `numbers` (n,) are finite and
    sorted (numeric, datetime in microseconds); `found` are the same, sorted already unless there is a `tally` of them.
    Of any other kind, `known` (categories,) counts the plan's categories
    (empty where there are none), and `labels` with `counts` are all others; a label may come twice, for two spellings
    can be one.
    """

    rows: int
    null: int = 0
    nan: int = 0
    positive_infinite: int = 0
    negative_infinite: int = 0
    invalid: int = 0
    dtype: str = ""
    found: npt.NDArray[np.float64] = field(default_factory=_no_numbers)
    known: npt.NDArray[np.int64] = field(default_factory=_no_counts)
    labels: list[str] = field(default_factory=list)
    counts: npt.NDArray[np.int64] = field(default_factory=_no_counts)
    words: int = 0
    tally: Tally | None = None

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The finite numbers (n,), sorted."""
        return self.found if self.tally is None else np.sort(self.found)
