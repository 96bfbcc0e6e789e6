"""Requests made up from the OpenAPI document, valid and not: every answer is one that it promises, none a defect."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftline.server.ingest import KINDS
from harness.kills import server

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: make setup")

from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402 - where it is installed


@pytest.fixture(scope="module")
def program():
    """A server with a model called `model`."""
    with server() as running:
        yield running
        running.stop()
        said = (running.folder / "output.log").read_text()
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        assert "Traceback" not in said
        assert not [line for line in lines if line["level"] in {"error", "critical"}]


@pytest.fixture(scope="module")
def asked(program):
    """Its document."""
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{program.port}/openapi.json")


POSTED = [f"/v1/models/{{model}}/{kind}" for kind in KINDS]
ASKED = [
    *((path, mode) for path in POSTED for mode in schemathesis.GenerationMode),
    *((path, schemathesis.GenerationMode.POSITIVE) for path in ("/v1/models", "/healthz", "/readyz")),
]


@pytest.mark.parametrize(("path", "mode"), ASKED)
def test_every_answer_is_promised(asked, path, mode):
    """Status, type and form of each answer are in the document; none is a 500, nor has it a traceback."""
    (operation,) = asked[path].values()

    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), known=st.booleans())
    def answered(case, *, known):
        if known and case.path_parameters:
            case.path_parameters["model"] = "model"
        answer = case.call()
        assert answer.status_code != 500
        assert "Traceback" not in answer.text
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])  # a schema cannot say "is gzip"

    answered()
