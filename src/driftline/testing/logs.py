# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every event log passes.

A log's own test file inherits it and says where an empty log is:

    pytest.register_assert_rewrite("driftline.testing.logs")

    class TestMyLog(LogSuite):
        @pytest.fixture
        def url(self, tmp_path):
            return f"mine:///{tmp_path}/log"

Run as a program (`python -m driftline.testing.logs URL WRITER [BATCHES]`) it appends batches and prints the name of
each that the log acknowledged: the suite does so in processes of their own, several at once, and kills them.
"""

import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count

from driftline.errors import StoreError
from driftline.server.logs.base import MOST_DEAD, REMEMBERED, BatchKind, Entry, EventLog, open_log
from driftline.testing.forked import Forked


def entry(
    batch: str, model: str = "taxi", kind: BatchKind = "predictions", data: bytes = b"rows", received: float = 1.5e15
) -> Entry:
    """An entry that is not in a log yet."""
    return Entry(0, model, kind, batch, 3, received, data)


def everything(log: EventLog, most_bytes: int = 1000) -> Iterator[Entry]:
    """All entries, as a consumer reads them: a part at a time."""
    at = 0
    while found := log.read(at, most_bytes):
        yield from found
        at = found[-1].position


class LogSuite:
    """What the contract in `driftline.server.logs.base` promises, as tests.

    The fixture `url` names a log that is empty.
    """

    def test_new_log_is_empty(self, url: str) -> None:
        """A log that was just made holds nothing."""
        with open_log(url) as log:
            assert ([], 0, 0, []) == (log.read(0, 1000), log.last(), log.trim(100, "taxi"), log.append([]))

    def test_entries_come_back(self, url: str) -> None:
        """What was appended is read back equal and in order, also after opening the log again."""
        kept = [
            entry("1", data=b"\0\xff" * 10),
            entry("1", kind="labels"),
            entry("1", model="d'or; DROP TABLE entries --", data=b""),
            entry("名前", received=1.7e15 + 0.25),
        ]
        with open_log(url) as log:
            assert [True] * 4 == log.append(kept[:3]) + log.append(kept[3:])
        with open_log(url) as log:
            found = log.read(0, 1000)
            assert kept == [Entry(0, *_facts(each)) for each in found]
            positions = [each.position for each in found]
            assert positions == sorted(set(positions))
            assert (positions[-1], True) == (log.last(), positions[0] > 0)
            assert found == [log.find(each.model, each.kind, each.batch) for each in found]
            assert log.find("model", "labels", "2") is None

    def test_each_batch_once(self, url: str) -> None:
        """A batch that comes again, in the same transaction or a later one, is known and changes nothing."""
        with open_log(url) as log:
            assert [True, False, True] == log.append([entry("a"), entry("a", data=b"other"), entry("b")])
            last = log.last()
            assert [False, True] == log.append([entry("a", data=b"more"), entry("c")])
            assert [("a", b"rows"), ("b", b"rows"), ("c", b"rows")] == [(e.batch, e.data) for e in everything(log)]
            assert last < log.last()

    def test_read_in_parts(self, url: str) -> None:
        """A read gives as much as was asked for and at least one entry; of one model only its own."""
        with open_log(url) as log:
            log.append([entry(str(at), ("taxi", "bus")[at % 2], data=bytes(100)) for at in range(10)])
            first = log.read(0, 300)
            assert ["0", "1", "2"] == [each.batch for each in first]
            assert ["3"] == [each.batch for each in log.read(first[-1].position, 1)]
            assert ["1", "3", "5", "7", "9"] == [each.batch for each in log.read(0, 10_000, "bus")]
            assert ["5", "7"] == [each.batch for each in log.read(first[-1].position + 1, 200, "bus")]
            assert [] == log.read(log.last(), 1000)
            assert [] == log.read(0, 1000, "x' OR '1'='1")
            assert [str(at) for at in range(10)] == [each.batch for each in everything(log, 1)]

    def test_trimmed(self, url: str) -> None:
        """Trimmed rows are gone, their names are remembered for a week, and positions are never given again."""
        with open_log(url) as log:
            log.append([entry("a"), entry("b"), entry("c")])
            last = log.last()
            assert (2, 0) == (log.trim(last, "taxi"), log.trim(last, "taxi"))
            assert ["c"] == [each.batch for each in log.read(0, 1000)]
            assert [False, False, False] == log.append([entry("a"), entry("b"), entry("c")])
            assert 1 == log.trim(last + 1, "taxi")
            assert ([], last) == (log.read(0, 1000), log.last())
            later = 1.5e15 + REMEMBERED + 1
            assert [True] == log.append([entry("d", received=later)])
            log.trim(log.last(), "taxi")
            assert [True] == log.append([entry("a", received=later)])
            assert last < log.read(0, 1000)[0].position

    def test_trim_keeps_other_models(self, url: str) -> None:
        """Trimming one model leaves the rows of the others, whose server may still need them."""
        with open_log(url) as log:
            log.append([entry("a"), entry("a", model="bus"), entry("b")])
            assert 2 == log.trim(log.last() + 1, "taxi")
            assert [("bus", "a")] == [(each.model, each.batch) for each in everything(log)]
            assert 0 == log.trim(log.last() + 1, "tram")

    def test_waiting_rows(self, url: str) -> None:
        """The rows behind a position are counted, those of one model."""
        with open_log(url) as log:
            log.append([entry("a"), entry("b"), entry("c", model="bus")])
            first = log.read(0, 1)[0].position
            taxi = [log.waiting(position, "taxi") for position in (0, first, log.last())]
            assert ([6, 3, 0], 0) == (taxi, log.waiting(0, "tram"))

    def test_dead_letters(self, url: str) -> None:
        """An entry that was set aside is listed with its reason, also after opening the log again, and only once."""
        with open_log(url) as log:
            log.append([entry("a"), entry("b", model="bus"), entry("c", data=bytes(10))])
            first, _, third = (each.position for each in log.read(0, 1000))
            for position in (third, first, first, 999):
                log.set_aside(position, "TypeError")
        with open_log(url) as log:
            found = log.dead_letters()
            assert [("a", "TypeError", 3, 4), ("c", "TypeError", 3, 10)] == [
                (each.batch, each.reason, each.rows, each.bytes) for each in found
            ]
            assert (found, []) == (log.dead_letters("taxi"), log.dead_letters("bus"))
            assert 0 < found[0].noticed

    def test_dead_letters_are_retried(self, url: str) -> None:
        """Retried rows are read behind all others, received as before, also where the log dropped them; and again."""
        with open_log(url) as log:
            log.append([entry("a", data=b"old"), entry("b", model="bus")])
            kept = log.read(0, 1000, "taxi")[0]
            log.set_aside(kept.position, "TypeError")
            log.trim(kept.position + 1, "taxi")
            assert (0, 1, 0) == (log.retry("bus"), log.retry("taxi"), log.retry())
            (again,) = log.read(0, 1000, "taxi")
            assert (b"old", kept.received, True) == (again.data, again.received, again.position > kept.position)
            log.set_aside(again.position, "TypeError")
            assert (1, []) == (log.retry(), log.dead_letters())
            assert 1 == len(log.read(again.position, 1000, "taxi"))
            assert [False] == log.append([entry("a")])

    def test_dead_letters_are_bounded(self, url: str) -> None:
        """The oldest letters of a model give up their rows, not their names, and cannot be retried then."""
        with open_log(url) as log:
            log.append([entry(str(at), data=bytes(MOST_DEAD // 2 - at)) for at in range(3)])
            for at in log.read(0, 4 * MOST_DEAD):
                log.set_aside(at.position, "TypeError")
            assert [True, False, False] == [each.bytes == 0 for each in log.dead_letters()]
            assert (2, 1) == (log.retry(), len(log.dead_letters()))

    def test_all_or_nothing(self, url: str) -> None:
        """Of an append that fails nothing stays, and the log goes on."""
        with open_log(url) as log:
            try:
                answer = str(log.append([entry("a"), entry("b", kind="rows")]))  # type: ignore[arg-type]
            except StoreError as error:
                answer = str(error)
            assert "kind" in answer or "CHECK" in answer
            assert [] == log.read(0, 1000)
            assert [True] == log.append([entry("a")])

    def test_closed(self, url: str) -> None:
        """Closing twice is fine; anything else on a closed log is a clear error."""
        log = open_log(url)
        log.close()
        log.close()
        try:
            answer = str(log.read(0, 1))
        except StoreError as error:
            answer = str(error)
        assert "closed" in answer

    def test_threads(self, url: str) -> None:
        """Several threads may append through one log at once, each batch once."""
        with open_log(url) as log:
            with ThreadPoolExecutor(4) as pool:
                new = [
                    one
                    for answer in pool.map(lambda at: log.append([entry(str(at % 40))]), range(80))
                    for one in answer
                ]
            assert (40, 40) == (sum(new), len({each.batch for each in everything(log)}))

    def test_reader_misses_nothing(self, url: str) -> None:
        """A reader that follows several writing processes sees every entry, though they commit in between."""
        seen: list[str] = []
        with ExitStack() as stack:
            writers = [stack.enter_context(Forked(append_batches, url, str(name), "40")) for name in range(3)]
            log = stack.enter_context(open_log(url))
            at, running = 0, True
            while running:
                running = any(writer.runs() for writer in writers)
                while found := log.read(at, 1000):
                    seen += [each.batch for each in found]
                    at = found[-1].position
            ended = [writer.finish() for writer in writers]
        assert [0, 0, 0] == [code for code, _ in ended]
        said = [batch for _, printed in ended for batch in printed]
        assert (120, sorted(said)) == (len(said), sorted(seen))

    def test_killed(self, url: str) -> None:
        """Killed at any moment, a process loses no batch that was acknowledged, and no half of a transaction stays."""
        moments = random.Random(7)  # noqa: S311 - no secret
        said: list[str] = []
        for at in range(10):
            with Forked(append_batches, url, str(at)) as writer:
                said.append(writer.stdout.readline().strip())
                time.sleep(moments.uniform(0, 0.05))
                writer.kill()
                said += [line.strip() for line in writer.stdout if line.endswith("\n")]
        with open_log(url) as log:
            there = [each.batch for each in everything(log)]
            assert set(said) <= set(there)
            assert len(there) == len(set(there))
            assert 0 == len(there) % 2


def _facts(found: Entry) -> tuple[str, BatchKind, str, int, float, bytes]:
    return found.model, found.kind, found.batch, found.rows, found.received, found.data


def append_batches(url: str, writer: str, batches: str = "") -> None:
    """Append two batches at a time and print their names once they are acknowledged; without a number for ever."""
    with open_log(url) as log:
        for at in range(0, int(batches), 2) if batches else count(0, 2):
            pair = [entry(f"{writer}-{at + which}", data=bytes(5000)) for which in (0, 1)]
            log.append(pair)
            print(*(each.batch for each in pair), sep="\n", flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    append_batches(*sys.argv[1:])
