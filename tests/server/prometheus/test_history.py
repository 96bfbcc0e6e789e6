"""The history of a store as OpenMetrics: every number once, at its own time; a real Prometheus imports it."""

import io
import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace

import pytest
from click.testing import CliRunner
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from driftline.cli.main import main
from driftline.server.prometheus.history import write_history
from driftline.stores.base import open_store
from driftline.testing.stores import sample_result
from driftline.types import Level
from harness.patience import PATIENCE
from harness.programs import Program, program

DAYS = [f"2022-02-0{day}T00:00:00Z/2022-02-0{day + 1}T00:00:00Z" for day in range(1, 4)]
FIRST_END = 1_643_760_000.0  # 2022-02-02


@pytest.fixture
def url(tmp_path):
    """Three days of two models, of which the first was judged twice; and a check without a window."""
    address = f"sqlite:///{tmp_path}/s.db"
    verdict = replace(
        sample_result().verdicts[1], column='d"or\\\n', segment=None, metric="missing", unit="share", level=Level.ALERT
    )
    with open_store(address) as store:
        for model in ("taxi", "bus"):
            for at, day in enumerate([DAYS[0], *DAYS]):
                verdicts = (replace(verdict, value=at / 4), replace(verdict, metric="lag", unit="h", value=1.0))
                result = replace(sample_result(str(at), model), window=day, verdicts=(*verdicts, verdicts[0]))
                store.save_run(result, {})
        store.save_run(replace(sample_result("none"), window=None), {})
    return address


def test_families(url):
    """Families and labels are those of the page; the newest result of a window counts, at the window's end."""
    with open_store(url) as store:
        out = io.BytesIO()
        assert 2 * 3 * 4 == write_history(store, out)
        taxi = io.BytesIO()
        assert 3 * 4 == write_history(store, taxi, "taxi")
    families = {family.name: family.samples for family in text_string_to_metric_families(out.getvalue().decode())}
    assert {
        "driftline_window_rows", "driftline_model_level", "driftline_missing_ratio", "driftline_lag_seconds"
    } == families.keys()  # fmt: skip
    found = [(s.labels, s.value, float(s.timestamp)) for s in families["driftline_missing_ratio"]]
    labels = {"column": 'd"or\\\n', "segment": ""}
    ends = [(model, at) for model in ("bus", "taxi") for at in (1, 2, 3)]
    assert [({"model": model, **labels}, at / 4, FIRST_END + (at - 1) * 86_400) for model, at in ends] == found
    assert {3600.0} == {sample.value for sample in families["driftline_lag_seconds"]}
    assert {Level.ALERT.rank} == {sample.value for sample in families["driftline_model_level"]}
    assert b"bus" not in taxi.getvalue()


def test_real_prometheus(url, tmp_path):
    """What `driftline export openmetrics` writes is imported by promtool, and Prometheus gives it back."""
    folder = tmp_path / "out"
    done = CliRunner().invoke(main, ["export", "openmetrics", "--store", url, "-o", str(folder)])
    assert (0, True) == (done.exit_code, "driftline-history.om: 24 samples" in done.output)
    path = program("prometheus")
    flags = ["--storage.tsdb.path", str(folder / "data"), "--storage.tsdb.retention.time", "100y"]
    (folder / "prometheus.yml").write_text("{}\n")
    command = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*command, folder / "driftline-history.om", folder / "data"], check=True, capture_output=True)
    settings = ["--config.file", str(folder / "prometheus.yml"), "--web.listen-address", "127.0.0.1:{port}"]
    with Program([path, *settings, *flags]) as prometheus:
        query = {"query": 'driftline_missing_ratio{model="taxi"}[9d]', "time": str(FIRST_END + 3 * 86_400)}
        place = f"http://127.0.0.1:{prometheus.port}/api/v1/query?{urllib.parse.urlencode(query)}"
        (series,) = ask_patiently(place)["data"]["result"]
    assert 'd"or\\\n' == series["metric"]["column"]
    assert [[FIRST_END + at * 86_400, str((at + 1) / 4)] for at in range(3)] == series["values"]


def ask_patiently(url):
    """What a server says in JSON, once it has started."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as response:  # noqa: S310 - its own server
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > deadline:
                raise
        time.sleep(0.02)
