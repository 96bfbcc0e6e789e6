"""Performance before labels: Driftline's estimates and NannyML's beside what came true, on NannyML's own data sets.

NannyML has an environment of its own, as in `peers.py`; `--python` names one that is there. Writes the error of both
by chunk of 2,500 rows, and how often what came true lies within Driftline's interval, to `results/estimates.md`; with
`--speed` instead how long both take for a million rows in 20 windows, to `results/estimates_speed.md`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import polars as pl
from peers import HERE, PEERS, QUIET, installed

from driftline.monitor import Monitor

SETS = {"car_loan": "two classes", "classes": "three classes", "car_price": "regression"}
SIZE = 2500
ROWS = 1_000_000
HEADS = ("data set", "metric", "Driftline", "NannyML", "truth within Driftline's interval")


@click.command(help=__doc__)
@click.option("--python", type=click.Path(path_type=Path), help="Interpreter of an environment with NannyML.")
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows and tools are kept.")
@click.option("--speed", is_flag=True, help="How long both take, not how good they are.")
def main(python: Path | None, data: Path, *, speed: bool) -> None:
    """Run both on each data set, write the table."""
    if python is None:
        python, trouble = installed("nannyml", PEERS["nannyml"], data)
        if trouble:
            sys.exit(trouble)
    if speed:
        table = _race(python, data / "estimates" / "speed")
        print(table)
        (HERE / "results" / "estimates_speed.md").write_text(table, encoding="utf-8")
        return
    lines = [f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|"]
    for name, title in SETS.items():
        lines += _compare(python, name, title, data / "estimates" / name)
        print(*lines, sep="\n", flush=True)
    (HERE / "results" / "estimates.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _race(python: Path, folder: Path) -> str:
    """Fit on 200,000 rows of two classes and estimate a million in 20 windows, with both, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    reference, current = _draw(ROWS // 5, 1), _draw(ROWS, 2)
    for side, rows in (("reference", reference), ("current", current)):
        rows.write_parquet(folder / f"{side}.parquet")
    blind = current.with_columns(pl.lit(None, pl.Int64).alias("y_true"))
    started, used = time.perf_counter(), time.process_time()
    monitor = Monitor.fit(
        reference, target="y_true", prediction="y_pred", score="y_pred_proba", window="none", only=["performance"]
    )
    results = [monitor.check(blind[at : at + ROWS // 20]) for at in range(0, ROWS, ROWS // 20)]
    ours = time.perf_counter() - started, time.process_time() - used
    command = [python, HERE / "processes/estimate_with_nannyml.py", folder, folder, str(ROWS // 20)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | QUIET)
    peer = json.loads(done.stdout.splitlines()[-1])
    lines = ["| | Driftline | NannyML | ratio |", "|---|---|---|---|"]
    for name, own, theirs in (("wall", ours[0], peer["seconds"]), ("processor", ours[1], peer["processor"])):
        lines.append(f"| {name} seconds of fit and estimate | {own:.1f} | {theirs:.1f} | {theirs / own:.1f} |")
    for metric, (estimated, real) in peer["metrics"].items():
        values = [v.value for result in results for v in result if v.metric == f"estimated_{metric}"]
        own, theirs = (np.abs(np.array(found) - real).mean() for found in (values, estimated))
        lines.append(f"| mean absolute error of {metric} | {own:.4f} | {theirs:.4f} | |")
    return "\n".join(lines) + "\n"


def _draw(n: int, seed: int) -> pl.DataFrame:
    """Rows of two classes with three features and a calibrated score."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    score = 1 / (1 + np.exp(-(1.5 * x[:, 0] + x[:, 1])))
    answers = {"y_true": (random.random(n) < score).astype(int), "y_pred": (score > 0.5).astype(int)}
    return pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], **answers, "y_pred_proba": score})


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
