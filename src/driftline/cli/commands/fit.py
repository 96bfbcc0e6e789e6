"""`driftline fit`: rows of a reference in, a monitor pack out."""

from pathlib import Path
from typing import Any

import click
from rich.console import Console

from driftline.cli.monitors import fit_monitor
from driftline.cli.options import check_outputs, column_options, engine_option, read_config
from driftline.report.formats.terminal import show_schema
from driftline.report.phrases import visible
from driftline.verdicts.baseline import describe_changes


@click.command()
@click.argument("reference", metavar="REF")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="PACK", help="Where to write the pack."
)
@engine_option
@column_options
def fit(reference: str, output: Path, engine: str | None, **options: Any) -> None:
    """Freeze a monitor pack of the rows REF, without raw rows.

    A pack holds the plan (schema, bin edges, settings) and the profiles of the reference.
    """
    console = Console(highlight=False)
    check_outputs([output], reference)
    monitor = fit_monitor(reference, engine, read_config(options))
    monitor.save(output)
    show_schema(monitor.columns, console)
    console.print(
        f"wrote {output}: {monitor.reference.dataset.rows:,} rows, plan {monitor.plan.fingerprint}, "
        f"{output.stat().st_size:,} bytes"
    )
    if monitor.plan.redactions:
        console.print(visible(monitor.plan.redactions), soft_wrap=True, markup=False)
    for note in describe_changes(monitor.reference.baseline.changes):
        console.print(visible(note), style="yellow", soft_wrap=True, markup=False)
    console.print(f"Next: driftline check {output} CURRENT", style="dim")
