"""Performance before labels: Driftline's estimates and NannyML's beside what came true.

On NannyML's own data sets, by chunk of 2,500 rows, and with `--real` also on green taxi trips, bike hire and Adult,
whose files are in that folder (`green_tripdata_YYYY-MM.parquet` of January and February 2022 and 2023, `bike_hour.csv`,
`adult_arx.csv`). NannyML has an
environment of its own, as in `peers.py`; `--python` names one that is there. Writes the error of both, and how often
what came true lies within Driftline's interval, to `results/estimates.md`; with `--speed` instead how long both take
for a million rows in 20 windows, the fastest of three runs in turn, to `results/estimates_speed.md`.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars as pl
from peers import HERE, PEERS, QUIET, installed
from real_models import make_sets

from driftline.monitor import Monitor
from driftline.verdicts.result import Result

SETS = {"car_loan": "two classes", "classes": "three classes", "car_price": "regression"}
SIZE = 2500
ROWS = 1_000_000
TIMES = 3
KEYS = {"timestamp": "ignored", "id": "id"}
HEADS = ("data set", "metric", "Driftline", "NannyML", "truth within Driftline's interval")


@click.command(help=__doc__)
@click.option("--python", type=click.Path(path_type=Path), help="Interpreter of an environment with NannyML.")
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows and tools are kept.")
@click.option("--real", type=click.Path(path_type=Path, exists=True), help="Folder of taxi trips, bikes and Adult.")
@click.option("--speed", is_flag=True, help="How long both take, not how good they are.")
def main(python: Path | None, data: Path, real: Path | None, *, speed: bool) -> None:
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
        lines += _compare(python, name, title, data / "estimates" / name, SIZE)
        print(*lines, sep="\n", flush=True)
    for title, (reference, current, size) in (make_sets(real) if real else {}).items():
        folder = data / "estimates" / "real" / "-".join(title.lower().replace(",", "").split())
        folder.mkdir(parents=True, exist_ok=True)
        for side, rows in (("reference", reference), ("current", current)):
            rows.write_parquet(folder / f"{side}.parquet")
        lines += _compare(python, str(folder), title, folder, size)
        print(*lines, sep="\n", flush=True)
    (HERE / "results" / "estimates.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


SHAPES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "two classes, all of six columns": (("a", "b", "c"), {"score": "y_pred_proba"}),
    "two classes, estimates of three columns": ((), {"score": "y_pred_proba", "describe": False}),
    "regression with a loss model": (
        ("a", "b", "c"), {"model": {"task": "regression"}, "estimate": {"loss_model": True}, "describe": False},
    ),
}  # fmt: skip
"""Features, and settings: what is raced."""


def _race(python: Path, folder: Path) -> str:
    """Fit on 200,000 rows and estimate a million in 20 windows, with both in turn; modules are loaded before."""
    lines = [
        "| | processor seconds: Driftline | NannyML | ratio | wall seconds: Driftline | NannyML |",
        "|---" * 6 + "|",
    ]
    for title, (features, settings) in SHAPES.items():
        own = folder / title.replace(",", "").replace(" ", "-")
        own.mkdir(parents=True, exist_ok=True)
        reference, current = (
            _draw(n, seed, features, regression="score" not in settings) for n, seed in ((ROWS // 5, 1), (ROWS, 2))
        )
        for side, rows in (("reference", reference), ("current", current)):
            rows.write_parquet(own / f"{side}.parquet")
        blind = current.with_columns(pl.lit(None, current["y_true"].dtype).alias("y_true"))
        _estimate(reference[:1_000], blind[:1_000], 1_000, settings)  # loads what it needs, as NannyML has at its start
        rounds = [
            (_estimate(reference, blind, ROWS // 20, settings), _ask(python, str(own), own, ROWS // 20))
            for _ in range(TIMES)
        ]
        results, peer = rounds[0][0][0], rounds[0][1]
        ours = min((round_[0][1] for round_ in rounds), key=lambda seconds: seconds[1])
        theirs = min(
            ((round_[1]["seconds"], round_[1]["processor"]) for round_ in rounds), key=lambda seconds: seconds[1]
        )
        lines.append(
            f"| {title} | {ours[1]:.2f} | {theirs[1]:.2f} | {theirs[1] / ours[1]:.1f} "
            f"| {ours[0]:.1f} | {theirs[0]:.1f} |"
        )
        for metric, (estimated, real) in peer["metrics"].items():
            values = [v.value for result in results for v in result if v.metric == f"estimated_{metric}"]
            errors = [np.abs(np.array(found) - real).mean() for found in (values, estimated)]
            lines.append(f"| mean absolute error of {metric} | {errors[0]:.4f} | {errors[1]:.4f} | | | |")
        print(*lines, sep="\n", flush=True)
    return "\n".join(lines) + "\n"


def _estimate(
    reference: pl.DataFrame, blind: pl.DataFrame, size: int, settings: dict[str, Any]
) -> tuple[list[Result], tuple[float, float]]:
    """Driftline's results by chunk, and wall and processor seconds of fit and checks."""
    started, used = time.perf_counter(), time.process_time()
    monitor = Monitor.fit(
        reference, target="y_true", prediction="y_pred", window="none", only=["performance"], **settings
    )
    results = [monitor.check(blind[at : at + size]) for at in range(0, blind.height, size)]
    return results, (time.perf_counter() - started, time.process_time() - used)


