"""What `driftline serve` takes while nothing happens: processor time and memory; writes `results/idle.md`.

One model with ten columns, after 5,000 rows of 25 days were judged and each page was looked at. Read from /proc, so it
needs Linux.
"""

import io
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import httpx
import machine
import numpy as np
import polars as pl

from driftline.dashboard.pages import address
from driftline.monitor import Monitor

DAY = 86_400_000_000
_JUDGED = 20  # of the windows: the last ones are still open
ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}
PAGES = (
    "/",
    address("/model", model="model"),
    address("/column", model="model", column="c1"),
    "/incidents",
    "/metrics",
)


def make_rows(first: int, days: int) -> pl.DataFrame:
    """Days of 200 rows of ten columns."""
    random = np.random.default_rng(first)
    day = first + np.repeat(np.arange(days), 200)
    at = pl.Series(day * DAY + random.integers(0, DAY, day.size)).cast(pl.Datetime("us"))
    columns = {f"c{number}": random.normal(size=day.size) for number in range(10)}
    return pl.DataFrame(columns).with_columns(at=at, id=pl.int_range(first * 200, (first + days) * 200).cast(pl.String))


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """A server in a folder, and its address."""
    pack = Monitor.fit(make_rows(0, 14), timestamp="at", id="id").save(folder / "m.pack")
    command = [sys.executable, "-m", "driftline", "serve", str(pack), "--port", "0"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in server.stdout or ():
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            threading.Thread(target=lambda: [None for _ in server.stdout or ()], daemon=True).start()
            return server, found[0]
    raise click.ClickException("the server did not start")


def use(client: httpx.Client) -> None:
    """Have rows judged, and look at each page."""
    buffer = io.BytesIO()
    make_rows(14, 25).write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
    client.post("/v1/models/model/predictions", content=buffer.getvalue(), headers=ARROW).raise_for_status()
    while len(client.get(address("/v1/model", model="model")).json().get("windows", ())) < 24:
        time.sleep(0.5)
    for page in PAGES:
        client.get(page).raise_for_status()


def listen(url: str) -> None:
    """An open page: it waits for what changes."""
    with httpx.stream("GET", f"{url}/v1/changes", timeout=None) as answer:  # noqa: S113 - as a page does
        for _ in answer.iter_bytes():
            pass


def measure(pid: int, seconds: int) -> tuple[float, int]:
    """Share of a core over so many seconds, and MiB of memory after them."""

    def spent() -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before, started = spent(), time.monotonic()
    time.sleep(seconds)
    share = (spent() - before) / (time.monotonic() - started)
    resident = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return share, int(resident[1]) // 1024 if resident else 0


@click.command(help=__doc__)
@click.option("--seconds", default=60, show_default=True, help="How long each state is watched.")
def main(seconds: int) -> None:
    """Start a server, and watch it do nothing."""
    with TemporaryDirectory() as folder:
        server, url = start(Path(folder))
        try:
            lines = ["| a server that | of a core | MiB |", "|---|---|---|"]
            listener = threading.Thread(target=listen, args=(url,), daemon=True)
            states = {
                "has just started": lambda: None,
                "has judged rows and shown each page": lambda: use(client),
                "has a page open besides": listener.start,
            }
            with httpx.Client(base_url=url, timeout=60) as client:
                for name, prepare in states.items():
                    prepare()
                    time.sleep(5)
                    share, memory = measure(server.pid, seconds)
                    lines.append(f"| {name} | {share:.2%} | {memory} |")
                    click.echo(lines[-1])
        finally:
            server.terminate()
            server.wait(30)
    said = f"`driftline serve` with one model of ten columns, each state for {seconds} seconds."
    text = "\n".join([machine.described(), said, "", *lines, ""])
    (Path(__file__).parent / "results" / "idle.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
