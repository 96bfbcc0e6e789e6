"""`driftline doctor`: what is installed, what can be reached and written, and what to do where something cannot."""

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from tempfile import TemporaryFile

import click

from driftline.cli.stores import find_file
from driftline.config.url import hide_secrets
from driftline.errors import DriftlineError
from driftline.profiles.loops import compiled
from driftline.server.logs.base import open_log
from driftline.stores.base import open_store

_REQUIREMENT = re.compile(r"""(?P<name>[\w.-]+)[^;]*(?:;.*extra == ['"](?P<extra>[^'"]+))?""")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether it is well, and what was seen."""

    name: str
    well: bool
    text: str


@click.command()
@click.option("--store", metavar="URL", help="A store to open.")
@click.option("--log", metavar="URL", help="A log of a server to open.")
@click.option("--state", type=click.Path(path_type=Path), metavar="DIR", help="A folder that is to be written to.")
@click.option("--compile", "compiles", is_flag=True, help="Compile the loops of large folds (with driftline[fast]).")
@click.pass_context
def doctor(ctx: click.Context, store: str | None, log: str | None, state: Path | None, *, compiles: bool) -> None:
    """Say what is installed, and whether stores and folders can be used. Exits with 1 where one cannot.

    Nothing secret is shown, so that the output can be put into a report of a fault.
    """
    click.echo(f"driftline {version('driftline')}, Python {platform.python_version()}, {_describe_machine()}")
    installed, missing = split_extras()
    click.echo(f"with {', '.join(f'{name} {number}' for name, number in core_versions().items())}")
    click.echo(f"extras that are there: {', '.join(installed) or 'none'}")
    for extra, packages in missing.items():
        click.echo(f"  not {extra}: {', '.join(packages)} missing; pip install 'driftline[{extra}]'")
    if compiles:
        click.echo(f"compiled loops are kept in {compiled.compile_loops()}")
    click.echo(f"numbers are folded {compiled.describe()}")
    checks = list(_look(store, log, state))
    for check in checks:
        click.echo(f"{'✓' if check.well else '✗'} {check.name}: {check.text}")
    ctx.exit(0 if all(check.well for check in checks) else 1)


def core_versions() -> dict[str, str]:
    """The version of each package that Driftline cannot do without, by name.

    >>> "polars" in core_versions()
    True
    """
    return {name: version(name) for name in _packages().get("", [])}


def split_extras() -> tuple[list[str], dict[str, list[str]]]:
    """The extras that are installed as a whole, and of the others the packages that they lack."""
    missing = {
        extra: lacking
        for extra, names in _packages().items()
        if extra and (lacking := [name for name in names if not _is_installed(name)])
    }
    return sorted(set(_packages()) - {""} - missing.keys()), missing


def _packages() -> dict[str, list[str]]:
    """The packages that Driftline asks for, by extra; those that it cannot do without under no name."""
    found: dict[str, list[str]] = {}
    for text in requires("driftline") or ():
        if parts := _REQUIREMENT.match(text):
            found.setdefault(parts["extra"] or "", []).append(parts["name"])
    return found


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _describe_machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"


def _look(store: str | None, log: str | None, state: Path | None) -> Iterator[Check]:
    for name, url, open_ in (("store", store, open_store), ("log", log, open_log)):
        if url is None:
            continue
        if (file := find_file(url)) and not file.exists():  # opening it would make it
            yield _try_folder(name, file.parent, f"{file} is not there yet; ")
            continue
        try:
            open_(url).close()
        except DriftlineError as error:
            yield Check(name, False, str(error))
        else:
            yield Check(name, True, f"{hide_secrets(url)} can be used")
    if state is not None:
        folder = next(each for each in (state, *state.absolute().parents) if each.exists())
        yield _try_folder("state", folder)


def _try_folder(name: str, folder: Path, before: str = "") -> Check:
    """Whether a file can be made in a folder; it is gone at once."""
    try:
        with TemporaryFile(dir=folder):
            return Check(name, True, f"{before}{folder} can be written to")
    except OSError as error:
        return Check(name, False, f"{before}{folder} cannot be written to: {error.strerror}; name another folder")
