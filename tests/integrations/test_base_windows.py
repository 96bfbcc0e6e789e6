"""Which window is due, where its rows lie, what came of it; incidents and labels for schedulers."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from driftline import Monitor
from driftline.alerts.incidents import Notification
from driftline.errors import ConfigError, InputError
from driftline.integrations.base_incidents import group_incidents, notify
from driftline.integrations.base_labels import join_label_files
from driftline.integrations.base_windows import Outcome, check_window, fill_path, find_due, list_windows
from driftline.stores.base import Store, open_store
from driftline.types import Action
from driftline.windows import Window
from harness.days import ROWS, fit_monitor, write_days

day = datetime.fromisoformat


@pytest.fixture(scope="module")
def monitor() -> Monitor:
    return fit_monitor()


@pytest.fixture
def days(tmp_path: Path) -> list[Window]:
    """Five days in files, of which the third and fourth are broken."""
    return write_days(tmp_path, 5, broken=(2, 3))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with open_store(f"sqlite:///{tmp_path}/driftline.db") as opened:
        yield opened


def judge(monitor: Monitor, folder: Path, window: Window, store: Store) -> Outcome:
    return check_window(monitor, str(folder / ROWS), window, store)[0]


def test_windows_of_a_zone() -> None:
    """Days are those of the zone, whose clock changes; naive times are by that clock."""
    march = list_windows(day("2024-03-30"), day("2024-04-01"), "1d", "Europe/Berlin")
    assert [24.0, 23.0] == [window.length / 3600e6 for window in march]
    assert "2024-03-30" == fill_path("{start}", march[0], "Europe/Berlin")
    assert "2024-03-29T23:00" == fill_path("{start:%Y-%m-%dT%H:%M}", march[0])
    due = find_due(datetime(2024, 3, 31, 22, 30, tzinfo=UTC), "1d", zone="Europe/Berlin")
    assert march[1] == due


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: list_windows(day("2024-01-02"), day("2024-01-01"), "1d"), "no window of 1d lies between"),
        (lambda: list_windows(day("1900-01-01"), day("2024-01-01"), "1h"), "more than 10,000 windows of 1h"),
        (lambda: list_windows(day("2024-01-01"), day("2024-01-02"), "day"), "'day' is no width"),
        (lambda: fill_path("{day}.csv", Window(0.0, 1.0)), r"\{day\} stands for nothing"),
        (lambda: fill_path("{start.__class__}", Window(0.0, 1.0)), "stands for nothing"),
    ],
)
def test_wrong_windows(make, told: str) -> None:
    """What is no window, and what is no place in a path, is told in a sentence."""
    with pytest.raises(ConfigError, match=told):
        make()


def test_a_window_is_kept_once(monitor: Monitor, tmp_path: Path, days: list[Window], store: Store) -> None:
    """Judged again it is the same run; with other rows it is a new one, whose profile takes the old one's place."""
    first = judge(monitor, tmp_path, days[0], store)
    assert ("ok", 300, first) == (first.level, first.rows, judge(monitor, tmp_path, days[0], store))
    assert (1, 1) == (len(store.runs()), len(store.fragments(first.model, monitor.plan.fingerprint)))
    path = fill_path(str(tmp_path / ROWS), days[0])
    pl.read_parquet(path).head(200).write_parquet(path)
    second = judge(monitor, tmp_path, days[0], store)
    assert (200, True) == (second.rows, second.run != first.run)
    assert (2, 1) == (len(store.runs()), len(store.fragments(first.model, monitor.plan.fingerprint)))
    assert [second.run] == [run.run_id for run in store.windows(first.model)]


