"""Every metric on every kind of bad rows, on either side: never an exception, a warning, or a number that is none."""

import math
import re
import warnings
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import product

import numpy as np
import polars as pl
import pytest

from driftline import Config, registry
from driftline.errors import DriftlineError
from driftline.metrics import base_trees
from driftline.monitor import Monitor
from driftline.profiles.engines.base import open_source
from driftline.profiles.engines.local import Local
from driftline.profiles.profile import Profile
from driftline.types import Level, ProfileKey, Role
from driftline.verdicts.measure import measure_metric

START = datetime(2024, 1, 1)  # noqa: DTZ001 - without a zone, as in most files
SETTINGS = {
    "regression": {"target": "truth", "prediction": "guess", "lower": "low", "upper": "high"},
    "binary": {"target": "yes", "prediction": "said", "score": "score"},
    "multiclass": {"target": "class", "prediction": "class_said"},
    "ranking": {"target": "relevant", "score": "guess", "query": "query"},
    "none": {},  # the columns of the data alone
}
OF_MODELS = ("truth", "guess", "low", "high", "yes", "said", "score", "class", "class_said", "relevant", "query")


def usual(n=120, seed=0):
    """Rows as they should be, with a column of every kind."""
    random = np.random.default_rng(seed)
    truth, yes, classes = random.normal(10, 3, n), random.random(n) < 0.4, random.choice(["a", "b", "c"], n)
    return pl.DataFrame(
        {
            "id": np.arange(n),
            "at": [START + timedelta(minutes=37 * i) for i in range(n)],
            "number": random.gamma(2.0, 5.0, n),
            "whole": random.integers(0, 60, n),
            "kind": random.choice(["x", "y", "z"], n),
            "flag": random.random(n) < 0.5,
            "text": [f"{'word ' * int(k)}no {i}" for i, k in enumerate(random.integers(1, 9, n))],
            "vector": random.normal(0, 1, (n, 3)).tolist(),
            "truth": truth,
            "guess": truth + random.normal(0, 1, n),
            "low": truth - 2.0,
            "high": truth + 2.0,
            "yes": yes.astype(int),
            "said": (yes ^ (random.random(n) < 0.2)).astype(int),
            "score": np.clip(0.5 * yes + 0.5 * random.random(n), 0, 1),
            "class": classes,
            "class_said": np.where(random.random(n) < 0.8, classes, "a"),
            "relevant": random.integers(0, 3, n),
            "query": np.arange(n) // 6,
        },
        schema_overrides={"vector": pl.List(pl.Float64)},
    )


def filled(frame, *values):
    """The numeric columns made of these values, over and over."""
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    return frame.with_columns(pl.Series(name, np.resize(np.array(values, float), frame.height)) for name in floats)


def _constant(frame):
    return pl.concat([frame[:1]] * frame.height)


def _null(frame):
    return frame.clear(frame.height)


def _large_integers(frame):
    large = pl.Series(2**53 + np.arange(frame.height) ** 3, dtype=pl.Int64)
    return frame.with_columns(large.alias(name) for name in ("whole", "number", "truth", "guess", "relevant", "query"))


def _new_labels(frame):
    new = pl.Series([f"new {i}" for i in range(frame.height)])
    return frame.with_columns(new.alias(name) for name in ("kind", "class", "class_said", "flag"))


def _other_kind(frame):
    texts = {name: pl.Series([f"not {i}" for i in range(frame.height)]) for name in frame.columns}
    dates = pl.Series([START + timedelta(hours=i) for i in range(frame.height)])
    return frame.with_columns(
        *(texts[name].alias(name) for name in ("at", "number", "truth", "score", "vector", "yes")),
        *(pl.Series(name, np.linspace(-5, 5, frame.height)) for name in ("text", "kind", "flag", "query")),
        *(dates.alias(name) for name in ("class", "said", "guess", "low")),
    )


def _one_class(frame):
    return frame.with_columns(
        yes=1, said=1, flag=True, **{"class": pl.lit("a"), "class_said": pl.lit("a")}, relevant=0, query=1
    )


def _other_class(frame):
    return frame.with_columns(yes=0, said=1, relevant=2, **{"class": pl.lit("a"), "class_said": pl.lit("b")})


def _far_dates(frame):
    far = [datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59), START]  # noqa: DTZ001 - as above
    return frame.with_columns(at=pl.Series([far[i % 3] for i in range(frame.height)]))


CASES = {
    "as usual": lambda frame: frame,
    "empty": lambda frame: frame.clear(),
    "one row": lambda frame: frame[:1],
    "two rows": lambda frame: frame[:2],
    "all null": _null,
    "half null": lambda frame: frame.with_columns(pl.when(pl.col("id") % 2 == 0).then(pl.all())),
    "constant": _constant,
    "zero": lambda frame: filled(frame, 0.0),
    "two values": lambda frame: filled(frame, 0.0, 1.0),
    "non-finite": lambda frame: filled(frame, np.nan, np.inf, -np.inf),
    "some non-finite": lambda frame: filled(frame, 1.0, 2.0, 3.5, np.nan, np.inf, -np.inf, -0.0),
    "huge": lambda frame: filled(frame, 1e300, -1e300, 1.7e308, 3e299),
    "tiny": lambda frame: filled(frame, 1e-300, -1e-300, 5e-324, 0.0),
    "huge and tiny": lambda frame: filled(frame, 1e300, 1e-300, 1.0, -1e300),
    "integers beyond 2^53": _large_integers,
    "new labels": _new_labels,
    "other kinds": _other_kind,
    "one class": _one_class,
    "other class": _other_class,
    "far dates": _far_dates,
    "columns gone": lambda frame: frame.select("id", "number", "truth", "yes"),
}


