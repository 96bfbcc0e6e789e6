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
