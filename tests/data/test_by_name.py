"""Columns by exact name: names that Polars takes for patterns are names like any other, in tables and in files."""

import numpy as np
import polars as pl
import pytest

from driftline import Monitor
from driftline.cli.main import main
from driftline.data import by_name

HOSTILE = ("*", "^.*$", "^id$", "^[$", "", "a.b", 'quote"d', "it's", "id")


def rows(n=400):
    """A table whose columns are called as badly as can be."""
    random = np.random.default_rng(1)
    columns = [pl.Series(name, random.normal(size=n)) for name in HOSTILE[:7]]
    columns += [pl.Series(name, random.choice(["a", "b"], n)) for name in HOSTILE[7:]]
    return pl.DataFrame({series.name: series for series in columns})


WRITERS = {
    "parquet": pl.DataFrame.write_parquet, "csv": pl.DataFrame.write_csv, "arrow": pl.DataFrame.write_ipc,
    "jsonl": pl.DataFrame.write_ndjson,
}  # fmt: skip


@pytest.mark.parametrize("ending", WRITERS)
def test_files(tmp_path, ending):
    """Files of every format with such headers are read, each column under its own name."""
    path = tmp_path / f"rows.{ending}"
    WRITERS[ending](rows(), path)
    monitor = Monitor.fit(path)
    assert list(HOSTILE) == [column.name for column in monitor.columns][: len(HOSTILE)]
    assert "ok" == monitor.check(path).level.value


@pytest.mark.parametrize(
    "settings",
    [
        {"segments": ("it's", "*")}, {"target": "^.*$", "prediction": "*"}, {"target": "id"}, {"timestamp": "^[$"},
        {"sample": {"rows": 100}},
    ],
)  # fmt: skip
def test_roles(settings):
    """Such a column can be segment, target, prediction and timestamp."""
    table = rows()
    if settings.get("timestamp"):
        times = (pl.int_range(table.height, eager=True) * 3_600_000).cast(pl.Datetime("ms")).alias("^[$")
        table = table.with_columns(times)
    assert "ok" == Monitor.fit(table, **settings).check(table).level.value


def test_a_pattern_reads_its_own_column():
    """A change in `id` is told of `id`, never of `^id$`, and the other way round."""
    before = pl.DataFrame([pl.Series("^id$", range(400)), pl.Series("id", range(400))])
    after = pl.DataFrame([pl.Series("^id$", range(9000, 9400)), pl.Series("id", range(400))])
    kinds = {"^id$": {"kind": "numeric", "role": "feature"}, "id": {"kind": "numeric", "role": "feature"}}
    result = Monitor.fit(before, columns=kinds).check(after)
    assert {"^id$"} == {column for finding in result.findings for column in {v.column for v in finding.verdicts}}


def test_other_types():
    """Such a column may come as another type."""
    table = rows()
    other = table.with_columns(pl.Series(name, ["x"] * 400) for name in HOSTILE if by_name.is_pattern(name))
    assert "alert" == Monitor.fit(table).check(other).level.value


@pytest.mark.parametrize("settings", [{}, {"sample": {"rows": 100}}, {"segments": ("it's",)}])
def test_gone(settings):
    """Such a column may be gone, which is told of it."""
    table = rows().with_columns(pl.Series(name, ["a", "b"] * 200) for name in HOSTILE if by_name.is_pattern(name))
    gone = by_name.select(table, [name for name in table.columns if not by_name.is_pattern(name)])
    result = Monitor.fit(table, **settings).check(gone)
    told = {verdict.column for finding in result.findings for verdict in finding.verdicts}
    assert {name for name in HOSTILE if by_name.is_pattern(name)} <= told


def test_command_line(tmp_path, capsys):
    """The command line reads such files without a traceback."""
    path = tmp_path / "rows.csv"
    rows().write_csv(path)
    with pytest.raises(SystemExit) as exit_:
        main(["check", str(path), str(path)])
    assert 0 == exit_.value.code
    assert "^.*$" in capsys.readouterr().out
