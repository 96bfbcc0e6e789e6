"""`driftline init`: rows of a reference in, a commented driftline.yaml out."""

from pathlib import Path
from typing import Any

import click

from driftline.cli.config_template import Guesses, write_config
from driftline.cli.monitors import fit_monitor
from driftline.cli.options import column_options, read_config
from driftline.config.imports.imported import Imported
from driftline.config.imports.read import read_import
from driftline.data.atomic import write_atomic
from driftline.errors import ConfigError
from driftline.report.phrases import visible


@click.command()
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
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="F",
    help="Take over what another tool wrote: Great Expectations, SageMaker Model Monitor, NannyML or Evidently.",
)
@column_options
def init(reference: str, output: Path, force: bool, source: Path | None, **options: Any) -> None:
    """Write a commented driftline.yaml from the rows REF."""
    if output.exists() and not force:
        raise ConfigError(f"{output}: the file is there already; choose another with -o, or replace it with --force")
    found = Imported() if source is None else read_import(source)
    said = {name: value for name, value in found.settings.items() if not options.get(name)}
    config = read_config(options | said | {"checks": found.checks, "kinds": (*found.kinds, *options["kinds"])})
    monitor = fit_monitor(reference, None, config)
    write_atomic(output, write_config(monitor.columns, config, monitor.suggestions(), Guesses.of(monitor.plan)))
    for each in found.left:
        click.echo(f"Not taken over: {visible(each)}")
    for doubt in monitor.plan.doubts:
        click.echo(f"To decide: {doubt}")
    if monitor.plan.redactions:
        click.echo(visible(monitor.plan.redactions))
    click.echo(f"wrote {output}; use it with: driftline check {reference} CURRENT --config {output}")
