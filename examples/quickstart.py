"""Five weeks of food deliveries: four say what normal is, the fifth is judged. In it, a release went wrong.

Writes reference.parquet, current.parquet and report.html to the folder that it is run in.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

import driftline

FIRST = datetime(2026, 2, 2)  # noqa: DTZ001 - the shop's own clock, without a zone
RELEASE = FIRST + timedelta(days=30, hours=14)


def deliveries(first: datetime, days: int, seed: int) -> pl.DataFrame:
    """About 700 deliveries a day with the minutes they took and the minutes that a model predicted."""
    rng = np.random.default_rng(seed)
    n = 700 * days
    seconds = np.sort(rng.uniform(0, 86_400 * days, n))
    km, items = rng.gamma(4, 0.9, n), 1 + rng.poisson(1.6, n)
    return pl.DataFrame(
        {
            "ordered_at": [first + timedelta(seconds=round(second)) for second in seconds],
            "distance_km": km.round(2),
            "items": items,
            "payment": rng.choice(["card", "app", "cash"], n, p=[0.6, 0.3, 0.1]),
            "minutes": (9 + 4.2 * km + 1.1 * items + rng.normal(0, 3, n)).round(1),
            "predicted": (9 + 4.2 * km + 1.1 * items).round(1),
        }
    )


def broken(rows: pl.DataFrame) -> pl.DataFrame:
    """From the release on distances arrive in miles, and the model believes them; some pay by voucher, which is new."""
    late = rows.filter(pl.col("ordered_at") >= RELEASE)
    lost = 0.379 * pl.col("distance_km")
    voucher = pl.int_range(pl.len()) % 12 == 0
    late = late.with_columns(
        (pl.col("distance_km") - lost).round(2).alias("distance_km"),
        (pl.col("predicted") - 4.2 * lost).round(1).alias("predicted"),
        pl.when(voucher).then(pl.lit("voucher")).otherwise("payment").alias("payment"),
    )
    return pl.concat([rows.filter(pl.col("ordered_at") < RELEASE), late]).with_columns(pl.col("items").cast(pl.Float64))


def main() -> None:
    """Make the rows, judge them, say what was found."""
    deliveries(FIRST, 28, seed=1).write_parquet("reference.parquet")
    broken(deliveries(FIRST + timedelta(days=28), 7, seed=2)).write_parquet("current.parquet")

    monitor = driftline.Monitor.fit(
        "reference.parquet",
        model={"name": "delivery-time"},
        target="minutes",
        prediction="predicted",
        timestamp="ordered_at",
    )
    result = monitor.check("current.parquet")
    print(result.headline)
    for finding in result.findings:
        print(f"{finding.level.value}: {finding.change}, since {finding.since}")
    print("Written:", result.save("report.html"))


if __name__ == "__main__":
    main()
