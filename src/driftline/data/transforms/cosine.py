"""Cosine to the reference's mean."""

import numpy as np
import polars as pl

from driftline.arrays import Floats
from driftline.data.transforms.base import by_length, of_vectors, transform
from driftline.types import Kind


def _mean(sample: pl.Series) -> Floats:
    """Mean (dimension,) of the sampled vectors of the most frequent length; empty where there are none."""
    lengths = sample.list.len() if isinstance(sample.dtype, pl.List) else sample.arr.len()
    counted = lengths.filter(lengths > 0).alias("length").value_counts(name="rows")
    if not counted.height:
        return np.empty(0)
    usual = counted.sort(["rows", "length"], descending=[True, False]).get_column("length").item(0)
    total, rows = np.zeros(usual), 0

    def add(vectors: Floats) -> Floats:
        nonlocal total, rows
        proper = vectors[np.isfinite(vectors).all(axis=1)]
        total, rows = total + proper.sum(axis=0), rows + len(proper)
        return vectors[:, 0]

    by_length(sample.filter(lengths == usual), add)
    mean = total / max(rows, 1)
    return mean if np.isfinite(mean).all() else np.empty(0)


@transform(title="cosine to the reference's mean", kind=Kind.NUMERIC, suits=of_vectors, fit=_mean)
def cosine(values: pl.Series, fitted: Floats) -> pl.Series:
    """Cosine of the angle between an embedding and the mean of the reference's, -1 to 1.

    Null for vectors of length 0 or of another dimension than the reference's.
    """
    size = float(np.sqrt(fitted @ fitted))

    def angle(vectors: Floats) -> Floats:
        if vectors.shape[1] != fitted.size or not size:
            return np.full(len(vectors), np.nan)
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        with np.errstate(divide="ignore", invalid="ignore"):
            cosines: Floats = np.clip((vectors @ (fitted / size)) / lengths, -1, 1)
        return cosines

    return by_length(values, angle)
