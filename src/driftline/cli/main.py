"""The terminal: `driftline check`, `watch`, `explain`, `fit`, `init`, `history`, `metrics`, `schema`, `demo`."""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from driftline.cli import db
from driftline.cli import export as integrations
from driftline.cli import serve as server
from driftline.errors import ConfigError, DriftlineError
from driftline.types import Kind

FORMS = ("html", "json", "markdown", "junit")
NEVER_RAN = 2


class _Commands(click.Group):
    """Tells what went wrong in a sentence and exits with 2; a traceback is left for what is a bug."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DriftlineError as error:
            click.echo(f"driftline: {error}", err=True)
        except OSError as error:
            click.echo(f"driftline: {error.filename or 'the system'}: {error.strerror or error}", err=True)
        except KeyboardInterrupt:
            click.echo("driftline: stopped; no report was written", err=True)
        return ctx.exit(NEVER_RAN)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="driftline")
def main() -> None:
    """Watches machine-learning models in production.

    Exit codes: 0 ok, 1 alert, 2 could not run, 3 not enough data.
    """


def _settings(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what the columns are."""
    options = [
        click.option("-c", "--config", type=click.Path(path_type=Path), help="Settings, such as driftline.yaml."),
        click.option("--target", metavar="C", help="Column with the truth."),
        click.option("--prediction", metavar="C", help="Column with the model's answer."),
        click.option("--score", metavar="C", help="Column with the probability of the positive class."),
        click.option("--timestamp", metavar="C", help="Column with the event time."),
        click.option("--id", metavar="C", help="Column that names a row."),
        click.option("--query", metavar="C", help="Column that names the query whose rows are ranked together."),
        click.option("--lower", metavar="C", help="Column with the lower end of the prediction interval."),
        click.option("--upper", metavar="C", help="Column with the upper end of the prediction interval."),
        click.option(
            "--segment", "segments", metavar="C", multiple=True, help="Judge by each value of C; may be repeated."
        ),
        click.option(
            "--plugin",
            "plugins",
            metavar="MODULE",
            multiple=True,
            help="Module of your own with metrics; it is imported, so its code runs. May be repeated.",
        ),
        click.option(
            "--kind",
            "kinds",
            metavar="C=KIND",
            multiple=True,
            help=f"What the values of C are: {', '.join(Kind)}; may be repeated.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


_engine = click.option("--engine", metavar="NAME", help="What reads and folds the files: local (the default) or spark.")


def _flags(options: dict[str, Any]) -> dict[str, Any]:
    flags = {key: value for key, value in options.items() if key not in {"config", "kinds"}}
    for said in options["kinds"]:
        name, equals, kind = said.rpartition("=")
        if not equals or kind not in set(Kind):
            raise ConfigError(f"--kind {said}: expected COLUMN=KIND with KIND one of {', '.join(Kind)}")
        flags.setdefault("columns", {})[name] = {"kind": kind}
    return flags


def _config(options: dict[str, Any]) -> Any:
    from driftline.config.load import load_config  # noqa: PLC0415 - each command imports what it needs: quick help

    flags = _flags(options)
    columns = flags.pop("columns", None)
    config = load_config(options["config"], os.environ, flags)
    if columns:
        merged = {name: part.model_dump(exclude_unset=True) for name, part in config.columns.items()}
        for name, part in columns.items():
            merged[name] = merged.get(name, {}) | part
        said = config.model_dump(exclude_unset=True) | {"columns": merged, "checks": config.checks}
        config = type(config).model_validate(said)
    return config


@main.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@_settings
@click.option("--html", type=click.Path(path_type=Path), metavar="F", help="Write the report as one HTML page.")
@click.option("--json", type=click.Path(path_type=Path), metavar="F", help="Write the report as JSON.")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="F", help="Write the report as Markdown.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="F", help="Write the verdicts as JUnit XML.")
@click.option("--store", metavar="URL", help="Keep the result, such as in sqlite:///driftline.db.")
@_engine
@click.option(
    "--now",
    metavar="TIME",
    help="Up to when rows should be there, such as 2024-01-31T12:00; judges how fresh they are.",
)
def check(reference: str, current: str, **options: Any) -> None:
    """Judge the rows CUR against the rows REF.

    Each is a file, a folder or a glob of Parquet, CSV, JSON lines or Arrow files; REF may be a monitor pack made by
    `driftline fit`. No configuration is needed: the schema is inferred from REF and shown.
    """
    from driftline.report.formats.terminal import show  # noqa: PLC0415
    from driftline.stores.base import open_store  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=False)
    forms = {form: options.pop(form) for form in FORMS}
    _check_places([path for path in forms.values() if path is not None], reference, current)
    url, now, engine = options.pop("store"), _time(options.pop("now")), options.pop("engine")
    monitor = _monitor(reference, engine, options)
    kept = open_store(url or monitor.plan.config.store) if url or monitor.plan.config.store else None
    try:
        result = _checked(monitor, current, engine, now=now, store=kept)
    finally:
        if kept is not None:
            kept.close()
    for form, path in forms.items():
        if path is not None:
            result.save(path, form)
    show(result, console)
    for path in filter(None, forms.values()):
        console.print(f"wrote {path}")
    sys.exit(result.exit_code)


def _time(said: str | None, option: str = "--now") -> datetime | None:
    """The time that an option says; without an offset it is UTC."""
    try:
        return datetime.fromisoformat(said) if said else None
    except ValueError:
        raise ConfigError(f"{option} {said}: expected a date or a time such as 2024-01-31T12:00, in UTC") from None


def _check_places(paths: list[Path], *inputs: str) -> None:
    """Refuse, before any work, to write where that cannot be, over an input, or twice to one place."""
    from driftline.data.atomic import check_output  # noqa: PLC0415

    taken = {os.path.realpath(name) for name in inputs}
    for path in paths:
        check_output(path)
        place = os.path.realpath(path)
        if place in taken:
            raise ConfigError(f"{path}: is an input, or another output, already; name another file to write")
        taken.add(place)


def _monitor(reference: str, engine: str | None, options: dict[str, Any]) -> Any:
    from driftline.monitor import Monitor  # noqa: PLC0415
    from driftline.stores import pack  # noqa: PLC0415

    if pack.is_pack(Path(reference)):
        plugins = options.pop("plugins")
        if said := [name for name, value in options.items() if value]:
            raise ConfigError(
                f"{reference} is a monitor pack, whose columns and settings are frozen: leave out "
                f"{', '.join('--' + name for name in said)}, or make the pack again with driftline fit"
            )
        return Monitor.load(reference, plugins=plugins)
    return _fitted(reference, engine, _config(options))


def _fitted(reference: str, engine: str | None, config: Any) -> Any:
    from driftline.cli.progress import Progress  # noqa: PLC0415
    from driftline.monitor import Monitor  # noqa: PLC0415
    from driftline.profiles.engines.base import open_source  # noqa: PLC0415

    with Progress() as progress:
        progress.stage("opening reference")
        source = open_source(reference, engine or config.engine or "local")
        stages = "reading reference", "profiling reference", "learning what is usual"
        return Monitor.fit(progress.watch(source, *stages), config, engine=engine)


def _checked(monitor: Any, current: str, engine: str | None, **options: Any) -> Any:
    from driftline.cli.progress import Progress  # noqa: PLC0415
    from driftline.profiles.engines.base import open_source  # noqa: PLC0415

    with Progress() as progress:
        progress.stage("opening current rows")
        source = open_source(current, engine or monitor.plan.config.engine or "local")
        return monitor.check(progress.watch(source, "profiling current rows", "judging"), engine=engine, **options)


@main.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@_settings
@click.option("--every", default="1d", show_default=True, metavar="WIDTH", help="Width of the windows: 1h, 1d, 1w …")
@click.option("--until", metavar="TIME", help="Up to when rows should be there; else up to the last row.")
@click.option("--store", metavar="URL", help="Keep all results, such as in sqlite:///driftline.db.")
@_engine
def watch(reference: str, current: str, every: str, until: str | None, store: str | None, **options: Any) -> None:
    """Judge the rows CUR window by window against the rows REF, with memory: each trouble is told once.

    REF may be a monitor pack. Exit codes: 0 no incident, 1 at least one, 2 could not run.
    """
    from driftline.alerts.watch import Watch  # noqa: PLC0415
    from driftline.cli.commands.watch_lines import told  # noqa: PLC0415
    from driftline.stores.base import open_store  # noqa: PLC0415

    engine, end = options.pop("engine"), _time(until, "--until")
    monitor = _monitor(reference, engine, options)
    kept = open_store(url) if (url := store or monitor.plan.config.store) else None
    try:
        outcomes = Watch(monitor).over(current, every=every, until=end, store=kept)
    finally:
        if kept is not None:
            kept.close()
    sys.exit(told(outcomes, Console(highlight=False)))


@main.command()
@click.argument("reference", metavar="REF")
@_settings
@_engine
def explain(reference: str, engine: str | None, **options: Any) -> None:
    """Say what is judged against the rows REF, or a pack, and how many false alerts are to be expected."""
    from driftline.cli.explanation import explained  # noqa: PLC0415

    for line in explained(_monitor(reference, engine, options)):
        click.echo(line)


@main.command()
@click.argument("reference", metavar="REF")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="PACK", help="Where to write the pack."
)
@_engine
@_settings
def fit(reference: str, output: Path, engine: str | None, **options: Any) -> None:
    """Freeze a monitor pack of the rows REF: plan and profiles, no raw rows."""
    from driftline.report.formats.terminal import show_schema  # noqa: PLC0415

    console = Console(highlight=False)
    _check_places([output], reference)
    monitor = _fitted(reference, engine, _config(options))
    monitor.save(output)
    show_schema(monitor.columns, console)
    console.print(
        f"wrote {output}: {monitor.reference.dataset.rows:,} rows, plan {monitor.plan.fingerprint}, "
        f"{output.stat().st_size:,} bytes"
    )
    console.print(f"Next: driftline check {output} CURRENT", style="dim")


