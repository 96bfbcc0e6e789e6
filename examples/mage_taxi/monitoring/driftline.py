"""Calls Driftline by its command line, for its packages and Mage's do not go together."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("TAXI_FOLDER", "mage-out")).resolve()
DRIFTLINE = os.environ.get("DRIFTLINE", "driftline").split()


def check(rows: Path, name: str) -> dict[str, Any]:
    """Judge the rows of a file with the pack, keep the result, and write the reports; gives what was found.

    Raises:
        RuntimeError: when the check could not run; the message is Driftline's own.
    """
    report = FOLDER / "reports" / f"{rows.stem}-{name}"
    report.parent.mkdir(parents=True, exist_ok=True)
    forms = ["--json", f"{report}.json", "--html", f"{report}.html", "--store", f"sqlite:///{FOLDER}/driftline.db"]
    command = [*DRIFTLINE, "check", str(FOLDER / "taxi.pack"), str(rows), *forms, "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode not in (0, 1, 3):  # quiet, alert, too little data; anything else is no verdict
        raise RuntimeError(f"driftline check {rows}: {done.stderr.strip()}")
    result = json.loads(Path(f"{report}.json").read_text(encoding="utf-8"))
    print(f"{name} of {rows.stem}: {result['level']}: {result['headline']}")
    return {"check": name, "level": result["level"], "headline": result["headline"], "report": f"{report}.html"}
