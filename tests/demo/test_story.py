"""The story from end to end."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from driftline.demo.story import run


def tell(out: Path, data: Path | None, seed: int = 1) -> tuple[int, str]:
    paper = io.StringIO()
    code = run(out, data, seed, Console(file=paper, width=120))
    return code, paper.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_simulated_story(tmp_path: Path, seed: int) -> None:
    """Every broken day is found by name, no quiet day alerts, and each day in trouble has its report."""
    code, text = tell(tmp_path / "new" / "folder", None, seed)
    assert code == 0, text
    assert "The story came out as declared." in text
    days = 28
    assert days == sum(" rows " in line for line in text.splitlines())
    written = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    broken = {f"taxi-2022-02-{day:02d}.html" for day in (8, 10, 14, 15, 16, 22, 24, 25)}
    assert broken | {"taxi.pack"} == written


@pytest.mark.slow
def test_real_story(tmp_path: Path, taxi_data: Path) -> None:
    """The same story on the real files, with the course's figures and the stray trips told."""
    code, text = tell(tmp_path, taxi_data)
    assert code == 0, text
    assert "3.804665" in text
    assert "4.142064" in text
    assert "no day: 23 trips" in text
    assert "broken on purpose, in memory only" in text
