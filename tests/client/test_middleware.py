# ruff: noqa: PLC0415 - each framework is imported where it is used
"""Middleware in real applications: requests are measured, what handlers log has its latency, errors are told."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest

from driftline.client import asgi, wsgi
from driftline.client.middleware import OTHER, Request, RequestRecord, log
from driftline.client.opentelemetry import OpenTelemetry
from driftline.client.prometheus import Prometheus
from harness.patience import PATIENCE
from harness.programs import free_port

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Logged(list):
    """Takes what a logger takes."""

    def log(self, features, prediction, **facts):
        """Keep it."""
        self.append((features, prediction, facts))

    def stats(self):
        """Numbers as a logger has them."""
        return type("S", (), {"logged": 3, "sent": 2, "dropped": 1, "refused": 0, "queued": 4, "spooled_bytes": 5})()


def fastapi(middleware):
    """A FastAPI application."""
    import fastapi

    app = fastapi.FastAPI()

    @app.get("/predict/{zone}")
    def predict(zone: str):
        log({"zone": zone}, 11.0, id="r1")
        return {"duration": 11.0}

    @app.get("/broken")
    async def broken():
        log({"zone": "x"})
        raise ValueError("no")

    return middleware(app)


def starlette(middleware):
    """A Starlette application."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def predict(request):
        log({"zone": request.path_params["zone"]}, 11.0, id="r1")
        return JSONResponse({"duration": 11.0})

    async def broken(_):
        log({"zone": "x"})
        raise ValueError("no")

    return middleware(Starlette(routes=[Route("/predict/{zone}", predict), Route("/broken", broken)]))


def litestar(middleware):
    """A Litestar application."""
    from litestar import Litestar, get

    @get("/predict/{zone:str}")
    async def predict(zone: str) -> dict[str, float]:
        log({"zone": zone}, 11.0, id="r1")
        return {"duration": 11.0}

    @get("/broken")
    async def broken() -> None:
        log({"zone": "x"})
        raise ValueError("no")

    return middleware(Litestar([predict, broken]))


def flask(middleware):
    """A Flask application."""
    import flask

    app = flask.Flask(__name__)

    @app.get("/predict/<zone>")
    def predict(zone):
        log({"zone": zone}, 11.0, id="r1")
        return {"duration": 11.0}

    @app.get("/broken")
    def broken():
        log({"zone": "x"})
        raise ValueError("no")

    return middleware(app.wsgi_app)


