"""`driftline check`: two sets of rows in, findings and reports out."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from driftline.cli.monitors import check_rows, open_monitor
from driftline.cli.options import check_outputs, column_options, engine_option, parse_time
from driftline.report.formats.terminal import show
from driftline.report.phrases import visible
from driftline.stores.base import open_store
from driftline.types import Level

_FORMATS = ("html", "json", "markdown", "junit")


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@column_options
@click.option("--html", type=click.Path(path_type=Path), metavar="F", help="Write the report as one HTML page.")
@click.option("--json", type=click.Path(path_type=Path), metavar="F", help="Write the report as JSON.")
@click.option("--markdown", type=click.Path(path_type=Path), metavar="F", help="Write the report as Markdown.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="F", help="Write the verdicts as JUnit XML.")
@click.option("--store", metavar="URL", help="Keep the result, such as in sqlite:///driftline.db.")
@engine_option
@click.option(
    "--now",
    metavar="TIME",
    help="Up to when rows should be there, such as 2024-01-31T12:00; judges how fresh they are.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["alert", "warning"]),
    default="alert",
    show_default=True,
    help="Level from which on the exit code is 1.",
)
@click.option("--ignore", "ignored", metavar="COLUMN", multiple=True, help="Leave COLUMN out; may be repeated.")
@click.option("-q", "--quiet", is_flag=True, help="Print the headline only.")
@click.option("--no-color", is_flag=True, help="Print without colours, as with NO_COLOR in the environment.")
def check(reference: str, current: str, **options: Any) -> None:
    """Compare the rows CUR with the rows REF and print findings.

    Each is a file, a folder or a glob of Parquet, CSV, JSON lines or Arrow files; REF may be a monitor pack made by
    `driftline fit`. No configuration is needed: the schema is inferred from REF and shown.
    """
    fail_on, quiet = Level(options.pop("fail_on")), options.pop("quiet")
    console = Console(highlight=False, soft_wrap=False, no_color=options.pop("no_color") or None)
    outputs = {name: path for name in _FORMATS if (path := options.pop(name)) is not None}
    check_outputs(list(outputs.values()), reference, current)
    url, now, engine = options.pop("store"), parse_time(options.pop("now"), "--now"), options.pop("engine")
    monitor = open_monitor(reference, engine, options)
    url = url or monitor.plan.config.store
    store = open_store(url) if url else None
    try:
        result = check_rows(monitor, current, engine, now=now, store=store)
    finally:
        if store is not None:
            store.close()
    for name, path in outputs.items():
        result.save(path, name)
    if quiet:
        click.echo(visible(result.headline))
    else:
        show(result, console)
        for path in outputs.values():
            console.print(f"wrote {path}")
    sys.exit(1 if result.level.rank >= fail_on.rank else result.exit_code)
