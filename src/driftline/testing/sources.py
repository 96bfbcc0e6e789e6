# ruff: noqa: S101, SIM300 - a suite of tests: it asserts, the expected first
"""The suite that every source passes.

A source's own test file inherits it and says how to make one that holds given rows:

    pytest.register_assert_rewrite("driftline.testing.sources")

    class TestMySource(SourceSuite):
        @pytest.fixture
        def make(self, tmp_path):
            def of(rows):
                ...
                return MySource(...)
            return of
"""

from collections.abc import Callable

import polars as pl

from driftline.data.sources.base import Source

Make = Callable[[pl.DataFrame], Source]


def sample_rows(n: int = 1000) -> pl.DataFrame:
    """Rows of types that every format knows, with missing values."""
    whole = pl.int_range(n, eager=True)
    return pl.DataFrame(
        {
            "number": (whole / 7).set(whole % 10 == 0, None),
            "whole": whole,
            "word": pl.Series(["é", "b", None, "d d"])[(whole % 4).to_list()],
        }
    )


class SourceSuite:
    """What the contract in `driftline.data.sources.base` promises, as tests.

    The fixture `make` gives a source of some rows.
    """

    def test_all_rows_in_order(self, make: Make) -> None:
        """All batches together are the rows, in their order."""
        rows = sample_rows()
        assert rows.equals(pl.concat(list(make(rows).batches())))

    def test_again(self, make: Make) -> None:
        """Called again, also while a first reading is under way, it gives the same rows."""
        source = make(sample_rows())
        reading = source.batches()
        first = next(reading)
        second = list(source.batches())
        assert pl.concat(second).equals(pl.concat([first, *reading]))

    def test_columns(self, make: Make) -> None:
        """Only the columns asked for come; one that is not there is left out."""
        rows = sample_rows()
        found = pl.concat(list(make(rows).batches(["word", "nowhere", "number"])))
        assert rows.select(found.columns).equals(found)
        assert {"word", "number"} == set(found.columns)

    def test_facts(self, make: Make) -> None:
        """It has a label and a format, and the right number of rows if it says one."""
        source = make(sample_rows())
        assert source.label
        assert source.format
        assert source.rows in {None, 1000}

    def test_no_rows(self, make: Make) -> None:
        """Without rows there is at least one batch, which names the columns."""
        rows = sample_rows()
        batches = list(make(rows.clear()).batches())
        assert rows.columns == batches[0].columns
        assert 0 == sum(batch.height for batch in batches)

    def test_one_row(self, make: Make) -> None:
        """A single row comes as it is."""
        rows = sample_rows().tail(1)
        assert rows.rows() == pl.concat(list(make(rows).batches())).rows()

    def test_large(self, make: Make) -> None:
        """Many rows come in several batches, none lost or doubled."""
        batches = list(make(sample_rows(300_000)).batches(["whole"]))
        assert len(batches) > 1
        assert list(range(300_000)) == pl.concat(batches)["whole"].to_list()
