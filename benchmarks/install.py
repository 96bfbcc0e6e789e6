"""What an installation takes: wheel and sdist in empty environments, and each extra alone. Needs uv and a network.

The wheel and the sdist are installed on every Python from 3.11 on that uv finds on this machine, and judge a few rows.
Then each extra is installed alone, and what it is for is imported. The table says which packages an extra brings, what
they take on the disk, and the processor seconds of that import in a new process.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import click
import machine

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PARTS = {  # what proves that an extra does what it is for: the libraries, and Driftline's part that uses them
    "": "import driftline; driftline.Monitor, driftline.check",
    "report": "import vl_convert",
    "arrow": "import pyarrow",
    "text": "import py3langid; import driftline.data.transforms.language",
    "learn": "import sklearn.linear_model",
    "explain": "import shap, sklearn.ensemble",
    "onnx": "import onnxruntime",
    "spark": "import pyspark.sql, pandas; import driftline.profiles.engines.spark",
    "fast": "import numba; import driftline.profiles.loops.kernels",
    "dask": "import dask.dataframe; import driftline.profiles.engines.dask",
    "ray": "import ray.data; import driftline.profiles.engines.ray",
    "service": "import psutil; import driftline.client.middleware",
    "prometheus": "import prometheus_client; import driftline.client.prometheus",
    "opentelemetry": "import opentelemetry.metrics; import driftline.client.opentelemetry",
    "server": "import uvicorn, httptools; import driftline.server.run",
    "postgresql": "import psycopg; import driftline.data.sources.postgresql",
    "duckdb": "import duckdb; import driftline.data.sources.duckdb",
    "nats": "import nats; import driftline.server.feeds.nats",
    "redis": "import redis; import driftline.server.feeds.redis",
    "rabbitmq": "import pika; import driftline.server.feeds.rabbitmq",
    "kafka": "import confluent_kafka; import driftline.server.feeds.kafka",
    "mqtt": "import paho.mqtt.client; import driftline.server.feeds.mqtt",
    "alerts": "import apprise; import driftline.alerts.sinks.apprise",
    "remotewrite": "import cramjam; import driftline.server.prometheus.page",
    "mcp": "import mcp.server; import driftline.integrations.mcp",
    "mongodb": "import pymongo; import driftline.server.feeds.mongodb",
    "grafana": "import grafana_foundation_sdk; import driftline.server.grafana.build",
    "prefect": "import driftline.integrations.prefect",
    "mlflow": "import driftline.integrations.mlflow",
    "airflow": "import driftline.integrations.airflow",
    "dagster": "import driftline.integrations.dagster",
}
SIZES = """
import json
from importlib.metadata import distributions
print(json.dumps({d.name: sum(f.locate().stat().st_size for f in d.files or () if f.locate().is_file())
                  for d in distributions()}))
"""
SECONDS = "import resource; u = resource.getrusage(resource.RUSAGE_SELF); print(u.ru_utime + u.ru_stime)"
ROWS = "x,y\n" + "".join(f"{at % 17},{at % 5}\n" for at in range(300))


@click.command(help=__doc__)
@click.argument("extras", nargs=-1, type=click.Choice([name for name in PARTS if name]))
@click.option("--times", default=5, show_default=True, help="Imports of each; the median counts.")
def main(extras: tuple[str, ...], times: int) -> None:
    """Build, install, import; write `results/install.md`."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    if known.keys() != PARTS.keys() - {""}:
        sys.exit(f"benchmarks/install.py: PARTS and the extras of pyproject.toml differ: {known.keys() ^ PARTS.keys()}")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        run("uv", "build", "--quiet", "--out-dir", folder / "dist", ROOT)
        (wheel,), (sdist,) = (folder / "dist").glob("*.whl"), (folder / "dist").glob("*.tar.gz")
        lines = [machine.described() + f" The wheel has {wheel.stat().st_size / 1e6:.1f} MB.", ""]
        lines += ["| Python | wheel | sdist |", "|---|---|---|"]
        for python in () if extras else PYTHONS:
            lines.append(f"| {python} | {judge(folder, python, wheel)} | {judge(folder, python, sdist)} |")
            print(lines[-1], flush=True)
        lines += [
            "",
            "| extra | packages besides those of the bare wheel | MB besides them | s of import |",
            "|---|---|---|---|",
        ]
        bare = sizes(environment(folder, "3.11", wheel, "bare"))
        for extra in (extras and ("", *extras)) or PARTS:
            lines.append(row(folder, wheel, extra, bare, times))
            print(lines[-1], flush=True)
            if not extras:
                (ROOT / "benchmarks/results/install.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(*command: object, folder: Path | None = None) -> str:
    """The output of a command that succeeds.

    Raises:
        RuntimeError: with what it said, when it does not.
    """
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or done.stdout.strip() or "no word").splitlines()[0].strip())
    return done.stdout


def environment(folder: Path, python: str, package: Path, name: str, extra: str = "") -> Path:
    """The interpreter of a new environment with the package."""
    place = folder / name
    interpreter = place / "bin/python"
    run("uv", "venv", "--quiet", "--clear", "--no-python-downloads", "--python", python, place)
    run("uv", "pip", "install", "--quiet", "--python", interpreter, f"{package}[{extra}]" if extra else package)
    return interpreter


def judge(folder: Path, python: str, package: Path) -> str:
    """Whether the package installs on a Python and judges rows, or why not."""
    try:
        interpreter = environment(folder, python, package, "judge")
        (folder / "rows.csv").write_text(ROWS, encoding="utf-8")
        version = run(interpreter.parent / "driftline", "--version").split()[-1]
        run(interpreter.parent / "driftline", "check", "rows.csv", "rows.csv", "--json", "out.json", folder=folder)
        rows = json.loads((folder / "out.json").read_text(encoding="utf-8"))["current"]["rows"]
    except RuntimeError as error:
        return f"no: {str(error)[:120]}"
    return f"{version} judges {rows} rows"


def sizes(interpreter: Path) -> dict[str, int]:
    """Bytes of each package in an environment."""
    found: dict[str, int] = json.loads(run(interpreter, "-c", SIZES))
    return found


def row(folder: Path, wheel: Path, extra: str, bare: dict[str, int], times: int) -> str:
    """One line of the table of extras."""
    name = extra or "none"
    try:
        interpreter = environment(folder, "3.11", wheel, "extra", extra)
        brought = sizes(interpreter) if not extra else {k: v for k, v in sizes(interpreter).items() if k not in bare}
        idle, busy = (
            sorted(float(run(interpreter, "-c", f"{code}\n{SECONDS}").split()[-1]) for _ in range(times))[times // 2]
            for code in ("", PARTS[extra])
        )
    except RuntimeError as error:
        return f"| {name} | not installed: {str(error)[:160]} | | |"
    largest = sorted(brought.items(), key=lambda pair: -pair[1])
    shown = ", ".join(f"{package} {size / 1e6:.1f}" for package, size in largest[:6] if size > 50_000)
    more = f"{len(brought)}: {shown}" if brought else "0"
    return f"| {name} | {more} | {sum(brought.values()) / 1e6:.1f} | {busy - idle:.2f} |"


if __name__ == "__main__":
    main()