@main.command()
@click.argument("reference", metavar="REF")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default="driftline.yaml",
    show_default=True,
    metavar="F",
    help="Where to write it.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@_settings
def init(reference: str, output: Path, force: bool, **options: Any) -> None:
    """Write a commented driftline.yaml from the rows REF."""
    from driftline.cli.config_template import write_config  # noqa: PLC0415
    from driftline.data.atomic import write_atomic  # noqa: PLC0415

    if output.exists() and not force:
        raise ConfigError(f"{output}: the file is there already; choose another with -o, or replace it with --force")
    config = _config(options)
    monitor = _fitted(reference, None, config)
    write_atomic(output, write_config(monitor.columns, config, monitor.suggestions()))
    click.echo(f"wrote {output}; use it with: driftline check {reference} CURRENT --config {output}")


@main.command()
@click.option(
    "--store", "url", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="Where results are kept."
)
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs to show.")
def history(url: str, model: str | None, limit: int) -> None:
    """List the checks that a store keeps, the newest first."""
    from driftline.report.formats.terminal import STYLES  # noqa: PLC0415
    from driftline.stores.base import open_store  # noqa: PLC0415

    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        raise ConfigError(f"{url}: no such store; make one with: driftline check REF CUR --store {url}")
    with open_store(url) as store:
        runs = store.runs(model, limit)
    table = Table(box=None, pad_edge=False)
    for name in ("when (UTC)", "model", "level", "rows", "outcome"):
        table.add_column(
            name, overflow="fold", justify="right" if name == "rows" else "left", no_wrap=name != "outcome"
        )
    for run in runs:
        level = f"[{STYLES[run.level]}]{run.level.value}[/]"
        table.add_row(run.created[:16].replace("T", " "), run.model, level, f"{run.current_rows:,}", run.headline)
    console = Console(highlight=False)
    console.print(table if runs else "no checks yet")


