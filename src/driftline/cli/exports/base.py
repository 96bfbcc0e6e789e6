"""What the exports share.

A new export is one file in `cli/exports/` that holds a click command named like the file, or an entry point in the
group `driftline.exports`; `driftline export NAME` runs it. It writes below the folder that `-o` names, and prints a
line for each file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from driftline.errors import InputError

output_option = click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=".", show_default=True, metavar="DIR",
    help="Where files go.",
)  # fmt: skip


@contextmanager
def make_folder(folder: Path) -> Iterator[Path]:
    """The folder, made where there is none.

    Raises:
        InputError: when it, or what is written in it, cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except OSError as error:
        raise InputError(f"{error.filename or folder}: {error.strerror}; name another folder") from error
