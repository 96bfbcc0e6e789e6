"""What feeds share that read rows by a key that grows: pieces, how far it came, and what is durable."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from time import monotonic, sleep
from typing import Any

import polars as pl

from driftline.data.ipc import to_stream
from driftline.server.feed_state import Memory
from driftline.server.feeds.base import ARROW, Message


class KeyedFeed(ABC):
    """Rows after a key and up to a goal, in pieces. `start` is the key before all rows, `source` what is remembered of.

    The goal is remembered before the first piece up to it, so that after a crash the pieces are the same.
    """

    def __init__(self, settings: Mapping[str, Any], source: str, start: Any) -> None:
        self._settings = settings
        self._open: list[tuple[str, Any]] = []
        self._settled: set[str] = set()
        self._next = 0.0
        self._memory = Memory(settings["state"], source)
        try:
            kept = self._memory.all()
            self._done, self._upper = (
                self._read_key(kept[name]) if name in kept else start for name in ("done", "upper")
            )
            self._at = self._done
            with self._broker_errors():
                self._connect()
        except BaseException:
            self._memory.close()
            raise

    @abstractmethod
    def _connect(self) -> None:
        """Connect to the broker."""

    @abstractmethod
    def _broker_errors(self) -> AbstractContextManager[None]:
        """The driver's errors as those of a feed."""

    @abstractmethod
    def _look(self) -> None:
        """Go on to a new goal (`_set_goal`), or say when to look again (`_next`)."""

    @abstractmethod
    def _piece(self) -> Message | None:
        """The next rows up to the goal; None where they were deleted meanwhile."""

    @abstractmethod
    def _read_key(self, text: str) -> Any:
        """A key as it was remembered."""

    @abstractmethod
    def _write_key(self, key: Any) -> str:
        """A key as it is remembered."""

    def receive(self, seconds: float) -> Sequence[Message]:
        """The next rows, in pieces."""
        found: list[Message] = []
        with self._broker_errors():
            if self._at == self._upper and monotonic() >= self._next:
                self._look()
            while self._at != self._upper and len(found) < self._settings["prefetch"]:
                if piece := self._piece():
                    found.append(piece)
            if not found:
                self._pause(seconds)
        return found

    def ack(self, messages: Sequence[Message]) -> None:
        """Remember how far everything is durable."""
        self._settled |= {message.batch for message in messages}
        while self._open and self._open[0][0] in self._settled:
            batch, self._done = self._open.pop(0)
            self._settled.discard(batch)
        self._memory.put({"done": self._write_key(self._done)})

    def reject(self, message: Message, reason: str) -> None:  # noqa: ARG002 - told in the log
        """Pass over the rows."""
        self.ack([message])

    def _set_goal(self, key: Any) -> None:
        self._upper = key
        self._memory.put({"upper": self._write_key(key)})

    def _pause(self, seconds: float) -> None:
        """Wait until it is time to look again."""
        sleep(min(seconds, max(self._next - monotonic(), 0.001)))

    def _message(self, name: str, batch: str, columns: Mapping[str, Sequence[Any]], odd: str) -> Message:
        """One piece, which is open from now on; `odd` says what is wrong with a column that is none, as `{!r}`."""
        self._open.append((batch, self._at))
        frame = pl.DataFrame({column: pl.Series(values, strict=False) for column, values in columns.items()})
        strange = [column for column, dtype in frame.schema.items() if dtype == pl.Object]
        if strange:
            return Message(name, batch, b"", trouble=odd.format(strange[0]))
        return Message(name, batch, to_stream(frame, oldest=True), ARROW)
