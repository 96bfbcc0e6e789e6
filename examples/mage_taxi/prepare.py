"""Makes the model, the pack and the trips, in Driftline's environment: `python prepare.py FOLDER`."""

import argparse
import json
from pathlib import Path

import polars as pl
from rich.console import Console

from driftline import Monitor
from driftline.cli.demo import faults, months
from driftline.cli.demo.model import FEATURES, PREDICTION, TARGET, keep
from driftline.cli.demo.story import CONFIG, WATCHED, learn

INPUTS = [name for name in WATCHED if name not in {PREDICTION, TARGET}]


def main() -> None:
    """Train on simulated trips of January 2022, and write those of February, a file a day, with their labels beside."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("folder", type=Path)
    said.add_argument("--days", type=int, nargs="*", default=range(1, 29), help="of February; all of them by default")
    args = said.parse_args()
    for name in ("trips", "labels"):
        (args.folder / name).mkdir(parents=True, exist_ok=True)
    past, month = months.simulated(2022)
    model, held_back = learn(past, Console(highlight=False, soft_wrap=True))
    about = {"intercept": model.intercept, "weights": dict(zip(FEATURES, model.weights.tolist(), strict=True))}
    (args.folder / "model.json").write_text(json.dumps(about), encoding="utf-8")
    reference = held_back.select(WATCHED).with_row_index("id").with_columns(pl.format("r{}", "id").alias("id"))
    Monitor.fit(reference, config=CONFIG.model_copy(update={"id": "id"})).save(args.folder / "taxi.pack")
    for day, trips in month.days():
        if day.day in args.days:
            incident = faults.on(day)
            kept = keep(incident.change(trips, day) if incident and incident.upstream else trips)
            rows = kept.with_row_index("id").with_columns(pl.format("{}-{}", pl.lit(f"{day:%m-%d}"), "id").alias("id"))
            rows.select("id", *INPUTS).write_parquet(args.folder / "trips" / f"{day:%Y-%m-%d}.parquet")
            rows.select("id", TARGET).write_csv(args.folder / "labels" / f"{day:%Y-%m-%d}.csv")


if __name__ == "__main__":
    main()
