"""Performance before labels: Driftline's estimates and NannyML's beside what came true, on NannyML's own data sets.

NannyML has an environment of its own, as in `peers.py`; `--python` names one that is there. Writes the error of both
by chunk of 2,500 rows, and how often what came true lies within Driftline's interval, to `results/estimates.md`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import polars as pl
from peers import HERE, PEERS, QUIET, installed

from driftline.monitor import Monitor

SETS = {"car_loan": "two classes", "classes": "three classes", "car_price": "regression"}
SIZE = 2500
HEADS = ("data set", "metric", "Driftline", "NannyML", "truth within Driftline's interval")


@click.command(help=__doc__)
@click.option("--python", type=click.Path(path_type=Path), help="Interpreter of an environment with NannyML.")
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows and tools are kept.")
def main(python: Path | None, data: Path) -> None:
    """Run both on each data set, write `results/estimates.md`."""
    if python is None:
        python, trouble = installed("nannyml", PEERS["nannyml"], data)
        if trouble:
            sys.exit(trouble)
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, title in SETS.items():
        lines += _compare(python, name, title, data / "estimates" / name)
        print(*lines, sep="\n", flush=True)
    (HERE / "results" / "estimates.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _compare(python: Path, name: str, title: str, folder: Path) -> list[str]:
    """The rows of the table of one data set."""
    command = [python, HERE / "processes/estimate_with_nannyml.py", name, folder, str(SIZE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | QUIET)
    peer = json.loads(done.stdout.splitlines()[-1])
    reference, current = (pl.read_parquet(folder / f"{side}.parquet") for side in ("reference", "current"))
    monitor = Monitor.fit(
        reference, target="y_true", prediction="y_pred", model={"task": peer["task"]}, window="none",
        estimate={"loss_model": True}, columns={"timestamp": {"role": "ignored"}, "id": {"role": "id"}},
        score="y_pred_proba" if "y_pred_proba" in reference.columns else None,
    )  # fmt: skip
    blind = current.with_columns(pl.lit(None, dtype=current["y_true"].dtype).alias("y_true"))
    results = [monitor.check(blind[at : at + SIZE]) for at in range(0, blind.height, SIZE)]
    lines = []
    for metric, (theirs, real) in peer["metrics"].items():
        ours = [v for result in results for v in result if v.metric == f"estimated_{metric}"]
        held = np.mean([v.low <= truth <= v.high for v, truth in zip(ours, real, strict=True)])
        errors = [np.abs(np.array(own) - real).mean() for own in ([v.value for v in ours], theirs)]
        lines.append(f"| {title} | {metric} | {errors[0]:.4g} | {errors[1]:.4g} | {held:.0%} |")
    return lines


if __name__ == "__main__":
    main()
