"""The orchestrator: fits a monitor on a reference, and checks current rows against it."""

import copy
import math
import re
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from driftline import humanize, registry
from driftline.config.budget import DAY, Budget
from driftline.config.checks import parse
from driftline.config.load import load_config
from driftline.config.settings import Config
from driftline.data.sources.base import Source
from driftline.errors import ConfigError, InputError
from driftline.profiles.engines.base import Engine
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.profiles.sketches.rhythm import Rhythm
from driftline.stores import pack
from driftline.stores.base import Store
from driftline.types import Column, Dataset, ProfileKey, Role, Verdict
from driftline.verdicts.baseline import Baseline, calibrate, season
from driftline.verdicts.charts import distribution
from driftline.verdicts.checks.evaluate import judged
from driftline.verdicts.checks.suggest import suggestions
from driftline.verdicts.checks.validate import suited
from driftline.verdicts.hours import calibrate_hours, hours
from driftline.verdicts.hours import names as hour_names
from driftline.verdicts.lane import Lane
from driftline.verdicts.measure import readings
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.notes import notes
from driftline.verdicts.result import Result
from driftline.verdicts.timeline import timelines
from driftline.windows import EPOCH, MOST, Windows, grid, iso, microseconds, seconds, weekday

Weigh = Callable[[Sequence[Measurement], list[Verdict]], list[Verdict]]
_MOST_CELLS = 20_000  # windows times columns: bounds the memory, whatever width a person asks for
_MOST_WINDOWED = 200  # columns; beyond, windows of the current rows are folded only when the config names their width


