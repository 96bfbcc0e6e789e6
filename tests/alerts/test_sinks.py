"""The six sinks pass the suite of all sinks, on receivers of our own."""

import io
import json
import sys
from dataclasses import replace

import pytest

from driftline.alerts.incidents import Member, Notification
from driftline.alerts.sinks.base import open_sink
from harness.receivers import Receiver

pytest.register_assert_rewrite("driftline.testing.sinks")

from driftline.testing.sinks import SinkSuite, sample_incident  # noqa: E402 - after the line above

WORD = "s3cretword"


@pytest.fixture
def receiver():
    """A receiver that listens."""
    with Receiver() as server:
        yield server
        server.shutdown()


class HttpSuite(SinkSuite):
    """What all sinks that post have in common."""

    secret = WORD
    form = ""

    @pytest.fixture
    def url(self, receiver):
        """The receiver's URL, with a secret in it."""
        return self.form.format(host=f"127.0.0.1:{receiver.server_port}", secret=WORD)

    @pytest.fixture
    def received(self, receiver):
        """The bodies as text."""
        return lambda: [self.decode(body) for body in receiver.bodies]

    @pytest.fixture
    def break_down(self, receiver):
        """From now on it answers 500."""
        return lambda: setattr(receiver, "status", 500)

    def decode(self, body):
        """The text of a body."""
        return body.decode()


class TestWebhook(HttpSuite):
    """JSON posted to a URL."""

    form = "webhook+http://{host}/{secret}?token={secret}"


class TestAlertmanager(HttpSuite):
    """Alerts of Alertmanager."""

    form = "alertmanager+http://{host}/{secret}"


class TestOpenLineage(HttpSuite):
    """Run events of OpenLineage."""

    form = "openlineage+http://{host}/{secret}"

    def test_event_is_what_its_client_makes(self, url, received):
        """Each part can be made by OpenLineage's own client, and names the schema that the client names."""
        v2 = pytest.importorskip("openlineage.client.event_v2")
        facets = pytest.importorskip("openlineage.client.facet_v2")
        member = Member(subject="fare", metric="missing", column="fare", segment=None, change="fare is missing",
                        reason="20 % of rows", beyond=4.0, joined="2022-02-01T00:00:00")  # fmt: skip
        healed = replace(member, subject="tip", column=None, left="2022-02-02T00:00:00")
        incident = replace(sample_incident(), members=(member, healed))
        for _ in range(2):
            open_sink(url).send(Notification(incident=incident))
        event, again = map(json.loads, received())
        run, job, (rows,) = event["run"], event["job"], event["inputs"]
        assert run == again["run"]
        known = {
            "nominalTime": (facets.nominal_time_run.NominalTimeRunFacet, run["facets"]),
            "documentation": (facets.documentation_job.DocumentationJobFacet, job["facets"]),
            "dataQualityAssertions": (
                facets.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet, rows["inputFacets"]
            ),
        }  # fmt: skip
        for name, (made, found) in known.items():
            values = {key: value for key, value in found[name].items() if not key.startswith("_")}
            assert made(**values)._schemaURL == found[name]["_schemaURL"]
        sent = rows["inputFacets"]["dataQualityAssertions"]["assertions"]
        asserted = [facets.data_quality_assertions_dataset.Assertion(**each) for each in sent]
        assert [("fare", False, "error"), (None, True, "error")] == [
            (each.column, each.success, each.severity) for each in asserted
        ]
        made = v2.RunEvent(
            eventTime=event["eventTime"], eventType=v2.RunState(event["eventType"]), producer=event["producer"],
            run=v2.Run(run["runId"]), job=v2.Job(job["namespace"], job["name"]),
            inputs=[v2.InputDataset(rows["namespace"], rows["name"])],
        )  # fmt: skip
        assert made.schemaURL == event["schemaURL"]


class TestPrometheus(HttpSuite):
    """Samples of remote write."""

    form = "prometheus+http://{host}/{secret}"
    shows = False

    def decode(self, body):
        """Unpacked by Snappy; the labels are text in it."""
        cramjam = pytest.importorskip("cramjam")
        return bytes(cramjam.snappy.decompress_raw(body)).decode("utf-8", "replace")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # of modules of Apprise
class TestApprise(HttpSuite):
    """A service of Apprise: JSON to a URL."""

    form = "apprise:json://me:{secret}@{host}/"


class TestStdout(SinkSuite):
    """Lines on standard output."""

    @pytest.fixture
    def url(self):
        """There is one alone."""
        return "stdout:"

    @pytest.fixture
    def received(self, capsys):
        """The lines."""

        def lines():
            return capsys.readouterr().out.splitlines()

        return lines

    @pytest.fixture
    def break_down(self, monkeypatch):
        """Standard output is closed."""

        def close():
            closed = io.StringIO()
            closed.close()
            monkeypatch.setattr(sys, "stdout", closed)

        return close
