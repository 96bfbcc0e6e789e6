"""The flows of the example, served to Prefect: `python flows.py`. What is said here is all that a team has to write."""

import os
from pathlib import Path
from typing import Any

from prefect import flow, serve

from driftline.integrations.prefect import DriftlineStore, backfill, deploy_daily, fit, join_files, join_labels

FOLDER = Path(os.environ.get("TAXI_FOLDER", "taxi-out")).resolve()
PACK = str(FOLDER / "taxi.pack")
LOGGED, LABELLED = (
    str(FOLDER / name) for name in ("logged/{start:%Y-%m-%d}.jsonl", "labelled/{start:%Y-%m-%d}.parquet")
)
SHARED: dict[str, Any] = {
    "pack": PACK, "store": "taxi", "dashboard": os.environ.get("TAXI_DASHBOARD"),
    "sinks": os.environ.get("TAXI_SINKS", "").split(),
}  # fmt: skip


@flow(name="taxi-data", log_prints=True)
def taxi_data(start: str, end: str) -> None:
    """Judge what the service logged, day by day: its inputs and predictions. The trips have not ended yet."""
    for each in backfill(rows=LOGGED, start=start, end=end, **SHARED):
        print(each["window"][:10], each["level"], each["headline"])


@flow(name="taxi-model", log_prints=True)
def taxi_model(days: list[str], end: str) -> None:
    """Join the durations that came later, and judge the same days again: how right was the model?"""
    for day in days:
        logged, labelled = LOGGED.replace("{start:%Y-%m-%d}", day), LABELLED.replace("{start:%Y-%m-%d}", day)
        join_files(logged, str(FOLDER / "labels" / "*.csv"), labelled, "id", "duration_min")
    for each in backfill(rows=LABELLED, start=days[0], end=end, again=True, **SHARED):
        print(each["window"][:10], each["level"], each["headline"])


if __name__ == "__main__":
    DriftlineStore(url=os.environ["TAXI_STORE"]).save("taxi", overwrite=True)
    fit(str(FOLDER / "reference.parquet"), PACK, config=str(Path(__file__).with_name("driftline.yaml")))
    late = {"labels": str(FOLDER / "labels" / "*.csv"), "output": LABELLED, "id": "id", "target": "duration_min"}
    serve(
        deploy_daily("taxi", rows=LOGGED, cron="15 6 * * *", **SHARED),  # each morning: the data of yesterday
        deploy_daily(
            "taxi-labelled", rows=LABELLED, delay="7d", cron="30 6 * * *", **SHARED
        ),  # and the model of last week
        join_labels.to_deployment("taxi", parameters={"predictions": LOGGED, "delay": "7d", **late}, cron="0 6 * * *"),
        taxi_data.to_deployment("now"),
        taxi_model.to_deployment("now"),
    )
