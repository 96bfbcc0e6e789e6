"""Writes what Grafana reads when it starts: dashboards, alert rules, and where their data is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from driftline.data.atomic import write_atomic
from driftline.server.grafana import postgres_pages, prometheus_pages
from driftline.server.grafana.build import FOLDER, Source, build_dashboard, build_rules
from driftline.server.grafana.panels import Page, Rule


@dataclass(frozen=True, slots=True)
class Kit:
    """What is written for a source of data."""

    source: Source
    pages: tuple[Page, ...]
    rules: tuple[Rule, ...]
    settings: dict[str, Any]


def make_kit(name: str) -> Kit:
    """What is written for `prometheus` or `postgres`."""
    if name == "prometheus":
        source = Source("prometheus", "driftline-prometheus")
        settings = {"url": "$DRIFTLINE_PROMETHEUS_URL", "jsonData": {"httpMethod": "POST"}}
        return Kit(source, prometheus_pages.list_pages(), prometheus_pages.list_rules(), settings)
    source = Source("grafana-postgresql-datasource", "driftline-postgres")
    settings = {
        "url": "$DRIFTLINE_POSTGRES_HOST", "user": "$DRIFTLINE_POSTGRES_USER",
        "secureJsonData": {"password": "$DRIFTLINE_POSTGRES_PASSWORD"},
        "jsonData": {"database": "$DRIFTLINE_POSTGRES_DATABASE", "sslmode": "$DRIFTLINE_POSTGRES_SSLMODE",
                     "postgresVersion": 1500},
    }  # fmt: skip
    return Kit(source, postgres_pages.list_pages(), postgres_pages.list_rules(), settings)


def write_kit(kit: Kit, folder: Path) -> Iterator[Path]:
    """Write dashboards and provisioning into a folder; gives each file.

    Raises:
        MissingExtraError: when the SDK is not installed.
    """
    names = [(page.name, page.title) for page in kit.pages]
    for page in kit.pages:
        others = [(name, title) for name, title in names if name != page.name]
        path = folder / "dashboards" / f"driftline-{page.name}.json"
        yield _write(path, json.dumps(build_dashboard(page, kit.source, others), indent=1) + "\n")
    source = {"name": "Driftline", "type": kit.source.type, "uid": kit.source.uid, "access": "proxy", **kit.settings}
    provider = {"name": FOLDER, "folder": FOLDER, "type": "file", "options": {"path": "$DRIFTLINE_GRAFANA_DASHBOARDS"}}
    for kind, content in (
        ("datasources", {"apiVersion": 1, "datasources": [source]}),
        ("dashboards", {"apiVersion": 1, "providers": [provider]}),
        ("alerting", build_rules(kit.rules, kit.source)),
    ):
        text = yaml.safe_dump(content, sort_keys=False, width=120, allow_unicode=True)
        yield _write(folder / "provisioning" / kind / "driftline.yml", text)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text)
    return path
