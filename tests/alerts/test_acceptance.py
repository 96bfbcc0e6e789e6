"""What a person takes for the new normal ends, stays quiet at that level, and is news again beyond it."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.alerts.acceptance import Acceptance, apply_acceptances
from driftline.alerts.incidents import Incident
from driftline.alerts.preview import preview_acceptance
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.monitor import Monitor
from driftline.profiles import codec
from driftline.stores.base import open_store
from driftline.types import Action, IncidentState, Level
from harness.dashboards import verdict

DAY = 86_400_000_000
FIRST = 30


def table(days, shift=0.0, first=FIRST, **columns):
    """Days of 200 rows; column `a` is shifted."""
    rng = np.random.default_rng(first)
    day = np.repeat(np.arange(days), 200)
    data = {name: rng.normal(size=day.size) for name in ("a", "b")}
    data["a"] = data["a"] + shift
    at = pl.Series((first + day) * DAY + rng.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    return pl.DataFrame(data).with_columns(at=at, **columns)


@pytest.fixture(scope="module")
def monitor():
    """Of thirty days."""
    return Monitor.fit(table(30, first=0), timestamp="at")


def judge(watch, rows, store=None):
    """The outcome of each day."""
    return [watch.judge(window, store=store) for window in watch.monitor.windows(rows, every="1d")]


def test_accepted_level_is_quiet_and_beyond_it_is_news(monitor):
    """It ends as accepted, with who and when; the same level opens nothing; a jump beyond, or another column, does."""
    watch = Watch(monitor)
    *_, last = judge(watch, table(3, shift=1.0))
    (incident,) = last.incidents
    ended = watch.accept(incident.id, "Ann", "new tariff", on="1970-02-04")
    assert (False, "accepted by Ann on 1970-02-04 (new tariff)") == (ended.is_open, ended.acceptance)
    assert ended == Incident.from_state(ended.state())
    watch = Watch.from_state(monitor, codec.unpack(codec.pack(watch.state())))
    quiet = judge(watch, table(8, shift=1.0, first=33))
    assert [[ended], *[[]] * 7] == [list(outcome.incidents) for outcome in quiet]
    assert {Level.OK} == {outcome.result.level for outcome in quiet}
    (told,) = [each for each in quiet[0].result.notable if each.metric == "jensen_shannon"]
    assert told.reason.endswith("; accepted by Ann on 1970-02-04 (new tariff)")
    beyond = judge(watch, table(2, shift=4.0, first=41))
    assert ["a"] == [incident.column for incident in beyond[0].opened]
    other = judge(watch, table(1, shift=1.0, first=43, b=pl.col("b") + 3.0))
    assert "b" in {member.column for outcome in other for one in outcome.incidents for member in one.members}


def test_another_kind_of_finding_is_news(monitor):
    """That a column has moved is accepted; that it is then missing is not."""
    watch = Watch(monitor)
    *_, last = judge(watch, table(3, shift=1.0))
    watch.accept(last.incidents[0].id, "Ann")
    rows = table(2, shift=1.0, first=33).with_columns(a=pl.when(pl.int_range(pl.len()) % 3 > 0).then("a"))
    assert ["missing"] == [incident.metric for incident in judge(watch, rows)[0].opened]


def test_unknown_incident(monitor):
    """Only an open incident can be accepted."""
    with pytest.raises(KeyError):
        Watch(monitor).accept("nobody", "Ann")


def test_commands(tmp_path, monitor):
    """An accepted incident ends in the next `watch` over the same store and stays quiet; a resolved one opens again."""
    pack, past, store = monitor.save(tmp_path / "m.pack"), tmp_path / "now.parquet", f"sqlite:///{tmp_path}/s.db"
    rows = pl.concat([table(3, shift=1.0), table(6, shift=1.0, first=33), table(2, shift=4.0, first=39)])
    rows.filter(pl.col("at") < datetime(1970, 2, 3)).write_parquet(past)  # noqa: DTZ001 - naive, as the column is

    def run(*arguments):
        done = CliRunner().invoke(main, [*arguments, "--store", store])
        return done.exit_code, " ".join(done.output.split())

    missing = run("incidents")
    assert (2, True) == (missing[0], "no such store" in missing[1])
    code, told = run("watch", str(pack), str(past))
    with open_store(store) as opened:
        (incident,) = opened.incidents("model")
    assert (1, True) == (code, f"still open, as {incident.id}" in told)
    assert (incident.reason, ["a"]) == (incident.evidence[0], [member.column for member in incident.members])
    assert f"{incident.id} model: a is higher: median " in run("incidents")[1]
    wrong = run("incident", incident.id[:-1] + "x", "accept", "--by", "Ann")
    assert (2, True) == (wrong[0], f"did you mean '{incident.id}'?" in wrong[1])
    code, told = run("incident", incident.id, "accept", "--by", "Ann", "--note", "new tariff")
    assert (0, True) == (code, told.startswith("accepted: a is higher: median "))
    assert "Ann did accept it" in run("incident", incident.id, "resolve")[1]
    assert (0, "no open incidents") == run("incidents")
    assert f"{incident.id} model: a is higher: " in run("incidents", "--state", "accepted")[1]
    today = datetime.now(UTC).date().isoformat()
    assert f"accepted by Ann on {today} (new tariff)" in run("watch", str(pack), str(past))[1]
    assert "Ann: accept: new tariff" in run("incident", incident.id)[1]
    rows.write_parquet(past)
    told = run("watch", str(pack), str(past))[1]
    assert 2 == told.count("opens: ")
    assert "2 incidents in 11 windows" in told


def test_resolved_in_the_store(tmp_path, monitor):
    """What a person resolves ends with the next window; what still alerts then opens a new incident."""
    watch = Watch(monitor)
    with open_store(f"{tmp_path}/s.db") as store:
        (first,) = watch.over(table(3, shift=1.0), store=store)[-1].incidents
        store.act_on_incident(first.id, Action.RESOLVE, "Ann", "mended")
        outcomes = watch.over(table(6, shift=1.0, first=33), store=store)
        told = next(each for each in outcomes[0].incidents if each.id == first.id)
        assert (False, True) == (told.is_open, told.acceptance.startswith("resolved by Ann on "))
        states = {each.id: each.state for each in store.incidents()}
        assert IncidentState.RESOLVED is states.pop(first.id)
        assert [IncidentState.OPEN] == list(states.values())


def zones(days, first, shift=0.0, **own):
    """Days of 480 rows, of which twenty each are of the zones `e` and `l`; those are shifted on their own, too."""
    rng = np.random.default_rng(first)
    day, at = np.repeat(np.arange(days), 480), np.tile(np.arange(480), days)
    zone = np.select([at % 24 == 0, at % 24 == 1], ["e", "l"], "o")
    a = rng.normal(size=day.size) + shift + np.select([zone == "e", zone == "l"], [own.get("e", 0), own.get("l", 0)])
    times = pl.Series((first + day) * DAY + rng.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    return pl.DataFrame({"a": a, "zone": zone}).with_columns(at=times)


def test_column_is_accepted_with_its_segments(tmp_path):
    """Incidents of nothing but its segments end with it, as the preview says, and what is left open does not."""
    monitor = Monitor.fit(
        zones(14, 0), timestamp="at", segments=["zone"], only=("drift",), describe=False, derive=False,
        judge={"min_rows": 15},
    )  # fmt: skip
    watch = Watch(monitor)
    with open_store(f"{tmp_path}/s.db") as store:
        for rows in (zones(4, 14, e=2), zones(3, 18, e=2, l=2), zones(2, 21, 1.0, e=2, l=2)):
            judge(watch, rows, store)
        subjects = {one.id: {member.subject for member in one.members} for one in watch.incidents.values()}
        (column,) = [id_ for id_, found in subjects.items() if "a" in found]
        (segment,) = [id_ for id_, found in subjects.items() if found == {"a where zone=l"}]
        assert not preview_acceptance(store, column).left
        store.act_on_incident(column, Action.ACCEPT, "Ann", "new tariff")
        first, *rest = judge(watch, zones(4, 23, 1.0, e=2, l=2), store)
        assert {column, segment} == {one.id for one in first.incidents if not one.is_open}
        assert [1] * 2 == [one.acceptance.count("accepted by Ann") for one in first.incidents]
        assert not any(outcome.incidents for outcome in rest)
        states = {one.id: one.state for one in store.incidents()}
        assert {column: IncidentState.ACCEPTED, segment: IncidentState.RESOLVED} == states


def test_segment_is_accepted_without_its_column():
    """It says nothing of the whole column, nor of other segments."""
    own = Acceptance(subject="a where zone=e", text="", sizes={"psi": 1.0})
    whole = Acceptance(subject="a", text="", sizes={"psi": 1.0})
    verdicts = [verdict("a", Level.ALERT, "psi", segment=segment) for segment in (None, "zone=e", "zone=l")]
    verdicts.append(verdict("a", Level.ALERT, "psi", segment="zone=l", value=5.0, low=4.0))

    def levels(acceptance):
        return [each.level for each in apply_acceptances(verdicts, {acceptance.subject: acceptance})]

    assert [Level.ALERT, Level.OK, Level.ALERT, Level.ALERT] == levels(own)
    assert [*[Level.OK] * 3, Level.ALERT] == levels(whole)
