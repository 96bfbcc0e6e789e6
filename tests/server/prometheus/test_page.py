"""The page for Prometheus: names, bounded labels, both formats, and rendered only when something changed."""

from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as opened
from prometheus_client.parser import text_string_to_metric_families as plain

from driftline.server.prometheus.page import Exposition
from driftline.testing.stores import sample_result
from driftline.types import Health, Level, Verdict


def verdict(column, level=Level.OK, value=0.1, **facts):
    """A judged verdict about missing values."""
    known = {"health": Health.DATA, "family": "quality", "metric": "missing", "title": "missing values",
             "segment": None, "window": None, "low": None, "high": None, "n": 100, "unit": "share",
             "threshold": 0.3, "reference": 0.1, "reason": "Because."}  # fmt: skip
    return Verdict(column=column, level=level, value=value, **(known | facts))


def samples(exposition, name):
    """Samples of one family, by their labels in the order of the names, but for the model."""
    families = {family.name: family for family in plain(exposition.page()[0].decode())}
    return {
        tuple(value for name, value in sorted(one.labels.items()) if name != "model"): one.value
        for one in families[name].samples
    }


def shown(*verdicts, **settings):
    """An exposition of one result."""
    exposition = Exposition(**settings)
    exposition.show(replace(sample_result(), verdicts=verdicts, window="2022-02-01T00:00:00Z/2022-02-02T00:00:00Z"))
    return exposition


def test_values_levels_and_windows() -> None:
    """A metric is a family with its unit; the excess is 1 at the limit; times are seconds."""
    exposition = shown(verdict("fare", Level.ALERT, 0.5, segment="zone=7"))
    assert {("fare", "zone=7"): 0.5} == samples(exposition, "driftline_missing_ratio")
    assert {("fare", "missing", "zone=7"): pytest.approx(2.0)} == samples(exposition, "driftline_excess")
    assert {("fare", "quality", "data", "zone=7"): 3.0} == samples(exposition, "driftline_level")
    assert {(): 1643760000.0} == samples(exposition, "driftline_window_end_timestamp_seconds")


def test_worst_columns_are_shown_and_the_rest_counted() -> None:
    """The labels are bounded: what is loud has a sample of its own, all other verdicts are counted."""
    quiet = [verdict(f"c{at}") for at in range(100)]
    exposition = shown(*quiet, verdict("loud", Level.ALERT, 0.9), columns=3)
    assert {("c0", ""), ("c1", ""), ("loud", "")} == set(samples(exposition, "driftline_missing_ratio"))
    counts = samples(exposition, "driftline_verdicts")
    assert (98.0, 1.0) == (counts["(other)", "data", "ok"], counts["loud", "data", "alert"])


def test_both_formats_are_valid_and_say_the_same() -> None:
    """OpenMetrics where it is asked for, else Prometheus' text; hostile names are escaped; nothing is there twice."""
    names = ['a"b\\c\nd', "名前", "", None]
    twice = verdict("fare", family="expectation")
    exposition = shown(*map(verdict, names), verdict("fare"), twice)
    exposition.gauge("queue_depth", "Batches that wait.", lambda: 7)
    body, kind = exposition.page("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert kind.startswith("application/openmetrics-text")
    found = {one.name: one for one in opened(body.decode())}
    assert {family.name for family in plain(exposition.page()[0].decode())} >= {"driftline_missing_ratio"}
    assert {'a"b\\c\nd', "名前", "", "fare"} == {
        sample.labels["column"] for sample in found["driftline_missing_ratio"].samples
    }
    assert 7 == found["driftline_server_queue_depth"].samples[0].value
