"""Draws the pictures of docs/dashboard.md: pages of the dashboard over the store of `driftline demo`. Needs Chromium.

python docs/pictures.py demo-out/taxi.db
"""

import json
import shutil
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

IMAGES = Path(__file__).parent / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MODEL = "green-taxi-duration"


def draw(store: str) -> None:
    """Write the pictures."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit("no Chromium to draw with")
    with serve(store) as address:
        with urllib.request.urlopen(f"{address}/v1/incidents?state=all") as answer:  # noqa: S310 - our own server
            incidents = json.load(answer)["incidents"]
        fare = next(each for each in incidents if each["column"] == "fare_amount")
        for name, path, height in (
            ("dashboard-model", f"/model?{urlencode({'model': MODEL})}", 1130),
            ("dashboard-incident", f"/incident?{urlencode({'id': fare['id']})}", 780),
        ):
            options = [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--window-size=1240,{height}",
            ]
            target = [f"--screenshot={IMAGES / name}.png", f"{address}{path}"]
            subprocess.run([browser, *options, *target], check=True, stderr=subprocess.DEVNULL)


@contextmanager
def serve(store: str):  # noqa: ANN201 - the address, while the dashboard runs
    """The dashboard over a store, on a free port."""
    command = [sys.executable, "-m", "driftline", "dashboard", store, "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield (process.stdout.readline() if process.stdout else "").split()[1]
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    draw(sys.argv[1])
