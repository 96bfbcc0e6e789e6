"""Runs the server until a signal stops it."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from driftline.alerts.delivery import Delivery
from driftline.data.payload import Limits
from driftline.errors import ConfigError
from driftline.monitor import Monitor
from driftline.server import json_logging
from driftline.server.feeds.base import Feed
from driftline.server.group_commit import GroupCommit
from driftline.server.health import Health
from driftline.server.http.access import Authenticator
from driftline.server.http.app import App
from driftline.server.http.dashboard import Dashboard
from driftline.server.ingest import Ingest
from driftline.server.listen import ignore_second_signal, listen, open_tokens, require_extra
from driftline.server.logs.base import open_log
from driftline.server.model_worker import ModelWorker, retire
from driftline.server.native_errors import capture_native_errors
from driftline.server.pairs import Pairs
from driftline.server.prometheus.page import Exposition
from driftline.server.self_metrics import add_server_gauges
from driftline.server.self_watch import SelfWatch
from driftline.server.workers import Work, Workers
from driftline.stores.base import open_store


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where the server listens, what it keeps where, and its bounds."""

    log: str = "sqlite:///driftline-log.db"
    store: str = "sqlite:///driftline.db"
    state: Path = Path("driftline-state")
    feeds: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()
    quiet: str | None = None
    public_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8600
    tokens: Path = Path("driftline-tokens.json")
    limits: Limits = field(default_factory=Limits)
    rate: float = 5000.0
    queue: int = 64 << 20


def load_monitors(packs: tuple[Path, ...], plugins: tuple[str, ...] = ()) -> dict[str, Monitor]:
    """The monitors of packs, by the names of their models.

    Raises:
        ConfigError: when two have the same name.
    """
    monitors: dict[str, Monitor] = {}
    for path in packs:
        monitor = Monitor.load(path, plugins=plugins)
        name = monitor.plan.config.model.name
        if name in monitors:
            raise ConfigError(f"{path}: a second model that is called {name!r}; fit one of them again with model.name")
        monitors[name] = monitor
    return monitors


def serve(
    monitors: Mapping[str, Monitor],
    settings: Settings,
    on_start: Callable[[str], Any],
) -> None:
    """Take in rows and watch these models until SIGTERM or SIGINT.

    Args:
        monitors: by the models' names.
        settings: where the server listens, where it keeps what, and its bounds.
        on_start: is called with the address once the server listens.

    Raises:
        ConfigError: when other machines could reach the server without a token.
        ConflictError: when another server judges one of the models into this store.
        MissingExtraError: when uvicorn or httptools is not installed.
    """
    require_extra()
    tokens = open_tokens(settings.tokens, settings.host)
    plans = {name: monitor.plan for name, monitor in monitors.items()}
    settings.state.mkdir(parents=True, exist_ok=True)
    feeds = [Feed(url) for url in settings.feeds]
    page = Exposition()
    with contextlib.ExitStack() as stack:
        json_logging.configure_logging(stack.enter_context(capture_native_errors()))
        stack.enter_context(ignore_second_signal())
        log = stack.enter_context(open_log(settings.log))
        store = stack.enter_context(open_store(settings.store))
        for name in monitors:
            stack.enter_context(store.claim(name))
        commits = stack.enter_context(GroupCommit(log, settings.queue))
        outbox = settings.state / "outbox.db"
        delivery = (
            stack.enter_context(
                Delivery(settings.sinks, outbox, quiet=settings.quiet, store=store, public_url=settings.public_url)
            )
            if settings.sinks
            else None
        )
        ingest = Ingest(plans, commits, settings.limits)
        model_workers = [
            ModelWorker(monitor, log, store, settings.state, page, delivery) for monitor in monitors.values()
        ]
        works: dict[str, Work] = {f"model {worker.model}": worker for worker in model_workers}
        works |= {f"feed {feed.label}": partial(feed.run, ingest.append) for feed in feeds}
        works["retention"] = partial(retire, log, model_workers)
        pairs = stack.enter_context(Pairs(settings.state / "pairs.db", ingest))
        works["pairs"] = pairs.run
        watch = SelfWatch(delivery)
        works["self-watch"] = lambda stop: watch.run(health, stop)
        workers = Workers(works)
        health = Health(commits, workers, model_workers, delivery)
        add_server_gauges(page, ingest, health, feeds, pairs)
        stack.enter_context(workers)
        authenticator = Authenticator(tokens, settings.rate)
        dashboard = Dashboard(stack.enter_context(open_store(settings.store)), authenticator)
        app = App(ingest, authenticator, page, health, dashboard=dashboard, store=store, pairs=pairs)
        listen(app, settings.host, settings.port, on_start, dashboard.changes.close)
