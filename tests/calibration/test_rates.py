"""A short version of the published simulations: false alarms, power and coverage stay in their bands."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from calibration import checks, contest, covers, model, rates, slices

pytestmark = pytest.mark.slow

DRAWS = 20


@pytest.fixture(scope="module")
def unchanged():
    """Verdicts on columns of all shapes that do not change, counted."""
    return sum((checks.counted(seed, 2_000, changed=False, sizes=(100, 1_000)) for seed in range(DRAWS)), Counter())


@pytest.fixture(scope="module")
def changed():
    """Verdicts on columns that change in many ways, counted."""
    return sum((checks.counted(seed, 5_000, changed=True, sizes=(1_000,)) for seed in range(8)), Counter())


def test_a_check_alerts_no_more_often_than_promised(unchanged):
    """Of checks without a change, no more alert than the budget's share for one, but for chance of one in 1,000."""
    for n in (100, 1_000):
        assert DRAWS == unchanged[n, checks.WHOLE, "", "judged"]
        assert unchanged[n, checks.WHOLE, "", "alert"] <= stats.binom.ppf(0.999, DRAWS, checks.PROMISED)


@pytest.mark.parametrize("n", [100, 1_000])
def test_p_values_of_no_change(unchanged, n):
    """Of the p-values of the distance that is judged by default about 5 % are up to 5 %, of all columns together."""
    own = [key for key in unchanged if key[:2] == (n, "jensen_shannon")]
    made = sum(unchanged[key] for key in own if key[3] == "judged")
    told = sum(unchanged[key] for key in own if key[3] == "p")
    assert stats.binom.ppf(0.0005, made, 0.025) <= told <= stats.binom.ppf(0.9995, made, 0.05)


@pytest.mark.parametrize("effect", ["mean +0.5 sd", "missing +10 points", "new category, 5 %"])
def test_changes_that_matter_are_told(changed, effect):
    """Large changes of 1,000 rows alert each time."""
    assert 8 == changed[1_000, "any metric", effect, "alert"]


@pytest.mark.parametrize("effect", ["mean +0.1 sd", "mean +0.25 sd", "5 % of mass moved"])
def test_changes_that_do_not_matter_are_not_told(changed, effect):
    """Changes below the smallest that matters do not alert, though the largest of them is significant."""
    assert 0 == changed[1_000, "any metric", effect, "alert"]
    assert effect != "mean +0.25 sd" or changed[1_000, "any metric", effect, "p"] >= 6


def test_intervals_hold_the_truth(monkeypatch):
    """Of the intervals of default metrics, of changed distances and of levels, 95 % hold the value of endless rows."""
    monkeypatch.setattr(covers, "PIECES", 2)
    monkeypatch.setattr(covers, "SHAPES", {"normal, 5 % missing": covers.SHAPES["normal, 5 % missing"]})
    counts = sum((covers.counted(seed, "features", sizes=(1_000,)) for seed in range(DRAWS)), Counter())
    for metric, columns in (
        ("jensen_shannon", covers.CHANGED),
        ("missing", ("normal, 5 % missing", covers.CHANGED[4])),
    ):
        told, held = (sum(counts[1_000, metric, column, what] for column in columns) for what in ("told", "held"))
        assert len(columns) * DRAWS == told
        assert stats.binom.ppf(0.0005, told, 0.93) <= held


def test_a_model_that_does_not_change(monkeypatch):
    """A model of 40 columns whose days vary by themselves opens no more incidents than the budget lets it by chance."""
    monkeypatch.setattr(model, "PAST", 21)
    monkeypatch.setattr(model, "WATCHED", 15)
    days = model.Days(200, *model.SCENARIOS["autocorrelated"])
    assert len(model.opened(0, days)) <= rates.most(0.5)


def test_equal_false_alarms():
    """Scores that tell nothing apart find as many changes as they raise false alarms, ties or not; perfect ones all."""
    random = np.random.default_rng(0)
    same = random.normal(size=4_000)
    assert list(contest.RATES) == pytest.approx(contest.curve(same, random.permutation(same)), abs=0.002)
    assert list(contest.RATES) == pytest.approx(contest.curve(np.zeros(9), np.zeros(9)))
    assert [1.0] * len(contest.RATES) == contest.curve(np.zeros(9), np.ones(9))


def test_slices_add_up(tmp_path):
    """Each run goes on from the last seed, keeps what it counted, and says which seeds were drawn at which commit."""
    path, seen = tmp_path / "draws.json", []

    def draw(seed):
        seen.append(seed)
        return Counter({("independent", 0.1, 1, 2 + seed): 1, ("independent", 0.1, 1, "all"): 2})

    for _ in range(2):
        draws = slices.load(path)
        draws["delays"].extend(draw, 0.0, 1)
        draws["delays"].extend(draw, 0.0, 1)
        slices.save(draws, path)
    kept = slices.load(path)["delays"]
    assert [0, 1, 2, 3] == seen
    assert [(0, 4)] == [(each.first, each.seeds) for each in kept.slices]
    assert 4 == kept.seeds
    assert 8 == kept.counts["independent", 0.1, 1, "all"]
    assert 1 == kept.counts["independent", 0.1, 1, 5]


def test_the_page_says_when_and_by_which_code_was_drawn():
    """Of a part that was drawn on several days it names the first and the last, and each commit; of none nothing."""
    draws = {name: slices.Draws([], Counter()) for name in slices.PARTS}
    draws["power"].slices += [slices.Slice(0, 3, "2026-11-24", "abc"), slices.Slice(3, 1, "2026-11-28", "def")]
    said = slices.describe(draws)
    assert "Drawn from 2026-11-24 to 2026-11-28, by the code of `abc`, `def`." == said["power"]
    assert not said["delays"]


def test_the_scenario_with_the_fewest_models_is_drawn_first(monkeypatch):
    """Of a group of parts, a run draws that which was drawn least, from its own next seed, until its time is over."""
    names = slices.GROUPS["scenarios"][:3]
    before = dict(zip(names, (4, 1, 2), strict=True))
    draws = {name: slices.Draws([slices.Slice(0, seeds, "", "")], Counter()) for name, seeds in before.items()}
    for name in names:
        monkeypatch.setitem(slices.PARTS, name, slices.Part(lambda seed: Counter({("seed", seed): 1}), list))
    for _ in range(3):
        slices.extend_group(draws, names, 0.0, 1)
    assert [4, 3, 3] == [draws[name].seeds for name in names]
    assert [[], [1, 2], [2]] == [[key[1] for key in draws[name].counts] for name in names]


def test_the_committed_draws_keep_the_promise():
    """Of all checks without a change that were ever drawn, no more alerted than chance lets the budget's share."""
    counts = slices.load(slices.HERE / "calibration_draws.json")["false_alarms"].counts
    whole = {key: count for key, count in counts.items() if key[2] == checks.WHOLE}
    judged, alerts = (sum(n for key, n in whole.items() if key[-1] == what) for what in ("judged", "alert"))
    assert judged >= 900
    assert alerts <= stats.binom.ppf(0.999, judged, checks.PROMISED)
