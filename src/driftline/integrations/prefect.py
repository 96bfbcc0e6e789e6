"""Flows and tasks for Prefect 3: fit, check, watch, backfill, join labels; with a block for the store.

Every flow can be run again, after any failure: files are written whole or not at all, a window is kept once, and the
same alert starts a retraining once. Tasks try again what may pass, such as a store that is away; what will not pass,
such as a column that is missing, fails at once with what to do.

Prefect's packages do not go together with all of Driftline's extras: `pip install 'driftline[prefect]'` in an
environment of its own.
"""

import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from driftline.alerts.sinks.base import open_sink
from driftline.alerts.watch import Watch
from driftline.config.load import load_config
from driftline.errors import BusyError, ConfigError, EngineError, MissingExtraError, SinkError, StoreError
from driftline.integrations.base_incidents import group_incidents, notify
from driftline.integrations.base_labels import join_label_files
from driftline.integrations.base_windows import (
    Outcome,
    check_window,
    describe,
    fill_path,
    find_due,
    has_place,
    list_windows,
    read_time,
)
from driftline.integrations.prefect_store import DriftlineStore, open_named_store
from driftline.monitor import Monitor
from driftline.verdicts.result import Result
from driftline.windows import Window, iso

try:
    from prefect import flow, get_run_logger, task
    from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
    from prefect.cache_policies import NO_CACHE
    from prefect.deployments import run_deployment
    from prefect.deployments.runner import EntrypointType, RunnerDeployment
    from prefect.events import emit_event
    from prefect.runtime import flow_run
except ImportError as error:
    raise MissingExtraError("Prefect", "prefect") from error

__all__ = ["DriftlineStore", "backfill", "check", "deploy_daily", "fit", "join_files", "join_labels", "watch"]
_PASSING = (StoreError, SinkError, EngineError, BusyError, ConnectionError, TimeoutError)
_MOST_TEXT = 200_000  # characters of an artifact
_NAMES = UUID("6f1f27c5-9b5b-4d0e-9c5e-0f5d9c1f3a77")


def _may_pass(task: Any, run: Any, state: Any) -> bool:  # noqa: ARG001 - Prefect's signature
    """Whether to try again: only what another program or the network did."""
    try:
        state.result()
    except _PASSING:
        return True
    except Exception:  # noqa: BLE001 - any other error is told by Prefect as it is; here it only means: not again
        return False
    return False


_TRIES: dict[str, Any] = {"retries": 3, "retry_delay_seconds": [1, 10, 60], "retry_condition_fn": _may_pass}
_FRESH: dict[str, Any] = {
    "persist_result": False,
    "cache_policy": NO_CACHE,
}  # what was judged is in the store, not here


@task(name="driftline-fit-pack", **_TRIES, **_FRESH)
def fit_pack(reference: str, pack: str, config: str | None = None, settings: dict[str, Any] | None = None) -> str:
    """Fit a monitor on reference rows and write its pack, whole or not at all; gives its path."""
    loaded = load_config(Path(config) if config else None, os.environ, settings or {})
    return str(Monitor.fit(reference, loaded).save(pack))


@task(name="driftline-check-window", **_TRIES, **_FRESH)
def check_rows(pack: str, rows: str, start: str, end: str, store: str | None = None) -> tuple[Outcome, str]:
    """Judge the rows of one window, and keep the result; gives the outcome, and the report as Markdown."""
    monitor = Monitor.load(pack)
    window = Window.from_datetimes(read_time(start, "start"), read_time(end, "end"))
    with open_named_store(store) as opened:
        outcome, result = check_window(monitor, rows, window, opened)
    return outcome, _report(result)


@task(name="driftline-watch-windows", **_TRIES, **_FRESH)
def watch_rows(pack: str, rows: str, every: str, until: str | None, store: str | None) -> tuple[list[Outcome], str]:
    """Judge all windows in order, with memory of those before; gives their outcomes, and the last one's report."""
    end = read_time(until, "until") if until else None
    outcomes, report = list[Outcome](), ""
    with open_named_store(store) as opened:
        for watched in Watch(Monitor.load(pack)).follow(rows, every=every, until=end, store=opened):
            outcomes.append(describe(watched.result, opened))
            last = watched.result
        report = _report(last) if outcomes else ""
    return outcomes, report


