"""`driftline versions`: what a new version of a model does otherwise than the old one."""

import json

import click

from driftline.cli.frames import read_frame
from driftline.models.load import load_model
from driftline.models.versions import compare_versions


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("rows", metavar="ROWS")
@click.option("--target", metavar="C", help="Column with the labels (what really happened).")
@click.option("--feature", "features", multiple=True, metavar="C", help="Column that both are given; may be repeated.")
@click.option("--protected", multiple=True, metavar="C", help="Column whose groups are compared; may be repeated.")
@click.option("--positive", metavar="CLASS", help="The class that is an advantage.")
@click.option("--by", metavar="C", help="Compare performance for each label of C.")
@click.option("--unpickle", is_flag=True, help="Unpickle the models: runs the code that their author put in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def versions(  # noqa: PLR0913, PLR0917 - each is an option
    old: str, new: str, rows: str, target: str | None, features: tuple[str, ...], protected: tuple[str, ...],
    positive: str | None, by: str | None, unpickle: bool, as_json: bool,
) -> None:  # fmt: skip
    """Compare two versions of a model on the same rows.

    OLD and NEW are files .onnx, .pkl or .joblib, or package.module:name of an estimator or function; ROWS are files.
    """
    both = [load_model(one, unpickle=unpickle) for one in (old, new)]
    found = compare_versions(
        both[0], both[1], read_frame(rows), target=target, features=features or None, protected=protected,
        positive=positive, by=by,
    )  # fmt: skip
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else str(found))
