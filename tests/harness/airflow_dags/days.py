"""What a team writes: a check of each day, and a run at six whose alert fails one task and skips others."""

import os
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, CronDataIntervalTimetable

from driftline.integrations.airflow import DriftlineCheckOperator, DriftlineWatchOperator

FOLDER = os.environ["DAYS_FOLDER"]
SHARED: dict[str, Any] = {"pack": f"{FOLDER}/model.pack", "store": f"{FOLDER}/driftline.db"}
ROWS, ALL = FOLDER + "/rows-{start:%Y-%m-%d}.parquet", f"{FOLDER}/rows-*.parquet"
BEGIN = datetime(2024, 5, 6, tzinfo=UTC)

with DAG("daily", schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"), start_date=BEGIN) as daily:
    DriftlineCheckOperator(task_id="check", rows=ROWS, report=FOLDER + "/reports/{start:%Y-%m-%d}.html", **SHARED)

with DAG("at-six", schedule="0 6 * * *", start_date=BEGIN) as at_six:
    skip = DriftlineCheckOperator(task_id="skip", rows=ROWS, on_alert="skip", **SHARED)
    after = DriftlineWatchOperator(task_id="after", rows=ALL, on_alert="pass", **SHARED)
    skip >> after
    DriftlineWatchOperator(task_id="watch", rows=ALL, on_alert="pass", **SHARED)
    DriftlineCheckOperator(task_id="fail", rows=ROWS, retries=2, **SHARED)
    DriftlineCheckOperator(task_id="missing", rows=ROWS, delay="7d", retries=2, **SHARED)
