"""What the views read and show: every page, with hostile names, nothing at all, and very many columns."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from driftline import Monitor, registry
from driftline.alerts.watch import Watch
from driftline.config.settings import Config
from driftline.dashboard import pages, plots, times
from driftline.dashboard.views.base import Query
from driftline.errors import InputError, UnknownRecordError
from driftline.stores import pack
from driftline.stores.base import open_store
from driftline.types import Action, Health, Level, Point, Timeline
from harness.dashboards import DAYS, fill, result, verdict, window
from harness.surfaces import show_pages

NOW = datetime(2022, 3, 1, 12, tzinfo=UTC)
HOSTILE = (
    "<script>alert(1)</script>", "'; DROP TABLE runs; --", "../../etc/passwd", "..", "a/b?c=d&e#f%2f",
    '"><img src=x onerror=a>',
    "{{ 7 * 7 }}", "\x1b[31mred\x00", "a\u202eb", "two\nlines", " ", "名前",
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path}/store.db") as store:
        yield store


def read(store, view, **arguments):
    return registry.find("views", view).read(Query(store=store, arguments=arguments, now=NOW))


def test_fleet_is_worst_first(store):
    """The model with an open incident comes first, with since when and who has it; a quiet one comes last."""
    store.save_run(result("bus", 0, [verdict("fare")]), {})
    fill(store)
    store.save_run(result("tram", 0, [verdict("fare", Level.WARNING)]), {})
    found = read(store, "fleet")
    assert ["taxi", "tram", "bus"] == [each.model for each in found.models]
    taxi = found.models[0]
    assert (3, 1, 1) == (found.total, found.troubled, found.incidents)
    assert (Level.ALERT, 1, "2022-02-05T00:00:00", ()) == (taxi.level, taxi.incidents, taxi.since, taxi.owners)
    assert {Health.DATA: Level.ALERT, Health.MODEL: Level.OK} == taxi.tiers
    assert [Level.OK] * 4 + [Level.ALERT] * 2 == [each.level for each in taxi.windows]
    assert ("2022-02-07T00:00:00", "2022-02-07T00:00:00") == (taxi.fresh, taxi.labelled)
    assert ["tram"] == [each.model for each in read(store, "fleet", search="TRA").models]


def test_false_alarms_use_the_budget(store):
    """An incident that a person called a false alarm used the budget of its time; one of long ago used none of it."""
    fill(store)
    assert 0 == read(store, "fleet").models[0].budget_used
    store.act_on_incident("incident of taxi", Action.FALSE_ALARM, "Ann")
    assert None is read(store, "fleet").models[0].budget_used  # nothing says what the budget is
    monitor = Monitor.fit(pl.DataFrame({"x": range(100)}), alerts={"budget": "2 per 30 days"})
    store.save_pack("taxi", "plan", pack.dump(monitor.reference))
    assert 0.5 == read(store, "fleet").models[0].budget_used
    assert "<b>50%</b>" in pages.render(registry.find("views", "fleet"), read(store, "fleet"), pages.Frame())
    store.save_run(result("taxi", 60, [verdict("fare")]), {})
    assert 0 == read(store, "fleet").models[0].budget_used


def test_quiet_models_take_little_room(store):
    """Of many models those in which nothing is to be seen are a list below the others; of a few all are a table."""
    for at in range(15):
        store.save_run(result(f"bus {at}", 0, [verdict("fare")]), {})
    fleet = registry.find("views", "fleet")
    assert "quiet-models" not in pages.render(fleet, read(store, "fleet"), pages.Frame())
    fill(store)
    shown = pages.render(fleet, read(store, "fleet"), pages.Frame())
    table, _, quiet = shown.partition("quiet-models")
    assert (1, 15) == (table.count("<tr class="), quiet.count("<li>"))
    assert ">15 quiet</h2>" in table


def test_window_judged_again_is_one_window(store):
    """A window that was judged twice is there once, as it was judged last; a run of no window stands for itself."""
    store.save_run(result("taxi", 0, [verdict("fare", Level.ALERT)]), {})
    store.save_run(result("taxi", 1, [verdict("fare")]), {})
    store.save_run(result("taxi", 0, [verdict("fare")]), {})
    for level in (Level.OK, Level.WARNING):
        store.save_run(
            result("taxi", 0, [verdict("fare", level)], window=None, current=result("taxi", 3, []).current), {}
        )
    windows = read(store, "model", model="taxi").windows
    assert [Level.OK, Level.OK, Level.OK, Level.WARNING] == sorted(
        (each.level for each in windows), key=lambda level: level.rank
    )
    assert [window(0), window(1)] == [each.window for each in windows[:2]]
    assert [window(0)] == [each.window for each in read(store, "model", model="taxi", until="2022-02-02").windows]


def test_model_shows_what_moved(store):
    """The loudest column leads the heat map, the incident is on the time line from its onset, the rest is quiet."""
    fill(store)
    page = read(store, "model", model="taxi")
    assert [("fare", 2)] == [(row.column, row.alerts) for row in page.heat]
    assert [None] * 4 + [Level.ALERT] * 2 == list(page.heat[0].levels)
    assert ("tip",) == page.quiet
    ((bar,), drifting, errors) = page.bars, page.panels[0], page.panels[1]
    assert (pytest.approx(4 / 6), 1.0) == (bar.start, bar.end)
    assert [0, 0, 0, 0, 1, 1] == [point.value for point in drifting.line.points]
    assert ("mae", DAYS) == (errors.line.metric, len(errors.line.points))


def test_column_says_where_limits_come_from(store):
    """Each limit has its source and the lines that change it; a chosen window and a metric's history are shown."""
    fill(store)
    runs = [run.run_id for run in store.windows("taxi")]
    page = read(store, "column", model="taxi", column="fare", run=runs[-1])
    (limit,) = page.limits
    assert ("the default", "metrics:\n  jensen_shannon:\n    threshold: 0.15") == (limit.source, limit.yaml)
    assert (window(0), DAYS) == (page.window.window, len(page.judged[0].line.points))
    assert ["median"] == [history.line.metric for history in page.described]


