"""The rows with the largest errors are kept with their ids and what made their answers, and none of their values."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.alerts.watch import Watch
from driftline.models.explain import explain_rows
from driftline.profiles.sketches.worst_rows import WorstRows
from driftline.stores.base import open_store
from driftline.stores.results import make_stored_figures
from driftline.types import ProfileKey


def make_rows(seed, n=1_200):
    """Rows of a linear model with its exact attributions, as a service logs them; errors are larger for long trips."""
    random = np.random.default_rng(seed)
    rows = pl.DataFrame({"id": [f"trip {seed}-{at}" for at in range(n)], "km": random.gamma(2, 3, n)})
    at = pl.datetime(2024, 1, seed) + pl.duration(minutes=pl.int_range(n))
    rows = rows.with_columns(wait=pl.Series(random.normal(5, 1, n)), at=at)
    found = explain_rows(lambda frame: 3 * frame["km"].to_numpy() - frame["wait"].to_numpy(), rows.head(n),
                         background=rows, features=["km", "wait"])  # fmt: skip
    answer = pl.Series(3 * rows["km"] - rows["wait"])
    return found.join().with_columns(p=answer, y=answer + pl.Series(random.normal(size=n)) * rows["km"])


SETTINGS = {"target": "y", "prediction": "p", "id": "id", "timestamp": "at", "attributions": "shap_"}


@pytest.fixture(scope="module")
def sides():
    """Rows of the reference and current ones."""
    return make_rows(1), make_rows(2)


def worst(result):
    """The table of the worst rows."""
    (table,) = [section for section in result.sections if section.name == "worst-rows"]
    return table


def test_the_largest_errors_with_what_made_the_answers(sides, tmp_path):
    """Ids and errors are those of the rows themselves; why is the row's own attributions; a store shows them again."""
    monitor = Monitor.fit(sides[0], sample={"worst": 5}, **SETTINGS)
    with open_store(f"sqlite:///{tmp_path}/a.db") as store:
        (watched,) = Watch(monitor).over(sides[1], store=store)
        result, stored = watched.result, make_stored_figures(store, store.runs()[0].run_id)
    frame = sides[1].with_columns(error=(pl.col("p") - pl.col("y")).abs()).sort("error", descending=True).head(5)
    table = worst(result)
    assert frame["id"].to_list() == [row.cells[0] for row in table.rows]
    assert frame["error"].to_list() == pytest.approx([row.cells[1].value for row in table.rows])
    km, wait = frame["shap_km"][0], frame["shap_wait"][0]
    assert f"{km:+.3g} by km, {wait:+.3g} by wait" == table.rows[0].cells[2]
    assert [row.cells for row in table.rows] == [
        row.cells for each in stored if each.name == "worst-rows" for row in each.rows
    ]
    for form in ("html", "json"):
        assert frame["id"][0] in result.render(form)


def test_any_partition_keeps_the_same(sides, tmp_path):
    """Rows in one piece, or shuffled in many, and a saved monitor, keep the same rows in the same order."""
    monitor = Monitor.fit(sides[0], sample={"worst": 7}, **SETTINGS)
    shuffled = sides[1].sample(fraction=1, shuffle=True, seed=3)
    for at, part in enumerate(shuffled.iter_slices(170)):
        part.write_parquet(tmp_path / f"{at}.parquet")
    loaded = Monitor.load(monitor.save(tmp_path / "pack"))
    one, many = worst(monitor.check(sides[1])), worst(loaded.check(str(tmp_path / "*.parquet")))
    assert [row.cells for row in one.rows] == [row.cells for row in many.rows]


def test_nothing_is_kept_unless_asked_for_and_no_values_then(sides):
    """Without the setting no row is; a redacted id is not kept; of a kept row no value is."""
    plain = Monitor.fit(sides[0], **SETTINGS)
    assert "worst-rows" not in {section.name for section in plain.check(sides[1]).sections}
    hidden = Monitor.fit(sides[0], sample={"worst": 3}, privacy={"redact": ["id"]}, **SETTINGS)
    assert ["row 1", "row 2", "row 3"] == [row.cells[0] for row in worst(hidden.check(sides[1])).rows]
    kept = hidden.reference.profiles[ProfileKey()].get(WorstRows)
    assert {"scores", "hashes", "ids", "parts"} == set(kept.FIELDS)


def test_unusual_rows_without_labels():
    """A table without a model keeps its most unusual rows, with the columns that make them so."""
    random = np.random.default_rng(4)
    rows = pl.DataFrame({"a": random.normal(size=1_000), "b": random.normal(size=1_000)})
    odd = rows.with_columns(a=pl.when(pl.int_range(1_000) == 7).then(9.0).otherwise("a"))
    monitor = Monitor.fit(rows, outliers=True, sample={"worst": 2})
    table = worst(monitor.check(odd.with_columns(b=pl.when(pl.int_range(1_000) == 7).then(0.0).otherwise("b"))))
    scores = monitor.score_rows(odd)["score"]
    assert "The most unusual rows" == table.title
    assert table.rows[0].cells[1].value <= scores.max()
    assert any(row.cells[2].split(" by ")[1].startswith("a") for row in table.rows)


def test_log_loss_of_a_binary_score():
    """Of a classifier the rows with the largest log-loss are kept; without attributions why is not known."""
    random = np.random.default_rng(5)
    score = random.random(800)
    rows = pl.DataFrame({"n": range(800), "s": score, "y": random.random(800) < score})
    table = worst(Monitor.fit(rows, target="y", score="s", id="n", sample={"worst": 3}).check(rows))
    of_true = pl.when(pl.col("y")).then(pl.col("s")).otherwise(1 - pl.col("s"))
    expected = rows.with_columns(loss=-of_true.log()).sort("loss", descending=True).head(3)
    assert [str(n) for n in expected["n"]] == [row.cells[0] for row in table.rows]
    assert expected["loss"].to_list() == pytest.approx([row.cells[1].value for row in table.rows])
    assert "Why is not known" in table.caption
