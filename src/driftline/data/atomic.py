"""Writes an output file completely or not at all; writes through devices, pipes and links.

A regular file is replaced: the content goes to a new file beside it, which is flushed to the disk and then renamed.
A device, a pipe and an open descriptor (`/dev/stdout`, `/dev/fd/3`) are written in place. Where the path is a link,
the file that it leads to is written and the link stays.
"""

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from driftline.errors import OutputError

_DESCRIPTOR = re.compile(r"(?:/proc/(?:self|\d+)|/dev)/fd/(\d+)")
_MOST_LINKS = 40


def write_atomic(path: str | Path, content: str | bytes, *, mode: int | None = None) -> Path:
    """Write a file completely or not at all; returns its path.

    Args:
        path: of the file; folders that are missing are made.
        content: bytes, or text that is written as UTF-8.
        mode: permissions of the file, such as 0o600. By default a file that is replaced keeps its own, and a new one
            gets what the process's umask leaves of 0o666.

    Raises:
        OutputError: names the file and says why it cannot be written; the old file is then as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomic(f"{folder}/new/report.txt", "fine").read_text()
    'fine'
    """
    with open_atomic(path, mode=mode) as file:
        file.write(content.encode() if isinstance(content, str) else content)
    return Path(path)


@contextmanager
def open_atomic(path: str | Path, *, mode: int | None = None) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` when the block ends without an error.

    Raises:
        OutputError: as `write_atomic` does.
    """
    path = Path(path)
    try:
        target = _target(path)
        if isinstance(target, int) or _is_special(target):
            with _open_in_place(target) as file:
                yield file
            return
        if target.is_dir():
            raise OutputError(f"{path}: cannot be written: it is a folder; name a file in it")
        target.parent.mkdir(parents=True, exist_ok=True)
        with _open_beside(target, mode) as file:
            yield file
    except OSError as error:
        raise OutputError(f"{path}: {_reason(error)}") from error


def check_output(path: str | Path) -> None:
    """Refuse a path that cannot be written, before any work is done for it.

    Raises:
        OutputError: says whether it is a folder, lies in none, is a circle of links, or may not be written.
    """
    path = Path(path)
    try:
        target = _target(path)
        if isinstance(target, int):
            return
        special, directory = _is_special(target), target.is_dir()
        folder = next(parent for parent in target.parents if parent.exists())
    except OSError as error:
        raise OutputError(f"{path}: {_reason(error)}") from error
    if directory:
        raise OutputError(f"{path}: cannot be written: it is a folder; name a file in it")
    if not folder.is_dir():
        raise OutputError(f"{path}: cannot be written: {folder} is no folder; name another place")
    if special and not os.access(target, os.W_OK):
        raise OutputError(f"{path}: cannot be written: no right to write to it; name another place")
    if not special and not os.access(folder, os.W_OK):
        raise OutputError(f"{path}: cannot be written: no right to write in {folder}; name another place")


def _target(path: Path) -> Path | int:
    """The file that a path leads to once all links are followed, or the number of an open descriptor of this process.

    Raises:
        OSError: when the links lead in a circle, or a folder on the way cannot be searched.
    """
    place = path.absolute()
    for _ in range(_MOST_LINKS):
        if descriptor := _DESCRIPTOR.fullmatch(str(place)):
            return int(descriptor[1])
        if not place.is_symlink():
            with suppress(FileNotFoundError, NotADirectoryError):  # `check_output` says what is wrong
                place.stat()
            return place
        place = place.parent / place.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _is_special(path: Path) -> bool:
    """Whether a path is a device, a pipe or a socket."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _open_in_place(target: Path | int) -> Iterator[BinaryIO]:
    if isinstance(target, int):
        sys.stdout.flush()  # what was printed before stays before it
        target = os.dup(target)
    with open(target, "wb") as file:  # noqa: PTH123 - it may be a descriptor, which no Path opens
        yield file


@contextmanager
def _open_beside(target: Path, mode: int | None) -> Iterator[BinaryIO]:
    """Open a new file in the target's folder, and rename it once the block has ended and the disk has it."""
    fresh = target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode is None and target.exists():
                os.fchmod(handle, stat.S_IMODE(target.stat().st_mode))
            yield file
            file.flush()
            os.fsync(handle)
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the folder may be read."""
    if os.access(folder, os.R_OK):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "cannot be written: its links lead in a circle; name another file"
    return f"cannot be written: {error.strerror or error}"
