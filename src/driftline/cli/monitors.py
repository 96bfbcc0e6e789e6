"""Fits, loads and runs a monitor for a command, with progress on the terminal."""

from pathlib import Path
from typing import Any

from driftline.cli.options import read_config
from driftline.cli.progress import Progress
from driftline.config.settings import Config
from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.profiles.engines.base import open_source
from driftline.stores import pack
from driftline.verdicts.result import Result

_FLAGS = {"segments": "segment", "kinds": "kind", "ignored": "ignore", "weak_segments": "weak-segments"}
"""Flags that are called otherwise than their options."""


def open_monitor(reference: str, engine: str | None, options: dict[str, Any], *, every: str | None = None) -> Monitor:
    """The monitor of REF: loaded where REF is a pack, else fitted on its rows.

    Args:
        reference: path of a pack, or files of rows.
        engine: name of the engine that folds the rows.
        options: what `column_options` gave.
        every: width of the windows that will be judged, which a reference of rows is fitted for.

    Raises:
        ConfigError: when columns or settings are named beside a pack, which has frozen ones.
    """
    if not pack.is_pack(Path(reference)):
        widths = {} if every is None else {"stream.every": every, "stream.length": every}
        return fit_monitor(reference, engine, read_config(options | widths))
    plugins = options.pop("plugins")
    if named := [_FLAGS.get(name, name) for name, value in options.items() if value]:
        raise ConfigError(
            f"{reference} is a monitor pack, whose columns and settings are frozen: leave out "
            f"{', '.join('--' + name for name in named)}, or make the pack again with driftline fit"
        )
    return Monitor.load(reference, plugins=plugins)


def fit_monitor(reference: str, engine: str | None, config: Config) -> Monitor:
    """Fit a monitor on the files of a reference."""
    with Progress() as progress:
        progress.stage("opening reference")
        source = open_source(reference, engine or config.engine or "local")
        stages = "reading reference", "profiling reference", "learning what is usual"
        return Monitor.fit(progress.watch(source, *stages), config, engine=engine)


def check_rows(monitor: Monitor, current: str, engine: str | None, **options: Any) -> Result:
    """Check files of current rows; the options are those of `Monitor.check`."""
    with Progress() as progress:
        progress.stage("opening current rows")
        source = open_source(current, engine or monitor.plan.config.engine or "local")
        return monitor.check(progress.watch(source, "profiling current rows", "judging"), engine=engine, **options)