class Monitor:
    """What watches one model: a plan and the reference's profiles under it."""

    def __init__(self, plan: Plan, cells: Mapping[ProfileKey, Profile], side: Dataset, calibration: Baseline) -> None:
        self.plan = plan
        self.cells = dict(cells)
        self.side = side
        self.calibration = calibration
        self.lane: Lane | None = None

    @classmethod
    def fit(
        cls,
        reference: Any,
        config: Config | None = None,
        *,
        label: str | None = None,
        engine: str | None = None,
        **settings: Any,
    ) -> Self:
        """Fit a monitor on the rows that say what normal is.

        Args:
            reference: a table (pandas, polars, DuckDB, Spark, Dask, Ray …), or a path, folder or glob of files.
            config: the settings; every one has a default.
            label: what to call the rows; their path or type by default.
            engine: what reads files and folds rows; by default the setting, else what the table belongs to.
            settings: single fields of `Config` instead: `target="duration"`, `segments=("zone",)` …

        Raises:
            InputError: when the rows cannot be read, or there are none.
            ConfigError: when the settings do not fit the rows.

        >>> import polars as pl
        >>> monitor = Monitor.fit(pl.DataFrame({"x": range(100)}))
        >>> monitor.check(pl.DataFrame({"x": range(100)})).level.value
        'ok'
        """
        if config is not None and settings:
            raise ConfigError(f"give either a config or single settings ({', '.join(settings)}), not both")
        config = config or load_config(None, {}, settings)
        source, folder = _opened(reference, engine, config)
        plan = folder.fit(source, config)
        for expectation in plan.config.checks:
            suited(expectation, plan)
        times = folder.span(source, plan)
        days = _days(*times, _most(plan)) if times and len(plan.columns) <= _MOST_WINDOWED else None
        cells = folder.fold(source, plan, days)
        rows = cells[ProfileKey()].rows
        if rows < plan.config.judge.min_rows:
            raise InputError(
                f"{source.label}: the reference has {humanize.count(rows, 'row') if rows else 'no rows'}; expected "
                f"a few hundred that say what normal is, and at least {plan.config.judge.min_rows} (judge.min_rows)"
            )
        calibration, seasons = calibrate(plan, cells, days) if days else (Baseline(), {})
        width = seconds(config.stream.length or config.stream.every) * 1e6
        if times and len(plan.columns) <= _MOST_WINDOWED and (short := hours(*times, width, _most(plan))):
            learnt, times_of_day = calibrate_hours(plan, cells[ProfileKey()], folder.fold(source, plan, short), short)
            calibration, seasons = (
                calibration.with_short(width, learnt) if learnt else calibration,
                seasons | times_of_day,
            )
        kept = {cell: profile for cell, profile in cells.items() if not cell.window} | seasons
        return cls(plan, kept, _side(source, rows, times, label), calibration)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The schema: what was stated and what was guessed."""
        return tuple(column.column for column in self.plan.columns)

    @property
    def budget(self) -> Budget:
        """The false alerts that it may have: of one lane of a model with a target half of those of the model."""
        budget = Budget.parse(self.plan.config.alerts.budget)
        return budget if self.lane is None or not self.plan.with_role(Role.TARGET) else budget.part(0.5)

    def only(self, lane: Lane) -> Self:
        """The same monitor, which judges the metrics of one lane."""
        one = copy.copy(self)
        one.lane = lane
        return one

    def save(self, path: str | Path) -> Path:
        """Freeze the monitor as a pack: plan and profiles, no rows (unless `sample.rows` keeps some), with its hash."""
        return pack.save(Path(path), self.plan, self.cells, self.side, self.calibration)

    @classmethod
    def load(cls, path: str | Path, *, plugins: Sequence[str] = ()) -> Self:
        """The monitor of a pack.

        Args:
            path: a file that `save` wrote.
            plugins: modules of your own that the pack may use. A pack never imports a module by itself.

        Raises:
            PackError: when the file is none, was changed, is of another version, or needs a plugin that is not named.
            ConfigError: when a plugin cannot be imported.
        """
        for plugin in plugins:
            registry.load(plugin)
        return cls(*pack.load(Path(path)))

    def expect(self, *checks: str) -> Self:
        """Add limits of your own, one text each; a broken one is an alert. `docs/checks.md` has the grammar.

        They are kept in the pack. A limit that is set already is not set twice.

        Raises:
            ConfigError: with the position of the mistake, and the nearest known name of a metric, column or segment.

        >>> import polars as pl
        >>> monitor = Monitor.fit(pl.DataFrame({"x": range(100)})).expect("values(x) in [0, 99]", "rows >= 50")
        >>> monitor.check(pl.DataFrame({"x": range(200)})).findings[0].lead.detail["expectation"]
        'values(x) in [0, 99]'
        """
        added = [parse(check) for check in checks]
        for expectation in added:
            suited(expectation, self.plan)
        known = tuple(dict.fromkeys([*self.plan.config.checks, *added]))
        self.plan = replace(self.plan, config=self.plan.config.model_copy(update={"checks": known}))
        return self

    def suggestions(self) -> list[tuple[str, str]]:
        """Limits that the reference suggests for `expect`, each with its reason."""
        return suggestions(self.plan, self.cells[ProfileKey()], self.calibration)

    def check(
        self,
        current: Any,
        *,
        window: tuple[datetime, datetime] | None = None,
        now: datetime | None = None,
        label: str | None = None,
        engine: str | None = None,
        store: Store | None = None,
    ) -> Result:
        """Judge current rows against the reference.

        Args:
            current: a table, or a path, folder or glob of files.
            window: the time that the rows stand for, end excluded; lets missing hours be noticed at either end.
            now: what ages are counted to: by default the end of the window, else `max_age` counts to the time of this
                call, and how fresh the rows are is not judged.
            label: what to call the rows; their path or type by default.
            engine: what reads files and folds rows; by default the setting, else what the table belongs to.
            store: where the result and its profiles are kept.

        Raises:
            InputError: when the rows cannot be read, or have no column of the reference's.
        """
        started = time.perf_counter()
        source, folder = _opened(current, engine, self.plan.config)
        times = folder.span(source, self.plan)
        windows = self._windows(times, window)
        cells = dict(folder.fold(source, self.plan, windows))
        profile = cells[ProfileKey()]
        if window is not None:
            profile.span = (microseconds(window[0]), microseconds(window[1]))
        if now is not None:
            profile.until = microseconds(now)
        self._common(source, profile)
        return self.judge(
            cells, times=profile.span or times, current=_side(source, profile.rows, times, label), windows=windows,
            window=window, until=now or (window[1] if window else None), store=store, started=started,
        )  # fmt: skip

    def judge(  # noqa: PLR0913 - each is a fact of its own
        self,
        cells: Mapping[ProfileKey, Profile],
        *,
        current: Dataset,
        times: tuple[float, float] | None = None,
        window: tuple[datetime, datetime] | None = None,
        windows: Windows | None = None,
        until: datetime | None = None,
        store: Store | None = None,
        started: float | None = None,
        memory: MutableMapping[str, Any] | None = None,
        weigh: Weigh | None = None,
    ) -> Result:
        """Judge rows that are folded already, under this monitor's plan.

        Args:
            cells: the profile of all rows (`ProfileKey()`), of each segment, and of the windows that say since when.
            current: what the rows are.
            times: the time that they stand for (microseconds since 1970).
            window: the same as times, where a person said so.
            windows: the grid of the windows among the cells.
            until: up to when rows should have come; now by default.
            store: where the result and its profiles are kept.
            started: when the work on it began, by `time.perf_counter`.
            memory: what the rule remembers of the windows before; it is changed.
            weigh: has the last word on verdicts; `driftline.alerts.watch` adds up evidence with it.
        """
        started = time.perf_counter() if started is None else started
        profile, config = cells[ProfileKey()], self.plan.config
        length = times[1] - times[0] if times else None
        like = self.season(times)
        learnt = self.calibration.of(length, seasonal=like is not None)
        taken = readings(self.plan, cells, self.cells, learnt, like, self.lane)
        chance = self.budget.chance(length)
        rule = registry.find("rules", config.alerts.rule)
        verdicts = rule(taken, config.judge, chance, {} if memory is None else memory)
        if weigh is not None:
            verdicts = weigh(taken, verdicts)
        lines, verdicts = timelines(self.plan, cells, like or self.cells[ProfileKey()], verdicts, learnt)
        limits = judged(self.plan, cells, self.cells, microseconds(until or datetime.now(UTC)))
        verdicts += [each for each in limits if self._holds(each)]
        reference = self.cells[ProfileKey()]
        timestamp, ours, theirs = (
            self.plan.with_role(Role.TIMESTAMP),
            profile.get_or_none(Rhythm),
            reference.get_or_none(Rhythm),
        )
        hours = (ours.hours, theirs.hours) if ours and theirs else None
        drawn = [
            distribution(profile.columns[name], column, hours if column.plan is timestamp else None)
            for name, column in reference.columns.items()
        ]
        result = Result(
            model=self.plan.config.model.name, task=self.plan.task, reference=self.side,
            current=current, columns=self.columns, verdicts=tuple(verdicts),
            distributions=tuple(one for one in drawn if one is not None), timelines=lines,
            fingerprint=self.plan.fingerprint, version=version("driftline"),
            created=datetime.now(UTC).isoformat(timespec="seconds"), elapsed=time.perf_counter() - started,
            window="/".join(iso(microseconds(end)) for end in window) if window else None,
            notes=notes(self.plan, profile, reference, windows),
        )  # fmt: skip
        if store is not None:
            store.save_run(result, {cell: each.dump() for cell, each in cells.items()})
        return result

    def season(self, times: tuple[float, float] | None) -> Profile | None:
        """What rows of a time (microseconds since 1970) are compared with: days of its weekday, or that hour of days.

        None where that is not known.
        """
        if times is None:
            return None
        width = times[1] - times[0]
        if not DAY / 1.35 <= width <= 1.35 * DAY:
            found = (
                (self.cells.get(ProfileKey(name)) for name in hour_names(times[0], width)) if 0 < width < DAY else ()
            )
            return next((profile for profile in found if profile), None)
        return self.cells.get(ProfileKey(season(weekday((times[0] + times[1]) / 2))))

    def windows(
        self, current: Any, *, every: str, until: datetime | None = None, engine: str | None = None
    ) -> tuple[str, list[tuple[tuple[datetime, datetime], dict[ProfileKey, Profile]]]]:
        """The label of these rows, and of each of their windows its ends and cells; also of those without rows.

        Args:
            current: a table, or a path, folder or glob of files.
            every: width of the windows, such as 1h or 1d; they begin at whole multiples of it, in UTC.
            until: up to when windows are there; by default the last row's time.
            engine: what reads files and folds rows; by default the setting, else what the table belongs to.

        Raises:
            InputError: when there are no rows with a time, or the windows would be too many.
            ConfigError: when the width is none.
        """
        if not re.fullmatch(r"[1-9][0-9]*[mhdw]", every):
            raise ConfigError(f"{every!r} is no width of windows; expected such as 30m, 1h, 1d or 1w")
        source, folder = _opened(current, engine, self.plan.config)
        times = folder.span(source, self.plan)
        if times is None:
            raise InputError(f"{source.label}: no row has a time; name the column with --timestamp when fitting")
        width = seconds(every) * 1e6
        end = times[1] if until is None else max(times[0], microseconds(until) - 1)
        start = math.floor(times[0] / width) * width
        count, most = math.floor((end - start) / width) + 1, _most(self.plan)
        if count > most:
            raise InputError(
                f"{source.label}: {count:,} windows of {every} are too many at once, at most {most:,}; "
                "take wider ones, or fewer rows at a time"
            )
        grid_ = Windows(start, width, count, segmented=True)
        cells = folder.fold(source, self.plan, grid_)
        self._common(source, cells[ProfileKey()])
        found = []
        for at in range(count):
            name = grid_.name(at)
            own = {ProfileKey("", cell.segment): profile for cell, profile in cells.items() if cell.window == name}
            begin = EPOCH + timedelta(microseconds=start + at * width)
            found.append(((begin, begin + timedelta(microseconds=width)), {ProfileKey(): Profile(self.plan)} | own))
        return source.label, found

    def _holds(self, limit: Verdict) -> bool:
        """Whether the verdict about a person's own limit is of this lane."""
        metric = registry.every("metrics").get(limit.metric)
        role = self.plan.by_name[limit.column].role if limit.column else None
        return self.lane in {None, Lane.of(metric.family if metric else "", role)}

    def _windows(self, times: tuple[float, float] | None, window: tuple[datetime, datetime] | None) -> Windows | None:
        width = self.plan.config.window
        if window is not None:
            times = microseconds(window[0]), microseconds(window[1]) - 1
        if times is None or (width == "auto" and len(self.plan.columns) > _MOST_WINDOWED):
            return None
        return grid(*times, width, _most(self.plan))

    def _common(self, source: Source, profile: Profile) -> None:
        if profile.rows and not any(column.n for column in profile.columns.values()):
            expected = ", ".join(self.plan.by_name)
            raise InputError(
                f"{source.label}: no column in common with the reference; expected some of: {expected[:300]}"
            )