def test_incidents_are_the_same_in_any_order(monitor: Monitor, tmp_path: Path, days: list[Window]) -> None:
    """Grouped after each day, or at the end after days in another order, they are the same, once each."""
    found = []
    for at, order in enumerate(([0, 1, 2, 3, 4], [4, 2, 3, 0, 1])):
        with open_store(f"sqlite:///{tmp_path}/{at}.db") as store:
            for at_day in order:
                judge(monitor, tmp_path, days[at_day], store)
                group_incidents(monitor, store, str(days[at_day]).partition("/")[0])
            group_incidents(monitor, store)
            found.append([(each.id, each.opened, each.closed, each.windows) for each in store.incidents()])
    assert found[0] == found[1]
    ((_, opened, closed, _),) = found[0]
    assert (str(days[2]).partition("/")[2], None) == (opened, closed)  # one quiet day is not enough


def test_an_incident_that_was_a_mistake_is_closed(
    monitor: Monitor, tmp_path: Path, days: list[Window], store: Store
) -> None:
    """When the rows of its windows are mended and judged again, nothing is left open, and nobody is told."""
    for window in days:
        judge(monitor, tmp_path, window, store)
    (incident,) = group_incidents(monitor, store)
    told: list[Notification] = []
    notify([incident], [type("Sink", (), {"send": lambda _, each: told.append(each)})()], store)
    assert [incident.id] == [each.incident.id for each in told]
    store.act_on_incident(incident.id, Action.FALSE_ALARM, "Ann")
    notify([incident], [type("Sink", (), {"send": lambda _, each: told.append(each)})()], store)
    assert 1 == len(told)
    write_days(tmp_path, 5)
    for window in days:
        judge(monitor, tmp_path, window, store)
    assert [] == group_incidents(monitor, store, str(days[0]).partition("/")[0])
    assert [False] == [each.closed is None for each in store.incidents()]


def test_an_incident_keeps_its_id(monitor: Monitor, tmp_path: Path, days: list[Window], store: Store) -> None:
    """Judged again with more broken, the window's incident has another lead, and is the same one, as people left it."""
    for window in days[:3]:
        judge(monitor, tmp_path, window, store)
    (before,) = group_incidents(monitor, store)
    store.act_on_incident(before.id, Action.ACKNOWLEDGE, "Ann")
    path = fill_path(str(tmp_path / ROWS), days[2])
    pl.read_parquet(path).with_columns(pl.lit("d").alias("zone")).write_parquet(path)
    judge(monitor, tmp_path, days[2], store)
    group_incidents(monitor, store)
    ((id_, owner, subjects),) = [
        (each.id, each.owner, {member.subject for member in each.members}) for each in store.incidents()
    ]
    assert (before.id, "Ann", {"size", "zone"}) == (id_, owner, subjects)


def test_labels_are_joined(tmp_path: Path) -> None:
    """The last label of an id holds, a row without one keeps what it has, and the same files give the same rows."""
    pl.DataFrame({"id": ["a", "b", "c"], "y": [None, 1.0, None]}).write_parquet(tmp_path / "rows.parquet")
    pl.DataFrame({"id": ["a", "a", "x"], "y": [5.0, 6.0, 7.0]}).write_csv(tmp_path / "labels.csv")
    files = (str(tmp_path / "rows.parquet"), str(tmp_path / "labels.csv"), tmp_path / "joined" / "day.parquet")
    for _ in range(2):
        assert (3, 2) == join_label_files(*files, id="id", target="y")
        assert [6.0, 1.0, None] == pl.read_parquet(files[2])["y"].to_list()


def test_labels_that_do_not_fit(tmp_path: Path) -> None:
    """A column that is missing and ids of another type are told, and nothing is written."""
    rows, labels, output = (str(tmp_path / name) for name in ("rows.parquet", "labels.parquet", "joined.parquet"))
    pl.DataFrame({"id": ["1"]}).write_parquet(rows)
    pl.DataFrame({"id": [1], "y": [2.0]}).write_parquet(labels)
    with pytest.raises(InputError, match=r"id is Int64, in .* it is String"):
        join_label_files(rows, labels, output, id="id", target="y")
    with pytest.raises(InputError, match="has no column minutes; there are: id, y"):
        join_label_files(rows, labels, output, id="id", target="minutes")
    assert not Path(output).exists()