@main.command()
@click.argument("name", required=False)
@click.option("--plugin", "plugins", metavar="MODULE", multiple=True, help="Module of your own with metrics.")
def metrics(name: str | None, plugins: tuple[str, ...]) -> None:
    """List every metric with its facts, or show all that is known of the metric NAME."""
    from driftline import registry  # noqa: PLC0415
    from driftline.cli.metric_tables import described, listed  # noqa: PLC0415

    for plugin in plugins:
        registry.load(plugin)
    console = Console(highlight=False)
    if name is not None:
        click.echo(described(registry.find("metrics", name)))
        return
    rows = [listed(metric) for metric in registry.every("metrics").values()]
    table = Table(box=None, pad_edge=False)
    for head in rows[0]:
        table.add_column(head, no_wrap=True)
    for row in sorted(rows, key=lambda row: (row["family"], row["metric"])):
        table.add_row(*row.values())
    Console(highlight=False, width=max(console.width, 240)).print(table)


@main.command()
def schema() -> None:
    """Print the JSON Schema of driftline.yaml."""
    from driftline.config.settings import json_schema  # noqa: PLC0415

    click.echo(json.dumps(json_schema(), indent=2))


@main.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Real green-taxi months (green_tripdata_YYYY-MM.parquet).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default="demo-out",
    show_default=True,
    metavar="DIR",
    help="Where reports go.",
)
@click.option("--seed", type=int, default=2022, show_default=True, help="Of the simulated trips.")
def demo(data: Path | None, out: Path, seed: int) -> None:
    """Tell the taxi story: train, serve, break some days, find them."""
    from driftline.cli.demo.story import run  # noqa: PLC0415

    sys.exit(run(out, data, seed, Console(highlight=False)))


for _command in (server.serve, server.token, db.db, integrations.export):
    main.add_command(_command)

if __name__ == "__main__":
    main()
