"""Length of a vector."""

import numpy as np
import polars as pl

from driftline.data.transforms.base import by_length, of_vectors, transform
from driftline.types import Kind


@transform(title="Euclidean norm", kind=Kind.NUMERIC, suits=of_vectors)
def norm(values: pl.Series) -> pl.Series:
    """Euclidean norm of an embedding, from 0; null for an empty one."""
    return by_length(values, lambda vectors: np.sqrt(np.einsum("ij,ij->i", vectors, vectors)))
