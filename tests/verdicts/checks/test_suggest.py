"""Limits that a reference suggests: each is a valid line, with a reason, that the reference itself keeps."""

import re
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from driftline import Config, Monitor
from driftline.cli.config_template import write_config
from driftline.config.load import load_config
from driftline.types import Level


@pytest.fixture(scope="module")
def rows():
    """Ten days of rows with names that are awkward to write."""
    random, n = np.random.default_rng(3), 3000
    start = datetime(2024, 5, 1)  # noqa: DTZ001 - without a zone, as in most files
    empty = random.random(n) < np.where(np.arange(n) > 2700, 0.3, 0.05)
    frame = pl.DataFrame(
        {
            "trip id": [f"t{i}" for i in range(n)],
            "at": [start + timedelta(minutes=4.8 * i) for i in range(n)],
            "fare (USD)": random.gamma(2.0, 5.0, n),
            "seats": random.integers(1, 7, n) * 10,
            "kind's": random.choice(["a, b", "it's", "x}", " ", "1"], n),
            "far": np.append(random.normal(0, 1, n - 1), 1e6),
            "flat": 1.0,
            "tiny": random.random(n) * 1e-300,
            "took": random.normal(10, 2, n),
        }
    )
    frame = frame.with_columns(pl.when(pl.Series(empty)).then(None).otherwise("seats").alias("seats"))
    return frame.with_columns(guess=pl.col("took") + pl.Series(random.normal(0, 1, n)))


@pytest.fixture(scope="module")
def monitor(rows):
    """A monitor of these rows."""
    return Monitor.fit(rows, target="took", prediction="guess", timestamp="at", id="trip id")


def test_reference_keeps_them(monitor, rows):
    """All suggestions can be taken as they are, and the reference breaks none."""
    pairs = monitor.suggestions()
    taken = Monitor(monitor.reference).expect(*[text for text, _ in pairs])
    found = [verdict for verdict in taken.check(rows) if verdict.family == "expectation"]
    assert [text for text, _ in pairs] == [verdict.detail["expectation"] for verdict in found]
    assert [] == [verdict.reason for verdict in found if verdict.level is not Level.OK]


def test_reasons(monitor):
    """The reason is what the reference was like, on a bad day too."""
    reasons = dict(monitor.suggestions())
    text = next(text for text in reasons if text.startswith("missing(seats)"))
    assert re.fullmatch(r"in the reference \d\.\d%, on a day up to [45]\d\.\d%", reasons[text])
    assert 45 <= int(re.findall(r"\d+", text)[0]) <= 75
    assert "unique(trip id)" in reasons
    assert "98 % of them" in reasons[next(text for text in reasons if text.startswith("values(far)"))]
    assert any(text.startswith("mae <= reference + ") for text in reasons)
    assert not any("flat" in text and text.startswith("values") for text in reasons)


def test_written_as_comments(monitor, tmp_path):
    """They stand in the first driftline.yaml, and hold once their # is taken away."""
    text = write_config(monitor.columns, Config(), monitor.suggestions())
    path = tmp_path / "driftline.yaml"
    path.write_text(text, encoding="utf-8")
    assert Config() == load_config(path, {}, {})
    path.write_text(re.sub(r"^  # - ", "  - ", text, flags=re.MULTILINE), encoding="utf-8")
    assert [line for line, _ in monitor.suggestions()] == [check.text for check in load_config(path, {}, {}).checks]


def test_what_was_said_stays(monitor, tmp_path):
    """Limits that a person has set are written as such, and not suggested again."""
    said = Config.model_validate(
        {"checks": ["unique(trip id)", "mae <= 5: warning", "values(at) in [2024-01-01, 2025-01-01]"]}
    )
    text = write_config(monitor.columns, said, monitor.suggestions())
    assert 1 == text.count("unique(trip id)")
    (tmp_path / "driftline.yaml").write_text(text, encoding="utf-8")
    assert said == load_config(tmp_path / "driftline.yaml", {}, {})
