"""`driftline check`: two sets of rows in, findings and reports out."""

import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from driftline.cli.monitors import check_rows, open_monitor
from driftline.cli.options import check_outputs, column_options, engine_option, parse_time
from driftline.errors import ConfigError
from driftline.report.formats.terminal import show
from driftline.report.phrases import visible
from driftline.stores.base import open_store
from driftline.types import Level
from driftline.verdicts.result import Result, form_of

_FORMATS = ("html", "json", "markdown", "junit")
_PRINTED = Path("-")


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("current", metavar="CUR")
@column_options
@click.option(
    "-o",
    "--output",
    "files",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="F",
    help="Write the report to F, in the form that its ending names: .html, .json, .md or .xml; may be repeated.",
)
@click.option("--html", type=click.Path(path_type=Path), metavar="F", help="Write the report as one HTML page.")
@click.option("--json", type=click.Path(path_type=Path), metavar="F", help="Write the report as JSON; - prints it.")
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
@click.option("-q", "--quiet", is_flag=True, help="Print the headline only.")
@click.option(
    "--details", is_flag=True, help="Print everything: each harmless change, a table of columns, all metrics."
)
@click.option("--no-color", is_flag=True, help="Print without colours, as with NO_COLOR in the environment.")
def check(reference: str, current: str, **options: Any) -> None:
    """Compare the rows CUR with the rows REF and print findings.

    Each is a file, a folder or a glob of Parquet, CSV, JSON lines or Arrow files; REF may be a monitor pack made by
    `driftline fit`. No configuration is needed: the schema is inferred from REF and shown. A report that is written to
    `-` is all that is printed.
    """
    started = time.perf_counter()
    fail_on, quiet, details = Level(options.pop("fail_on")), options.pop("quiet"), options.pop("details")
    console = Console(highlight=False, soft_wrap=False, no_color=options.pop("no_color") or None)
    outputs = _list_outputs(options)
    check_outputs([path for _, path in outputs if path != _PRINTED], reference, current)
    url, now, engine = options.pop("store"), parse_time(options.pop("now"), "--now"), options.pop("engine")
    monitor = open_monitor(reference, engine, options)
    url = url or monitor.plan.config.store
    store = open_store(url) if url else None
    try:
        result = check_rows(monitor, current, engine, now=now, store=store, started=started)
    finally:
        if store is not None:
            store.close()
    for form, path in outputs:
        if path == _PRINTED:
            click.echo(result.render(form), nl=False)
        else:
            result.save(path, form)
    if _PRINTED not in {path for _, path in outputs}:
        _print(result, outputs, console, quiet=quiet, details=details)
    sys.exit(1 if result.level.rank >= fail_on.rank else result.exit_code)


def _list_outputs(options: dict[str, Any]) -> list[tuple[str, Path]]:
    """Form and path of each report that is asked for; the options are taken out.

    Raises:
        ConfigError: when no form has the ending of a path, or two reports are to be printed.
    """
    outputs = [(form, path) for form in _FORMATS if (path := options.pop(form)) is not None]
    outputs += [(form_of(path), path) for path in options.pop("files")]
    if sum(path == _PRINTED for _, path in outputs) > 1:
        raise ConfigError("only one report can be printed; write the others to files")
    return outputs


def _print(result: Result, outputs: list[tuple[str, Path]], console: Console, *, quiet: bool, details: bool) -> None:
    """Print the result for people, and which files were written."""
    if quiet:
        click.echo(visible(result.headline))
        return
    show(result, console, details=details)
    for _, path in outputs:
        console.print(f"wrote {path}")
