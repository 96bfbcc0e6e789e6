"""Requests made up from the OpenAPI document, valid and not: every response is one that it promises, none a defect.

The requests are the same at each run. With `DRIFTLINE_FUZZ` set they are new ones at each run, and each test goes on
for `DRIFTLINE_FUZZ_SECONDS`; what that finds becomes a rule in `test_rules.py`.
"""

import json
import os
from time import monotonic

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftline import registry
from driftline.server.ingest import KINDS
from harness.kills import server
from harness.patience import PATIENCE

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: make test")

from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402 - where it is installed

FUZZ = bool(os.environ.get("DRIFTLINE_FUZZ"))
SECONDS = float(os.environ.get("DRIFTLINE_FUZZ_SECONDS", "60")) if FUZZ else 0.0
BATCHES = [f"/v1/models/{{model}}/{kind}" for kind in KINDS]
REQUESTS = [
    *((path, mode) for path in BATCHES for mode in schemathesis.GenerationMode),
    *(
        (page.operation.path, schemathesis.GenerationMode.POSITIVE)
        for page in registry.every("pages").values()
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def program():
    """A server with a model called `model`."""
    with server() as running:
        yield running
        running.stop()
        output = (running.folder / "output.log").read_text()
        lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        assert "Traceback" not in output
        assert not [line for line in lines if line["level"] in {"error", "critical"}]


@pytest.fixture(scope="module")
def document(program):
    """Its document, with requests that are the same at each run."""
    config = schemathesis.Config.from_dict({} if FUZZ else {"generation": {"deterministic": True}})
    return schemathesis.openapi.from_url(f"http://127.0.0.1:{program.port}/openapi.json", config=config)


@pytest.mark.parametrize(("path", "mode"), REQUESTS)
def test_every_response_is_promised(document, path, mode):
    """Status, type and form of each response are in the document; none is a 500 or has a traceback."""
    (operation,) = document[path].values()

    @settings(max_examples=40, derandomize=not FUZZ, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode), is_known=st.booleans())
    def ask(case, *, is_known):
        if is_known and case.path_parameters:
            case.path_parameters["model"] = "model"
        response = case.call(session=session, timeout=PATIENCE)
        assert response.status_code != 500
        assert "Traceback" not in response.text
        case.validate_response(response, excluded_checks=[positive_data_acceptance])  # a schema cannot say "is gzip"

    end = monotonic() + SECONDS
    with requests.Session() as session:
        ask()
        while monotonic() < end:
            ask()