def fill_performance(store):
    """Four days: labels of all rows, of a quarter and of none, and estimates; two segments on the third day."""
    for day, labelled in enumerate((None, None, 0.25, 0.0)):
        error = verdict(None, metric="mae", health=Health.MODEL, family="performance", title="mean absolute error",
                        unit="min", value=4.0 + day if labelled != 0 else None,
                        detail={} if labelled is None else {"labelled": labelled})  # fmt: skip
        guess = replace(error, metric="estimated_mae", family="estimate", value=4.2, low=4.0, high=4.4, judged=False)
        parts = [replace(error, segment=f"zone={zone}", value=5.0, level=level)
                 for zone, level in (("a", Level.OK), ("b", Level.ALERT))]  # fmt: skip
        store.save_run(result("taxi", day, [error, guess, *(parts if day == 2 else [])]), {})


def test_signals_of_the_whole_model(store):
    """Fairness, unusual rows, concept drift and detectors have their page where there are any, and a link to it."""
    fill(store, model="plain")
    assert ((), ()) == (read(store, "model", model="plain").signals, read(store, "signals", model="plain").signals)
    assert "There is none" in pages.render(
        registry.find("views", "signals"), read(store, "signals", model="plain"), pages.Frame()
    )
    for day, level in enumerate((Level.OK, Level.ALERT)):
        store.save_run(result("loans", day, [
            verdict("sex", level, metric="demographic_parity_difference", family="fairness", title="parity difference"),
            verdict(None, metric="unusual_rows", family="quality", title="unusual rows"),
            verdict(None, metric="adwin(mae)", family="performance", title="ADWIN of the mean absolute error"),
            verdict("age"),
        ]), {})  # fmt: skip
    page = read(store, "signals", model="loans")
    assert ["fairness", "unusual rows", "detectors"] == [signal.name for signal in page.signals]
    assert (Level.OK, Level.ALERT) == page.signals[0].histories[0].levels
    assert ("fairness", "unusual rows", "detectors") == read(store, "model", model="loans").signals
    shown = pages.render(registry.find("views", "signals"), page, pages.Frame())
    assert "Parity difference by sex" in shown
    assert "fairness, unusual rows, detectors</a>" in pages.render(
        registry.find("views", "model"), read(store, "model", model="loans"), pages.Frame()
    )


