"""Estimates that lied once labels came are widened until they keep their promise again; memory survives a restart."""

import re

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.alerts.memory.audits import Audit, Audits
from driftline.alerts.watch import Watch
from driftline.cli.main import main
from driftline.monitor import Monitor
from driftline.profiles.codec import pack, unpack
from driftline.stores.base import open_store

DAY, NAME = 400, "estimated_accuracy"


def days(first, n, seed, wrong=0.0):
    """Days of 400 rows with calibrated scores, of which this share of outcomes is turned: concept drift."""
    random, rows = np.random.default_rng(seed), n * DAY
    score = 1 / (1 + np.exp(-random.normal(0, 2, rows)))
    truth = (random.random(rows) < score) != (random.random(rows) < wrong)
    start = pl.datetime(2024, 1, 1) + pl.duration(days=first)
    at = pl.select(start + pl.duration(seconds=pl.int_range(rows) * (86_400 // DAY))).to_series()
    return pl.DataFrame({"y": truth, "answer": score > 0.5, "score": score, "at": at})


@pytest.fixture(scope="module")
def monitor():
    """A monitor of a quiet month."""
    return Monitor.fit(
        days(0, 30, 0), target="y", prediction="answer", score="score", timestamp="at", only=["performance"]
    )


def blind(rows):
    """The rows before their labels come."""
    return rows.with_columns(y=pl.lit(None, pl.Boolean))


def follow(monitor, *spans):
    """Each day judged without labels, then with them, as a server does: verdicts before, and what came true."""
    before, after, own, real = Watch(monitor), Watch(monitor), [], []
    before.audits = after.audits
    for day in (span[at : at + DAY] for span in spans for at in range(0, span.height, DAY)):
        own += verdicts(before.over(blind(day)))
        real += [verdict.value for verdict in verdicts(after.over(day), "accuracy")]
    return own, real


def verdicts(watched, metric=NAME):
    """The verdicts of one metric by window."""
    return [next(v for v in window.result.verdicts if v.metric == metric and not v.segment) for window in watched]


def test_an_estimate_that_keeps_its_promise_is_left_alone(monitor):
    """Over 12 quiet days the interval holds what came true, is never widened, and says how often it held."""
    own, real = follow(monitor, days(31, 12, 1))
    assert [] == [v for v in own if "widened" in v.detail]
    assert 11 == own[-1].detail["audited"]
    assert own[-1].detail["held"] == sum(v.low <= true <= v.high for v, true in zip(own[:-1], real[:-1], strict=True))
    assert abs(own[-1].detail["mean_error"]) < 0.02


def test_an_estimate_that_lied_is_widened(monitor):
    """Concept drift: the plain interval holds nothing that came true, the widened one nearly all, and says why."""
    own, real = follow(monitor, days(31, 5, 1), days(36, 15, 2, wrong=0.2))
    lied = [at for at, verdict in enumerate(own) if "widened" in verdict.detail]
    assert list(range(lied[0], 20)) == lied
    assert 5 < lied[0] <= 8
    held = {"plain": 0, "widened": 0}
    for at in lied[4:]:
        low, high = own[at].detail["promised"]
        held["plain"] += low <= real[at] <= high
        held["widened"] += own[at].low <= real[at] <= own[at].high
    assert held["plain"] <= 1
    assert held["widened"] >= len(lied[4:]) - 1
    assert "what came true lay within in only" in own[-1].reason
    assert "lower on average" in own[-1].reason


def test_it_recovers(monitor):
    """Once the concept is back, intervals narrow again; what was true 60 windows ago says nothing of now."""
    watch = Watch(monitor)
    watch.audits = Audits({NAME: {f"{at:03}": Audit(0.2, 4.0) for at in range(60)}})
    assert 4.0 == watch.audits.factor(NAME)
    watch.over(days(31, 3, 3))
    assert (60, "003") == (len(watch.audits.known[NAME]), min(watch.audits.known[NAME]))
    known = {f"{at:03}": Audit(0.2, 4.0 if at < 5 else 0.5) for at in range(60)}
    assert 1.0 == Audits({NAME: known}).factor(NAME)


def test_blind_windows_are_widened_by_what_earlier_ones_showed(monitor):
    """Rows without labels, which is where estimates are judged, have the wide interval; rows with them do not."""
    lied, trusted = Watch(monitor), Watch(monitor)
    lied.over(days(31, 8, 2, wrong=0.2))
    trusted.over(days(31, 8, 1))
    rows = blind(days(39, 1, 5))
    ours, theirs = (verdicts(watch.over(rows))[-1] for watch in (lied, trusted))
    assert (True, True) == (ours.judged, theirs.judged)
    assert ours.value == theirs.value
    assert ours.high - ours.low > 2 * (theirs.high - theirs.low)
    assert ours.detail["promised"] == [theirs.low, theirs.high]
    labelled = verdicts(lied.over(days(40, 1, 5)))[-1]
    assert ("widened" in labelled.detail, labelled.detail["audited"]) == (False, 8)


def test_memory_survives_a_restart(monitor):
    """Through its bytes, a watch goes on with what it knows of its estimates."""
    watch = Watch(monitor)
    watch.over(days(31, 8, 2, wrong=0.2))
    again = Watch.from_state(monitor, unpack(pack(watch.state())))
    assert watch.audits.known == again.audits.known
    assert 1.5 < watch.audits.factor(NAME) == again.audits.factor(NAME)


def test_a_store_knows_it_too(monitor, tmp_path):
    """Another process that watches later windows takes up what the store has of those before."""
    with open_store(f"sqlite:///{tmp_path / 'known.db'}") as store:
        first = Watch(monitor)
        first.over(days(31, 8, 2, wrong=0.2), store=store)
        later = Watch(monitor)
        own = verdicts(later.over(blind(days(39, 1, 4)), store=store))
        same = verdicts(first.over(blind(days(39, 1, 4))))
    assert (same[0].low, same[0].high, same[0].detail) == (own[0].low, own[0].high, own[0].detail)
    assert own[0].detail["widened"] > 1.5


def test_the_width_is_that_of_split_conformal_prediction():
    """The factor is the ceil(0.95 (n + 1))-th smallest of the margins; below five windows nothing is said."""
    margins = [0.1 * at for at in range(1, 41)]
    audits = Audits({"mae": {str(at): Audit(1.0, each) for at, each in enumerate(margins)}})
    assert sorted(margins)[39 - 1] == audits.factor("mae")
    assert 1.0 == Audits({"mae": {str(at): Audit(1.0, 5.0) for at in range(4)}}).factor("mae")
    assert 1.0 == Audits().factor("mae")


@pytest.mark.parametrize(
    ("real", "margins"), [(0.8, 0.0), (0.85, 0.5), (0.7, 1.0), (0.6, 2.0)], ids=["right", "above", "edge", "outside"]
)
def test_margins_are_of_the_side_where_the_truth_lies(real, margins):
    """An interval that is wider on one side is measured by that side."""
    assert margins == pytest.approx(Audit.compare(0.8, 0.7, 0.9, real).margins)
    assert 1e3 == Audit.compare(0.8, 0.8, 0.8, 0.7).margins


def test_it_audits_what_was_told(monitor):
    """What is remembered is the error of the estimate that the verdict gives, also where seasons are compared."""
    watch = Watch(monitor)
    own = verdicts(outcomes := watch.over(days(30, 7, 5)))
    real = verdicts(outcomes, "accuracy")
    assert [guess.value - true.value for guess, true in zip(own, real, strict=True)] == pytest.approx(
        [audit.error for audit in watch.audits.known[NAME].values()]
    )


def test_watch_says_how_good_estimates_were(tmp_path):
    """The last lines of `driftline watch`: in how many windows each estimate held, the worst first."""
    days(0, 10, 0).write_parquet(tmp_path / "ref.parquet")
    days(10, 5, 1).write_parquet(tmp_path / "cur.parquet")
    names = [str(tmp_path / name) for name in ("ref.parquet", "cur.parquet")]
    schema = ["--target", "y", "--prediction", "answer", "--score", "score", "--timestamp", "at"]
    text = " ".join(CliRunner().invoke(main, ["watch", *names, *schema]).output.split())
    assert "Estimates before labels, over the last 5 windows with labels:" in text
    assert re.search(r"Accuracy: held in \d of 5 windows; off by [\d.]+% on average, [\d.]+% too (high|low)", text)