def _most(plan: Plan) -> int:
    """How many windows are bearable."""
    return max(MOST, _MOST_CELLS // max(len(plan.columns), 1))


def _days(low: float, high: float, most: int) -> Windows | None:
    """The days of the reference, the last ones where there are very many."""
    return grid(max(low, high - (most - 2) * DAY), high, "1d", most)


def open_source(rows: Any, engine: str = "local") -> Source:
    """The source of a path, folder or glob, which the engine reads, or of a table, by the library that it is of."""
    if isinstance(rows, str | Path):
        name = registry.find("engines", engine).source
    elif all(hasattr(rows, name) for name in ("label", "format", "batches")):
        own: Source = rows
        return own
    else:
        one = rows[0] if isinstance(rows, list) and rows else rows
        library = type(one).__module__.partition(".")[0]
        name = library if library in registry.names("sources") else "frames"
    source: Source = registry.find("sources", name)(rows)
    return source


def _opened(rows: Any, engine: str | None, config: Config) -> tuple[Source, Engine]:
    """The rows' source, and the engine: as said, else that of the rows."""
    source = open_source(rows, engine or config.engine or "local")
    own = getattr(source, "engine", "local")
    folder: Engine = registry.find("engines", engine or own)()
    if engine not in {None, own} and folder.source != "files":
        raise ConfigError(
            f"engine: {engine} cannot fold a {source.label}; hand over a path, or a table of {folder.source}, or leave "
            "the engine out"
        )
    return source, folder


def _side(source: Source, rows: int, times: tuple[float, float] | None, label: str | None = None) -> Dataset:
    start, end = (iso(times[0]), iso(times[1])) if times else (None, None)
    return Dataset(label or source.label, rows, start, end, source.format)
