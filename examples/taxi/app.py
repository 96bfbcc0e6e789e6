"""The service: says how long taxi trips will take, and logs each answer as a JSON line in a file of the trip's day."""

import json
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from driftline.client.asgi import Driftline
from driftline.client.prometheus import Prometheus

FOLDER = Path(os.environ.get("TAXI_FOLDER", "taxi-out"))
model: dict[str, Any] = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))
app = FastAPI(title="Taxi trip duration")
app.add_middleware(Driftline, instruments=Prometheus(), metrics="/metrics")  # service health: rates, errors, latency


@app.post("/durations")
def durations(trips: list[dict[str, Any]]) -> list[float]:
    """Minutes that each of these trips will take."""
    answers = [
        model["intercept"] + sum(weight * float(trip[name]) for name, weight in model["weights"].items())
        for trip in trips
    ]
    lines: dict[str, list[str]] = {}
    for trip, minutes in zip(trips, answers, strict=True):
        row = trip | {"prediction": minutes}
        lines.setdefault(str(trip["lpep_pickup_datetime"])[:10], []).append(json.dumps(row) + "\n")
    for day, text in lines.items():
        with (FOLDER / "logged" / f"{day}.jsonl").open("a", encoding="utf-8") as log:
            log.writelines(text)
    return answers
