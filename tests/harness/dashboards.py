"""Stores with something to see, and a browser's requests to the pages over them."""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from driftline.alerts.incidents import Incident, Member
from driftline.server.http.access import Authenticator
from driftline.server.http.dashboard import Dashboard
from driftline.server.http.tokens import Tokens
from driftline.stores.base import Store, open_store
from driftline.types import Column, Dataset, Health, Kind, Level, Role, Task, Verdict
from driftline.verdicts.result import Result

FIRST = datetime(2022, 2, 1)  # noqa: DTZ001 - windows are named without a zone, in UTC
DAYS = 6


def window(day: int) -> str:
    """The window of a day, from 0."""
    return f"{FIRST + timedelta(days=day):%Y-%m-%dT00:00:00}/{FIRST + timedelta(days=day + 1):%Y-%m-%dT00:00:00}"


def verdict(column: str | None, level: Level = Level.OK, metric: str = "jensen_shannon", **changes) -> Verdict:
    """A verdict of drift on a column of the data."""
    made = Verdict(
        health=Health.DATA, family="drift", metric=metric, title="Jensen-Shannon distance", column=column, segment=None,
        window=None, level=level, value=0.3 if level.rank > 1 else 0.02, low=0.01, high=0.4, n=1000, unit="",
        threshold=0.15, reason=f"Jensen-Shannon distance of {column}", detail={"limit": "default"},
    )  # fmt: skip
    return replace(made, **changes)


def result(model: str, day: int, verdicts: Sequence[Verdict], **changes) -> Result:
    """The result of a day."""
    start, end = window(day).split("/")
    columns = tuple(
        Column(name, Kind.NUMERIC, Role.FEATURE, "Float64") for name in {v.column for v in verdicts} - {None}
    )
    made = Result(
        model=model, task=Task.REGRESSION, reference=Dataset("January", 9000), columns=columns, fingerprint="plan",
        current=Dataset("February", 1000, start, end), verdicts=tuple(verdicts), window=window(day), version="0.1.0",
        created="2022-03-01T00:00:00+00:00", notes=(f"a note on {model}",),
    )  # fmt: skip
    return replace(made, **changes)


def fill(store: Store, model: str = "taxi", columns: Sequence[str] = ("fare", "tip"), days: int = DAYS) -> str:
    """Days of a model of which the last two alert on the first column; gives the id of the incident of that."""
    for day in range(days):
        level = Level.ALERT if day >= days - 2 else Level.OK
        error = verdict(None, metric="mae", health=Health.MODEL, family="performance", title="mean absolute error",
                        unit="min", reference=3.9)  # fmt: skip
        described = verdict(
            columns[0], metric="median", family="description", judged=False, title="median", threshold=None
        )
        rest = [verdict(name) for name in columns[1:]]
        store.save_run(result(model, day, [verdict(columns[0], level), error, described, *rest]), {})
    start, end = window(days - 2).split("/")
    member = Member(
        subject=columns[0], metric="jensen_shannon", column=columns[0], segment=None, beyond=2.0, joined=end,
        change=f"{columns[0]} is higher", reason="Jensen-Shannon distance 0.3",
    )  # fmt: skip
    incident = Incident(
        id=f"incident of {model}", model=model, health=Health.DATA, level=Level.ALERT, metric="jensen_shannon",
        column=columns[0], segment=None, headline=f"{columns[0]} is higher: median 11 → 14",
        reason="Jensen-Shannon 0.3",
        since=start, earliest=start, latest=start, opened=end, updated=window(days - 1).split("/")[1],
        members=(member, replace(member, subject="also")), windows=2,
    )  # fmt: skip
    store.save_incidents([incident.record()])
    return incident.id


@dataclass
class Browser:
    """Asks a dashboard from this machine, keeps its cookies, and follows no redirect."""

    dashboard: Dashboard
    store: Store
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return self._ask("GET", path, headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> httpx.Response:
        """A form, as a browser sends it."""
        return self._ask("POST", path, headers, data=dict(form or {}))

    def post_json(self, path: str, value: object, **headers: str) -> httpx.Response:
        """A JSON body."""
        return self._ask("POST", path, headers, json=value)

    def proof(self, path: str) -> str:
        """What the form of a page carries."""
        return re.search(r'name="proof" value="(\w+)"', self.get(path).text)[1]

    def _ask(self, method: str, path: str, headers: Mapping[str, str], **body: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.dashboard)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", cookies=self.cookies
            ) as client:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                response = await client.request(method, path, headers=named, **body)
                self.cookies = client.cookies
                return response

        return asyncio.run(ask())


@contextmanager
def browse(folder: Path) -> Iterator[Browser]:
    """A browser of a new store in a folder, with the tokens there."""
    with open_store(f"sqlite:///{folder}/store.db") as store:
        yield Browser(Dashboard(store, Authenticator(Tokens(folder / "tokens.json"), 1000)), store)
