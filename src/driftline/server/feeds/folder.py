"""Files that appear in a folder: `folder:///var/inbox`, with a model's in `MODEL/predictions` and `MODEL/labels`."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import monotonic, sleep
from typing import Any, ClassVar

from driftline import registry
from driftline.config.url import Url
from driftline.data.ipc import rechunk, to_stream
from driftline.errors import FeedError, InputError
from driftline.server.feed_state import FILE, Memory
from driftline.server.feeds.base import ARROW, Message

_PARTIAL = {".tmp", ".part", ".partial", ".crdownload"}


class Folder:
    """Parquet, CSV, JSON lines and Arrow files, each once, in pieces of `rows` rows.

    A file counts as complete when it has not changed for `settle` seconds; names that begin with a dot or underscore,
    or end in .tmp or .part, are passed over. Which files were delivered is remembered in the file `state`; one that
    changes later is delivered again. A damaged file is refused, and looked at again when it changes.
    """

    SETTINGS: ClassVar[Mapping[str, Any]] = {"settle": 2.0, "every": 1.0, "rows": 10_000, "state": FILE}

    def __init__(self, address: Url, settings: Mapping[str, Any]) -> None:
        self.root = Path(address.host + address.path).absolute()
        if not self.root.is_dir():
            raise FeedError(f"{self.root}: no such folder; make it, or name another one")
        self._settle, self._every = settings["settle"], settings["every"]
        self._rows, self._most = settings["rows"], settings["prefetch"]
        self._seen: dict[str, tuple[str, float]] = {}
        self._whole: dict[str, str] = {}  # files of which all pieces were given
        self._open: Counter[str] = Counter()  # pieces given and not yet settled
        self._given: Iterator[Message] = iter(())
        self._next = 0.0
        self._memory = Memory(settings["state"], str(self.root))
        self._known = self._memory.all()

    def receive(self, seconds: float) -> Sequence[Message]:
        """The next pieces."""
        found = list(islice(self._given, self._most))
        if not found and monotonic() >= self._next:
            self._next = monotonic() + self._every
            self._given = self._read(self._ready())
            found = list(islice(self._given, self._most))
        self._remember()
        if not found:
            sleep(min(seconds, max(self._next - monotonic(), 0.001)))
        return found

    def ack(self, messages: Sequence[Message]) -> None:
        """Note what is durable; a file is remembered when all of it is."""
        self._open.subtract(message.receipt for message in messages)
        self._remember()

    def reject(self, message: Message, reason: str) -> None:  # noqa: ARG002 - told in the log
        """Note that there is nothing more to do."""
        self.ack([message])

    def heartbeat(self) -> None:
        """Nothing: there is no connection to keep up."""

    def close(self) -> None:
        """Let go."""
        self._memory.close()

    def _ready(self) -> list[str]:
        """Files not yet delivered that have not changed for a while, in the order of their names."""
        now, seen = monotonic(), {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder, name)
                if name[0] in "._" or path.suffix.lower() in _PARTIAL:
                    continue
                try:
                    facts = path.stat()
                except FileNotFoundError:  # taken away since the listing
                    continue
                mark = f"{facts.st_size}/{facts.st_mtime_ns}"
                before = self._seen.get(str(path))
                seen[str(path)] = before if before and before[0] == mark else (mark, now)
        self._seen = seen
        if gone := [name for name in self._known if name not in seen]:
            self._memory.drop(gone)
            self._known = {name: mark for name, mark in self._known.items() if name in seen}
        return sorted(
            name
            for name, (mark, since) in seen.items()
            if self._known.get(name) != mark and now - since >= self._settle
        )

    def _read(self, names: Sequence[str]) -> Iterator[Message]:
        for name in names:
            mark = self._seen[name][0]
            place, batch = str(Path(name).parent), f"{Path(name).relative_to(self.root)}/{mark}"
            try:
                source = registry.find("sources", "files")(name)
                for number, piece in enumerate(rechunk(source.batches(), self._rows)):
                    self._open[name] += 1
                    yield Message(place, f"{batch}#{number}", to_stream(piece, oldest=True), ARROW, name)
            except InputError as error:
                self._open[name] += 1
                yield Message(place, batch, b"", "", name, str(error))
            self._whole[name] = mark

    def _remember(self) -> None:
        if done := {name: mark for name, mark in self._whole.items() if not self._open[name]}:
            self._memory.put(done)
            self._known |= done
            self._whole = {name: mark for name, mark in self._whole.items() if name not in done}
