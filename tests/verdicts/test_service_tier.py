"""What the service measured of each request is judged in a tier of its own, beside data and model."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.alerts.watch import Watch
from driftline.config.settings import Config
from driftline.dashboard import pages
from driftline.dashboard.views.base import Query
from driftline.registry import find
from driftline.stores.base import open_store
from driftline.types import Health, Level

FIRST = datetime(2022, 2, 1, tzinfo=UTC)
SERVICE = {"latency": {"role": "service"}, "error": {"role": "service", "kind": "categorical"}}


def requests(days: int, seed: int, slow: float = 1.0) -> pl.DataFrame:
    """Requests every 15 minutes; in the last two days answers take `slow` times as long and 30 % fail, else 1 %."""
    rng, n = np.random.default_rng(seed), days * 96
    late = (np.arange(n) >= n - 2 * 96) & (slow > 1)
    failed = rng.random(n) < np.where(late, 0.3, 0.01)
    return pl.DataFrame({
        "at": [FIRST + timedelta(minutes=15 * at) for at in range(n)], "fare": rng.gamma(4, 4, n),
        "latency": rng.gamma(3, 0.03, n) * np.where(late, slow, 1.0),
        "error": pl.Series(["TimeoutError" if each else None for each in failed], dtype=pl.String),
    })  # fmt: skip


@pytest.fixture(scope="module")
def monitor():
    """What judges the requests."""
    checks = ["mean(latency) <= 0.3"]
    return Monitor.fit(requests(21, 1), config=Config(timestamp="at", columns=SERVICE, checks=checks))


def test_slow_service_is_one_incident_of_its_tier(monitor, tmp_path):
    """It opens on the first slow day, holds both columns, is of the tier `service`, and is seen in the store."""
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        outcomes = Watch(monitor).over(requests(6, 2, slow=4.0), store=store)
        store.save_incidents([incident.record() for incident in outcomes[-1].incidents])
        assert [Level.OK] * 4 + [Level.ALERT] * 2 == [outcome.result.level for outcome in outcomes]
        (incident,) = outcomes[-1].incidents
        assert (Health.SERVICE, "2022-02-05") == (incident.health, incident.since[:10])
        assert {"latency", "error"} == {member.column for member in incident.members}
        ok, alert = (
            {Health.SERVICE: Level.OK, Health.DATA: Level.OK},
            {Health.SERVICE: Level.ALERT, Health.DATA: Level.OK},
        )
        assert [alert] * 2 + [ok] * 4 == [run.tiers for run in store.windows("model")]
        with store.session(writes=False) as session:
            sql = "SELECT DISTINCT \"column\" FROM service_health WHERE metric_level = 'alert' ORDER BY 1"
            assert ["error", "latency"] == [row["column"] for row in session.read(sql, {})]
        view = find("views", "model")
        page = view.read(Query(store=store, arguments={"model": "model"}, now=FIRST))
        assert [Health.SERVICE] == [bar.incident.health for bar in page.bars]
        assert incident.headline.partition(":")[0] in pages.render(view, page, pages.Frame())


def test_report_has_the_tier(monitor):
    """The report has the verdicts and the columns of the service below its own head, and none of them elsewhere."""
    result = monitor.check(requests(6, 2, slow=4.0).tail(192))
    sections = {section.name: section for section in result.sections}
    assert {"error", "latency"} == {panel.column.name for panel in sections["service-columns"].panels}
    assert not {"error", "latency"} & {panel.column.name for panel in sections["data-columns"].panels}
    assert {Health.SERVICE} == {v.health for v in result.verdicts if v.column in SERVICE}
    assert "service-unseen" not in sections
    (check,) = [verdict for verdict in result.verdicts if verdict.family == "expectation"]
    assert (Health.SERVICE, Level.ALERT) == (check.health, check.level)
    for form in ("html", "json", "markdown", "junit", "terminal"):
        assert "latency" in result.render(form)


def test_it_is_no_input_of_the_model():
    """No metric of several features reads what the service measured: it does not tell the rows apart."""
    frame = requests(10, 3)
    stories = {}
    for role in ("feature", "service"):
        columns = {"latency": {"role": role}, "error": {"role": "ignored"}}
        config = Config(timestamp="at", columns=columns, sample={"rows": 900})
        result = Monitor.fit(frame, config=config).check(requests(10, 4).with_columns(latency=pl.col("latency") * 9))
        (told,) = [verdict for verdict in result.verdicts if verdict.metric == "domain_classifier"]
        stories[role] = told.low, told.value
    assert stories["feature"][0] > 0.9
    assert abs(stories["service"][1] - 0.5) < 0.1


def test_what_moved_first_across_the_three_tiers(tmp_path):
    """Memory that leaks, then a feature, then the errors: incidents in this order, each of its tier."""

    def rows(days: int, seed: int, *, fails: bool = False) -> pl.DataFrame:
        rng, n = np.random.default_rng(seed), days * 96
        day = np.arange(n) / 96
        late = [np.where(fails, np.clip(day - begin, 0, None), 0) for begin in (2, 4, 6)]
        guess = rng.gamma(4, 4, n)
        return pl.DataFrame({
            "at": [FIRST + timedelta(minutes=15 * at) for at in range(n)], "guess": guess,
            "km": rng.gamma(4, 1, n) + 3 * (late[1] > 0),
            "paid": guess + rng.normal(size=n) * np.where(late[2] > 0, 8, 1),
            "service_memory": 4e8 + 2e7 * rng.normal(size=n) + 8e7 * late[0],
            "service_uptime": np.where(rng.random(n) < 0.01, rng.uniform(0, 3600, n), 3600.0),
            "service_throughput": 9 + rng.normal(size=n),
        })  # fmt: skip

    columns = {f"service_{name}": {"role": "service"} for name in ("memory", "uptime", "throughput")}
    config = Config(
        timestamp="at", target="paid", prediction="guess", columns=columns, describe=False, derive=False,
    )  # fmt: skip
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        Watch(Monitor.fit(rows(21, 1), config=config)).over(rows(9, 2, fails=True), store=store)
        view = find("views", "model")
        page = view.read(Query(store=store, arguments={"model": "model"}, now=FIRST))
    first = {}
    for bar in page.bars:
        first.setdefault(bar.incident.health, bar.incident)
    assert [Health.SERVICE, Health.DATA, Health.MODEL] == list(first)
    assert "service_memory" == first[Health.SERVICE].column
    for day, incident in zip(("2022-02-03", "2022-02-05", "2022-02-07"), first.values(), strict=True):
        assert incident.earliest[:10] <= day <= incident.latest[:10]


def test_restarts_and_fewer_requests_are_judged():
    """A service that begins again every few minutes, or is asked half as often: each is a finding of its tier."""
    rng, n = np.random.default_rng(1), 2016
    at = [FIRST + timedelta(minutes=15 * at) for at in range(n)]
    well = pl.DataFrame({"at": at, "uptime": [3600.0] * n, "throughput": 9 + rng.normal(size=n)})
    columns = {name: {"role": "service"} for name in ("uptime", "throughput")}
    monitor = Monitor.fit(well, config=Config(timestamp="at", columns=columns, describe=False))
    ill = well.tail(192).with_columns(uptime=pl.Series(rng.uniform(0, 300, 192)), throughput=pl.col("throughput") / 2)
    result = monitor.check(ill)
    assert {"uptime", "throughput"} == {found.lead.column for found in result.findings}
    assert {Health.SERVICE} == {found.lead.health for found in result.findings}
