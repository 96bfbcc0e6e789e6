"""`driftline check`: two sets of rows in, findings and reports out."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from driftline.cli.monitors import check_rows, open_monitor
from driftline.cli.options import check_outputs, column_options, engine_option, parse_time
from driftline.report.formats.terminal import show
from driftline.stores.base import open_store

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
def check(reference: str, current: str, **options: Any) -> None:
    """Compare the rows CUR with the rows REF and print findings.

    Each is a file, a folder or a glob of Parquet, CSV, JSON lines or Arrow files; REF may be a monitor pack made by
    `driftline fit`. No configuration is needed: the schema is inferred from REF and shown.
    """
    console = Console(highlight=False, soft_wrap=False)
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
    show(result, console)
    for path in outputs.values():
        console.print(f"wrote {path}")
    sys.exit(result.exit_code)
