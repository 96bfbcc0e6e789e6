"""Batches on disk while the server is away: bounded, in order, and there after a restart."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows on their way: `kind` is predictions or labels, `key` the same at each attempt."""

    kind: str
    key: str
    rows: int
    body: bytes


class Spool:
    """A folder of batches, a file each, named so that the oldest comes first.

    Several processes may share it: a batch that two of them send is one to the server, by its key. A file is there
    whole or not at all; the disk is not waited for, so that a crash of the machine may lose the newest. When more than
    `most` bytes are there the oldest go.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self.folder, self._most = folder, most
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if folder.stat().st_uid != os.getuid():
            raise PermissionError(13, "belongs to somebody else", str(folder))
        self.size = sum(path.stat().st_size for path in self._files())

    def put(self, batch: Batch) -> int:
        """Keep a batch; gives how many rows had to go for it."""
        lost = 0
        while self.size + len(batch.body) > self._most and (oldest := next(self._files(), None)):
            lost += _rows(oldest)
            self._remove(oldest)
        if len(batch.body) > self._most:
            return lost + batch.rows
        name = f"{time.time_ns():020d}.{batch.kind}.{batch.rows}.{batch.key}"
        part = self.folder / f"{name}.part"
        part.write_bytes(batch.body)
        part.replace(self.folder / f"{name}.arrow")
        self.size += len(batch.body)
        return lost

    def oldest(self) -> tuple[Path, Batch] | None:
        """The batch to be sent next."""
        for path in self._files():
            _, kind, rows, key, _ = path.name.split(".")
            try:
                return path, Batch(kind, key, int(rows), path.read_bytes())
            except FileNotFoundError:
                continue  # another process sent it
        return None

    def done(self, path: Path) -> None:
        """Forget a batch that was sent."""
        self._remove(path)

    def _remove(self, path: Path) -> None:
        try:
            size = path.stat().st_size
            path.unlink()
            self.size = max(0, self.size - size)
        except FileNotFoundError:
            self.size = sum(each.stat().st_size for each in self._files())

    def _files(self) -> Iterator[Path]:
        return iter(sorted(self.folder.glob("*.arrow")))


def _rows(path: Path) -> int:
    return int(path.name.split(".")[2])