@task(name="driftline-join-labels", **_TRIES, **_FRESH)
def join_files(predictions: str, labels: str, output: str, id: str, target: str) -> tuple[int, int]:  # noqa: A002 - the settings' word
    """Write the predictions with their labels; gives how many rows there are, and how many have a label."""
    return join_label_files(predictions, labels, output, id=id, target=target)


@task(name="driftline-group-incidents", **_TRIES, **_FRESH)
def follow_incidents(pack: str, store: str | None, since: str | None = None, sinks: tuple[str, ...] = ()) -> list[str]:
    """Bring the store's incidents up to date, and tell the sinks of open ones; gives a sentence for each open one."""
    with open_named_store(store) as opened:
        if opened is None:
            return []
        incidents = group_incidents(Monitor.load(pack), opened, since)
        notify(incidents, [open_sink(url) for url in sinks], opened)
    return [incident.sentence for incident in incidents if incident.is_open]


@task(name="driftline-publish", **_TRIES, **_FRESH)
def publish(outcome: Outcome, report: str, dashboard: str | None = None) -> None:
    """Make the artifacts of one window: the report, the findings as a table, and a link to the dashboard."""
    key = _key(outcome.model)
    create_markdown_artifact(report, key=f"{key}-report", description=f"{outcome.window}: {outcome.headline}")
    rows = [finding | {"window": outcome.window} for finding in outcome.findings]
    quiet = {"level": outcome.level, "subject": "all", "what": outcome.headline, "since": "", "window": outcome.window}
    create_table_artifact(rows or [quiet], key=f"{key}-findings", description=outcome.headline)
    if dashboard:
        page = f"report?run={quote(outcome.run)}" if outcome.run else f"model?model={quote(outcome.model, safe='')}"
        create_link_artifact(f"{dashboard.rstrip('/')}/{page}", link_text=outcome.headline, key=f"{key}-dashboard")


@task(name="driftline-alert", **_TRIES, **_FRESH)
def raise_alert(outcome: Outcome, retrain: str | None = None) -> str | None:
    """Tell Prefect of an alert by the event `driftline.alert`, and start a retraining; gives the id of its run.

    The same result names the same event and the same run, however often this is done.
    """
    name = f"{outcome.model} {outcome.window} {outcome.headline}"
    emit_event(
        "driftline.alert",
        resource={"prefect.resource.id": f"driftline.model.{_key(outcome.model)}",
                  "prefect.resource.name": outcome.model},
        payload={"window": outcome.window, "headline": outcome.headline, "run": outcome.run},
        id=uuid5(_NAMES, name),
    )  # fmt: skip
    if retrain is None:
        return None
    started = run_deployment(retrain, timeout=0, as_subflow=False, idempotency_key=f"driftline {uuid5(_NAMES, name)}")
    get_run_logger().warning("alert: %s; started %s as %s", outcome.headline, retrain, started.name)
    return str(started.id)


@flow(name="driftline-fit")
def fit(reference: str, pack: str, config: str | None = None, settings: dict[str, Any] | None = None) -> str:
    """Fit a monitor on reference rows, and write its pack.

    Args:
        reference: path, folder or glob of the rows that say what normal is.
        pack: the file that is written.
        config: a `driftline.yaml`.
        settings: single settings instead, such as `{"target": "minutes"}`.
    """
    return str(fit_pack(reference, pack, config, settings))


