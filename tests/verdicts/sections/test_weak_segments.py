"""The report shows the segments in which the model errs."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.errors import ConfigError
from driftline.verdicts.sections.records import Quantity

SEARCH = {"search": True}


def make_rows(seed, weak, n=6_000):
    """Rows of a regression that errs more for vans over 3 km, where `weak`."""
    random = np.random.default_rng(seed)
    km, kind = random.gamma(2, 2, n), random.choice(["van", "bike", "car"], n)
    y = random.normal(size=n)
    spread = np.where((kind == "van") & (km > 5) & weak, 2.0, 1.0)
    return pl.DataFrame(
        {"km": km, "kind": kind, "noise": random.normal(size=n), "y": y, "p": y + spread * random.normal(size=n)}
    )


def weak(result):
    (table,) = [section for section in result.sections if section.name == "weak-segments"]
    return table


def test_a_weak_segment_is_shown():
    """The pair is shown with rows, errors, interval and what it was in the reference, in each form of the report."""
    monitor = Monitor.fit(make_rows(1, weak=False), target="y", prediction="p", weak_segments=SEARCH)
    result = monitor.check(make_rows(2, weak=True))
    names = [str(row.cells[0]) for row in weak(result).rows]
    assert names
    assert all(name.startswith("km=") and name.endswith(" & kind=van") for name in names)
    _, rows, there, elsewhere, higher, _, past = weak(result).rows[0].cells
    assert 100 < int(str(rows).replace(",", "")) < 2_000
    assert isinstance(there, Quantity)
    assert there.value == pytest.approx(2 * np.sqrt(2 / np.pi), abs=0.25)
    assert there.value - elsewhere.value == pytest.approx(higher.value)
    assert past.value == pytest.approx(np.sqrt(2 / np.pi), abs=0.25)
    for form in ("html", "json", "markdown", "terminal"):
        assert "Weak segments" in result.render(form)
    assert ["none found"] == [row.cells[0] for row in weak(monitor.check(make_rows(3, weak=False))).rows]


def test_a_classifier_by_one_column():
    """Of a classifier the share of wrong answers is shown; one column alone is searched, too."""
    random = np.random.default_rng(4)

    def rows(wrong):
        city = pl.Series(random.choice(["Bonn", "Ulm", "Kiel"], 4_000)).replace({"Kiel": None})
        y = random.integers(0, 2, 4_000)
        flip = random.random(4_000) < np.where((city == "Ulm").fill_null(value=False), wrong, 0.1)
        return pl.DataFrame({"city": city, "y": y, "p": np.where(flip, 1 - y, y), "other": random.normal(size=4_000)})

    settings = {"target": "y", "prediction": "p", "weak_segments": SEARCH | {"columns": ["city"]}}
    monitor = Monitor.fit(rows(0.1), **settings)
    table = weak(monitor.check(rows(0.3)))
    assert ["city=Ulm"] == [row.cells[0] for row in table.rows]
    assert "share of wrong answers" in table.caption
    assert "1 column " in table.caption


def test_where_there_is_nothing_to_search():
    """Without labels, or unless it is asked for, nothing is shown; a column that is not there is refused."""
    monitor = Monitor.fit(make_rows(1, weak=False), target="y", prediction="p", weak_segments=SEARCH)
    for result in (
        monitor.check(make_rows(2, weak=True).with_columns(y=None)),
        Monitor.fit(make_rows(1, weak=False), target="y", prediction="p").check(make_rows(2, weak=True)),
    ):
        assert "weak-segments" not in {section.name for section in result.sections}
    with pytest.raises(
        ConfigError, match=r"weak_segments.columns: the reference has no column 'kind_'; did you mean 'kind'"
    ):
        Monitor.fit(make_rows(1, weak=False), target="y", prediction="p", weak_segments=SEARCH | {"columns": ["kind_"]})


def test_any_partition_gives_the_same(tmp_path):
    """Rows in one piece or in many, and a saved monitor, find the same."""
    monitor = Monitor.fit(make_rows(1, weak=False), target="y", prediction="p", weak_segments=SEARCH)
    rows = make_rows(2, weak=True)
    for at, part in enumerate(rows.sample(fraction=1, shuffle=True, seed=5).iter_slices(1_100)):
        part.write_parquet(tmp_path / f"{at}.parquet")
    loaded = Monitor.load(monitor.save(tmp_path / "pack"))
    tables = [weak(monitor.check(rows)), weak(loaded.check(str(tmp_path / "*.parquet")))]
    assert [[str(cell) for cell in row.cells[:5]] for row in tables[0].rows] == [
        [str(cell) for cell in row.cells[:5]] for row in tables[1].rows
    ]
