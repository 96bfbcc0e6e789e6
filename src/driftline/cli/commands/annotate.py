"""`driftline annotate`: puts an event on the time line of a model."""

from datetime import UTC, datetime

import click

from driftline.cli.options import find_user, parse_time, store_option
from driftline.cli.stores import open_existing_store
from driftline.report import phrases
from driftline.stores.events import make_event


@click.command()
@click.argument("model")
@click.argument("text")
@store_option
@click.option("--at", metavar="TIME", help="When it happened, in UTC unless it has an offset; by default now.")
@click.option("--kind", default="note", show_default=True, metavar="WORD", help="Such as deployment, outage or note.")
@click.option("--by", metavar="NAME", help="Who says so; your user name by default.")
def annotate(model: str, text: str, url: str, at: str | None, kind: str, by: str | None) -> None:
    """Put an event on the time line of MODEL.

    Such as a deployment, an outage or a note. The same event once more changes nothing. A server takes events too: POST
    /v1/models/MODEL/events.
    """
    event = make_event(model, text, parse_time(at, "--at") or datetime.now(UTC), kind, by or find_user())
    with open_existing_store(url) as store:
        new = store.save_events([event])
    click.echo(f"{event.at} {phrases.visible(f'{kind}: {text}')}{'' if new else ' (known already)'}")
