"""Columns derived of texts: row by row, fitted where they learn, and clear where an extra is missing."""

import polars as pl
import pytest

from driftline import registry
from driftline.errors import MissingExtraError
from driftline.monitor import Monitor
from driftline.profiles.plan import Plan
from driftline.types import Level


def derive(name, texts, sample=None):
    part = registry.find("transforms", name)
    series = pl.Series("t", texts, dtype=pl.String)
    fitted = part.fit(pl.Series("t", sample if sample is not None else texts)) if part.fit else None
    return part(series, fitted).to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AB-1234", "A-9"),
        ("XY-7", "A-9"),
        ("Straße 12", "Aa 9"),
        ("one two three four", "a… a"),
        ("東京", "a"),
        ("", ""),
        (None, None),
    ],
)
def test_pattern(text, expected):
    """Runs of letters and digits become one sign each, in any script."""
    assert [expected, expected] == derive("pattern", [text, text])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" ", "empty"),
        ("a.b@c.org", "e-mail"),
        ("https://x.org/a?b=1", "url"),
        ("123e4567-e89b-12d3-a456-426614174000", "uuid"),
        ("-1,234.5", "number"),
        ("12 %", "number"),
        ("2024-01-31T10:00", "date"),
        ("31.1.24", "date"),
        ('{"a": 1}', "json"),
        ("hello", "other"),
        (None, None),
    ],
)
def test_content(text, expected):
    """The first form that fits names the content."""
    assert [expected] == derive("content", [text])


def test_unknown_words():
    """The share of words that the sample has less than five times; null without words."""
    sample = ["the taxi"] * 5 + ["rare words"]
    assert [0.0, 0.5, 1.0, None, None] == derive("unknown_words", ["The TAXI!", "the bus", "rare", "42", None], sample)


def test_plan_keeps_what_was_learnt(tmp_path):
    """What a derivation learnt is in the plan: a saved monitor finds the same as the one that was fitted."""
    was = pl.DataFrame({"note": [f"the ride number {i} was fine" for i in range(300)], "x": range(300)})
    now = was.with_columns(pl.col("note").str.replace("fine", "zzz"))
    monitor = Monitor.fit(was)
    again = Monitor.load(monitor.save(tmp_path / "m.pack"))
    assert monitor.plan.fingerprint == again.plan.fingerprint == Plan.from_state(again.plan.state()).fingerprint
    for one in (monitor, again):
        found = [v for v in one.check(now) if v.column == "note.unknown_words" and v.level is Level.ALERT]
        assert found


def test_same_rows_are_quiet():
    """Other rows of the same kind raise nothing about derived columns."""
    texts = pl.DataFrame(
        {"note": [f"ride {i % 97} to zone {i % 13}, all {'good' if i % 5 else 'bad'}" for i in range(2000)]}
    )
    result = Monitor.fit(texts[::2]).check(texts[1::2])
    assert not [v for v in result if v.level.rank > Level.UNKNOWN.rank]


def test_labels_are_derived_when_many():
    """Of labels the pattern is taken when there are more than 50 of them."""
    few = pl.DataFrame({"code": [f"A-{i % 50}" for i in range(2000)]})
    many = pl.DataFrame({"code": [f"A-{i % 51}" for i in range(2000)]})
    columns = [[column.name for column in Monitor.fit(rows).columns] for rows in (few, many)]
    assert [["code"], ["code", "code.pattern"]] == columns


def test_derived_labels_count_rows():
    """A derived column of labels has as many rows, and as many missing, as the column it is derived of."""
    rows = pl.DataFrame(
        {"note": [None, "Some words of their own " * 9] * 40 + [f"Note {i} of many" for i in range(120)]}
    )
    monitor = Monitor.fit(rows)
    profile = next(iter(monitor.reference.profiles.values())).columns["note.content"]
    assert (200, 40, 160) == (profile.n, profile.counts.null, profile.counts.values)


def test_missing_extra(monkeypatch):
    """A plan that was fitted with an extra says which one when it is not there; a new plan does without."""
    part = registry.find("transforms", "language")
    monkeypatch.setattr("driftline.data.transforms.base.find_spec", lambda _: None)
    assert not part.installed
    with pytest.raises(MissingExtraError, match=r"driftline\[text\]"):
        part(pl.Series("note", ["some text"]))
    texts = pl.DataFrame({"note": [f"note {i}" for i in range(300)]})
    assert "note.language" not in {column.name for column in Monitor.fit(texts).columns}


def test_language():
    """English and German are told apart; short texts are left."""
    pytest.importorskip("py3langid", reason="the extra `text` is not installed")
    english, german = (
        "The driver was friendly and the ride was quick",
        "Der Fahrer war freundlich und die Fahrt schnell",
    )
    assert ["en", "de", "short", None] == derive("language", [english, german, "ok", None])
