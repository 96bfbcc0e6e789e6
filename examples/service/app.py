"""A service that says how long a taxi trip will take. Two lines are Driftline's: the middleware, and `log`."""

import json
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from driftline import Logger
from driftline.client.asgi import Driftline, log
from driftline.client.prometheus import Prometheus

model: dict[str, Any] = json.loads(Path("model.json").read_text(encoding="utf-8"))
app = FastAPI(title="Taxi trip duration")
app.add_middleware(
    Driftline,
    logger=Logger(os.environ["DRIFTLINE_URL"], model["name"], model["version"]),
    instruments=Prometheus(),
    metrics="/metrics",
)


@app.post("/durations")
async def durations(trips: list[dict[str, Any]]) -> list[float]:
    """Minutes that each of these trips will take."""
    answers = []
    for trip in trips:
        minutes = model["intercept"] + sum(weight * float(trip[name]) for name, weight in model["weights"].items())
        log(trip, minutes, id=trip["id"])
        answers.append(minutes)
    return answers
