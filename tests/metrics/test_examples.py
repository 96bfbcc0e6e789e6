"""Each metric and sketch shows an example, and it gives the number that it shows."""

import doctest

import pytest

from driftline import registry
from driftline.errors import ConfigError
from driftline.metrics.base import level
from driftline.testing.examples import fold_into, measure
from driftline.types import Estimate, Kind

METRICS = registry.names("metrics")


@pytest.mark.parametrize("name", METRICS)
def test_example_of_a_metric(name):
    """The docstring of each metric has an example that computes it, and prints what is written below."""
    metric = registry.find("metrics", name)
    examples = doctest.DocTestParser().get_doctest(metric.doc, {}, name, None, None)
    assert f'"{name}"' in examples.docstring
    assert examples.examples[-1].want
    if not metric.installed:
        pytest.skip(f"needs driftline[{metric.extra[1]}]")
    report = []
    doctest.DocTestRunner(verbose=False).run(examples, out=report.append)
    assert [] == report


@pytest.mark.parametrize("name", registry.names("sketches"))
def test_example_of_a_sketch(name):
    """The docstring of each sketch has an example that folds rows into it, and gives what is written below."""
    examples = doctest.DocTestParser().get_doctest(registry.find("sketches", name).__doc__, {}, name, None, None)
    assert f'fold_into("{name}"' in examples.docstring
    assert examples.examples[-1].want
    report = []
    doctest.DocTestRunner(verbose=False).run(examples, out=report.append)
    assert [] == report


def test_folds_into_the_column_that_is_named():
    """The first column that has the sketch is folded, or the one that is named; one that has none is told."""
    rows = {"city": ["a", "b"], "x": [1.5, 2.5], "y": [5.5, 6.5]}
    assert [2.0, 6.0] == [fold_into("moments", rows).mean, fold_into("moments", rows, column="y").mean]
    with pytest.raises(ConfigError, match="the sketch 'scored' does not apply to these rows"):
        fold_into("scored", rows)


def test_measures_a_metric_of_ones_own():
    """A metric that is no part yet is measured as it stands."""

    @level(title="rows", family="description")
    def size(column):
        """Number of rows."""
        return Estimate(value=column.n, n=column.n)

    assert 3.0 == measure(size, [1, 2, 3]).value


def test_measures_the_column_that_is_named():
    """The first column that suits is measured, or the one that is named."""
    rows = {"city": ["a", "b"], "x": [1.5, 2.5], "y": [5.5, 6.5]}
    assert [2.0, 6.0] == [measure("mean", rows).value, measure("mean", rows, column="y").value]


def test_unsuitable_rows():
    """A metric that does not apply says which kinds of columns it measures, and which the rows have."""
    with pytest.raises(ConfigError, match=f"'mean' measures columns that are {Kind.NUMERIC}; x is categorical"):
        measure("mean", ["a", "b"])
    with pytest.raises(ConfigError, match="does not apply to these rows"):
        measure("file_format", [1, 2])
    with pytest.raises(ConfigError, match="did you mean 'mean'"):
        measure("meen", [1, 2])
