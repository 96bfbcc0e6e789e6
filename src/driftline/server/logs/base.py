"""The log of what came in: predictions and labels in batches, in the order in which they were acknowledged.

These comments are the contract. A new kind of log is one file in `logs/`, or an entry point in the group
`driftline.logs`; `driftline.testing.logs` has the suite that every one of them passes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from driftline.config.url import open_part
from driftline.errors import StoreError

BatchKind = Literal["predictions", "labels"]
MOST_DEAD = 64 << 20  # bytes of the rows of a model's dead letters
REMEMBERED = 7 * 86_400e6  # microseconds that the name of a trimmed batch is remembered, to know it if it comes again


@dataclass(frozen=True, slots=True)
class Entry:
    """One batch of rows.

    `batch` is its name: with the model and the kind it says whether it came before. `position` grows by the order in
    the log, from 1, with gaps; it is 0 until the log has it. `received` is microseconds since 1970 UTC. `data` is an
    Arrow IPC stream, whose buffers may be compressed.
    """

    position: int
    model: str
    kind: BatchKind
    batch: str
    rows: int
    received: float
    data: bytes


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A batch that could not be folded: what of the log it is, why, and when that was noticed (as `Entry.received`).

    `bytes` is how much of it is kept; 0 once its rows had to make room for newer ones.
    """

    position: int
    model: str
    kind: BatchKind
    batch: str
    rows: int
    received: float
    reason: str
    noticed: float
    bytes: int

    @property
    def name(self) -> str:
        """The batch's name under its next attempt: no client's name can be the same, for those are ASCII.

        >>> DeadLetter(7, "taxi", "predictions", "b-1", 3, 0.0, "", 0.0, 10).name
        '↻7 b-1'
        """
        return f"↻{self.position} {self.batch.partition(' ')[2] if self.batch.startswith('↻') else self.batch}"


class EventLog(Protocol):
    """What keeps batches until they are folded.

    It is opened by calling the part with a URL, may be used from several threads and by several processes at once, and
    is closed by `close()` or a `with` block. Every failure is a `StoreError` that names the log and says what to do;
    once the trouble is over, the same object works again.
    """

    def append(self, entries: Sequence[Entry]) -> list[bool]:
        """Keep entries in one transaction, in this order; says of each whether it is new.

        On return they are durable: they survive a crash of the process and of the machine. One whose model, kind and
        batch are known is left out, whatever its rows. On a failure none is kept.
        """
        ...

    def read(self, after: int, most_bytes: int, model: str | None = None) -> list[Entry]:
        """Entries behind a position, in order: as many as hold `most_bytes` of data together, but at least one.

        Whoever has read up to a position never finds a new entry before it.
        """
        ...

    def find(self, model: str, kind: str, batch: str) -> Entry | None:
        """The entry of this name; None where there is none, or its rows were dropped."""
        ...

    def last(self) -> int:
        """The position of the newest entry ever kept, 0 if there was none."""
        ...

    def waiting(self, after: int, model: str) -> int:
        """How many rows of a model are behind a position."""
        ...

    def trim(self, before: int, model: str) -> int:
        """Drop the rows of a model's entries before a position; gives how many entries.

        Entries of other models stay: another server may still need them. The log remembers the names of dropped entries
        for seven days after they came, so that one that comes again still is no new one.
        """
        ...

    def set_aside(self, position: int, reason: str) -> None:
        """Keep a copy of an entry as a dead letter; doing so twice is fine, and so is a position without rows.

        The rows of a model's dead letters take `MOST_DEAD` bytes at most: the oldest make room for newer ones.
        """
        ...

    def dead_letters(self, model: str | None = None) -> list[DeadLetter]:
        """The dead letters of a model or of all, in the order of the log."""
        ...

    def retry(self, model: str | None = None) -> int:
        """Append the rows of dead letters once more, in one transaction; gives how many.

        They come under new names and positions, received when they were received. Letters whose rows are gone stay.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Closing twice is fine; any other call after it is a `StoreError`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def open_log(url: str) -> EventLog:
    """The log of a URL such as `sqlite:///driftline-log.db`; a path that ends in .db, .sqlite or .sqlite3 will do.

    Raises:
        StoreError: when no log goes by that scheme, or it cannot be opened.
    """
    if "://" not in url and re.search(r"^[^@].*\.(db|sqlite3?)$", url):
        url = f"sqlite:///{url}"
    part, full = open_part("logs", url, "log", StoreError)
    log: EventLog = part(full)
    return log
