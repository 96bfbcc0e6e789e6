"""`driftline withdraw`: what a model loses if one of its features may no longer be used."""

import json

import click

from driftline.cli.frames import read_frame
from driftline.models.load import load_model
from driftline.models.withdraw import withdraw_features


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("rows", metavar="ROWS")
@click.option("--target", required=True, metavar="C", help="Column with the labels (what really happened).")
@click.option("--feature", "features", multiple=True, metavar="C", help="Column that it is given; may be repeated.")
@click.option("--protected", multiple=True, metavar="C", help="Column whose groups are compared; may be repeated.")
@click.option("--positive", metavar="CLASS", help="The class that is an advantage.")
@click.option("--refit", is_flag=True, help="Fit it anew without each feature; else it is asked as it is.")
@click.option("--unpickle", is_flag=True, help="Unpickle the model: runs the code that its author put in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def withdraw(  # noqa: PLR0913, PLR0917 - each is an option
    model: str, rows: str, target: str, features: tuple[str, ...], protected: tuple[str, ...], positive: str | None,
    refit: bool, unpickle: bool, as_json: bool,
) -> None:  # fmt: skip
    """Show what a model loses without each of its features.

    MODEL is a file .onnx, .pkl or .joblib, or package.module:name of an estimator or function; ROWS are files.
    """
    found = withdraw_features(
        load_model(model, unpickle=unpickle), read_frame(rows), target=target, features=features or None,
        protected=protected, positive=positive, refit=refit,
    )  # fmt: skip
    click.echo(json.dumps(found.to_dict(), indent=2) if as_json else str(found))