def test_performance_says_how_good_estimates_were(store):
    """Of windows with labels: in how many the estimate's interval held, and how far it was off on average."""
    fill_performance(store)  # 4.2 in [4, 4.4] on each day; 4.0, then 5.0 came true, then a quarter of the labels
    page = read(store, "performance", model="taxi")
    (metric,) = page.metrics
    assert (2, 1, pytest.approx(-0.3)) == (metric.audited, metric.held, metric.mean_error)
    shown = pages.render(registry.find("views", "performance"), page, pages.Frame())
    assert "Estimates held in <b>1 of 2 windows</b> with labels; on average they were 0.3 min too low" in shown


def test_performance(store):
    """What came true and what was estimated are over the same windows; the newest with labels is shown in detail."""
    fill_performance(store)
    page = read(store, "performance", model="taxi")
    assert [(window(day), part) for day, part in enumerate((1.0, 1.0, 0.25, 0.0))] == [
        (each.window, each.labelled) for each in page.maturity
    ]
    (metric,) = page.metrics
    assert [4.0, 5.0, 6.0, None] == [point.value for point in metric.realized.line.points]
    assert [4.2] * 4 == [point.value for point in metric.estimated.points]
    assert (window(2), Level.OK, 6.0) == (page.window.window, page.level, page.whole[0].value)
    assert [("zone=b", Level.ALERT), ("zone=a", Level.OK)] == [(row.segment, row.level) for row in page.segments]
    assert ["zone=b", "zone=a"] == [history.line.segment for history in page.by_segment]
    shown = pages.render(registry.find("views", "performance"), page, pages.Frame())
    assert re.search(r'class="band" d="M125\.0 [\d. L]+z"', shown)
    assert ("25% of the labels are there" in shown, "there are no curves" in shown) == (True, True)
    first = read(store, "performance", model="taxi", run=page.windows[0].run_id)
    assert (window(0), ()) == (first.window.window, first.segments)
    with pytest.raises(UnknownRecordError, match="none of these windows has the run 'x'"):
        read(store, "performance", model="taxi", run="x")


def test_performance_that_was_only_estimated(store):
    """Where no label has come yet the estimates are shown alone; where there is nothing at all, the page says so."""
    guess = verdict(None, metric="estimated_mae", health=Health.MODEL, family="estimate", title="estimated error",
                    unit="min", judged=False)  # fmt: skip
    store.save_run(result("taxi", 0, [guess]), {})
    store.save_run(result("bus", 0, [verdict("fare")], task=None), {})
    (metric,) = read(store, "performance", model="taxi").metrics
    assert (None, 0.02) == (metric.realized, metric.estimated.points[0].value)
    shown = pages.render(registry.find("views", "performance"), read(store, "performance", model="bus"), pages.Frame())
    assert "Nothing says how right this model is" in shown


