"""What the tests do with Tableau's extracts, in their own environment: `python -m harness.tableau_steps FOLDER`."""

import json
import sys
from pathlib import Path

import pantab
from click.testing import CliRunner

from driftline import Monitor
from driftline.alerts.watch import Watch
from driftline.cli.main import main as command
from driftline.stores.base import open_store
from harness.days import FIRST, PER_DAY, make_rows


def main(folder: Path) -> None:
    """Fill a store, export it, and tell what is read back."""
    url, path = f"sqlite:///{folder}/s.db", folder / "out.hyper"
    with open_store(url) as store:
        days = make_rows(FIRST, 6, 1)
        monitor = Monitor.fit(days.head(4 * PER_DAY), timestamp="at", id="id", describe=False, derive=False)
        Watch(monitor).over(days.tail(2 * PER_DAY), store=store)
        with store.session(writes=False) as session:
            expected = session.read('SELECT metric, "column", value, window_end FROM estimates', {})
            windows = session.read("SELECT model, level FROM windows", {})
    done = CliRunner().invoke(command, ["export", "tableau", str(path), "--store", url])
    tables = pantab.frames_from_hyper(path, return_type="polars")
    found = {str(name[-1] if isinstance(name, tuple) else name).strip('"'): frame for name, frame in tables.items()}
    estimates = found["estimates"]
    print(json.dumps({  # noqa: T201 - what it is for
        "code": done.exit_code, "output": done.output, "tables": sorted(found),
        "files": sorted(each.name for each in folder.iterdir()),
        "expected": sorted([[row["metric"], row["column"], row["value"]] for row in expected], key=str),
        "found": sorted([list(row) for row in estimates.select("metric", "column", "value").rows()], key=str),
        "ends": [sorted({row["window_end"][:19] for row in expected}),
                 sorted({str(end).replace(" ", "T") for end in estimates["window_end"]})],
        "windows": [sorted(map(list, (row.values() for row in windows))),
                    sorted(map(list, found["windows"].select("model", "level").rows()))],
    }))  # fmt: skip


main(Path(sys.argv[1]))
