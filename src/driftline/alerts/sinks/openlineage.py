"""Sends incidents as events of OpenLineage, so that a catalogue shows them beside the data that the model reads."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from driftline import __version__
from driftline.alerts.http import check_url, post, redact
from driftline.alerts.incidents import Incident, Member, Notification
from driftline.types import Level

_NAMES = UUID("0d4f3a0e-6a5b-4a53-9d0e-2f2b2f6a7c11")
_PRODUCER = f"https://pypi.org/project/driftline/{__version__}"
_SPEC = "https://openlineage.io/spec"
_SEVERITY = {Level.ALERT: "error", Level.WARNING: "warn"}


class Openlineage:
    """Posts run events of OpenLineage 2, such as to Marquez: `openlineage+https://HOST/api/v1/lineage`.

    Each notification is one completed run of the job that has the model's name, in the namespace `driftline`; its id
    comes from the notification's key, so that the same one is the same run. The run reads the data set of that name,
    with an assertion for each member of the incident: the metric, the column, and whether it has recovered. The job's
    documentation is what a person reads, with the link to the incident's page.
    """

    repeat: float | None = None

    def __init__(self, address: str) -> None:
        self.address = check_url(address)
        self.label = f"OpenLineage {redact(address)}"

    def send(self, notification: Notification) -> None:
        """Post the event."""
        incident = notification.incident
        run = {"runId": str(uuid5(_NAMES, notification.key)), "facets": {"nominalTime": _facet(
            "1-0-1/NominalTimeRunFacet", nominalStartTime=_utc(incident.since or incident.opened),
            nominalEndTime=_utc(incident.updated),
        )}}  # fmt: skip
        text = f"{notification.title}\n{notification.body}"
        job = {"namespace": "driftline", "name": incident.model,
               "facets": {"documentation": _facet("1-1-0/DocumentationJobFacet", description=text)}}  # fmt: skip
        assertions = [_assert(incident, member) for member in incident.members]
        facets = {"dataQualityAssertions": _facet("1-1-0/DataQualityAssertionsDatasetFacet", assertions=assertions)}
        event = {
            "eventTime": datetime.now(UTC).isoformat(), "eventType": "COMPLETE", "producer": _PRODUCER,
            "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent", "run": run, "job": job,
            "inputs": [{"namespace": "driftline", "name": incident.model, "inputFacets": facets}], "outputs": [],
        }  # fmt: skip
        post(self.address, json.dumps(event).encode())


def _assert(incident: Incident, member: Member) -> dict[str, Any]:
    """The assertion of a member: it holds again where the member has recovered, or the incident is over."""
    found = {
        "assertion": member.metric, "success": not incident.is_open or member.left is not None,
        "column": member.column, "severity": _SEVERITY.get(incident.level), "name": member.subject,
        "description": f"{member.change}: {member.reason}",
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def _facet(schema: str, **values: Any) -> dict[str, Any]:
    """A facet with what each must have; `schema` is its version and name."""
    name = schema.partition("/")[2]
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/facets/{schema}.json#/$defs/{name}", **values}


def _utc(time: str) -> str:
    """A time of an incident, which is in UTC, with its offset."""
    return datetime.fromisoformat(time).replace(tzinfo=UTC).isoformat()
