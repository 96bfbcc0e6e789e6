"""Rows of Ray Data: a dataset."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from driftline import registry
from driftline.errors import InputError


class Ray:
    """A `ray.data.Dataset`."""

    engine = "ray"
    format = "memory"
    label = "ray Dataset"
    rows: int | None = None

    def __init__(self, rows: Any) -> None:
        if not hasattr(rows, "iter_internal_ref_bundles"):
            raise InputError(f"cannot read a {type(rows).__name__} of ray; hand over a ray.data.Dataset")
        self.dataset = rows

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, block by block on this machine; the engine `ray` leaves them where they are."""
        for table in self.dataset.iter_batches(batch_size=None, batch_format="pyarrow"):
            yield from registry.find("sources", "frames")(table).batches(columns)


ray = Ray
