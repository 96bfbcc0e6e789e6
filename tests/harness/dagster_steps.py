"""What the tests do with Dagster, in its own environment: `python -m harness.dagster_steps FOLDER` writes told.json."""

import json
import sys
from pathlib import Path
from typing import Any

import dagster

from driftline.errors import ConfigError
from driftline.integrations.dagster import driftline_asset_check
from driftline.stores.base import open_store
from harness.days import FIRST, ROWS, fit_monitor, write_days

DAYS = dagster.DailyPartitionsDefinition(start_date=FIRST)


@dagster.asset(partitions_def=DAYS)
def trips() -> None:
    """The rows of a day, which are there already."""


@dagster.asset
def table() -> None:
    """Rows that are written whole."""


@dagster.asset(deps=[table])
def served() -> None:
    """What an alert holds back."""


def main(folder: Path) -> dict[str, Any]:
    """Materialize days and tables with their checks."""
    fit_monitor().save(folder / "model.pack")
    write_days(folder, 3, broken=(2,))
    pack, store = f"{folder}/model.pack", f"{folder}/driftline.db"
    report = f"{folder}/reports/{{start:%Y-%m-%d}}.html"
    daily = driftline_asset_check(
        asset=trips, pack=pack, rows=str(folder / ROWS), store=store, report=report, partitions_def=DAYS
    )
    gate = driftline_asset_check(asset=table, pack=pack, rows=f"{folder}/rows-2024-05-08.parquet", blocking=True)
    gone = driftline_asset_check(asset=table, pack=pack, rows=f"{folder}/gone.parquet", name="gone")
    told: dict[str, Any] = {}
    with dagster.DagsterInstance.ephemeral() as instance:
        for name, day in (("quiet", "2024-05-06"), ("again", "2024-05-06"), ("broken", "2024-05-08")):
            done = dagster.materialize([trips, daily], partition_key=day, instance=instance)
            told[name] = _describe(done)
        done = dagster.materialize([table, served, gate], instance=instance, raise_on_error=False)
        told["gate"] = _describe(done) | {"made": [_made(done, asset) for asset in ("table", "served")]}
        done = dagster.materialize([table, gone], instance=instance, raise_on_error=False)
        told["gone"] = [event.step_failure_data.user_failure_data.description for event in done.all_events
                        if event.is_step_failure]  # fmt: skip
    with open_store(store) as opened:
        told["windows"] = len(opened.windows("model", None)), len(opened.runs("model", None))
        told["incidents"] = [incident.headline for incident in opened.incidents()]
    told["reports"] = sorted(path.name for path in (folder / "reports").iterdir())
    try:
        driftline_asset_check(asset=table, pack=pack, rows=ROWS)
    except ConfigError as error:
        told["wrong"] = str(error)
    return told


def _describe(done: dagster.ExecuteInProcessResult) -> dict[str, Any]:
    (check,) = done.get_asset_check_evaluations()
    metadata = {name: value.value for name, value in check.metadata.items()}
    return {"passed": check.passed, "severity": check.severity.value, "said": check.description, **metadata}


def _made(done: dagster.ExecuteInProcessResult, asset: str) -> bool:
    return bool(done.asset_materializations_for_node(asset))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "told.json").write_text(json.dumps(main(folder)), encoding="utf-8")
