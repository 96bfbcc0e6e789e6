"""Batches on disk while the server is away: a private folder, bounded, in order, and there after a restart."""

import hashlib
import logging
import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_log = logging.getLogger("driftline.client.logger")
_NAME = re.compile(r"(\d{20})\.(predictions|labels)\.(\d{1,9})\.([0-9a-f]{32})\.arrow")


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to send: `kind` is predictions or labels, `key` names the batch and is the same at each attempt."""

    kind: str
    key: str
    rows: int
    body: bytes


class Spool:
    """A folder of batches, one file each; the oldest comes first.

    The folder belongs to this user alone (mode 0700), and files of other users or with other names are not read.
    Several processes may share it: the server takes a batch that two of them send as one, by its key. A file is
    complete or absent; the logger does not wait for the disk, so a crash of the machine may lose the newest files.
    Where there are more than `max_bytes` the oldest files go.

    Raises:
        OSError: when the folder cannot be made, or is not private to this user.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder, self.max_bytes = folder, max_bytes
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or state.st_mode & 0o077:
            raise PermissionError(
                1, "expected a folder that only this user can open (mode 0700); remove it or name another", str(folder)
            )
        self.size = self._measure()

    def append(self, batch: Batch) -> int:
        """Keep a batch; gives how many rows of older files were removed for it.

        Raises:
            OSError: when the disk does not take it.
        """
        if len(batch.body) > self.max_bytes:
            return batch.rows
        dropped = 0
        while self.size + len(batch.body) > self.max_bytes and (oldest := next(self._files(), None)):
            dropped += _parse(oldest)[1]
            self.remove(oldest)
        path = self.folder / f"{time.time_ns():020d}.{batch.kind}.{batch.rows}.{batch.key}.arrow"
        part = path.with_suffix(".part")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(batch.body)
            part.replace(path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        self.size += len(batch.body)
        return dropped

    def oldest(self) -> tuple[Path, Batch] | None:
        """The batch to send next, and its file."""
        for path in self._files():
            try:
                with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
                    if os.fstat(file.fileno()).st_uid != os.getuid():
                        continue
                    body = file.read()
            except (FileNotFoundError, IsADirectoryError):
                continue  # another process sent it, or it is no batch
            kind, rows, key = _parse(path)
            return path, Batch(kind, key, rows, body)
        self.size = 0
        return None

    def keys(self) -> set[str]:
        """The keys of all batches."""
        return {_parse(path)[2] for path in self._files()}

    def remove(self, path: Path) -> None:
        """Remove a batch: the server has it, or refused it."""
        try:
            size = path.stat().st_size
            path.unlink()
            self.size = max(0, self.size - size)
        except FileNotFoundError:
            self.size = self._measure()

    def _measure(self) -> int:
        size = 0
        for path in self._files():
            try:
                size += path.stat().st_size
            except FileNotFoundError:
                continue  # another process sent it
        return size

    def _files(self) -> Iterator[Path]:
        return iter(sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)))


def open_spool(folder: str | Path | None, server: str, model: str, max_bytes: int) -> Spool | None:
    """The folder of this server and model, in the one named or in the user's folder for state."""
    if folder is None:
        return None
    readable = re.sub(r"[^A-Za-z0-9.-]", "_", f"{server}_{model}")[:100]
    digest = hashlib.sha256(f"{server} {model}".encode()).hexdigest()
    name = f"{readable}-{digest[:16]}"
    try:
        parent = Path(folder) if folder else _state_folder() / "driftline" / "spool"
        return Spool(parent / name, max_bytes)
    except (OSError, RuntimeError) as error:  # no home is a RuntimeError
        _log.warning("driftline: no batches are kept on disk (%s); name a folder with Logger(spool=...)", error)
        return None


def _state_folder() -> Path:
    named = os.environ.get("XDG_STATE_HOME", "")
    return Path(named) if named.startswith("/") else Path.home() / ".local" / "state"


def _parse(path: Path) -> tuple[str, int, str]:
    """Kind, rows and key, from the name of a file."""
    _, kind, rows, key, _ = path.name.split(".")
    return kind, int(rows), key
