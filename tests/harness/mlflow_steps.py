"""What the tests do with MLflow, in its own environment: `python -m harness.mlflow_steps`; tells it as JSON."""

import json
from collections.abc import Callable
from typing import Any

import mlflow
from mlflow.tracking import MlflowClient

from driftline.errors import ConfigError, StoreError
from driftline.integrations import mlflow as own
from harness.days import FIRST, fit_monitor, make_rows, reference
from harness.pages import run_page


def refused(call: Callable[[], Any]) -> str:
    """What is told when it cannot be done."""
    try:
        call()
    except (ConfigError, StoreError) as error:
        return f"{type(error).__name__}: {error}"
    return "done"


def main() -> None:
    """Keep a pack with a run, register its model, check two days, and let each try to become the champion."""
    client, monitor = MlflowClient(), fit_monitor()
    experiment = mlflow.create_experiment("taxi")
    run = client.create_run(experiment).info.run_id
    uri = own.log_monitor(monitor, run)
    client.create_registered_model("taxi")
    version = client.create_model_version("taxi", f"runs:/{run}/model", run_id=run).version
    loaded = own.load_monitor(f"models:/taxi/{version}")
    days = [make_rows(FIRST, 1, 5), make_rows(FIRST, 1, 5, shift=8.0)]
    results = [loaded.check(rows) for rows in days]
    moved = [own.promote("taxi", version, alias, result) for alias, result in zip(("a", "b"), results, strict=True)]
    few = loaded.check(days[0].head(3))
    moved += [own.promote("taxi", version, "c", few), own.promote("taxi", version, "c", few, allow_unknown=True)]
    for _ in range(2):
        own.log_result(results[1], run)
    kept = client.get_run(run)
    aliases = dict(client.get_registered_model("taxi").aliases)
    client.set_registered_model_alias("taxi", "champion", version)
    for _ in range(3):
        client.create_model_version("taxi", f"runs:/{run}/model", run_id=run)
    days[0].write_parquet("candidate-predictions.parquet")
    mlflow.set_experiment("taxi")
    page = run_page("mlflow.md", {}, {"held_back": reference()})
    told = {
        "same": [
            own.load_monitor(each).plan.fingerprint == monitor.plan.fingerprint for each in (uri, "models:/taxi@a")
        ],
        "levels": [result.level.value for result in (*results, few)],
        "moved": moved,
        "aliases": aliases,
        "mae": kept.data.metrics["driftline/mae"],
        "right": next(verdict.value for verdict in results[1] if verdict.metric == "mae"),
        "page": [page["result"].level.value, client.get_model_version_by_alias("taxi", "champion").version],
        "level": kept.data.tags["driftline.level"],
        "files": sorted(
            file.path.rpartition("/")[2]
            for folder in client.list_artifacts(run, "driftline")
            for file in (client.list_artifacts(run, folder.path) if folder.is_dir else [folder])
        ),
        "no uri": refused(lambda: own.load_monitor("taxi")),
        "no version": refused(lambda: own.load_monitor("models:/taxi/9")),
        "no run": refused(lambda: own.log_result(results[0], "0" * 32)),
        "no pack": refused(lambda: own.load_monitor(f"runs:/{client.create_run(experiment).info.run_id}")),
    }
    print(json.dumps(told))  # noqa: T201 - what the test reads


if __name__ == "__main__":
    main()
