"""What the tests do with Airflow, in its own environment: `python -m harness.airflow_steps FOLDER` writes told.json."""

import json
import sys
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from airflow.models.xcom import XComModel
from airflow.sdk import DAG
from airflow.utils.session import create_session

from driftline.errors import ConfigError
from driftline.integrations.airflow import DriftlineCheckOperator
from driftline.stores.base import open_store
from harness.airflow_dags.days import at_six, daily
from harness.days import FIRST, fit_monitor, write_days


def main(folder: Path) -> dict[str, Any]:
    """Judge a quiet day, twice, and a broken one, by tasks that fail, skip and pass."""
    fit_monitor().save(folder / "model.pack")
    write_days(folder, 3, broken=(2,))
    told: dict[str, Any] = {"quiet": _run(daily, 1), "again": _run(daily, 1), "broken": _run(at_six, 3)}
    with open_store(f"{folder}/driftline.db") as store:
        told["windows"] = [run.window for run in store.windows("model", None)]
        told["runs"] = len(store.runs("model", None))
        told["incidents"] = [incident.headline for incident in store.incidents()]
    told["reports"] = sorted(path.name for path in (folder / "reports").iterdir())
    told["wrong"] = [_refuse(on_alert="stop"), _refuse(sinks=["stdout"])]
    return told


def _run(dag: DAG, day: int) -> dict[str, Any]:
    """The state of each task, and what it pushed."""
    begin = FIRST.replace(tzinfo=UTC) + timedelta(days=day, hours=6 * (dag is at_six))
    run = dag.test(logical_date=begin)
    told: dict[str, Any] = {task.task_id: {"state": task.state, "tries": task.try_number}
                            for task in run.get_task_instances()}  # fmt: skip
    with create_session() as session:
        for pushed in session.query(XComModel).filter_by(dag_id=dag.dag_id, run_id=run.run_id):
            told[pushed.task_id][pushed.key] = XComModel.deserialize_value(pushed)
    return told


def _refuse(**settings: Any) -> str:
    try:
        DriftlineCheckOperator(task_id="wrong", pack="model.pack", rows="rows.parquet", **settings)
    except ConfigError as error:
        return str(error)
    raise AssertionError(settings)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "told.json").write_text(json.dumps(main(folder)), encoding="utf-8")
