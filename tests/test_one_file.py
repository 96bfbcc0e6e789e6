"""A part is one file: each kind of part, laid in its folder, is found and used, with no other line changed."""

import asyncio
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline import Monitor, registry
from driftline.alerts.sinks.base import open_sink
from driftline.cli.main import main
from driftline.config.settings import Config
from driftline.dashboard import pages
from driftline.profiles.engines.base import open_rows
from driftline.server.feeds.base import Feed
from driftline.server.group_commit import GroupCommit
from driftline.server.http.access import Authenticator
from driftline.server.http.app import App
from driftline.server.http.tokens import Tokens
from driftline.server.ingest import Ingest
from driftline.server.logs.base import open_log
from driftline.stores.base import open_store
from driftline.testing.examples import measure
from driftline.types import ProfileKey
from harness.dashboards import browse
from harness.kills import monitor

PARTS = {
    "metrics": """
        from driftline.metrics.base import level
        from driftline.profiles.profile import ColumnProfile
        from driftline.types import Estimate

        @level(title="values that are there", family="quality", unit="row", low=0, high=None)
        def extra(column: ColumnProfile) -> Estimate | None:
            return Estimate(value=column.counts.rows - column.counts.null, n=column.counts.rows)
    """,
    "sketches": """
        from driftline.profiles.sketches.base import ColumnSketch

        class Extra(ColumnSketch):
            FIELDS = ("batches",)

            def __init__(self, plan):
                super().__init__(plan)
                self.batches = 0

            @classmethod
            def suits(cls, plan):
                return True

            def absorb(self, values):
                self.batches += 1

            def merge(self, other):
                return self._like(batches=self.batches + other.batches)
    """,
    "transforms": """
        import polars as pl
        from driftline.data.transforms.base import transform
        from driftline.types import Kind

        @transform(title="tens", kind=Kind.CATEGORICAL, suits=lambda kind, dtype: dtype.is_integer(), judged=True)
        def extra(values: pl.Series) -> pl.Series:
            return values // 10
    """,
    "detectors": """
        from dataclasses import dataclass
        from driftline.stats.detectors.base import Detector

        @dataclass(kw_only=True, eq=False)
        class Extra(Detector):
            TITLE, WATCHES, FIELDS = "a value above nine", "mean", ()

            def _prepare(self):
                pass

            def _start(self):
                pass

            def _step(self, value):
                return ("up", 1) if value > 9 else None
    """,
    "rules": """
        from driftline import registry

        def extra(measurements, judge, chance, memory):
            return registry.find("rules", "lord")(measurements, judge, chance, memory)
    """,
    "stores": """
        from driftline import registry

        def extra(url):
            return registry.find("stores", "sqlite")(url.replace("extra", "sqlite"))
    """,
    "logs": """
        from driftline import registry

        def extra(url):
            return registry.find("logs", "sqlite")(url.replace("extra", "sqlite"))
    """,
    "sinks": """
        class Extra:
            label, repeat = "extra", None

            def __init__(self, address):
                self.address = address
    """,
    "feeds": """
        class Extra:
            SETTINGS = {"colour": "blue"}

            def __init__(self, address, settings):
                self.settings = settings
    """,
    "formats": """
        from driftline.report.base import ReportFormat

        extra = ReportFormat((".extra",), lambda result: result.headline)
    """,
    "commands": """
        import click

        @click.command()
        def extra():
            "Say something."
            click.echo("something")
    """,
    "pages": """
        from driftline.data.payload import JSON
        from driftline.server.http.openapi import object_schema
        from driftline.server.http.pages.base import page
        from driftline.server.http.responses import JsonResponse

        @page("/extra", {JSON: object_schema(colour={"const": "blue"})}, scope=None)
        async def extra(request, services):
            "Tells a colour."
            return JsonResponse(200, {"colour": "blue"})
    """,
    "views": """
        from dataclasses import dataclass
        from driftline.dashboard.views.base import view

        @dataclass
        class Models:
            names: tuple[str, ...]

        @view("/extra", "/v1/extra")
        def extra(query) -> Models:
            "Names the models."
            return Models(tuple(run.model for run in query.store.latest_runs()))
    """,
    "exports": """
        import click

        @click.command()
        def extra():
            "Write something for another tool."
            click.echo("something for another tool")
    """,
    "sources": """
        import polars as pl

        class Extra:
            label, format, rows, engine = "extra", "memory", 100, "extra"

            def __init__(self, path):
                self.path = path

            def batches(self, columns=None):
                yield pl.DataFrame({"x": range(100)})
    """,
    "engines": """
        from driftline import registry

        class Extra(registry.find("engines", "local")):
            source = "extra"
    """,
}


