"""Columns about persons are told from others, and hiding values before rows are merged is hiding them after it."""

from functools import reduce

import numpy as np
import polars as pl
import pytest

from driftline.config.settings import Config
from driftline.profiles import codec
from driftline.profiles.batch import Batch
from driftline.profiles.fitting.fit import fit
from driftline.profiles.privacy.labels import hidden_hash, hide, why_redacted
from driftline.profiles.profile import Profile

PERSONS = {
    "e-mail addresses": ["ann@example.org", "bo.b@mail.example"],
    "phone numbers": ["+49 171 1234567", "(555) 123-4567"],
    "bank accounts (IBAN)": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "card numbers": ["4111 1111 1111 1111", "5500000000000004"],
}  # fmt: skip
OTHERS = {
    "dates": ["2024-01-31", "2024-02-01 10:00"], "codes": ["AB12CDEFGHIJKLMN", "X-1234-99"],
    "numbers": ["1234567", "12.5"],
    "versions": ["1.2.3", "10.0.1"], "zip": ["10115", "80331-1234"], "times": ["1700000000123", "1700000000999"],
    "file_name": ["a.txt", "b.txt"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "0e37df36-f698-11e6-8dd4-cb9ced3df976"],
}  # fmt: skip


@pytest.mark.parametrize("what", PERSONS)
def test_persons(what):
    """By their values, also where these are a tenth of the column; not where the settings say that it is none."""
    values = pl.Series(PERSONS[what] * 5 + ["other"] * 50)
    assert what == why_redacted("x", values, Config())
    assert not why_redacted("x", values, Config(privacy={"show": ["x"]}))
    assert not why_redacted("x", values, Config(privacy={"show_values": "all"}))


@pytest.mark.parametrize("name", OTHERS)
def test_others(name):
    """Codes, dates and numbers are no persons' data."""
    assert not why_redacted(name, pl.Series(OTHERS[name] * 20), Config())


@pytest.mark.parametrize("name", ["surname", "last_name", "customerName", "patient name", "FIRST_NAME"])
def test_names(name):
    """Names are told by the column's name; cards also where they are whole numbers."""
    assert "names" == why_redacted(name, pl.Series(["Smith", "Jones"] * 10), Config())
    assert "card numbers" == why_redacted("c", pl.Series([4111111111111111, 5500000000000004] * 5), Config())
    assert not why_redacted(name, pl.Series([1.5] * 10), Config())


def test_hashes():
    """A label that is hidden is known by its hash."""
    assert hidden_hash(hide("a")) != hidden_hash(hide("b"))
    assert hidden_hash("(value )") is None


def folded(plan, frame):
    """The profile of some rows."""
    profile = Profile(plan)
    profile.absorb(Batch(frame))
    return profile


def test_merging_and_hiding_commute():
    """Rows that are hidden part by part, then merged and hidden, are those that are merged and hidden once."""
    random = np.random.default_rng(0)
    frame = pl.DataFrame({
        "x": random.normal(100, 20, 900).round(3), "c": random.choice(["a", "b", "rare"], 900, p=[0.6, 0.396, 0.004]),
        "y": random.choice(["yes", "no"], 900), "p": random.choice(["yes", "no", "new"], 900, p=[0.5, 0.49, 0.01]),
    })  # fmt: skip
    plan = fit([frame[:600]], Config(target="y", prediction="p"))
    parts = [folded(plan, part) for part in frame.iter_slices(300)]
    whole = reduce(Profile.merge, parts).private()
    again = reduce(Profile.merge, [Profile.load(plan, part.private(final=False).dump()) for part in parts]).private()
    assert whole.dump() == again.dump()
    assert whole.dump() == whole.private().dump()
    kept = whole.private(final=True).dump()
    values = codec.unpack(kept)["columns"]["x"]
    assert 900 == values["Moments"]["n"]
    assert frame["x"].max() <= values["Moments"]["maximum"] <= frame["x"].max() + 10


def test_edges_are_common_or_round():
    """Of few rows no edge is a single row's number; limits that a person set are never stepped over by rounding."""
    frame = pl.DataFrame({"x": np.random.default_rng(1).normal(100, 20, 900)})
    plan = fit([frame], Config(checks=("values(x) in [0, 163.21]",)))
    assert not set(plan.by_name["x"].edges.tolist()) & set(frame["x"].to_list())
    assert set(fit([frame], Config(privacy={"min_count": 1})).by_name["x"].edges.tolist()) & set(frame["x"].to_list())
    (ends,) = [
        folded(plan, pl.DataFrame({"x": [50.0, 163.2]})).private().columns["x"].states["Moments"].maximum
    ]  # fmt: skip
    assert 163.2 <= ends <= 163.21


def test_what_rows_stand_for_stays():
    """Hiding values keeps the window of the rows, up to when they should be there, and how many labels came before."""
    plan = fit([pl.DataFrame({"x": [1.5] * 40})], Config())
    profile = folded(plan, pl.DataFrame({"x": [1.5] * 40})).within(None, 7.0, (3, 4)).private()
    assert (7.0, (3, 4)) == (profile.until, profile.label_history)
