"""Runs `driftline check` on odd input, and holds every outcome against what no input may cause."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.cli.main import main

ROWS = 300


@dataclass(frozen=True)
class Outcome:
    """What a person sees of one check."""

    code: int
    text: str

    def __contains__(self, words: str) -> bool:
        return words in self.text


Check = Callable[..., Outcome]


def rows(seed: int = 1, n: int = ROWS) -> pl.DataFrame:
    """Proper rows: a measurement, a category of three values, and a whole number."""
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {"x": random.normal(size=n), "k": random.choice(["a", "b", "c"], n), "i": random.integers(100, 5000, n)}
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to work in, with `good.csv` and `good.parquet`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    rows().write_csv("good.csv")
    rows().write_parquet("good.parquet")
    return tmp_path


@pytest.fixture
def check(folder: Path) -> Check:
    """Runs a command: never a traceback, no file that was not asked for, and nothing at all where it could not run."""

    def run(*arguments: str, writes: tuple[str, ...] = (), command: str = "check") -> Outcome:
        before = {path.name for path in folder.iterdir()}
        result = CliRunner().invoke(main, [command, *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert "Traceback" not in result.output
        expected = before | (set(writes) if result.exit_code in {0, 1, 3} else set())
        assert expected == {path.name for path in folder.iterdir()}
        text = " ".join(result.output.split())
        if result.exit_code == 2:
            assert text.startswith("driftline: "), text
        return Outcome(result.exit_code, text)

    return run
