"""`driftline serve`: rows in over HTTP and feeds, judged window by window."""

from pathlib import Path
from typing import Any

import click

from driftline.cli.options import tokens_option
from driftline.cli.ports import check_port
from driftline.data.payload import Limits
from driftline.server import run

_MIB = 1 << 20


@click.command()
@click.argument("packs", metavar="PACK...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--log", default="sqlite:///driftline-log.db", show_default=True, metavar="URL", help="Where rows are kept."
)
@click.option(
    "--store", default="sqlite:///driftline.db", show_default=True, metavar="URL", help="Where results are kept."
)
@click.option(
    "--state", default="driftline-state", show_default=True, type=click.Path(path_type=Path, file_okay=False),
    help="Folder for what the server remembers.",
)  # fmt: skip
@click.option(
    "--feed", "feeds", metavar="URL", multiple=True, envvar="DRIFTLINE_FEEDS",
    help="Broker, folder or table that rows come from too; may be repeated.",
)  # fmt: skip
@click.option(
    "--sink", "sinks", metavar="URL", multiple=True, envvar="DRIFTLINE_SINKS",
    help="Where incidents are sent; may be repeated.",
)  # fmt: skip
@click.option(
    "--quiet", metavar="HOURS", help="Hours without notifications below alert, such as 22:00-07:00 Europe/Berlin."
)
@click.option(
    "--public-url", metavar="URL", envvar="DRIFTLINE_PUBLIC_URL",
    help="Address by which people reach this server, such as https://drift.example.org: notifications link to it.",
)  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; others need tokens.")
@click.option(
    "--port", default=8600, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@tokens_option
@click.option("--body", default=16, show_default=True, type=click.IntRange(1, 1024), help="MiB that a body may have.")
@click.option("--rows", default=100_000, show_default=True, type=click.IntRange(1), help="Rows that a batch may have.")
@click.option(
    "--rate", default=5000.0, show_default=True, type=click.FloatRange(1), help="Requests a second per token."
)
@click.option("--plugin", "plugins", metavar="MODULE", multiple=True, help="Module of your own that a pack names.")
def serve(packs: tuple[Path, ...], plugins: tuple[str, ...], **options: Any) -> None:
    """Take in predictions and labels over HTTP, and monitor them.

    Each PACK is a model, served under its name (model.name). An answer of 200 means that the rows are on disk. Windows
    are judged as they close, and again when labels arrive; /metrics is for Prometheus.
    """
    check_port(options["host"], options["port"])
    body, rows = options.pop("body") * _MIB, options.pop("rows")
    limits = Limits(body=body, unpacked=4 * body, rows=rows)
    settings = run.Settings(limits=limits, **options)
    run.serve(run.load_monitors(packs, plugins), settings, lambda url: click.echo(f"Driftline listens on {url}"))
