"""Projection of a vector on the third random direction."""

import polars as pl

from driftline.data.transforms.base import by_length, direction, of_vectors, transform
from driftline.types import Kind


@transform(title="random projection 3", kind=Kind.NUMERIC, suits=of_vectors)
def projection_3(values: pl.Series) -> pl.Series:
    """Component of an embedding along the third of three fixed random directions; null for an empty one.

    The directions are corners of the cube, scaled to length 1, the same everywhere and for ever. Whatever changes in a
    cloud of vectors shows in most of its projections (Cramér & Wold 1936; Achlioptas 2003).
    """
    return by_length(values, lambda vectors: vectors @ direction(vectors.shape[1], 3))
