"""Appends together: each answer its own, bounded, and a failure is that of its group alone."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from driftline.errors import BusyError, StoreError
from driftline.server.group_commit import GroupCommit
from driftline.server.logs.base import open_log
from driftline.testing.logs import entry


@pytest.fixture
def log(tmp_path):
    """An empty log."""
    with open_log(f"sqlite:///{tmp_path}/log.db") as opened:
        yield opened


def test_each_answer_is_its_own(log):
    """Threads that append at once are told of their own entries, each batch new once."""
    with GroupCommit(log) as commits, ThreadPoolExecutor(8) as pool:
        pairs = [(str(at % 50), str(100 + at)) for at in range(100)]
        found = list(pool.map(lambda pair: commits.append([entry(name) for name in pair]), pairs))
    assert (50, 100) == tuple(sum(answer[at] for answer in found) for at in (0, 1))
    assert 150 == len(log.read(0, 1_000_000))


def test_what_waits_is_bounded(log):
    """Beyond the bound an append is refused, but one alone never; what was taken is kept on closing."""
    with GroupCommit(log, 100) as commits:
        log._writing.acquire()
        try:
            first = commits.submit([entry("large", data=bytes(500))])
            while commits.waiting:  # until the thread has taken it and waits for the disk
                pass
            taken = [commits.submit([entry(str(at), data=bytes(40))]) for at in range(2)]
            with pytest.raises(BusyError, match="send it again later"):
                commits.submit([entry("more", data=bytes(40))])
        finally:
            log._writing.release()
    assert [[True]] * 3 == [future.result(0) for future in (first, *taken)]
    with pytest.raises(BusyError, match="stopping"):
        commits.append([entry("late")])
    assert ["large", "0", "1"] == [each.batch for each in log.read(0, 1_000_000)]


def test_failures_end(log):
    """A failure is told to whoever appended, and as trouble; once it is over, all goes on."""
    with GroupCommit(log) as commits:
        log._writer.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="cannot be written"):
            commits.append([entry("a")])
        assert "cannot be written" in commits.trouble
        log._writer.execute("PRAGMA query_only = OFF")
        assert [True] == commits.append([entry("a")])


def test_bug_in_a_log(log, monkeypatch):
    """A log that raises what it should not fails that append; the thread lives, and the next one is taken."""

    def bug(_entries):
        raise TypeError

    with GroupCommit(log) as commits:
        with monkeypatch.context() as patch:
            patch.setattr(log, "append", bug)
            with pytest.raises(StoreError, match=r"a bug \(TypeError\)"):
                commits.append([entry("a")])
        assert ("TypeError" in commits.trouble, commits.is_alive) == (True, True)
        assert [True] == commits.append([entry("a")])


def test_requests_that_are_given_up(log):
    """An append whose request is cancelled, while it waits or while it is written, does not end the thread."""
    with GroupCommit(log) as commits:
        with log._writing:
            under_way = commits.submit([entry("under way")])
            while commits.waiting:
                pass
            waiting = commits.submit([entry("waiting")])
            assert (False, True) == (under_way.cancel(), waiting.cancel())
        assert [True] == commits.append([entry("after")])
    assert ["under way", "after"] == [each.batch for each in log.read(0, 1_000_000)]