def test_figures_of_a_window(store):
    """Confusion, curves of scores, calibration and errors are drawn from the window's profile and the reference's."""
    rng = np.random.default_rng(5)
    score = rng.random(400)
    rows = pl.DataFrame({
        "at": pl.datetime_range(pl.datetime(2022, 2, 1), pl.datetime(2022, 2, 5), "864s", eager=True, closed="left"),
        "y": rng.random(400) < score, "score": score, "predicted": score > 0.5,
    })  # fmt: skip
    for task, columns in (("binary", ["at", "y", "score", "predicted"]), ("regression", ["at", "number", "guess"])):
        frame = rows.with_columns(number=pl.col("score") * 9, guess=pl.col("score") * 9 + rng.normal(0, 1, 400))
        target, prediction = columns[1], columns[-1]
        config = Config(model={"name": task}, target=target, prediction=prediction, timestamp="at",
                        score="score" if task == "binary" else None)  # fmt: skip
        Watch(Monitor.fit(frame.select(columns), config=config)).over(frame.select(columns), store=store)
    pages_ = {model: read(store, "performance", model=model) for model in ("binary", "regression")}
    assert {"confusion", "roc", "precision-recall", "calibration"} == {each.name for each in pages_["binary"].figures}
    assert {"errors"} == {each.name for each in pages_["regression"].figures}
    for page in pages_.values():
        shown = pages.render(registry.find("views", "performance"), page, pages.Frame())
        charts = [each for each in page.figures if each.name != "confusion"]
        assert len(charts) == shown.count('class="card curve"')
        assert not re.search(r"\bnan\b", shown, re.IGNORECASE)
        for chart in charts:
            drawn = rf'<figcaption>{chart.title}.*?<path class="reference" d="M.*?<path class="current" d="M'
            assert re.search(drawn, shown, re.DOTALL)


@pytest.mark.parametrize("view", registry.names("views"))
def test_nothing_there(store, view):
    """On an empty store a page says that nothing is there; one of a thing that is not there is not found."""
    required = registry.find("views", view).required
    if required:
        with pytest.raises(InputError, match=f"lacks {required[0]}="):
            read(store, view)
        with pytest.raises(UnknownRecordError):
            read(store, view, **dict.fromkeys(required, "x"))
    else:
        shown = pages.render(registry.find("views", view), read(store, view), pages.Frame())
        assert re.search("Nothing was judged yet|Nothing is open", shown)


@pytest.mark.parametrize("text", ["0", "-1", "1e3", "٣", "9" * 30, "", "401"])
def test_numbers_that_are_none(store, text):
    """A number in an address that is none, or too large, is refused in words."""
    with pytest.raises(InputError, match="expected a whole number from 1 to 400"):
        read(store, "model", model="taxi", windows=text)


class Links(HTMLParser):
    """The links of a page, and every tag and attribute that could run or restyle something."""

    def __init__(self) -> None:
        super().__init__()
        self.links, self.active = [], []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name == "href"]
        own = tag == "script" and re.fullmatch(r"/live\.js\?\w+", dict(attrs).get("src", ""))
        self.active += [tag for _ in "x" if tag in {"script", "style", "iframe", "img", "object"} and not own]
        self.active += [name for name, _ in attrs if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(store, name):
    """A name is text on every page, and nothing else; each link with it leads to what it names."""
    fill(store, model=name, columns=(name, "plain"), days=2)
    shown = dict(show_pages(store))
    assert len(shown) >= 2 * len(registry.names("views"))
    linked = set()
    for where, text in shown.items():
        if where.startswith("JSON"):
            json.loads(text)
            continue
        found = Links()
        found.feed(text)
        assert [] == found.active, where
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text), where
        linked |= set(found.links)
    assert {pages.address("/model", model=name), pages.address("/column", model=name, column=name)} <= linked
    assert all(re.fullmatch(r"#main|data:,|/[\w./]*(\?[\w.%+&=*~-]*)?", link) for link in linked), linked


def test_very_many_columns(store):
    """A model of 2,000 columns still has its pages, of little text, the loudest columns first."""
    names = [f"column {at}" for at in range(2000)]
    for day in range(3):
        loud = [verdict(name, Level.ALERT if at >= 1900 and day else Level.OK) for at, name in enumerate(names)]
        store.save_run(result("wide", day, loud), {})
    page = read(store, "model", model="wide")
    text = pages.render(registry.find("views", "model"), page, pages.Frame())
    assert (40, 60, 1900) == (len(page.heat), page.hidden, len(page.quiet))
    assert len(text) < 300_000
    assert Level.ALERT is read(store, "column", model="wide", column="column 1999").window.level


