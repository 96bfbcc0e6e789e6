"""Generates the benchmark's rows: 12 heavy-tailed floats with 2 % nulls, 4 integers, 4 strings."""

import sys
from pathlib import Path

import numpy as np
import polars as pl


def table(rows: int, seed: int) -> pl.DataFrame:
    """A table of 20 columns; f10 is the target of a regression and f11 its prediction."""
    rng = np.random.default_rng(seed)
    columns: dict[str, pl.Series] = {}
    for i in range(12):
        numbers = rng.standard_t(3, rows) if i < 11 else columns["f10"].to_numpy() + rng.standard_t(4, rows) * 0.3
        columns[f"f{i}"] = pl.Series(numbers)
    columns = {
        name: pl.select(pl.when(pl.Series(rng.random(rows)) >= 0.02).then(series)).to_series()
        for name, series in columns.items()
    }
    for i, size in enumerate((10, 100, 10_000, 1_000_000)):
        columns[f"i{i}"] = pl.Series(rng.integers(0, size, rows))
    for i, size in enumerate((3, 20, 200, 10_000)):
        names = pl.Series([f"value-{j:05d}" for j in range(size)])
        columns[f"s{i}"] = names.gather(rng.zipf(1.3, rows) % size)
    return pl.DataFrame({name: series.alias(name) for name, series in columns.items()})


def write(path: Path, rows: int, seed: int) -> None:
    """Write one Parquet file, unless it is there already."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        table(rows, seed).write_parquet(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