def _ask(python: Path, name: str, folder: Path, size: int) -> dict[str, Any]:
    """What NannyML's process found."""
    command = [python, HERE / "processes/estimate_with_nannyml.py", name, folder, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | QUIET)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _draw(n: int, seed: int, features: tuple[str, ...], *, regression: bool) -> pl.DataFrame:
    """Rows of two classes with a calibrated score, or of numbers whose error hangs on a feature."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    own = {name: x[:, "abc".index(name)] for name in features}
    if regression:
        answer = 10 + x[:, 0] + 2 * x[:, 1]
        return pl.DataFrame(own | {"y_true": answer + np.exp(0.4 * x[:, 0]) * random.normal(size=n), "y_pred": answer})
    score = 1 / (1 + np.exp(-(1.5 * x[:, 0] + x[:, 1])))
    answers = {"y_true": (random.random(n) < score).astype(int), "y_pred": (score > 0.5).astype(int)}
    return pl.DataFrame(own | answers | {"y_pred_proba": score})


def _compare(python: Path, name: str, title: str, folder: Path, size: int) -> list[str]:
    """The rows of the table of one data set."""
    peer = _ask(python, name, folder, size)
    reference, current = (pl.read_parquet(folder / f"{side}.parquet") for side in ("reference", "current"))
    monitor = Monitor.fit(
        reference, target="y_true", prediction="y_pred", model={"task": peer["task"]}, window="none",
        estimate={"loss_model": True},
        columns={name: {"role": role} for name, role in KEYS.items() if name in reference.columns},
        score="y_pred_proba" if "y_pred_proba" in reference.columns else None,
    )  # fmt: skip
    blind = current.with_columns(pl.lit(None, dtype=current["y_true"].dtype).alias("y_true"))
    results = [monitor.check(blind[at : at + size]) for at in range(0, blind.height, size)]
    lines = []
    for metric, (theirs, real) in peer["metrics"].items():
        ours = [v for result in results for v in result if v.metric == f"estimated_{metric}"]
        known = np.isfinite(np.array(real, float))  # a chunk without a positive, true or predicted, has no F1
        held = np.mean([v.low <= truth <= v.high for v, truth in zip(ours, real, strict=True)], where=known)
        errors = [
            np.abs(np.array(own, float) - np.array(real, float)).mean(where=known)
            for own in ([v.value for v in ours], theirs)
        ]
        lines.append(f"| {title} | {metric} | {errors[0]:.4g} | {errors[1]:.4g} | {held:.0%} |")
    return lines


if __name__ == "__main__":
    main()