def test_drawings_are_text_and_numbers():
    """A line has a dot a window that is known, its ends hold interval and limit, and a gap is no line."""
    points = tuple(Point(window(at), value, None, None, 100) for at, value in enumerate((0.1, None, 0.3)))
    line = Timeline(
        metric="psi", title="PSI", column="a", segment=None, unit="", reference=None, threshold=0.5, points=points
    )
    drawing = plots.lines(line, (Level.OK, Level.UNKNOWN, Level.ALERT))
    assert 'd="M166.7 81.1h0"' in drawing
    assert re.search(r'class="line" d="M166.7 [\d.]+M833.3', drawing)
    assert "0.53" in drawing
    assert "No value" in plots.lines(
        Timeline(**{name: getattr(line, name) for name in line.__slots__} | {"points": ()}), ()
    )
    assert 3 == plots.axis([window(day) for day in range(3)]).count("<td")


def test_places_on_the_axis():
    """Times between windows of unequal length, and in a gap between them, stand where they belong."""
    windows = [window(0), window(1), "2022-02-05T00:00:00/2022-02-05T01:00:00"]
    said = ["2022-02-01T12:00:00Z", "2022-02-03T12:00:00Z", "2022-02-05T00:30:00", "nothing"]
    assert [pytest.approx(0.5 / 3), pytest.approx(2 / 3), pytest.approx(2.5 / 3), None] == [
        times.place(text, windows) for text in said
    ]


def test_two_windows_of_a_column(store):
    """Any two windows in one chart, older ones than the page has too; by links, without scripts."""
    days = pl.datetime(2022, 1, 1) + pl.duration(hours=pl.int_range(24 * 20))
    rows = pl.select(at=days, fare=pl.int_range(24 * 20) % 24, kind=pl.lit("a")).with_columns(
        pl.when(pl.col("at") < datetime(2022, 1, 20)).then("fare").otherwise(pl.col("fare") + 12)  # noqa: DTZ001 - as the rows
    )  # fmt: skip
    for name in ("taxi", "bus"):
        monitor = Monitor.fit(rows[: 24 * 10], timestamp="at", model={"name": name}, describe=False)
        Watch(monitor).over(rows[24 * 10 :], store=store)
    newest, before, *_, oldest = store.windows("taxi", None)
    page = read(store, "column", model="taxi", column="fare", windows="5", run=newest.run_id, beside=oldest.run_id)
    sides = [(sum(bar.reference for bar in page.compared.bars), sum(bar.current for bar in page.compared.bars))]
    assert ([(1.0, 1.0)], oldest.window) == ([tuple(map(round, each)) for each in sides], page.beside.window)
    halves = [sum(getattr(bar, side) for bar in page.compared.bars if (bar.low or 0) >= 12)
              for side in ("reference", "current")]  # fmt: skip
    assert halves[1] - halves[0] == pytest.approx(0.5)
    (drift,) = [each for each in page.differences if each.metric == "jensen_shannon"]
    assert drift.beside < drift.window
    assert ["the window before"] == [each.name for each in page.neighbours]
    assert before.run_id == page.neighbours[0].run_id
    weeks = read(store, "column", model="taxi", column="fare")
    assert ["the window before", "a week before"] == [each.name for each in weeks.neighbours]
    shown = pages.render(registry.find("views", "column"), page, pages.Frame())
    assert "10 Jan 2022 to 11 Jan 2022" not in shown
    assert "11 Jan 2022 to 12 Jan 2022 and 20 Jan 2022 to 21 Jan 2022" in shown
    with pytest.raises(UnknownRecordError, match="no window of model 'taxi' has the run"):
        read(store, "column", model="taxi", column="fare", beside=store.windows("bus", 1)[0].run_id)
    other = Monitor.fit(rows[: 24 * 9], timestamp="at", model={"name": "taxi"}, describe=False)
    Watch(other).over(rows[24 * 19 :], store=store)
    runs = store.windows("taxi", 2)
    page = read(store, "column", model="taxi", column="fare", run=runs[0].run_id, beside=runs[1].run_id)
    assert (None, True) == (page.compared, page.chart is not None)
    assert "judged under different plans" in pages.render(registry.find("views", "column"), page, pages.Frame())
