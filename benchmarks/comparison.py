"""Other tools on small batches: false alarms without a change, a change found, what an installation takes. Needs uv.

Ten columns without a change, six of numbers and four of labels: a reference of 2,000 rows, then batches from the same
distributions. In the shifted batches one column of numbers is one standard deviation higher. Every tool has the same
rows, its own defaults, an environment and a process of its own. No tool may send anything anywhere.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import machine
import numpy as np
import polars as pl
from install import SECONDS, sizes
from peers import QUIET, Peer, installed

HERE = Path(__file__).parent
REFERENCE, SIZES = 2_000, (100, 1_000)
NAMED = "x0"
PEERS = {
    "evidently": (Peer("evidently==0.7.23", ("pandas<3", "pyarrow"), ""), "import evidently, evidently.metrics"),
    "nannyml": (Peer("nannyml==0.13.1", ("numpy<2", "pandas<3", "pyarrow<20", "statsmodels"), ""), "import nannyml"),
    "whylogs": (
        Peer("whylogs[viz]==1.6.4", ("numpy<2", "pandas<3", "pyarrow<20"), ""),
        "import whylogs, whylogs.viz.drift.column_drift_algorithms",
    ),
    "deepchecks": (
        Peer(
            "deepchecks==0.19.1",
            ("numpy<2", "pandas<3", "pyarrow<20", "scikit-learn<1.6", "setuptools<80", "anywidget"),
            "",
        ),
        "import deepchecks.tabular.checks",
    ),
    "alibi": (
        Peer("alibi-detect==0.12.0", ("numpy<2", "pandas<3", "pyarrow<20", "setuptools<80"), ""),
        "import alibi_detect.cd",
    ),
    "river": (Peer("river==0.26.1", ("pandas<3", "pyarrow"), ""), "import river.drift"),
}


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(["driftline", *PEERS]))
@click.option("--batches", default=100, show_default=True, help="Batches of each size and kind.")
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows and tools are kept.")
def main(names: tuple[str, ...], batches: int, data: Path) -> None:
    """Draw, let each tool judge, write `results/comparison.md`."""
    folder = draw(data / "batches", batches)
    lines = [
        machine.described(), "",
        "| tool | rows of a batch | clean batches with an alarm | clean columns with an alarm | shifted column found |",
        "|---|---|---|---|---|",
    ]  # fmt: skip
    takes = ["", "| tool | packages | MB | s of import |", "|---|---|---|---|"]
    for name in names or ("driftline", *PEERS):
        python, code, trouble = Path(sys.executable), "import driftline; driftline.Monitor", ""
        if name in PEERS:
            peer, code = PEERS[name]
            python, trouble = installed(name, peer, data)
        if trouble:
            lines.append(f"| {name} | not run: {trouble[:200]} | | | |")
            continue
        for size in SIZES:
            lines.append(judge(python, name, folder, size))
            print(lines[-1], flush=True)
        if name in PEERS:
            found = sizes(python)
            size = f"{len(found)} | {sum(found.values()) / 1e6:,.0f}"
            takes.append(f"| {PEERS[name][0].package} | {size} | {imports(python, code):.1f} |")
            print(takes[-1], flush=True)
    if not names:
        (HERE / "results/comparison.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (HERE / "results/comparison_install.md").write_text("\n".join(takes[1:]) + "\n", encoding="utf-8")


def draw(folder: Path, batches: int) -> Path:
    """Write the reference, and batches one below the other."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    table(rng, REFERENCE).write_parquet(folder / "reference.parquet")
    for size in SIZES:
        table(rng, size * batches).write_parquet(folder / f"clean-{size}.parquet")
        shifted = table(rng, size * batches).with_columns(pl.col(NAMED) + 1.0)
        shifted.write_parquet(folder / f"shifted-{size}.parquet")
    return folder


def table(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """Rows of columns that do not hang together: normal, skewed and whole numbers, labels with rare ones."""
    numbers = {
        "x0": rng.normal(0, 1, rows), "x1": rng.normal(50, 10, rows), "x2": rng.lognormal(1, 0.8, rows),
        "x3": rng.exponential(3, rows), "x4": rng.poisson(4, rows).astype(float), "x5": rng.uniform(0, 1, rows),
    }  # fmt: skip
    shares = {"c0": (0.5, 0.5), "c1": (0.7, 0.2, 0.1), "c2": (0.4, 0.3, 0.2, 0.07, 0.03), "c3": (1 / 8,) * 8}
    labels = {name: rng.choice([f"v{at}" for at in range(len(p))], rows, p=p) for name, p in shares.items()}
    return pl.DataFrame(numbers | labels)


def judge(python: Path, name: str, folder: Path, size: int) -> str:
    """One line of the table."""
    command = [python, HERE / f"processes/batches_{name}.py", folder, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment(name))
    if done.returncode:
        return f"| {name} | {size:,} | not run: {done.stderr.strip().splitlines()[-1][:200]} | | |"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    clean, shifted = found["clean"], found["shifted"]
    columns = 6 if name == "river" else 10
    shares = (
        sum(map(bool, clean)) / len(clean), sum(map(len, clean)) / len(clean) / columns,
        sum(NAMED in columns for columns in shifted) / len(shifted),
    )  # fmt: skip
    return f"| {found['tool']} | {size:,} | {shares[0]:.0%} | {shares[1]:.1%} | {shares[2]:.0%} |"


def environment(name: str) -> dict[str, str]:
    """The variables of a tool's process: those of this one for Driftline, else few and quiet ones."""
    own = dict(os.environ)
    return own if name == "driftline" else {k: v for k, v in own.items() if k != "PYTHONPATH"} | QUIET


def imports(python: Path, code: str) -> float:
    """Processor seconds of an import beyond starting Python, once its bytecode is there."""
    taken = []
    for statement in ("", code):
        command = [python, "-c", f"{statement}\n{SECONDS}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(""))
        taken.append(float(done.stdout.split()[-1]))
    return taken[1] - taken[0]


if __name__ == "__main__":
    main()
