"""Options that several commands share, and what they mean: settings, times, places to write to."""

import getpass
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from driftline.config.load import load_config
from driftline.config.settings import Config
from driftline.data.atomic import check_output
from driftline.errors import ConfigError
from driftline.types import Kind, Role

_COLUMN_OPTIONS = [
    click.option("-c", "--config", type=click.Path(path_type=Path), help="Settings, such as driftline.yaml."),
    click.option("--target", metavar="C", help="Column with the labels (what really happened)."),
    click.option("--prediction", metavar="C", help="Column with the model's prediction."),
    click.option("--score", metavar="C", help="Column with the probability of the positive class."),
    click.option("--timestamp", metavar="C", help="Column with the event time."),
    click.option("--timezone", metavar="ZONE", help="Its time zone, such as Europe/Berlin: days and hours are local."),
    click.option("--id", metavar="C", help="Column with the id of a row."),
    click.option("--query", metavar="C", help="Column with the query whose rows are ranked together."),
    click.option("--lower", metavar="C", help="Column with the lower end of the prediction interval."),
    click.option("--upper", metavar="C", help="Column with the upper end of the prediction interval."),
    click.option(
        "--segment", "segments", metavar="C", multiple=True, help="Judge by each value of C; may be repeated."
    ),
    click.option(
        "--weak-segments", is_flag=True, help="Look for segments in which the model errs more than elsewhere."
    ),
    click.option("--ignore", "ignored", metavar="C", multiple=True, help="Leave column C out; may be repeated."),
    click.option(
        "--only",
        type=click.Choice(["quality", "drift", "performance"]),
        multiple=True,
        help="Judge this alone: quality (with schema), drift or performance; may be repeated.",
    ),
    click.option(
        "--plugin",
        "plugins",
        metavar="MODULE",
        multiple=True,
        help="Module of your own with metrics; it is imported, so its code runs. May be repeated.",
    ),
    click.option(
        "--kind",
        "kinds",
        metavar="C=KIND",
        multiple=True,
        help=f"What the values of C are: {', '.join(Kind)}; may be repeated.",
    ),
]

engine_option = click.option(
    "--engine", metavar="NAME", help="What reads and folds the files: local (the default) or spark."
)

store_option = click.option(
    "--store", "url", default="sqlite:///driftline.db", show_default=True, metavar="URL",
    help="Where the server, or watch --store, keeps results.",
)  # fmt: skip

tokens_option = click.option(
    "--tokens",
    type=click.Path(path_type=Path, dir_okay=False),
    default="driftline-tokens.json",
    show_default=True,
    help="File with the tokens' hashes.",
)


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what the columns are, and `--config`; `read_config` reads them."""
    for option in reversed(_COLUMN_OPTIONS):
        command = option(command)
    return command


def read_config(options: dict[str, Any]) -> Config:
    """The settings that `column_options` give: file < environment < flag.

    Raises:
        ConfigError: when a flag, the file or the environment says something that cannot be.
    """
    flags = {key: value for key, value in options.items() if key not in {"config", "kinds", "ignored", "weak_segments"}}
    flags |= {"weak_segments.search": True} if options.get("weak_segments") else {}
    config = load_config(options["config"], os.environ, flags)
    changes: dict[str, dict[str, str]] = {name: {"role": Role.IGNORED.value} for name in options["ignored"]}
    for name, kind in map(_parse_kind, options["kinds"]):
        changes.setdefault(name, {})["kind"] = kind
    if not changes:
        return config
    columns = {name: column.model_dump(exclude_unset=True) for name, column in config.columns.items()}
    for name, change in changes.items():
        columns[name] = columns.get(name, {}) | change
    settings = config.model_dump(exclude_unset=True) | {"columns": columns, "checks": config.checks}
    return type(config).model_validate(settings)


def _parse_kind(text: str) -> tuple[str, str]:
    """Column and kind of `--kind C=KIND`."""
    name, equals, kind = text.rpartition("=")
    if not equals or kind not in set(Kind):
        raise ConfigError(f"--kind {text}: expected COLUMN=KIND with KIND one of {', '.join(Kind)}")
    return name, kind


def parse_time(text: str | None, option: str) -> datetime | None:
    """The time that an option gives; without an offset it is UTC.

    >>> parse_time("2024-01-31T12:00", "--now")
    datetime.datetime(2024, 1, 31, 12, 0)
    """
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise ConfigError(f"{option} {text}: expected a date or a time such as 2024-01-31T12:00, in UTC") from None


def find_user() -> str:
    """The name of the user, for what people do without `--by`.

    Raises:
        ConfigError: when the system has none.
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container without names of users
        raise ConfigError("nobody knows your user name here; say who you are with --by NAME") from error


def check_outputs(paths: list[Path], *inputs: str) -> None:
    """Refuse, before any work, outputs that cannot be written, that are an input, or that are named twice.

    Raises:
        ConfigError: with the path and what to do.
    """
    taken = {os.path.realpath(name) for name in inputs}
    for path in paths:
        check_output(path)
        place = os.path.realpath(path)
        if place in taken:
            raise ConfigError(f"{path}: is an input, or another output, already; name another file to write")
        taken.add(place)
