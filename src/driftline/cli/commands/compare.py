"""`driftline compare`: whether the model that serves is still the best, by the answers that were logged."""

import json

import click

from driftline.cli.frames import read_frame
from driftline.models.compare import compare_models


@click.command()
@click.argument("rows", metavar="ROWS")
@click.option("--target", required=True, metavar="C", help="Column with the labels (what really happened).")
@click.option("--champion", required=True, metavar="C", help="Column with the answers of the model that serves.")
@click.option("--challenger", "challengers", multiple=True, metavar="C", help="Column of another; may be repeated.")
@click.option("--reference", metavar="REF", help="Rows on which the simplest answer is found.")
@click.option("--by", metavar="C", help="Repeat it for each label of C.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def compare(  # noqa: PLR0913, PLR0917 - each is an option
    rows: str, target: str, champion: str, challengers: tuple[str, ...], reference: str | None, by: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Compare the answers of several models for the same rows.

    ROWS are files with the labels and a column of each model's answers.
    """
    past = None if reference is None else read_frame(reference)
    found = compare_models(
        read_frame(rows), target=target, champion=champion, challengers=challengers, reference=past, by=by
    )
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else str(found))
