"""`driftline report`: the report of a window that a store keeps."""

from pathlib import Path

import click

from driftline.cli.options import check_outputs
from driftline.cli.stores import open_existing_store
from driftline.errors import ConfigError, UnknownRecordError
from driftline.stores.base import Store
from driftline.stores.records import Run
from driftline.stores.results import load_result
from driftline.verdicts.result import form_of


@click.command()
@click.option(
    "--store", "url", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="Where results are kept."
)
@click.option("--model", metavar="NAME", help="Which model; may be left out where the store has one.")
@click.option("--window", metavar="TIME", help="A time in the window, or its start, in UTC; the newest by default.")
@click.option("--run", "run_id", metavar="ID", help="The run, by its id, instead of model and window.")
@click.option(
    "-o", "--output", "files", type=click.Path(path_type=Path), multiple=True, metavar="F",
    help="Write the report to F, in the form of its ending; may be repeated.",
)  # fmt: skip
@click.option("--html", type=click.Path(path_type=Path), metavar="F", help="Write the report as one HTML page.")
@click.option("--json", type=click.Path(path_type=Path), metavar="F", help="Write the report as JSON.")
def report(
    url: str, model: str | None, window: str | None, run_id: str | None, files: tuple[Path, ...], **options: Path
) -> None:
    """Show or write the report of a window that a store keeps.

    It has the verdicts as they were, and the charts as far as the store has the profiles of the window.
    """
    outputs = [(form, path) for form, path in options.items() if path is not None]
    outputs += [(form_of(path), path) for path in files]
    check_outputs([path for _, path in outputs])
    with open_existing_store(url) as store:
        result = load_result(store, run_id or find_run(store, model, window).run_id)
    for form, path in outputs:
        result.save(path, form)
        click.echo(f"wrote {path}")
    if not outputs:
        click.echo(result.render("terminal"), nl=False)


def find_run(store: Store, model: str | None, window: str | None) -> Run:
    """The newest run of the window that a time lies in; of the newest window where none is named.

    Raises:
        ConfigError: when the store has several models, and none is named.
        UnknownRecordError: when there is no such window.
    """
    if model is None:
        known = [run.model for run in store.latest_runs()]
        if len(known) != 1:
            raise ConfigError(
                f"--model: the store has {len(known)} models; name one: {', '.join(known[:20]) or 'none yet'}"
            )
        (model,) = known
    until = None if window is None else f"{window.split('/')[0]}~"  # after each time that begins like it
    found = store.windows(model, 1, until=until)
    if not found:
        raise UnknownRecordError(
            f"no window of model {model!r}{f' at {window}' if window else ''}; see: driftline history"
        )
    return found[0]