def django(middleware):
    """A Django application."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], DEBUG=False, LOGGING_CONFIG=None)
    from django.core.wsgi import get_wsgi_application

    return middleware(get_wsgi_application())


def _django_predict(_, zone):
    from django.http import JsonResponse

    log({"zone": zone}, 11.0, id="r1")
    return JsonResponse({"duration": 11.0})


def _django_broken(_):
    log({"zone": "x"})
    raise ValueError("no")


def __getattr__(name):
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.urls import path

    return [path("predict/<zone>", _django_predict), path("broken", _django_broken)]


ASGI = {"fastapi": (fastapi, "/predict/{zone}"), "starlette": (starlette, ("/predict/{zone}", "predict")),
        "litestar": (litestar, ("/predict/{zone}", "/predict/{zone:str}"))}  # fmt: skip
WSGI = {"flask": (flask, "/predict/<zone>"), "django": (django, "/predict/<zone>")}


@pytest.mark.parametrize("name", [*ASGI, *WSGI])
def test_requests_are_measured(name):
    """Each framework: status, route, in flight, exceptions; predictions with latency and the class of the error."""
    made, route = (ASGI | WSGI)[name]
    registry, logged = CollectorRegistry(), Logged()
    instruments = Prometheus(registry)
    if name in ASGI:
        app = made(lambda inner: asgi.Driftline(inner, logged, instruments))
        codes = asyncio.run(_asked(httpx.ASGITransport(app, raise_app_exceptions=False)))
    else:
        app = made(lambda inner: wsgi.Driftline(inner, logged, instruments))
        with httpx.Client(
            transport=httpx.WSGITransport(app, raise_app_exceptions=False), base_url="http://x"
        ) as client:
            codes = [client.get(path).status_code for path in PATHS]
    assert [200, 200, 404, 500] == codes
    counted = [each for family in registry.collect() for each in family.samples if each.name.endswith("requests_total")]
    found = {each.labels["route"]: each.value for each in counted if each.labels["status_class"] == "2xx"}
    routes = (route,) if isinstance(route, str) else route
    assert [2.0] == [found[each] for each in routes if each in found]
    value = registry.get_sample_value
    assert 0 == value("driftline_service_in_flight")
    assert 4 == value("driftline_service_request_bytes_count")
    first, _, *rest = logged
    assert ({"zone": "a"}, 11.0, "r1", None) == (*first[:2], first[2]["id"], first[2]["error"])
    assert 0 < first[2]["latency"] < 10
    answered = name in {"litestar", "django", "flask"}  # these make an answer of it before the middleware sees it
    assert (None if answered else 1) == value("driftline_service_exceptions_total", {"exception": "ValueError"})
    assert ("HTTP 500" if answered else "ValueError") == rest[0][2]["error"]


PATHS = ("/predict/a", "/predict/b", "/nothing", "/broken")


async def _asked(transport):
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return [(await client.get(path)).status_code for path in PATHS]


def test_routes_are_few():
    """A hundred routes have labels of their own, all others share one."""
    registry = CollectorRegistry()
    service = asgi.Driftline(None, None, Prometheus(registry)).service
    for at in range(150):
        service.end(Request(), RequestRecord("GET", f"/{at}", 200, 0.1, 0, 0))
    labels = {s.labels["route"] for f in registry.collect() for s in f.samples if s.name.endswith("requests_total")}
    assert 101 == len(labels)
    assert OTHER in labels


def test_process_and_logger():
    """Memory, files, threads, load time, queue and what was dropped are in the registry; totals do not count twice."""
    registry, logged = CollectorRegistry(), Logged()
    service = asgi.Driftline(None, logged, Prometheus(registry)).service
    with service.loading():
        pass
    service.pulse()
    service.pulse()
    names = ("rows_dropped_total", "queue_rows", "rows_sent_total", "spool_bytes")
    assert [1, 4, 2, 5] == [registry.get_sample_value(f"driftline_service_{name}") for name in names]
    assert all(registry.get_sample_value(f"driftline_service_{name}") > 0 for name in
               ("resident_memory_bytes", "open_files", "threads", "uptime_seconds", "model_load_seconds"))  # fmt: skip


def test_exemplars():
    """An exemplar is with the count of the request, where its labels are given."""
    registry = CollectorRegistry()
    service = asgi.Driftline(None, None, Prometheus(registry, exemplar=lambda: {"trace_id": "abc"})).service
    service.end(Request(), RequestRecord("GET", "/", 200, 0.01, 0, 0))
    assert b'# {trace_id="abc"} 1.0' in generate_latest(registry)


def test_opentelemetry():
    """The same instruments in a meter of OpenTelemetry."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    app = starlette(lambda inner: asgi.Driftline(inner, Logged(), OpenTelemetry(provider.get_meter("driftline"))))
    asyncio.run(_asked(httpx.ASGITransport(app, raise_app_exceptions=False)))
    app.service.pulse()
    data = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
    found = {metric.name: list(metric.data.data_points) for metric in data}
    assert 4 == sum(point.value for point in found["driftline.service.requests"])
    assert 0 == found["driftline.service.in_flight"][0].value
    assert 4 == sum(point.count for point in found["driftline.service.request.duration"])
    assert (1, 4) == (found["driftline.service.rows.dropped"][0].value, found["driftline.service.queue"][0].value)
    provider.shutdown()


APPLICATION = """
from driftline.client.wsgi import Driftline
from driftline.client.prometheus import Prometheus

def answer(environ, start_response):
    import os
    body = str(os.getpid()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

app = Driftline(answer, instruments=Prometheus(), metrics="/metrics")
"""


@contextmanager
def gunicorn(folder, port):
    """Two workers."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder / "prometheus")}
    (folder / "prometheus").mkdir()
    (folder / "application.py").write_text(APPLICATION)
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "application:app"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()


def test_several_processes_have_one_total(tmp_path):
    """Two workers of gunicorn: the page of either has the requests of both."""
    port = free_port()
    with gunicorn(tmp_path, port):
        end, workers, asked = time.monotonic() + PATIENCE, set(), 0
        while len(workers) < 2 or asked < 20:
            assert time.monotonic() < end
            try:
                workers.add(httpx.get(f"http://127.0.0.1:{port}/").text)
                asked += 1
            except httpx.TransportError:
                time.sleep(0.05)
        page = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    (total,) = [line.rpartition(" ")[2] for line in page.splitlines()
                if line.startswith("driftline_service_requests_total{")]  # fmt: skip
    assert asked == float(total)
