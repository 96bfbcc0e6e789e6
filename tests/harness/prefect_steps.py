"""What the tests do with Prefect, in its own environment: `python -m harness.prefect_steps STEP FOLDER [FIRST]`."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import polars as pl
import prefect
from prefect import serve
from prefect.client.orchestration import get_client
from prefect.deployments.runner import EntrypointType
from prefect.states import State

from driftline.errors import ConfigError
from driftline.integrations import prefect as flows
from driftline.integrations.base_windows import fill_path, list_windows
from driftline.stores.base import open_store
from harness.days import FIRST, PER_DAY, ROWS, fit_monitor, make_rows, reference, write_days
from harness.pages import run_page

BLOCK, DAYS = "taxi", 4


def days(folder: Path) -> dict[str, Any]:
    """The parameters of a backfill of all days."""
    windows = list_windows(FIRST, FIRST.replace(day=FIRST.day + DAYS), "1d")
    ends = {"start": str(windows[0]).partition("/")[0], "end": str(windows[-1]).partition("/")[2]}
    return {"pack": f"{folder}/model.pack", "rows": f"{folder}/{ROWS}", "store": BLOCK, **ends}


def begin(folder: Path) -> None:
    """Write files, keep the block, fit, and backfill until somebody ends this process."""
    reference().write_parquet(folder / "reference.parquet")
    write_days(folder, DAYS, broken=(2,))
    flows.DriftlineStore(url=f"sqlite:///{folder}/driftline.db").save(BLOCK)
    settings = {"timestamp": "at", "id": "id", "target": "minutes", "prediction": "predicted"}
    flows.fit(str(folder / "reference.parquet"), f"{folder}/model.pack", settings=settings)
    flows.backfill(**days(folder))


def go_on(folder: Path) -> None:
    """Backfill what is left, do it all again, and the other flows; tell what came of it as JSON."""
    told: dict[str, Any] = {}
    shared = days(folder)
    with open_store(f"sqlite:///{folder}/driftline.db") as store:
        told["before"] = len(store.windows("model", None))
        told["resumed"] = [each["window"] for each in flows.backfill(**shared, dashboard="http://127.0.0.1:8601")]
        told["none left"] = flows.backfill(**shared)
        told["again"] = [each["level"] for each in flows.backfill(**shared, again=True)]
        (plan,) = {run.plan for run in store.runs("model", None)}
        told["runs"], told["fragments"] = len(store.runs("model", None)), len(store.fragments("model", plan))
        told["incidents"] = [each.closed for each in store.incidents()]
    told["key"] = [kept.model_dump(mode="json")["data"] for kept in _artifacts()]
    told["types"] = sorted({kept.type for kept in _artifacts()})

    day = list_windows(FIRST, FIRST.replace(day=FIRST.day + 1), "1d")[0]
    path = fill_path(str(folder / ROWS), day)
    rows = pl.read_parquet(path)
    rows.select("id", "minutes").head(PER_DAY // 2).write_parquet(folder / "labels.parquet")
    rows.drop("minutes").write_parquet(path)
    start, joined = shared["start"], str(folder / "joined-{start}.parquet")
    labels = {"labels": f"{folder}/labels.parquet", "id": "id", "target": "minutes", "start": start}
    told["joined"] = flows.join_labels(shared["rows"], output=joined, **labels)
    parts = {name: shared[name] for name in ("pack", "store")}
    told["checked"] = flows.check(rows=joined, start=start, **parts)
    told["failed"] = _message(
        flows.check(rows=shared["rows"], start="2024-05-08", fail_on_alert=True, **parts, return_state=True)
    )
    told["at once"] = _judge_twice_at_once(folder, rows=joined, start=start, pack=shared["pack"])
    whole = f"{folder}/rows-*.parquet"
    told["watched"] = len(flows.watch(shared["pack"], whole))
    told["no month"] = _message(
        flows.backfill(**shared | {"start": "2031-02-01", "end": "2031-02-02"}, return_state=True)
    )
    told["no block"] = _message(
        flows.check(rows=joined, start=start, pack=shared["pack"], store="other", return_state=True)
    )
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


def show(folder: Path) -> None:
    """Run the code that the page shows, on files of the days that it names and of last week; tell what came of it."""
    for name in ("trips", "labels", "labelled"):
        (folder / "srv" / name).mkdir(parents=True)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for first, count in ((FIRST, DAYS), (today - timedelta(days=9), 3)):
        for at in range(count):
            rows = make_rows(first + timedelta(days=at), 1, seed=at)
            rows.drop("minutes").write_parquet(f"{folder}/srv/trips/{first + timedelta(days=at):%Y-%m-%d}.parquet")
            rows.select("id", "minutes").write_parquet(
                f"{folder}/srv/labels/{first + timedelta(days=at):%Y-%m-%d}.parquet"
            )
    fit_monitor().save(folder / "srv" / "taxi.pack")
    served: list[Any] = []
    prefect.serve = lambda *deployments: served.extend(deployments)  # which would not return
    places = {"/srv": f"{folder}/srv", "postgresql://user:password@host/driftline": f"sqlite:///{folder}/page.db"}
    names = run_page("prefect.md", places, {})
    with open_store(f"sqlite:///{folder}/page.db") as store:
        levels = [window.level.value for window in store.windows("model", None)]
    joined = [pl.read_parquet(path)["minutes"].null_count() for path in sorted((folder / "srv/labelled").iterdir())]
    told = {
        "levels": levels, "joined": joined, "served": [each.name for each in served], "late": names["late"].parameters,
    }  # fmt: skip
    (folder / "page.json").write_text(json.dumps(told), encoding="utf-8")


def _judge_twice_at_once(folder: Path, **parameters: str) -> dict[str, Any]:
    """Two flows judge one window at the same time, in a store of their own."""
    url = f"sqlite:///{folder}/at-once.db"
    barrier = Barrier(2)

    def judge(_: int) -> dict[str, Any]:
        barrier.wait()
        return flows.check(store=url, **parameters)

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(judge, range(2)))
    with open_store(url) as store:
        (plan,) = {run.plan for run in store.runs("model", None)}
        kept = len(store.windows("model", None)), len(store.fragments("model", plan))
        runs = {run.run_id for run in store.runs("model", None)}
    told = [outcome | {"run": outcome["run"] in runs} for outcome in outcomes]  # each may have kept a run of its own
    return {"same": told[0] == told[1], "level": told[0]["level"], "run": told[0]["run"], "kept": kept}


def lose_server(folder: Path) -> None:
    """Backfill while the server goes; once it is back, backfill again. Tells how the first ended, and what was left."""
    write_days(folder, DAYS)
    parameters = days(folder) | {"store": f"sqlite:///{folder}/lost.db"}
    try:
        flows.backfill(**parameters)
    except httpx.TransportError as error:
        (folder / "lost.json").write_text(json.dumps({"error": type(error).__name__}), encoding="utf-8")
    while not (folder / "back").exists():
        time.sleep(0.1)
    left = [each["window"] for each in flows.backfill(**parameters)]
    with open_store(parameters["store"]) as store:
        told = {"left": left, "windows": len(store.windows("model", None)), "runs": len(store.runs("model", None))}
    (folder / "back.json").write_text(json.dumps(told), encoding="utf-8")


def serve_daily(folder: Path, first: str) -> None:
    """Serve a check of each day, and the retraining that its alert starts."""
    write_days(folder, 3, broken=(0, 1, 2), first=datetime.fromisoformat(first))
    shared = {name: value for name, value in days(folder).items() if name in {"pack", "rows", "store"}}
    daily = flows.deploy_daily("daily", cron="* * * * *", retrain="driftline-fit/retrain", **shared)
    fitting = {"reference": f"{folder}/reference.parquet", "pack": f"{folder}/new.pack"}
    serve(daily, flows.fit.to_deployment("retrain", parameters=fitting, entrypoint_type=EntrypointType.MODULE_PATH))


def _artifacts() -> list[Any]:
    with get_client(sync_client=True) as client:
        return list(client.read_artifacts())


def _message(state: State) -> str:
    """How a run failed."""
    assert not state.is_completed(), state
    try:
        state.result()
    except (ConfigError, RuntimeError) as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError(state)


if __name__ == "__main__":
    step, folder, *rest = sys.argv[1:]
    steps = {"begin": begin, "go_on": go_on, "serve": serve_daily, "lose": lose_server, "show": show}
    steps[step](Path(folder), *rest)