METRICS = registry.every("metrics")
TASKS_OF = {
    name: set(SETTINGS) if metric.family == "performance" or Role.FEATURE not in metric.roles else {"none"}
    for name, metric in METRICS.items()
}
PLAIN = usual()
OTHER = usual(seed=1)


def config(task):
    """The settings of a task, with every metric judged."""
    metrics = {name: {"judged": True} for name in METRICS}
    said = {"metrics": metrics, "timestamp": "at", "window": "none", "sample": {"rows": 100}}
    return Config.model_validate({**SETTINGS[task], **said})


def rows(case, frame, task):
    """Bad rows as a source: of a task its own columns and one feature, without a task all but those of models."""
    bad, own = CASES[case](frame), {"id", "at", "number", *SETTINGS[task].values()}
    return open_source(
        bad.select(name for name in bad.columns if (name in own if task != "none" else name not in OF_MODELS))
    )


@pytest.fixture(autouse=True)
def _small_trees(monkeypatch):
    """One small tree: what is looked at is whether they can be learnt from such rows, not what they learn."""
    fit, small = base_trees._fit, {"max_iter": 1, "max_leaf_nodes": 4}
    monkeypatch.setattr(base_trees, "_fit", lambda model, *rest: fit(model.set_params(**small), *rest))


@cache
def planned(case, task):
    """The plan of a reference of that case, or None where it is refused in words."""
    try:
        return Local().fit(rows(case, PLAIN, task), config(task))
    except DriftlineError:
        return None


@cache
def folded(case, reference, task, which):
    """The profile of rows of one case under the plan of another."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plan = planned(reference, task)
        source = rows(case, PLAIN if which == "reference" else OTHER, task)
        return Local().fold(source, plan)[ProfileKey()] if plan else None


def numbers(value):
    """All numbers within a value."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for part in value for number in numbers(part)]
    return [value] if isinstance(value, float) else []


def sound(verdict, metric, where):
    """Hold one verdict against what every verdict promises."""
    told = f"{metric.name} of {verdict.column}: {where}: {verdict}"
    fields = ("value", "low", "high", "threshold", "reference", "p_value")
    for number in [*(getattr(verdict, name) for name in fields), *numbers(verdict.detail)]:
        assert number is None or math.isfinite(number), told
    said = verdict.reason.removeprefix(verdict.title).lower()
    assert not re.search(r"\bnan\b|[+-]?\binf\b", said), told
    assert verdict.level in Level
    assert not (verdict.judged and verdict.level is Level.OK and verdict.value is None), told
    assert verdict.n >= 0, told
    assert verdict.p_value is None or 0 <= verdict.p_value <= 1, told
    if verdict.value is not None:
        for end, sign in ((metric.low, 1), (metric.high, -1)):
            assert end is None or sign * verdict.value >= sign * end - 1e-9 * max(1, abs(end)), told
        assert verdict.low is None or verdict.low <= verdict.value + 1e-9 * max(1, abs(verdict.value)), told
        assert verdict.high is None or verdict.high >= verdict.value - 1e-9 * max(1, abs(verdict.value)), told


@pytest.mark.parametrize("case", CASES)
def test_every_metric(case):
    """Each metric on bad rows now, in the reference, and on both sides: sound verdicts for every task and column."""
    pairs = dict.fromkeys([(case, "as usual"), ("as usual", case), (case, case)])
    for (now, reference), task in product(pairs, SETTINGS):
        current, before = (
            folded(*each) for each in ((now, reference, task, "current"), (reference, reference, task, "reference"))
        )
        if current is None or before is None:
            continue
        for metric in METRICS.values():
            where = f"{now}, reference {reference}, {task}"
            if task in TASKS_OF[metric.name]:
                try:
                    judge(metric, current, before, where)
                except Exception as error:
                    error.add_note(f"{metric.name}: {where}")
                    raise


def judge(metric, current, reference, where):
    """Measure one metric on all columns that it is of, and hold its verdicts against what every verdict promises."""
    taken = list(measure_metric(metric, current.plan, ProfileKey(), current, reference))
    for verdict in registry.find("rules", "budget")(taken, current.plan.config.judge, 0.05, {}):
        sound(verdict, metric, where)


@pytest.mark.parametrize("task", ["regression", "binary"])
@pytest.mark.parametrize("case", CASES)
def test_whole_check(case, task):
    """A whole check of bad rows ends in a report, or in one sentence that says why there is none."""
    monitor = fitted(task)
    try:
        result = monitor.check(CASES[case](OTHER))
    except DriftlineError:
        return  # a sentence, not a traceback
    for verdict in result:
        assert not (verdict.judged and verdict.level is Level.OK and verdict.value is None), verdict
    for form in ("json", "markdown", "junit"):
        assert result.render(form)


@cache
def fitted(task):
    """A monitor of usual rows, with a limit of every sort."""
    limits = [
        "values(kind) in {x}",
        "values(number) in [0, 9]",
        "unique(text)",
        "max_age(at) <= 2h",
        "type(id) is Int64",
    ]
    limits += ["columns include {id, kind}", "rows >= 5", "mean(number) <= reference + 10%", "missing(flag) <= 1%"]
    return Monitor.fit(PLAIN, config(task)).expect(*limits)


def test_profiles_are_profiles():
    """The suite sees what it is meant to: all tasks can be planned on usual rows."""
    assert all(isinstance(folded("as usual", "as usual", task, "current"), Profile) for task in SETTINGS)
