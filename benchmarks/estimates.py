"""Performance before labels: Driftline's estimates and NannyML's beside what came true.

On NannyML's own data sets, by chunk of 2,500 rows, and with `--real` also on green taxi trips, bike hire and Adult,
whose files are in that folder (`green_tripdata_YYYY-MM.parquet` of January and February 2022 and 2023, `bike_hour.csv`,
`adult_arx.csv`). NannyML has an environment of its own, as in `peers.py`; `--python` names one that is there.

Writes the error of both, and how often what came true lies within Driftline's interval, to `results/estimates.md`. With
`--draws 10` it writes the means over ten references of the regressions, four fifths of the rows each, to
`results/estimates_draws.md`: of a single reference, which of the two errs less is often chance. With `--speed` it
writes how long both take for a million rows in 20 windows, the fastest of three runs in turn, to
`results/estimates_speed.md`.
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

from driftline import registry
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
@click.option(
    "--draws", default=0, help="Parts of each reference, of four fifths of its rows, over which to take means."
)
def main(python: Path | None, data: Path, real: Path | None, *, speed: bool, draws: int) -> None:
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
    folders = {title: (name, data / "estimates" / name, SIZE) for name, title in SETS.items()}
    for title, (reference, current, size) in (make_sets(real) if real else {}).items():
        folder = data / "estimates" / "real" / "-".join(title.lower().replace(",", "").split())
        _write(folder, reference, current)
        folders[title] = str(folder), folder, size
    for title, (name, folder, size) in folders.items():
        found = [_compare(python, name, folder, size)]
        if draws:
            if "mae" not in found[0]:
                continue
            found = [_compare(python, *_draw_part(folder, draw), size) for draw in range(1, draws + 1)]
        for metric in found[0]:
            ours, theirs, held = np.mean([errors[metric] for errors in found], axis=0)
            lines.append(f"| {title} | {metric} | {ours:.4g} | {theirs:.4g} | {held:.0%} |")
        print(*lines, sep="\n", flush=True)
    (HERE / "results" / ("estimates_draws.md" if draws else "estimates.md")).write_text(
        "\n".join(lines) + "\n", encoding="utf-8"
    )


def _write(folder: Path, reference: pl.DataFrame, current: pl.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for side, rows in (("reference", reference), ("current", current)):
        rows.write_parquet(folder / f"{side}.parquet")


def _draw_part(folder: Path, draw: int) -> tuple[str, Path]:
    """A folder with four fifths of the rows of a reference, and all current ones; and its name."""
    reference, current = (pl.read_parquet(folder / f"{side}.parquet") for side in ("reference", "current"))
    own = folder / f"draw-{draw}"
    _write(own, reference.sample(fraction=0.8, seed=draw), current)
    return str(own), own


def _leave_out(*kept: str) -> dict[str, dict[str, bool]]:
    """Settings of metrics that leave all of performance out but the estimates of these."""
    names = [
        metric.name for metric in registry.every("metrics").values() if metric.family in {"performance", "estimate"}
    ]
    return {name: {"enabled": False} for name in names if name not in {f"estimated_{metric}" for metric in kept}}


_SCORED: dict[str, Any] = {"score": "y_pred_proba"}
_ALONE = _SCORED | {"describe": False}
_LOSSES: dict[str, Any] = {"model": {"task": "regression"}, "estimate": {"loss_model": True}, "describe": False}
SHAPES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "two classes, all of six columns": (("a", "b", "c"), _SCORED),
    "two classes, all estimates": ((), _ALONE),
    "two classes, the same three estimates": ((), _ALONE | {"metrics": _leave_out("accuracy", "f1", "roc_auc")}),
    "regression with a loss model, all estimates": (("a", "b", "c"), _LOSSES),
    "regression with a loss model, the same two": (("a", "b", "c"), _LOSSES | {"metrics": _leave_out("mae", "rmse")}),
}
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


def _compare(python: Path, name: str, folder: Path, size: int) -> dict[str, tuple[float, float, float]]:
    """Of each metric Driftline's mean error on one data set, NannyML's, and how often the interval held the truth."""
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
    found = {}
    for metric, (theirs, real) in peer["metrics"].items():
        ours = [v for result in results for v in result if v.metric == f"estimated_{metric}"]
        known = np.isfinite(np.array(real, float))  # a chunk without a positive, true or predicted, has no F1
        held = np.mean([v.low <= truth <= v.high for v, truth in zip(ours, real, strict=True)], where=known)
        errors = [
            np.abs(np.array(own, float) - np.array(real, float)).mean(where=known)
            for own in ([v.value for v in ours], theirs)
        ]
        found[metric] = errors[0], errors[1], held
    return found


if __name__ == "__main__":
    main()
