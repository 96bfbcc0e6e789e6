# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every store passes.

A store's own test file inherits it and says where an empty store is:

    pytest.register_assert_rewrite("driftline.testing.stores", "driftline.testing.incidents")

    class TestMyStore(StoreSuite):
        @pytest.fixture
        def url(self, tmp_path):
            return f"mine:///{tmp_path}/store"

Run as a program (`python -m driftline.testing.stores URL [RUNS]`) it saves runs and prints the id of each that the
store acknowledged: the suite does so in processes of their own, several at once, and kills them in the middle.
"""

import random
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import ClassVar

from driftline.errors import UnknownRecordError
from driftline.stores.base import Store, open_store
from driftline.stores.records import Fragment, RunSummary
from driftline.testing.forked import Forked
from driftline.testing.incidents import IncidentSuite, refusal
from driftline.types import Dataset, Health, Level, ProfileKey, Task, Verdict
from driftline.verdicts.result import Result

VERDICTS = 20
HOUR = ProfileKey("2022-02-01T00:00:00Z/2022-02-01T01:00:00Z", "zone=7")


def sample_result(name: str = "first", model: str = "taxi") -> Result:
    """A small result with every level, all kinds of values, and text that is hard to keep; `name` tells it apart."""
    verdicts = tuple(
        Verdict(
            health=(Health.MODEL, Health.DATA)[at % 2], family="drift", metric=("psi", "ks")[at % 2], title="Size",
            column=(None, "fare", "d'or; DROP TABLE runs --", "名前\n\0")[at % 4], segment=(None, "zone=7")[at % 2],
            window=(None, HOUR.window)[at % 2], level=list(Level)[at % 4], value=(None, at / 3)[at % 2], low=-1e-300,
            high=1e300, n=at * 10**12, unit="share", threshold=0.1, reason="Because.", reference=0.0,
            p_value=(None, 0.5)[at % 2], since=None, judged=at % 3 > 0, notable=at % 5 == 0,
            detail={"why": None, "edges": [1, 0.5], "é": {"a": True}},
        )
        for at in range(VERDICTS)
    )  # fmt: skip
    return Result(
        model=model, task=Task.REGRESSION, reference=Dataset("January", 31_000, "2022-01-01", "2022-02-01", "parquet"),
        current=Dataset("February", 28_000), columns=(), verdicts=verdicts, fingerprint="0123abcd", version="0.1.0",
        created=f"2022-02-02T00:00:00Z {name}", elapsed=1.5, window="1d", notes=("a note", "and one more"),
    )  # fmt: skip


def _refuse_run(store: Store, run_id: str) -> str:
    """Why a run cannot be had; empty where it can."""
    try:
        store.run(run_id)
    except UnknownRecordError as error:
        return str(error)
    return ""


def _check_whole(store: Store, run_ids: list[str]) -> None:
    """Every acknowledged run is there, and every run that is there has all its verdicts."""
    runs = store.runs(limit=None)
    assert set(run_ids) <= {run.run_id for run in runs}
    assert {run.run_id: VERDICTS for run in runs} == {
        run.run_id: len(store.verdicts(run_id=run.run_id, limit=None)) for run in runs
    }


class _Broken(Mapping[ProfileKey, bytes]):
    """Fragments that fail half-way."""

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[ProfileKey]:
        yield ProfileKey()
        yield HOUR

    def __getitem__(self, cell: ProfileKey) -> bytes:
        if cell == HOUR:
            raise KeyError(cell)
        return b"half"


class StoreSuite(IncidentSuite):
    """What the contract in `driftline.stores.base` promises, as tests.

    The fixture `url` names a store that is empty. `KILLS` is how often a process that saves is killed.
    """

    KILLS: ClassVar[int] = 10

    def test_new_store_is_empty(self, url: str) -> None:
        """A store that was just made holds nothing."""
        with open_store(url) as store:
            assert ((), (), (), (), (), ()) == (
                store.runs(), store.verdicts(), store.cells("m", "p"), store.fragments("m", "p"), store.incidents(),
                store.events(),
            )  # fmt: skip

    def test_run_comes_back(self, url: str) -> None:
        """What was saved is read back equal, also after opening the store again."""
        result = sample_result()
        with open_store(url) as store:
            run_id = store.save_run(result, {ProfileKey(): b"all", HOUR: b"\0hour"})
        with open_store(url) as store:
            (run,) = store.runs()
            assert (run_id, "taxi", Task.REGRESSION, Level.ALERT) == (run.run_id, run.model, run.task, run.level)
            assert (result.headline, result.created, result.notes) == (run.headline, run.created, run.notes)
            assert ("January", 31_000, "February", 28_000) == (
                run.reference_label, run.reference_rows, run.current_label, run.current_rows,
            )  # fmt: skip
            assert (VERDICTS, 5, 5, 5) == (run.verdicts, run.alerts, run.warnings, run.unknowns)
            stored = store.verdicts(run_id=run_id, limit=None)
            assert list(result.verdicts) == [row.verdict for row in stored]
            assert {(run_id, "taxi", result.created)} == {(row.run_id, row.model, row.created) for row in stored}
            assert [b"all", b"\0hour"] == [fragment.data for fragment in store.fragments("taxi", "0123abcd")]

    def test_saving_again_changes_nothing(self, url: str) -> None:
        """The same result has the same id and is kept once; another result is another run."""
        with open_store(url) as store:
            first = store.save_run(sample_result(), {ProfileKey(): b"rows"})
            before = store.runs(), store.verdicts(), store.fragments("taxi", "0123abcd")
            assert first == store.save_run(sample_result(), {ProfileKey(): b"rows"})
            assert before == (store.runs(), store.verdicts(), store.fragments("taxi", "0123abcd"))
            assert first != store.save_run(sample_result("second"), {})
            assert 2 == len(store.runs())

    def test_newest_run_of_each_window(self, url: str) -> None:
        """A window that was judged again is there once, as it was judged last; runs of no window are all there."""
        first, second = "2022-02-01T00:00:00/2022-02-02T00:00:00", "2022-02-02T00:00:00/2022-02-03T00:00:00"
        with open_store(url) as store:
            for name, window in (("a", first), ("b", second), ("c", first), ("d", None), ("e", None)):
                store.save_run(replace(sample_result(name), window=window), {})
            other = store.save_run(sample_result("f", "bus"), {})
            names = {run.run_id: run.created[-1] for run in store.runs(limit=None)}
            assert ["c"] == [names[run.run_id] for run in store.windows("taxi", until="2022-02-02T00:00:00")]
            assert {"b", "c", "d", "e"} == {names[run.run_id] for run in store.windows("taxi", None)}
            assert ["e", "d"] == [names[run.run_id] for run in store.windows("taxi", 2)]
            assert [("bus", "f"), ("taxi", "e")] == [(run.model, names[run.run_id]) for run in store.latest_runs()]
            assert ("bus", {Health.DATA: Level.ALERT, Health.MODEL: Level.WARNING}) == (
                store.run(other).model, store.run(other).tiers,
            )  # fmt: skip
            assert () == store.windows("nobody")
            of_all = store.windows_of(["taxi", "bus", "nobody"], 3)
            assert {"taxi": ["e", "d", "b"], "bus": ["f"], "nobody": []} == {
                model: [names[run.run_id] for run in found] for model, found in of_all.items()
            }
            assert RunSummary.from_run(store.run(other)) == of_all["bus"][0]
            assert {} == dict(store.windows_of([]))
            assert "'x'" in _refuse_run(store, "x")

    def test_verdicts_of_several_runs_and_levels(self, url: str) -> None:
        """Of several runs or levels each will do; family and tier choose too."""
        with open_store(url) as store:
            runs = [store.save_run(sample_result(name), {}) for name in "abc"]
            chosen = store.verdicts(run_id=runs[:2], level=(Level.WARNING, Level.ALERT), limit=None)
            assert set(runs[:2]) == {each.run_id for each in chosen}
            assert {Level.WARNING, Level.ALERT} == {each.verdict.level for each in chosen}
            assert VERDICTS // 2 == len(store.verdicts(run_id=runs[0], health=Health.DATA))
            assert () == store.verdicts(run_id=runs, family="quality")
            assert () == store.verdicts(run_id=[])
            found = [each.verdict for each in store.verdicts(run_id=runs[0], limit=None)]
            loud: dict[tuple[str | None, bool], Level] = {}
            for each in found:
                if each.level in {Level.WARNING, Level.ALERT}:
                    key = each.column, each.family == "drift" and each.health is Health.DATA
                    loud[key] = max(loud.get(key, Level.OK), each.level, key=lambda level: level.rank)
            told = {(each.run_id, each.column, each.drifts): each.level for each in store.loud_columns(runs[:2])}
            assert {(run, *key): level for run in runs[:2] for key, level in loud.items()} == told
            columns, metrics = store.contents(runs[0])
            assert sorted({each.column for each in found if each.column}) == list(columns)
            assert sorted({(each.family, each.metric) for each in found}) == list(metrics)
            assert ((), ()) == store.contents("nobody")
            several = {name for _, name in metrics[:2]}
            chosen = store.verdicts(run_id=runs[0], metric=[*several, "nothing"], limit=None)
            assert [each for each in found if each.metric in several] == [each.verdict for each in chosen]

    def test_pack_is_kept_once(self, url: str) -> None:
        """The pack of a plan comes back as it was first kept; another model or plan has none."""
        with open_store(url) as store:
            store.save_pack("taxi", "plan", b"\0pack")
            store.save_pack("taxi", "plan", b"another")
            packs = [store.pack("taxi", "plan"), store.pack("bus", "plan"), store.pack("taxi", "other")]
            assert [b"\0pack", None, None] == packs
            store.save_pack("taxi", "newer plan", b"pack of April")
            store.save_pack("bus", "plan", b"bus")
            of_taxi = [(each.plan, each.size) for each in store.packs("taxi")]
            assert [("newer plan", 13), ("plan", 5)] == of_taxi
            assert ("bus", "plan") == (store.packs()[0].model, store.packs()[0].plan)
            assert () == store.packs("other")

    def test_all_or_nothing(self, url: str) -> None:
        """A save that fails leaves no part of the run."""
        with open_store(url) as store:
            try:
                store.save_run(sample_result(), _Broken())
            except KeyError:
                assert ((), (), ()) == (store.runs(), store.verdicts(), store.cells("taxi", "0123abcd"))
            else:
                raise AssertionError("the failure of the fragments was swallowed")
            store.save_run(sample_result(), {})
            _check_whole(store, [])

    def test_fragment_delivered_twice(self, url: str) -> None:
        """The same id replaces; another id, cell, plan or model adds."""
        base = Fragment("taxi", "plan", HOUR, "worker-1", b"old")
        others = (
            Fragment("bus", "plan", HOUR, "worker-1", b"bus"),
            Fragment("taxi", "other", HOUR, "worker-1", b"plan"),
            Fragment("taxi", "plan", ProfileKey(), "worker-1", b"cell"),
            Fragment("taxi", "plan", HOUR, "worker-2", b"id"),
        )
        newer = Fragment("taxi", "plan", HOUR, "worker-1", b"new")
        with open_store(url) as store:
            store.put_fragments((base, *others))
            store.put_fragments((base, newer))
            store.put_fragments((newer,))
            assert (others[2], newer, others[3]) == store.fragments("taxi", "plan")
            assert (newer, others[3]) == store.fragments("taxi", "plan", HOUR)
            assert (others[2],) == store.fragments("taxi", "plan", ProfileKey())
            assert (ProfileKey(), HOUR) == store.cells("taxi", "plan")

    def test_retire(self, url: str) -> None:
        """Fragments of windows that ended before a time go, of that model alone; those of no window stay."""
        cells = [HOUR, ProfileKey("2022-02-01T01:00:00Z/2022-02-01T02:00:00Z"), ProfileKey()]
        with open_store(url) as store:
            for model in ("taxi", "bus"):
                store.put_fragments(tuple(Fragment(model, "plan", cell, "a", b"x") for cell in cells))
            assert 1 == store.retire("taxi", "2022-02-01T01:30:00")
            assert sorted(cells[1:]) == sorted(store.cells("taxi", "plan"))
            assert 3 == len(store.cells("bus", "plan"))

    def test_filters(self, url: str) -> None:
        """Verdicts are found by model, metric, column and level together, whatever the text; newest run first."""
        with open_store(url) as store:
            ids = [
                store.save_run(sample_result(name, model), {})
                for name, model in (("1", "taxi"), ("2", "bus"), ("3", "taxi"))
            ]
            assert ids[::-1] == [run.run_id for run in store.runs()]
            assert [ids[2], ids[0]] == [run.run_id for run in store.runs("taxi")]
            assert [ids[2]] == [run.run_id for run in store.runs("taxi", limit=1)]
            assert () == store.runs("x' OR '1'='1")
            wanted = [
                v
                for v in sample_result().verdicts
                if v.metric == "ks" and v.level is Level.ALERT and v.column == "名前\n\0"
            ]
            found = store.verdicts(model="taxi", metric="ks", level=Level.ALERT, column="名前\n\0", limit=None)
            assert wanted * 2 == [row.verdict for row in found]
            assert [ids[2], ids[0]] == list(dict.fromkeys(row.run_id for row in found))
            assert 3 == len(store.verdicts(limit=3))
            assert 15 == len(store.verdicts(column="d'or; DROP TABLE runs --", limit=None))

    def test_hard_values(self, url: str) -> None:
        """Text that UTF-8 cannot hold and numbers that are not finite do not stop a save."""
        verdict = sample_result().verdicts[0]
        hard = Verdict(**{name: getattr(verdict, name) for name in Verdict.__slots__} | {"detail": {"x": float("nan")}})
        result = Result(
            model="m", task=None, reference=Dataset("a\udcff", 1), current=Dataset("", 0), columns=(), verdicts=(hard,)
        )  # fmt: skip
        with open_store(url) as store:
            store.save_run(result, {})
            assert ("a?", None) == (store.runs()[0].reference_label, store.runs()[0].task)
            assert {"x": None} == store.verdicts()[0].verdict.detail

    def test_closed(self, url: str) -> None:
        """Closing twice is fine; anything else on a closed store is a clear error."""
        store = open_store(url)
        store.close()
        store.close()
        assert "closed" in refusal(store.runs)

    def test_threads(self, url: str) -> None:
        """Several threads may save through one store at once."""
        with open_store(url) as store:
            with ThreadPoolExecutor(4) as pool:
                ids = list(pool.map(lambda at: store.save_run(sample_result(str(at)), {HOUR: b"%d" % at}), range(20)))
            _check_whole(store, ids)
            assert (20, 20) == (len(set(ids)), len(store.fragments("taxi", "0123abcd")))

    def test_processes(self, url: str) -> None:
        """Several processes may make the store, and save, at once; none loses a run."""
        with Forked(save_runs, url, "25") as a, Forked(save_runs, url, "25") as b, Forked(save_runs, url, "25") as c:
            ended = [writer.finish() for writer in (a, b, c)]
        assert [0, 0, 0] == [code for code, _ in ended]
        ids = [each for _, printed in ended for each in printed]
        with open_store(url) as store:
            assert (75, 75) == (len(set(ids)), len(store.runs(limit=None)))
            _check_whole(store, ids)

    def test_killed(self, url: str) -> None:
        """Killed at any moment, a process loses no run that was acknowledged and leaves no half of one."""
        ids: list[str] = []
        moments = random.Random(7)  # noqa: S311 - no secret
        for _ in range(self.KILLS):
            with Forked(save_runs, url) as writer:
                ids.append(writer.stdout.readline().strip())
                time.sleep(moments.uniform(0, 0.05))
                writer.kill()
                ids += [line.strip() for line in writer.stdout if line.endswith("\n")]
            with open_store(url) as store:
                _check_whole(store, ids)
        assert self.KILLS <= len(set(ids))


def save_runs(url: str, runs: str = "") -> None:
    """Save runs, each with a fragment, and print the id of each once it is acknowledged; without a number for ever."""
    with open_store(url) as store:
        for at in range(int(runs)) if runs else count():
            result = sample_result(f"{time.time_ns()} {random.random()} {at}")  # noqa: S311 - no secret
            print(store.save_run(result, {ProfileKey(): result.created.encode()}), flush=True)  # noqa: T201 - its output


if __name__ == "__main__":
    save_runs(*sys.argv[1:])
