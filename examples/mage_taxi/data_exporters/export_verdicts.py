"""The verdicts of the day as one file, for whoever acts on them."""

import json
from typing import Any

from mage_taxi.monitoring.driftline import FOLDER

if "data_exporter" not in globals():
    from mage_ai.data_preparation.decorators import data_exporter


@data_exporter
def export_verdicts(data: dict[str, Any], model: dict[str, Any], **variables: Any) -> None:
    """Write `verdicts/DAY.json`."""
    (FOLDER / "verdicts").mkdir(exist_ok=True)
    path = FOLDER / "verdicts" / f"{variables['day']}.json"
    path.write_text(json.dumps([data, model], indent=1, ensure_ascii=False), encoding="utf-8")
