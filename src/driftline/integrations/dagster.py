"""Asset checks for Dagster: judge the rows that an asset has written, or those of one of its partitions.

`pip install 'driftline[dagster]'`, or `driftline` into the environment that Dagster has.
"""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

from driftline.errors import ConfigError, InputError, MissingExtraError, OutputError, PackError
from driftline.integrations.base_incidents import group_incidents
from driftline.integrations.base_windows import check_window, describe, fill_path, has_place
from driftline.monitor import Monitor
from driftline.stores.base import open_store
from driftline.types import Level
from driftline.verdicts.result import Result
from driftline.windows import Window, iso

try:
    import dagster
except ImportError as error:
    raise MissingExtraError("Dagster", "dagster") from error

_MOST_TEXT = 100_000  # characters of the report that is kept as metadata
_WILL_NOT_PASS = (ConfigError, InputError, OutputError, PackError, MissingExtraError)


def driftline_asset_check(  # noqa: PLR0913 - each is a setting of its own
    *, asset: Any, pack: str, rows: str, name: str = "driftline", store: str | None = None, report: str | None = None,
    blocking: bool = False, partitions_def: Any = None,
) -> Any:  # fmt: skip
    """A check of an asset by a monitor: it passes where the rows look like the reference.

    The check passes at level `ok`. It fails with the severity ERROR on an alert, and with WARN on a warning or where
    there is too little data to say. Its metadata has level, window, rows, findings, the id of the run in the store, the
    path of the report, and the report as Markdown, cut at 100,000 characters. A partition that is checked again is
    kept once.

    Args:
        asset: the asset, or its key.
        pack: the monitor's pack.
        rows: path of the asset's rows; `{start:%Y-%m-%d}` in it stands for the start of the partition.
        name: of the check; an asset may have several.
        store: a URL such as `postgresql://driftline:${PASSWORD}@host/driftline`. With partitions, findings that start
            together are one incident there.
        report: the file that is written, such as `reports/{start:%Y-%m-%d}.html`; its suffix decides the form.
        blocking: whether an alert keeps assets downstream from being made in the same run.
        partitions_def: the asset's partitions of time, where it has them: each run then judges the window of its own.

    Raises:
        ConfigError: when a path has a place for a window, and there are no partitions.
        dagster.Failure: by the check, without another try, when rows or settings cannot be used.
    """
    for setting, path in (("rows", rows), ("report", report or "")):
        if has_place(path) and partitions_def is None:
            raise ConfigError(f"{setting}: {path} stands for a window; name the asset's partitions with partitions_def")

    @dagster.asset_check(asset=asset, name=name, blocking=blocking, partitions_def=partitions_def)
    def check(context: dagster.AssetCheckExecutionContext) -> dagster.AssetCheckResult:
        """Compare the rows with the reference of the monitor."""
        span = context.partition_time_window if partitions_def is not None else None
        window = Window.from_datetimes(span.start, span.end) if span else None
        try:
            return _judge(Monitor.load(pack), rows, window, store, report)
        except _WILL_NOT_PASS as error:
            raise dagster.Failure(description=str(error), allow_retries=False) from error

    return check


def _judge(monitor: Monitor, rows: str, window: Window | None, store: str | None, report: str | None) -> Any:
    """Judge the rows, keep the result, and write the report."""
    with open_store(store) if store else nullcontext() as opened:
        if window is None:
            result = monitor.check(rows, store=opened)
        else:
            _, result = check_window(monitor, rows, window, opened)
            if opened is not None:
                group_incidents(monitor, opened, iso(window.start))
        outcome = describe(result, opened)
    path = fill_path(report, window, monitor.plan.zone) if report and window else report
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        result.save(path)
    metadata = {
        "level": outcome.level, "window": outcome.window or None, "rows": outcome.rows, "run": outcome.run,
        "findings": list(outcome.findings), "report": dagster.MetadataValue.md(_markdown(result)),
        "report file": dagster.MetadataValue.path(path) if path else None,
    }  # fmt: skip
    severity = dagster.AssetCheckSeverity.ERROR if outcome.is_alert else dagster.AssetCheckSeverity.WARN
    return dagster.AssetCheckResult(
        passed=outcome.level == Level.OK.value, severity=severity, description=outcome.headline,
        metadata={name: value for name, value in metadata.items() if value is not None},
    )  # fmt: skip


def _markdown(result: Result) -> str:
    """The report as Markdown, within the bound."""
    text = result.render("markdown")
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}\n\n… cut at {_MOST_TEXT:,} characters.\n"
