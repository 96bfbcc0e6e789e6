"""The settings in which false alarms are counted are what they say, and other tools' alarms are counted rightly."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from calibration.scenarios import SCENARIOS, START
from stories import contest

from calibration import scenarios, served


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_has_rows_before_and_after(name):
    """Its reference ends where watching begins, and both have days, columns and rows as it says."""
    scenario = replace(SCENARIOS[name], past=14, watched=7, rows=100)
    past, now = scenario.draw(np.random.default_rng(0))
    begin = pl.Series([START]).dt.replace_time_zone(scenario.zone or None)[0]
    assert past["at"].max() < begin <= now["at"].min()
    assert (14, 7) == tuple(side["at"].dt.date().n_unique() for side in (past, now))
    assert scenario.columns == sum(column.startswith("x") for column in past.columns)
    assert past.height == pytest.approx(100 * scenario.sizes(np.arange(-14.0, 0.0)).sum(), rel=0.1)


def test_the_hour_that_clocks_skip_has_no_rows():
    """In the zone whose clocks change, the night to 31 March has no rows from 2 to 3 o'clock."""
    _, now = SCENARIOS["hours by clocks that change"].draw(np.random.default_rng(0))
    night = now.filter(pl.col("at").dt.date() == (START + timedelta(days=6)).date())["at"].dt.hour()
    assert 2 not in night
    assert {1, 3} <= set(night)


def test_the_served_path_is_judged_as_a_server_does():
    """Each day that closed has a verdict; what changes is an incident in the store, and nothing else is."""
    scenario = replace(SCENARIOS["served by days, labels two days later"], past=21, watched=5, rows=150, columns=2)
    windows, opened = replace(scenario, shift=lambda days: np.where(days >= 2, 3.0, 0.0)).watch(0)
    assert (4, ["out_of_range"]) == (windows, opened)


def test_rows_come_late_and_twice_and_labels_after_days():
    """Every row comes at the end of its hour or up to six hours later, some once more; labels two days after theirs."""
    _, now = replace(SCENARIOS["served by days, labels two days later"], past=1, watched=6).draw(
        np.random.default_rng(0)
    )
    hours = dict(served.cut(now, np.random.default_rng(1)))
    frames = {
        kind: pl.concat([found[kind].with_columns(came=time) for time, found in hours.items() if kind in found])
        for kind in ("predictions", "labels")
    }
    late = frames["predictions"].join(now, on="id", suffix="_was").select(pl.col("came") - pl.col("at").dt.epoch("us"))
    assert set(now["id"]) == set(frames["predictions"]["id"])
    assert now.height * 1.005 < frames["predictions"].height < now.height * 1.02
    assert 0 < late.min().item()
    assert 5 < late.max().item() / 3600e6 < 8
    waited = frames["labels"].join(now, on="id").select(pl.col("came") - pl.col("at").dt.epoch("us")) / 86_400e6
    assert 2 < waited.min().item() < waited.max().item() <= 3


def test_incidents_beside_the_budget():
    """A row for each scenario that was drawn: models, days and windows, and incidents by metric."""
    drawn = Counter({("weeks", "models", ""): 3, ("weeks", "windows", ""): 36, ("weeks", "incidents", "volume"): 2})
    (row,) = scenarios.tabulate_scenarios(drawn)
    assert (3, 252, 36, 2, 8.4) == tuple(row[name] for name in ("models", "days", "windows", "incidents", "budget"))
    assert {"volume": 2} == row["of"]


def test_alarms_of_other_tools():
    """Alarms are counted where they begin; a delay is that of the first day on which the broken thing is named."""
    quiet = {"3": ["fare"], "4": ["fare"], "9": ["fare", "zone"]}
    told = {name: {} for name in contest.BREAKS} | {"quiet": quiet, "weekly season": {}}
    told["step that stays"] = {"41": ["zone"], "43": ["fare"]}
    row = next(line for line in contest.tabulate({"whylogs": told}) if line.startswith("| whylogs"))
    assert ["1.5", "1.5", "4", *["not told"] * 4] == [cell.strip() for cell in row.strip("|").split("|")][1:]