@flow(name="driftline-check")
def check(  # noqa: PLR0913 - the parameters of a deployment
    pack: str, rows: str, *, start: str | None = None, end: str | None = None, every: str = "1d",
    delay: str | None = None, store: str | None = None, sinks: tuple[str, ...] = (), dashboard: str | None = None,
    retrain: str | None = None, fail_on_alert: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Judge one window: the one named, or the newest that had ended when this run was scheduled.

    Args:
        pack: the monitor's pack.
        rows: path of the window's rows; `{start:%Y-%m-%d}` in it stands for its start.
        start: when the window begins; by default the newest one before the run was scheduled is taken.
        end: when it ends; by default one width after its start.
        every: its width.
        delay: take the window that had ended so long before: `7d` judges last week's rows, once their labels are there.
        store: a URL, or the name of a `DriftlineStore` block.
        sinks: who is told of open incidents, such as `alertmanager+http://127.0.0.1:9093`; needs a store.
        dashboard: address of the dashboard, for the link.
        retrain: name of the deployment (`flow/deployment`) that an alert starts, once for each result.
        fail_on_alert: whether an alert fails the run.
    """
    window = _choose_window(Monitor.load(pack), start, end, every, delay)
    outcome, report = check_rows(pack, rows, iso(window.start), iso(window.end), store)
    publish(outcome, report, dashboard)
    incidents = follow_incidents(pack, store, iso(window.start), tuple(sinks))
    _tell([outcome], incidents, retrain, fail_on_alert=fail_on_alert)
    return asdict(outcome)


@flow(name="driftline-watch")
def watch(  # noqa: PLR0913 - the parameters of a deployment
    pack: str, rows: str, *, every: str = "1d", until: str | None = None, store: str | None = None,
    dashboard: str | None = None, retrain: str | None = None, fail_on_alert: bool = False,
) -> list[dict[str, Any]]:  # fmt: skip
    """Judge all windows of the rows in order, with memory: small changes that last are found, as by `driftline watch`.

    Args:
        pack: the monitor's pack.
        rows: path, folder or glob of all rows since the reference.
        every: width of the windows.
        until: up to when rows should be there; by default up to the last row.
        store: a URL, or the name of a `DriftlineStore` block.
        dashboard: address of the dashboard, for the link.
        retrain: name of the deployment that an alert of the last window starts.
        fail_on_alert: whether an alert of the last window fails the run.
    """
    outcomes, report = watch_rows(pack, rows, every, until, store)
    if outcomes:
        publish(outcomes[-1], report, dashboard)
        _tell(outcomes[-1:], [], retrain, fail_on_alert=fail_on_alert)
    return [asdict(outcome) for outcome in outcomes]


@flow(name="driftline-backfill")
def backfill(  # noqa: PLR0913 - the parameters of a deployment
    pack: str, rows: str, *, start: str, end: str, every: str = "1d", store: str | None = None, again: bool = False,
    sinks: tuple[str, ...] = (), dashboard: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Judge every window between two times, each in a task of its own; go on where a run before was ended.

    A window that the store holds under this pack is left as it is, unless `again`. The windows are judged whatever
    becomes of others: the run fails at its end, naming those that could not be judged.

    Args:
        pack: the monitor's pack.
        rows: path of a window's rows, with `{start:%Y-%m-%d}` for its start.
        start: when the first window begins.
        end: when the last one ends.
        every: width of the windows.
        store: a URL, or the name of a `DriftlineStore` block.
        again: judge also what the store holds: when rows changed, or labels came.
        sinks: who is told of open incidents.
        dashboard: address of the dashboard, for the link.
    """
    if not has_place(rows):
        raise ConfigError(f"{rows}: expected a path for each window, such as trips/{{start:%Y-%m-%d}}.parquet")
    monitor = Monitor.load(pack)
    config, zone = monitor.plan.config, monitor.plan.zone
    ends = read_time(start, "start"), read_time(end, "end")
    windows = list_windows(*ends, every, zone, config.stream.week_start)
    kept = set[str]() if again else _known(monitor, store, len(windows))
    todo = [window for window in windows if str(window) not in kept]
    get_run_logger().info("%d windows, of which %d are kept already", len(windows), len(windows) - len(todo))
    outcomes, failed = list[Outcome](), list[str]()
    report = ""
    for window in todo:
        name = f"{iso(window.start)}"
        state = check_rows.with_options(task_run_name=name)(
            pack, rows, iso(window.start), iso(window.end), store, return_state=True
        )
        if state.is_completed():
            outcome, report = state.result()
            outcomes.append(outcome)
        else:
            failed.append(f"{fill_path(rows, window, zone)} ({name}): {state.message}")
    incidents = follow_incidents(pack, store, iso(windows[0].start), tuple(sinks)) if outcomes else []
    if outcomes:
        publish(outcomes[-1], report, dashboard)
    _list_windows(outcomes, incidents)
    if failed:
        raise RuntimeError(
            f"{len(failed)} of {len(windows)} windows could not be judged; mend them and run this again, the others "
            f"are kept: {'; '.join(failed)[:2000]}"
        )
    return [asdict(outcome) for outcome in outcomes]


@flow(name="driftline-join-labels")
def join_labels(  # noqa: PLR0913 - the parameters of a deployment
    predictions: str, labels: str, output: str, *, id: str, target: str, start: str | None = None,  # noqa: A002
    every: str = "1d", delay: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the predictions of one window with the labels that have come; `check` then judges performance too.

    Args:
        predictions: path of the window's logged rows; `{start:%Y-%m-%d}` stands for its start.
        labels: path, folder or glob of labels.
        output: the file that is written, with the window's start in its name likewise.
        id: column that both have.
        target: column of the labels.
        start: when the window begins; by default the newest one before the run was scheduled is taken.
        every: its width.
        delay: take the window that had ended so long before.
    """
    window = _choose_window(None, start, None, every, delay)
    paths = [fill_path(path, window) for path in (predictions, labels, output)]
    rows, labelled = join_files(paths[0], paths[1], paths[2], id, target)
    get_run_logger().info("%s: %d rows, %d with a label", paths[2], rows, labelled)
    return {"output": paths[2], "rows": rows, "labelled": labelled}


def deploy_daily(
    name: str, *, pack: str, rows: str, cron: str = "15 6 * * *", timezone: str | None = None, **parameters: Any
) -> RunnerDeployment:
    """A deployment of `check` with a schedule, for `prefect.serve(…)`: one run at a time, the next one waits.

    Args:
        name: of the deployment.
        pack: the monitor's pack.
        rows: path of a window's rows, with `{start:%Y-%m-%d}`.
        cron: when it runs; by default each day at 06:15.
        timezone: of the clock that `cron` means; by default UTC.
        parameters: the others of `check`.
    """
    from prefect.schedules import Cron  # noqa: PLC0415 - only where flows are served

    return check.to_deployment(
        name=name, schedule=Cron(cron, timezone=timezone or "UTC"), concurrency_limit=1, tags=["driftline"],
        parameters={"pack": pack, "rows": rows, **parameters}, entrypoint_type=EntrypointType.MODULE_PATH,
    )  # fmt: skip


def _choose_window(
    monitor: Monitor | None, start: str | None, end: str | None, every: str, delay: str | None
) -> Window:
    """The window that is named, or was due when this run was scheduled."""
    zone, week = ("", "monday") if monitor is None else (monitor.plan.zone, monitor.plan.config.stream.week_start)
    if start is None:
        if end is not None:
            raise ConfigError("end: a window with an end needs a start, too")
        scheduled = flow_run.scheduled_start_time or datetime.now(UTC)
        plain = datetime.fromisoformat(scheduled.isoformat())  # Prefect's own kind of datetime counts otherwise
        return find_due(plain, every, delay or "", zone, week)
    first = read_time(start, "start")
    if end is not None:
        if (last := read_time(end, "end")) <= first:
            raise ConfigError(f"end: {end} is not after the start, {start}")
        return Window.from_datetimes(first, last)
    return list_windows(first, first + timedelta(microseconds=1), every, zone, week)[0]


def _known(monitor: Monitor, store: str | None, count: int) -> set[str]:
    """The windows that the store holds under this plan."""
    with open_named_store(store) as opened:
        if opened is None:
            return set()
        runs = opened.windows(monitor.plan.config.model.name, None if count > 1000 else 10_000)
    return {run.window for run in runs if run.window and run.plan == monitor.plan.fingerprint}


def _tell(outcomes: list[Outcome], incidents: list[str], retrain: str | None, *, fail_on_alert: bool) -> None:
    """Log what came of it, raise the alerts, and fail where that is asked for."""
    for sentence in incidents:
        get_run_logger().warning("open incident: %s", sentence)
    for outcome in outcomes:
        get_run_logger().info("%s: %s: %s", outcome.window, outcome.level, outcome.headline)
        if outcome.is_alert:
            raise_alert(outcome, retrain)
            if fail_on_alert:
                raise RuntimeError(f"alert: {outcome.headline}")


def _list_windows(outcomes: list[Outcome], incidents: list[str]) -> None:
    """One table of all windows that were judged."""
    if outcomes:
        rows = [{name: getattr(each, name) for name in ("window", "level", "rows", "headline")} for each in outcomes]
        text = "; ".join(incidents) or "no open incident"
        create_table_artifact(rows, key=f"{_key(outcomes[0].model)}-backfill", description=text[:1000])


def _report(result: Result) -> str:
    """The report as Markdown, cut where it would be too large for an artifact."""
    text = result.render("markdown")
    if len(text) <= _MOST_TEXT:
        return text
    return f"{text[:_MOST_TEXT]}\n\n… cut at {_MOST_TEXT:,} characters; the dashboard has all of it.\n"


def _key(model: str) -> str:
    """The name of a model as part of a key, which takes only lower-case letters, digits and dashes."""
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in model.lower())
    return "driftline-" + "-".join(part for part in kept.split("-") if part)
