"""Operators for Airflow 3: judge the window of a run, or all windows up to it.

A run for the same data interval, again, judges the same window: the store keeps it once. What came of it goes to XCom,
and an alert fails the task, skips what comes after it, or lets it pass. What may pass, such as a store that is away, is
raised as it is, so that Airflow tries again; what will not pass, such as a missing column, fails at once.

`pip install 'driftline[airflow]'`, or `driftline` into the environment that Airflow has.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from driftline.alerts.sinks.base import open_sink
from driftline.alerts.watch import Watch
from driftline.errors import ConfigError, InputError, MissingExtraError, OutputError, PackError
from driftline.integrations.base_incidents import group_incidents, notify
from driftline.integrations.base_windows import Outcome, as_datetime, check_window, describe, fill_path, find_due
from driftline.monitor import Monitor
from driftline.stores.base import Store, open_store
from driftline.verdicts.result import Result
from driftline.windows import Window, iso

try:
    from airflow.sdk import BaseOperator
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
except ImportError as error:
    raise MissingExtraError("Airflow", "airflow") from error

_ON_ALERT = ("fail", "skip", "pass")
_WILL_NOT_PASS = (ConfigError, InputError, OutputError, PackError, MissingExtraError)


class _DriftlineOperator(BaseOperator):
    """What both operators do around the judging."""

    template_fields: Sequence[str] = ("pack", "rows", "store", "report")

    def __init__(  # noqa: PLR0913 - the parameters of a task
        self, *, pack: str, rows: str, every: str | None = None, delay: str = "", store: str | None = None,
        report: str | None = None, on_alert: str = "fail", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        if on_alert not in _ON_ALERT:
            raise ConfigError(f"on_alert: {on_alert!r}; expected one of {', '.join(_ON_ALERT)}")
        self.pack, self.rows, self.every, self.delay = pack, rows, every, delay
        self.store, self.report, self.on_alert = store, report, on_alert

    def execute(self, context: Any) -> dict[str, Any]:
        """Judge, push the outcome and the path of the report, and act on an alert; gives the outcome."""
        try:
            monitor = Monitor.load(self.pack)
            window = self.find_window(context, monitor)
            with open_store(self.store) if self.store else nullcontext() as store:
                outcome, result = self.judge(monitor, window, store)
            path = self.report and fill_path(self.report, window, monitor.plan.zone)
            if path:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                result.save(path)
        except _WILL_NOT_PASS as error:
            raise AirflowFailException(str(error)) from error  # trying again would change nothing
        told = asdict(outcome) | {"findings": list(outcome.findings), "report": path}
        self.log.info("%s: %s: %s", outcome.window, outcome.level, outcome.headline)
        for name in ("level", "report"):
            context["ti"].xcom_push(key=name, value=told[name])
        if outcome.is_alert and self.on_alert != "pass":
            context["ti"].xcom_push(key="return_value", value=told)  # a task that fails returns nothing
            failure = AirflowFailException if self.on_alert == "fail" else AirflowSkipException
            raise failure(f"alert: {outcome.headline}")
        return told

    def find_window(self, context: Any, monitor: Monitor) -> Window:
        """The data interval of the run; where it has no width, or `every` is named, the newest window before its end.

        Airflow's cron schedules have no width unless `create_cron_data_intervals` is set, and runs that a person
        starts may have no interval at all: then the time at which the run was due counts.
        """
        start, end = context.get("data_interval_start"), context.get("data_interval_end")
        if self.every is None and not self.delay and start is not None and end is not None and start < end:
            return Window.from_datetimes(_plain(start), _plain(end))
        due = _plain(end or context["dag_run"].run_after)
        return find_due(due, self.every or "1d", self.delay, monitor.plan.zone, monitor.plan.config.stream.week_start)

    def judge(self, monitor: Monitor, window: Window, store: Store | None) -> tuple[Outcome, Result]:
        """What came of judging, and the result."""
        raise NotImplementedError


class DriftlineCheckOperator(_DriftlineOperator):
    """Judges the rows of one window: the run's data interval, or the newest one that had ended.

    Args:
        pack: the monitor's pack.
        rows: path of the window's rows; `{start:%Y-%m-%d}` in it stands for its start, and Airflow's templates work.
        every: width of the windows, such as `1d`; by default the width of the data interval, else a day.
        delay: take the window that had ended so long before: `7d` judges last week's rows, once their labels are there.
        store: a URL, such as `postgresql://driftline:${PASSWORD}@host/driftline`.
        report: the file that is written, such as `reports/{start:%Y-%m-%d}.html`; its suffix decides the form.
        on_alert: `fail` the task without another try, `skip` it and what comes after it, or `pass`.
        sinks: who is told of open incidents, such as `alertmanager+http://127.0.0.1:9093`; needs a store.
        kwargs: those of every operator, such as `task_id`.

    XCom has the outcome (`return_value`: model, window, level, headline, rows, run, findings, report), `level` and
    `report`, also where the task fails.

    Raises:
        AirflowFailException: on an alert, or when rows or settings cannot be used.
        AirflowSkipException: on an alert, with `on_alert="skip"`.
        StoreError: when the store is away; Airflow tries again.
    """

    def __init__(self, *, sinks: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if sinks and not self.store:
            raise ConfigError("sinks: incidents are kept in a store; name one with store=…")
        self.sinks = tuple(sinks)

    def judge(self, monitor: Monitor, window: Window, store: Store | None) -> tuple[Outcome, Result]:
        """Judge the window, keep it, and bring the store's incidents up to date."""
        outcome, result = check_window(monitor, self.rows, window, store)
        if store is not None:
            notify(group_incidents(monitor, store, iso(window.start)), [open_sink(url) for url in self.sinks], store)
        return outcome, result


class DriftlineWatchOperator(_DriftlineOperator):
    """Judges all windows up to the run's, in order and with memory: small changes that last are found.

    The parameters are those of `DriftlineCheckOperator` but `sinks`; `rows` is a path, folder or glob of all rows since
    the reference, of which later ones are left out. Windows are a day wide unless `every` says otherwise. The outcome
    and the report are of the last window.
    """

    def judge(self, monitor: Monitor, window: Window, store: Store | None) -> tuple[Outcome, Result]:
        """Judge the windows, and keep each."""
        last, end = None, as_datetime(window.end)
        for watched in Watch(monitor).follow(self.rows, every=self.every or "1d", until=end, store=store):
            last = watched.result
        if last is None:
            raise InputError(f"{self.rows}: has no rows before {iso(window.end)}")
        return describe(last, store), last


def _plain(when: datetime) -> datetime:
    """A time as Python's own datetime; Airflow's counts otherwise."""
    return datetime.fromisoformat(when.isoformat())
