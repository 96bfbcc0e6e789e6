"""Other tools at the same work: drift and a summary of 20 columns, with each tool's defaults, beside `driftline check`.

Each has an environment of its own (made with uv) and runs as a process of its own. A tool that takes longer than five
minutes is run again on a tenth of the rows, and the table says so. No tool may send anything anywhere.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
import machine
from pairs import ENVIRONMENT, Cost, middle, run
from works import MILLION, MODEL, rows

HERE = Path(__file__).parent
LONGEST = 300.0
QUIET = {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1", "WHYLOGS_NO_ANALYTICS": "True"}


@dataclass(frozen=True)
class Peer:
    """A tool: what to install, and what it measures of the columns."""

    package: str
    needs: tuple[str, ...]
    measures: str
    python: str = "3.11"


PEERS = {
    "evidently": Peer("evidently==0.7.23", ("pandas<3", "pyarrow"), "presets of data drift and data summary"),
    "whylogs": Peer(
        "whylogs[viz]==1.6.4", ("numpy<2", "pandas<3", "pyarrow<20"), "profiles, and drift scores of numbers and labels"
    ),
    "nannyml": Peer(
        "nannyml==0.13.1", ("numpy<2", "pandas<3", "pyarrow<20", "statsmodels"),
        "univariate drift by chunks, missing values, mean, deviation, median",
    ),
    "tfdv": Peer(
        "tensorflow-data-validation==1.16.1", ("dill", "setuptools<80"), "statistics, schema, drift of each column"
    ),
}  # fmt: skip


@click.command(help=__doc__)
@click.argument("names", nargs=-1, type=click.Choice(list(PEERS)))
@click.option("--times", default=3, show_default=True, help="Runs of each after one to warm up; slow ones have one.")
@click.option("--data", type=click.Path(path_type=Path), default=HERE / "data", help="Where rows and tools are kept.")
def main(names: tuple[str, ...], times: int, data: Path) -> None:
    """Run each, write `results/peers.md`."""
    ENVIRONMENT.update(QUIET)
    said = (
        f"{machine.described()} Whole processes, medians of {times} runs, or one run of what takes more than a minute. "
        "Each tool measures other things: the column says which. Its own seconds are those without starting Python and "
        "imports."
    )
    lines = [
        said,
        "",
        "| tool | measures | rows on each side | s | s of its own | MiB |",
        "|---|---|---|---|---|---|",
    ]
    own = [sys.executable, "-m", "driftline", "check", *_files(MILLION, data), *MODEL]
    lines.append(_row("driftline", "all of its metrics, verdicts", MILLION, _timed(own, times)))
    print(*lines, sep="\n", flush=True)
    for name in names or PEERS:
        lines.append(_peer(name, times, data))
        print(lines[-1], flush=True)
    target = HERE / "results" / "peers.md"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _peer(name: str, times: int, data: Path) -> str:
    peer = PEERS[name]
    python, trouble = installed(name, peer, data)
    if trouble:
        return f"| {peer.package} | not run: {trouble} | | | | |"
    said = f"{peer.package.replace('==', ' ')} ({_versions(python)})"
    for count in (MILLION, MILLION // 10):
        command = [str(python), str(HERE / f"processes/with_{name}.py"), *_files(count, data)]
        cost = _timed(command, times)
        if cost is not None:
            return _row(said, peer.measures, count, cost)
    return f"| {said} | not done in {LONGEST:.0f} s, not even on a tenth of the rows | | | | |"


def installed(name: str, peer: Peer, data: Path) -> tuple[Path, str]:
    """Give the interpreter of a tool's environment, and what went wrong, if anything."""
    folder = data / "peers" / name
    python = folder / "bin/python"
    if not python.exists():
        for command in (
            ["uv", "venv", "--quiet", "--python", peer.python, folder],
            ["uv", "pip", "install", "--quiet", "--python", python, peer.package, *peer.needs],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return python, (done.stderr.strip().splitlines() or ["it does not install"])[0]
    return python, ""


def _versions(python: Path) -> str:
    code = (
        "import platform; from importlib.metadata import version as v; "
        "print('Python', platform.python_version() + ', pandas', v('pandas') + ', numpy', v('numpy'))"
    )
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _files(count: int, data: Path) -> list[str]:
    files = [(data / side.name, side) for side in (rows(count, "reference"), rows(count))]
    for path, side in files:
        subprocess.run([sys.executable, HERE / "rows.py", path, str(side.rows), str(side.seed)], check=True)
    return [str(path) for path, _ in files]


def _timed(command: list[str], times: int) -> Cost | None:
    """The cost of a process: of one run if that is slow, None if it takes longer than five minutes."""
    first = run(["/usr/bin/env", "timeout", str(LONGEST), *command], allowed=(0, 1, 124))
    if first.seconds >= LONGEST:
        return None
    return first if first.seconds > LONGEST / 5 else middle([run(command) for _ in range(times)])


def _row(tool: str, measures: str, count: int, cost: Cost | None) -> str:
    if cost is None:
        return f"| {tool} | {measures} | {count:,} | more than {LONGEST:.0f} | | |"
    alone = "" if cost.alone is None else f"{cost.alone:.2f}"
    return f"| {tool} | {measures} | {count:,} | {cost.seconds:.2f} | {alone} | {cost.mib:,.0f} |"


if __name__ == "__main__":
    main()