def _clear() -> None:
    for cached in (registry.names, registry.find, registry.every):
        cached.cache_clear()


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Lays the file of a part beside those of its group, for as long as the test runs."""

    def add(group: str) -> None:
        package = importlib.import_module(f"driftline.{registry.PACKAGES[group]}")
        folder = tmp_path / group
        folder.mkdir()
        text = PARTS[group].replace("\n        ", "\n")
        (folder / "extra.py").write_text(f'"""A part that is tried."""\n{text}', encoding="utf-8")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        monkeypatch.delitem(sys.modules, f"{package.__name__}.extra", raising=False)
        monkeypatch.delattr(package, "extra", raising=False)
        _clear()

    yield add
    monkeypatch.undo()
    _clear()


def frame(seed: int = 0) -> pl.DataFrame:
    return pl.DataFrame({"x": np.random.default_rng(seed).integers(0, 50, 500)})


def test_every_group_is_tried() -> None:
    """A new kind of part is tried here too."""
    assert set(registry.PACKAGES) == set(PARTS)


def test_metric(add) -> None:
    """It has a verdict in a check, and a line in the list."""
    add("metrics")
    assert 3 == measure("extra", [1, None, 2, 3]).value
    assert "extra" in {verdict.metric for verdict in Monitor.fit(frame()).check(frame(1))}
    assert "extra" in CliRunner().invoke(main, ["metrics"]).output


def test_sketch(add) -> None:
    """Each profile has it, and keeps it."""
    add("sketches")
    profile = Monitor.fit(frame()).reference.profiles[ProfileKey()]
    assert 1 == profile.columns["x"].states["Extra"].batches


def test_transform(add) -> None:
    """Its column is derived and compared."""
    add("transforms")
    assert "x.extra" in {verdict.column for verdict in Monitor.fit(frame()).check(frame(1))}


def test_detector(add) -> None:
    """It is found by its name."""
    add("detectors")
    (change,) = registry.find("detectors", "extra")().changes([1.0, 10.0])
    assert (2, 2, "up") == (change.at, change.since, change.direction)


def test_rule(add) -> None:
    """The settings may name it, and it judges."""
    add("rules")
    config = Config.model_validate({"alerts": {"rule": "extra"}})
    assert len(Monitor.fit(frame(), config=config).check(frame(1))) > 0


@pytest.mark.parametrize(("group", "opened"), [("stores", open_store), ("logs", open_log)])
def test_store_and_log(add, tmp_path: Path, group: str, opened) -> None:
    """A URL with its name opens it."""
    add(group)
    with opened(f"extra:///{tmp_path}/file.db"):
        assert (tmp_path / "file.db").exists()


def test_sink(add) -> None:
    """A URL with its name opens it."""
    add("sinks")
    assert "extra" == open_sink("extra:somewhere").label


def test_feed(add) -> None:
    """A URL with its name and its settings opens it."""
    add("feeds")
    assert "red" == Feed("extra://host/path?colour=red").settings["colour"]


def test_format(add, tmp_path: Path) -> None:
    """A report is saved by its suffix."""
    add("formats")
    result = Monitor.fit(frame()).check(frame(1))
    assert result.headline == result.save(tmp_path / "report.extra").read_text("utf-8")


def test_command(add) -> None:
    """It is listed by `driftline --help`, and runs."""
    add("commands")
    assert "Say something." in CliRunner().invoke(main, ["--help"]).output
    assert "something\n" == CliRunner().invoke(main, ["extra"]).output


def test_export(add) -> None:
    """It is listed by `driftline export --help`, and runs."""
    add("exports")
    assert "Write something for another tool." in CliRunner().invoke(main, ["export", "--help"]).output
    assert "something for another tool\n" == CliRunner().invoke(main, ["export", "extra"]).output


def test_page(add, tmp_path: Path) -> None:
    """The server answers at its path, and its OpenAPI document says so."""
    add("pages")
    with open_log(f"sqlite:///{tmp_path}/log.db") as log, GroupCommit(log) as commits:
        app = App(Ingest({"model": monitor().plan}, commits), Authenticator(Tokens(tmp_path / "tokens.json"), 1000))

        async def ask() -> list[Any]:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
                return [(await client.get(path)).json() for path in ("/extra", "/openapi.json")]

        page, document = asyncio.run(ask())
    assert ({"colour": "blue"}, True) == (page, "/extra" in document["paths"])


def test_view(add, tmp_path: Path) -> None:
    """The dashboard has its page, whose template lies beside it, and the same as JSON."""
    add("views")
    pages._environment.cache_clear()
    (tmp_path / "views" / "extra.html").write_text("<p>{{ data.names | length }}</p>", encoding="utf-8")
    with browse(tmp_path) as browser:
        assert ("<p>0</p>", {"names": []}) == (browser.get("/extra").text, browser.get("/v1/extra").json())
    pages._environment.cache_clear()


def test_source_and_engine(add) -> None:
    """An engine is chosen by its name, and opens files by the source that it names."""
    add("sources")
    add("engines")
    source, engine = open_rows("anywhere", "extra", Config())
    assert ("extra", "Extra") == (source.label, type(engine).__name__)
    assert 100 == Monitor.fit("anywhere", config=Config(engine="extra")).reference.dataset.rows
