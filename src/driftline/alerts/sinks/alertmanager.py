"""Sends incidents as alerts to Prometheus' Alertmanager."""

import json
from datetime import UTC, datetime, timedelta

from driftline.alerts.http import check_url, post, redact
from driftline.alerts.incidents import Notification


class Alertmanager:
    """Posts to its API, version 2: `alertmanager+http://HOST:9093`.

    An open incident is sent again each minute and ends five minutes after the last time; a closed one ends at once.
    Labels name the incident and stay the same while it is open; `severity`, which may change, is an annotation. The
    link to the incident's page is both the annotation `link` and the alert's `generatorURL`.
    """

    repeat: float | None = 60.0

    def __init__(self, address: str) -> None:
        self.address = check_url(address).rstrip("/") + "/api/v2/alerts"
        self.label = f"Alertmanager {redact(address)}"

    def send(self, notification: Notification) -> None:
        """Post the alert."""
        incident, now = notification.incident, datetime.now(UTC)
        ends = now + timedelta(minutes=5) if incident.is_open else now
        labels = {
            "alertname": "DriftlineIncident", "incident": incident.id, "model": incident.model,
            "health": incident.health.value, "metric": incident.metric, "column": incident.column or "",
            "segment": incident.segment or "",
        }  # fmt: skip
        annotations = {
            "summary": incident.sentence, "description": incident.reason, "severity": incident.level.value,
            "since": incident.since or "", "link": notification.link,
        }  # fmt: skip
        alert = {
            "labels": {name: value for name, value in labels.items() if value},
            "annotations": {name: value for name, value in annotations.items() if value or name != "link"},
            "endsAt": ends.isoformat(),
        } | ({"generatorURL": notification.link} if notification.link else {})  # fmt: skip
        post(self.address, json.dumps([alert]).encode())
