"""`driftline history` shows each window once, by its own date."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from driftline.cli.commands.history import list_newest
from driftline.cli.main import main
from driftline.stores.base import open_store
from driftline.testing.stores import sample_result
from driftline.types import Dataset

DAYS = [f"2022-02-0{day}T00:00:00Z/2022-02-0{day + 1}T00:00:00Z" for day in range(1, 6)]


@pytest.fixture
def url(tmp_path):
    """Five days of which each was judged three times, a check without times, and one of another file."""
    address = f"sqlite:///{tmp_path}/s.db"
    with open_store(address) as store:
        for at, day in enumerate(DAYS):
            for turn in range(3):
                store.save_run(replace(sample_result(f"{at} {turn}"), window=day, elapsed=float(turn)), {})
        store.save_run(replace(sample_result("no times"), window=None, created="2022-03-01T10:20:30Z"), {})
        store.save_run(replace(sample_result("other"), window=DAYS[0], current=Dataset("other file", 1)), {})
    return address


def test_newest_of_each_window(url):
    """Of each window the newest result is shown; what is of no window, or of other rows, stands for itself."""
    with open_store(url) as store:
        found = list_newest(store, None, 20)
        assert [DAYS[0], None, *DAYS[::-1]] == [run.window for run in found]
        assert {2.0} == {run.elapsed for run in found[2:]}
        assert found[:3] == list_newest(store, "taxi", 3)
        assert [] == list_newest(store, "bus", 3)


def test_table(url):
    """The date of each window is shown once; with `--all` as often as it was judged."""

    def run(*options):
        return CliRunner().invoke(main, ["history", "--store", url, *options]).output

    assert [1, 3] == [run(*options).count("\n3 Feb 2022 ") for options in ((), ("--all",))]
    assert "\nchecked 2022-03-01 10:20 " in run()
