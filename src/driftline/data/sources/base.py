"""The port of sources. These comments are the contract; `driftline.testing.sources` holds the suite for it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import polars as pl


class Source(Protocol):
    """Where rows come from.

    `label` names it for a person, `format` is the file format ("parquet", "csv", …) or "memory", `rows` is their number
    where that is known before reading. Opening one that is not there, or not readable, is an `InputError` naming it.
    A source whose rows an engine of their own folds best names it in `engine`. A source that is named like a library
    (its top module) opens that library's tables; one that is named like the scheme of a URL opens such URLs. One whose
    files have no types of their own has `texts`, which is as `batches` with every column as text: rows are folded from
    it, so that a plan's types and formats hold for all files.
    """

    label: str
    format: str
    rows: int | None

    def batches(self, columns: Sequence[str] | None = None) -> Iterator["pl.DataFrame"]:
        """The rows, a batch at a time; at least one batch, if an empty one. `columns` leaves out all others.

        Batches of different files may differ in their columns; a column asked for that is not there is left out.
        Called again, it gives the same rows in the same order. Never holds more than a few batches in memory.
        """
        ...
