"""The story from end to end."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from driftline.cli.demo.story import own_name, run
from driftline.errors import InputError


def tell(out: Path, data: Path | None) -> tuple[int, str]:
    paper = io.StringIO()
    code = run(out, data, 1, Console(file=paper, width=120))
    return code, paper.getvalue()


@pytest.mark.slow
def test_simulated_story(tmp_path: Path) -> None:
    """Every broken day is found by name, no quiet day alerts, and each day in trouble has its report."""
    code, text = tell(tmp_path / "new" / "folder", None)
    assert code == 0, text
    assert "The story came out as declared." in text
    days = [f"2022-02-{day:02d}" for day in range(1, 29)]
    assert days == re.findall(r"^[A-Z][a-z]{2} (2022-02-\d\d) ", text, flags=re.MULTILINE)
    written = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert any("2022-02-14" in line and "since 08:00" in line for line in text.splitlines())
    assert any(
        "2022-02-04" in line and "harmless: 'PULocationID', 'DOLocationID'" in line for line in text.splitlines()
    )
    broken = {f"taxi-2022-02-{day:02d}.html" for day in (8, 10, 14, 15, 16, 22, 24, 25)}
    assert broken | {"taxi.pack", "taxi.db"} == written


@pytest.mark.slow
def test_real_story(tmp_path: Path, taxi_data: Path) -> None:
    """The same story on the real files, with the course's figures and the stray trips told."""
    code, text = tell(tmp_path, taxi_data)
    assert code == 0, text
    assert "3.804665" in text
    assert "4.142064" in text
    assert "no day: 23 trips" in text
    assert "broken on purpose, in memory only" in text


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the reports should go is named before any work is done."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="taken"):
        tell(tmp_path / "taken", None)


@pytest.mark.parametrize(
    ("program", "found", "name"),
    [
        (".venv/bin/driftline", None, ".venv/bin/driftline"),
        ("/usr/bin/driftline", "/usr/bin/driftline", "driftline"),
        ("/x/driftline/__main__.py", None, "driftline"),
    ],
)
def test_the_command_shown_can_be_called(monkeypatch, program, found, name):
    """Where the shell does not find the program by its name, the path is shown by which it was called."""
    monkeypatch.setattr("sys.argv", [program])
    monkeypatch.setattr("shutil.which", lambda _: found)
    assert name == own_name()
