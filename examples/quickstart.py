"""Five weeks of food deliveries: four say what normal is, the fifth is judged. In it, a release went wrong.

Writes reference.parquet, current.parquet and report.html to the folder that it is run in.
"""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

import driftline

RELEASE = datetime(2026, 3, 4, 14)


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
    late = pl.col("ordered_at") >= RELEASE
    miles = 0.621 * pl.col("distance_km")
    return rows.with_columns(
        pl.when(late).then(miles.round(2)).otherwise("distance_km").alias("distance_km"),
        pl.when(late).then(pl.col("predicted") - 4.2 * (pl.col("distance_km") - miles)).otherwise("predicted").round(1).alias("predicted"),
        pl.when(late & (pl.int_range(pl.len()) % 12 == 0)).then(pl.lit("voucher")).otherwise("payment").alias("payment"),
        pl.col("items").cast(pl.Float64),
    )  # fmt: skip


def main() -> None:
    """Make the rows, judge them, say what was found."""
    deliveries(datetime(2026, 2, 2), 28, seed=1).write_parquet("reference.parquet")
    broken(deliveries(datetime(2026, 3, 2), 7, seed=2)).write_parquet("current.parquet")

    monitor = driftline.Monitor.fit(
        "reference.parquet", target="minutes", prediction="predicted", timestamp="ordered_at"
    )
    result = monitor.check("current.parquet")
    print(result.headline)
    for finding in result.findings:
        print(f"{finding.level.value}: {finding.subject}, since {finding.since}: {finding.lead.reason}")
    print("Written:", result.save("report.html"))


if __name__ == "__main__":
    main()
