"""Makes the rows that are measured: 12 heavy-tailed floats with 2 % nulls, 4 integers, 4 strings; always the same."""

from pathlib import Path

import click
import numpy as np
import polars as pl

PART = 10_000_000
"""Rows of one file; more than that are a folder of files."""


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


def wide(rows: int, seed: int, columns: int) -> pl.DataFrame:
    """As many columns as asked for, of the same kinds in the same shares: the table again and again."""
    blocks = [
        table(rows, seed + 1_000 * block).select(pl.all().name.suffix(f"_{block}")) for block in range(columns // 20)
    ]
    return pl.concat(blocks, how="horizontal")


def timed(rows: int, seed: int) -> pl.DataFrame:
    """The table with a time of each row in order, over 30 days."""
    at = np.sort(np.random.default_rng(seed).integers(0, 30 * 86_400_000_000, rows)) + 1_704_067_200_000_000
    return table(rows, seed).with_columns(pl.Series("at", at).cast(pl.Datetime("us")))


@click.command(help=__doc__)
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("rows", type=int)
@click.argument("seed", type=int)
@click.option("--columns", type=int, help="Other than 20.")
@click.option("--times", is_flag=True, help="With a column of times.")
def main(path: Path, rows: int, seed: int, columns: int | None, *, times: bool) -> None:
    """Write a Parquet file, or a folder of them, unless it is there already."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    if rows > PART:
        unfinished.mkdir(exist_ok=True)
        for part in range(rows // PART):
            table(PART, seed + part).write_parquet(unfinished / f"part-{part:03d}.parquet")
    elif columns:
        wide(rows, seed, columns).write_parquet(unfinished)
    else:
        (timed if times else table)(rows, seed).write_parquet(unfinished)
    unfinished.rename(path)


if __name__ == "__main__":
    main()
