"""The orchestrator: fits a monitor on a reference, and checks current rows against it."""

import copy
import math
import re
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack

from driftline import humanize, registry
from driftline.config.budget import DAY, Budget
from driftline.config.checks import parse
from driftline.config.keywords import Settings
from driftline.config.load import load_config
from driftline.config.settings import Config
from driftline.data.sources.base import Source
from driftline.errors import ConfigError, InputError
from driftline.metrics.base_like_rows import find_limits
from driftline.profiles.engines.base import Engine, open_rows, stored_rows
from driftline.profiles.plan import Plan
from driftline.profiles.profile import Profile
from driftline.profiles.rows.expected import expect_batches
from driftline.profiles.rows.outliers import score_batches
from driftline.stores import pack
from driftline.stores.base import Store
from driftline.stores.results import keep_result
from driftline.types import Column, Dataset, ProfileKey, Role, Verdict
from driftline.verdicts.assemble import assemble
from driftline.verdicts.baseline import Baseline
from driftline.verdicts.checks.suggest import suggest_checks
from driftline.verdicts.checks.validate import validate_check, validate_detector, validate_segments
from driftline.verdicts.fit_baseline import fit_baseline, fit_times_of_day
from driftline.verdicts.measure import measure, omit_sketches
from driftline.verdicts.measurement import Measurement
from driftline.verdicts.result import Result
from driftline.verdicts.seasons import lay_times_of_day
from driftline.verdicts.sides import Current, Reference
from driftline.verdicts.trailing import fit_trailing
from driftline.windows import HOUR, MOST, Window, Windows, grid, iso, lay, microseconds, seconds

if TYPE_CHECKING:
    import polars as pl

_MOST_CELLS = 20_000  # windows times columns: bounds the memory, whatever width a person asks for
_MOST_WINDOWED = 200  # columns; beyond, windows of the current rows are folded only when the config names their width


class Monitor:
    """What watches one model: a reference, which current rows are judged against.

    A check is a path of three steps: `measure` compares profiles, `decide` turns measurements into verdicts, `assemble`
    makes the result of them.
    """

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self.needs_labels: bool | None = None

    def __repr__(self) -> str:
        columns = humanize.count(len(self.plan.columns), "column")
        rows = humanize.count(self.reference.dataset.rows, "row")
        return f"<Monitor {self.plan.config.model.name}: {columns}, {rows} of reference>"

    @property
    def plan(self) -> Plan:
        """The frozen recipe fitted on the reference."""
        return self.reference.plan

    @classmethod
    def fit(
        cls,
        reference: Any,
        config: Config | None = None,
        *,
        label: str | None = None,
        engine: str | None = None,
        **settings: Unpack[Settings],
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
        config = config or load_config(None, {}, dict(settings))
        source, folder = open_rows(reference, engine, config)
        plan = folder.fit(source, config)  # first pass: what the columns hold, in all rows
        plan = omit_sketches(plan)
        for check in plan.config.checks:
            validate_check(check, plan)
        for detector in plan.config.detectors:
            validate_detector(detector, plan)
        validate_segments(plan)
        times = folder.span(source, plan)  # second pass, of one column: which days there are
        windowed = times is not None and len(plan.columns) <= _MOST_WINDOWED
        days = _lay_days(*times, plan) if times and windowed else None
        if days and source.rows and source.rows < plan.config.judge.min_rows * days.count:
            days = _join_weeks(days)  # a day has too few rows to be judged
        profiles = folder.fold(source, plan, days)  # third pass: profiles, which need the plan and the days
        rows = profiles[ProfileKey()].rows
        if rows < plan.config.judge.min_rows:
            raise InputError(
                f"{source.label}: the reference has {humanize.count(rows, 'row') if rows else 'no rows'}; expected "
                f"a few hundred that say what normal is, and at least {plan.config.judge.min_rows} (judge.min_rows)"
            )
        baseline = fit_baseline(plan, profiles, days) if days else Baseline()
        width, short = seconds(config.stream.length or config.stream.every) * 1e6, None
        parts: Mapping[ProfileKey, Profile] = profiles
        if times and windowed and (short := lay_times_of_day(*times, width, _count_most(plan))):
            # a fourth pass only where a stream is judged by windows shorter than a day: the last weeks, by window
            parts = folder.fold(source, plan, short)
            baseline = baseline.merge(fit_times_of_day(plan, profiles[ProfileKey()], parts, short))
        trailing = fit_trailing(plan, parts, short or days) if config.trails else None
        kept = {key: profile for key, profile in profiles.items() if not key.window}
        dataset = _describe(source, rows, times, label)
        return cls(Reference(plan=plan, profiles=kept, dataset=dataset, baseline=baseline, trailing=trailing))

    def score_rows(self, rows: Any) -> "pl.DataFrame":
        """How unusual each row is as a whole: to look at the oddest ones, or to join back to where they came from.

        Args:
            rows: a table, or a path, folder or glob of files.

        Returns:
            One row a row, in their order: the columns that are ids, `score` (higher is odder), `unusual` (odder than
            99 % of the reference's rows) and `why`, the up to three columns that add most to that of an unusual row.

        Raises:
            InputError: when the rows cannot be read.
            ConfigError: when the monitor was not fitted with `outliers`.

        See `unusual_rows` for the score.

        >>> import polars as pl
        >>> monitor = Monitor.fit(pl.DataFrame({"x": range(1000), "y": range(1000)}), outliers=True)
        >>> monitor.score_rows(pl.DataFrame({"x": [500, 9000], "y": [500, 990]}))["why"].to_list()
        [[], ['x', 'y']]
        """
        if self.plan.unusual is None:
            raise ConfigError("the monitor was fitted without outliers; fit it with outliers=True (outliers: true)")
        source, _ = open_rows(rows, None, self.plan.config)
        return score_batches(stored_rows(source)(), self.plan, source.format)

    def expect_errors(self, rows: Any) -> "pl.DataFrame":
        """How large an error each row of a regression leads to expect, before its label comes.

        Args:
            rows: a table, or a path, folder or glob of files.

        Returns:
            One row a row, in their order: the columns that are ids, `expected_error`, the mean of |prediction - target|
            that the row's features lead to expect, and `absolute_error_90` and `absolute_error_95`, below which 90 and
            95 % of the errors of like rows of the reference were; in the target's unit. Null of a row without a
            prediction.

        Raises:
            InputError: when the rows cannot be read.
            ConfigError: when the monitor was fitted without a loss model, labels or estimates.

        See `estimated_mae` for the loss model. Concept drift is invisible to it.

        >>> import polars as pl
        >>> hard = [False, True] * 500
        >>> past = {"hard": hard, "target": [9.0, 13.0, 11.0, 7.0] * 250, "prediction": [10.0] * 1000}
        >>> monitor = Monitor.fit(pl.DataFrame(past), estimate={"loss_model": True}, model={"task": "regression"})
        >>> monitor.expect_errors(pl.DataFrame(past)[:2]).select(pl.all().round(1)).rows()
        [(1.0, 1.0, 1.0), (3.0, 3.1, 3.1)]
        """
        limits = find_limits(self.reference.profiles[ProfileKey()], (90, 95))
        if self.plan.loss is None or not limits:
            raise ConfigError(
                "the monitor was fitted without a loss model, or without estimates; fit a regression on labelled rows "
                "with estimate={'loss_model': True} (estimate: {loss_model: true}), of all families or of performance"
            )
        source, _ = open_rows(rows, None, self.plan.config)
        return expect_batches(stored_rows(source)(), self.plan, self.plan.loss, source.format, limits)

    def compare_with(self, reference: Reference) -> Self:
        """The same monitor, which judges against another reference under its plan."""
        monitor = copy.copy(self)
        monitor.reference = reference
        return monitor

    @property
    def columns(self) -> tuple[Column, ...]:
        """The schema: what was stated and what was guessed."""
        return tuple(column.column for column in self.plan.columns)

    @property
    def budget(self) -> Budget:
        """The false-alarm budget. If the model has a target, metrics that need labels and the others get half each.

        A third of it is left to `detectors`, where there is one whose run length is not stated.
        """
        budget = Budget.parse(self.plan.config.alerts.budget)
        if any(detector.run_length is None for detector in self.plan.config.detectors):
            budget = budget.part(2 / 3)
        whole = self.needs_labels is None or not self.plan.with_role(Role.TARGET)
        return budget if whole else budget.part(0.5)

    def restrict(self, *, needs_labels: bool) -> Self:
        """The same monitor, which judges only the metrics that need labels, or only the others."""
        monitor = copy.copy(self)
        monitor.needs_labels = needs_labels
        return monitor

    def save(self, path: str | Path) -> Path:
        """Freeze the monitor as a pack: plan and profiles, no rows (unless `sample.rows` keeps some), with its hash."""
        return pack.save(Path(path), self.reference)

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
        return cls(pack.load(Path(path)))

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
        for check in added:
            validate_check(check, self.plan)
        known = tuple(dict.fromkeys([*self.plan.config.checks, *added]))
        plan = replace(self.plan, config=self.plan.config.model_copy(update={"checks": known}))
        self.reference = replace(self.reference, plan=plan)
        return self

    def suggestions(self) -> list[tuple[str, str]]:
        """Limits that the reference suggests for `expect`, each with its reason."""
        return suggest_checks(self.plan, self.reference.profiles[ProfileKey()], self.reference.baseline)

    def check(  # noqa: PLR0913 - each is a fact of its own
        self,
        current: Any,
        *,
        window: tuple[datetime, datetime] | None = None,
        now: datetime | None = None,
        label: str | None = None,
        engine: str | None = None,
        store: Store | None = None,
        started: float | None = None,
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
            started: when the work on it began, by `time.perf_counter`, where that was before this call.

        Raises:
            InputError: when the rows cannot be read, or have no column of the reference's.
        """
        if not isinstance(self, Monitor):
            raise ConfigError(
                "Monitor.check is called on a monitor, not on the class: Monitor.fit(reference).check(current), "
                "or in one step driftline.check(reference, current)"
            )
        started = time.perf_counter() if started is None else started
        source, folder = open_rows(current, engine, self.plan.config)
        covered = folder.span(source, self.plan)  # first pass, of one column: how wide the windows are to be
        span = None if window is None else Window.from_datetimes(*window)
        layout = self._lay_windows(covered, span)
        profiles = folder.fold(source, self.plan, layout)  # second pass: profiles
        self._refuse_strangers(source, profiles[ProfileKey()])
        sides = Current(
            profiles=profiles, dataset=_describe(source, profiles[ProfileKey()].rows, covered, label),
            times=Window(*covered) if covered else None, window=span, grid=layout,
            now=None if now is None else microseconds(now),
        )  # fmt: skip
        return self.judge(sides, store=store, started=started)

    def judge(
        self,
        current: Current,
        *,
        store: Store | None = None,
        memory: MutableMapping[str, Any] | None = None,
        started: float | None = None,
    ) -> Result:
        """Judge rows that are folded already, under this monitor's plan.

        Args:
            current: the rows.
            store: where the result and its profiles are kept.
            memory: what the rule remembers of the windows before; it is changed.
            started: when the work on it began, by `time.perf_counter`.
        """
        started = time.perf_counter() if started is None else started
        verdicts = self.decide(self.measure(current), current, memory)
        return self.assemble(current, verdicts, store=store, started=started)

    def measure(self, current: Current) -> list[Measurement]:
        """First step of a check: every metric, on every column, of all rows and of each segment."""
        return measure(self.reference, current, needs_labels=self.needs_labels)

    def decide(
        self, measurements: Sequence[Measurement], current: Current, memory: MutableMapping[str, Any] | None = None
    ) -> list[Verdict]:
        """Second step: the verdicts (n,) of the measurements (n,), by the rule that is set."""
        chance = self.budget.chance(current.span.length if current.span else None)
        rule = registry.find("rules", self.plan.config.alerts.rule)
        verdicts: list[Verdict] = rule(measurements, self.plan.config.judge, chance, {} if memory is None else memory)
        return verdicts

    def assemble(
        self, current: Current, verdicts: Sequence[Verdict], *, store: Store | None = None, started: float
    ) -> Result:
        """Last step: the result of the verdicts, which is kept in the store if there is one."""
        elapsed = time.perf_counter() - started
        result = assemble(self.reference, current, verdicts, elapsed=elapsed, needs_labels=self.needs_labels)
        if store is not None:
            keep_result(store, result, self.reference, current)
        return result

    def windows(
        self, current: Any, *, every: str, until: datetime | None = None, engine: str | None = None
    ) -> Iterator[Current]:
        """Each window of these rows in order, folded; also those without rows.

        Some thousand windows are in memory at once: 20,000 divided by the number of columns. Of more, the rows are read
        again for the next ones.

        Args:
            current: a table, or a path, folder or glob of files.
            every: width of the windows, such as 1h or 1d; they begin at whole multiples of it, weeks on Mondays or
                as `stream.week_start` says. Days
                are those of the timestamp's zone, or of UTC. The first and the last window are cut to the clock hours
                that the rows cover.
            until: up to when windows are there; by default the last row's time.
            engine: what reads files and folds rows; by default the setting, else what the table belongs to.

        Raises:
            InputError: when there are no rows with a time.
            ConfigError: when the width is none.
        """
        if not re.fullmatch(r"[1-9][0-9]*[mhdw]", every):
            raise ConfigError(f"{every!r} is no width of windows; expected such as 30m, 1h, 1d or 1w")
        source, folder = open_rows(current, engine, self.plan.config)
        times = folder.span(source, self.plan)
        if times is None:
            raise InputError(f"{source.label}: no row has a time; name the column with --timestamp when fitting")
        width = seconds(every) * 1e6
        end = times[1] if until is None else max(times[0], microseconds(until) - 1)
        layout = replace(lay(times[0], end, width, self.plan.zone, self.plan.config.stream.week_start), judged=True)
        return chain.from_iterable(
            self._fold_windows(source, folder, part, (times[0], end)) for part in layout.parts(_count_most(self.plan))
        )

    def _fold_windows(self, source: Any, folder: Engine, layout: Windows, ends: tuple[float, float]) -> list[Current]:
        """These windows of the rows, cut to the clock hours between the first and the last time that count."""
        profiles = folder.fold(source, self.plan, layout)
        self._refuse_strangers(source, profiles[ProfileKey()])
        by_window: dict[str, dict[ProfileKey, Profile]] = {}
        for key, profile in profiles.items():
            by_window.setdefault(key.window, {})[ProfileKey("", key.segment)] = profile
        return [
            Current.from_window(
                {ProfileKey(): Profile(self.plan)} | by_window.get(layout.name(at), {}),
                _trim(layout.window(at), *ends),
                source.label,
            )
            for at in range(layout.count)
        ]

    def _lay_windows(self, covered: tuple[float, float] | None, span: Window | None) -> Windows | None:
        """The grid of the windows that say since when; None where there is no time, or there would be too many."""
        width = self.plan.config.window
        if span is not None:
            covered = span.start, span.end - 1
        if covered is None or (width == "auto" and len(self.plan.columns) > _MOST_WINDOWED):
            return None
        return grid(*covered, width, _count_most(self.plan), self.plan.zone, self.plan.config.stream.week_start)

    def _refuse_strangers(self, source: Source, profile: Profile) -> None:
        if profile.rows and not any(column.n for column in profile.columns.values()):
            expected = ", ".join(self.plan.by_name)
            raise InputError(
                f"{source.label}: no column in common with the reference; expected some of: {expected[:300]}"
            )


def check(
    reference: Any,
    current: Any,
    *,
    now: datetime | None = None,
    engine: str | None = None,
    **settings: Unpack[Settings],
) -> Result:
    """Judge current rows against a reference in one step; to judge more than once, fit a `Monitor`.

    Args:
        reference: the rows that say what normal is: a table, or a path, folder or glob of files.
        current: the rows to judge.
        now: up to when rows should be there; judges how fresh they are.
        engine: what reads files and folds rows.
        settings: single settings by name, such as `target="minutes"`.

    Raises:
        InputError: when rows cannot be read, or have nothing in common.
        ConfigError: when the settings do not fit the rows.

    >>> import polars as pl
    >>> check(pl.DataFrame({"x": range(100)}), pl.DataFrame({"x": range(100)}))
    <Result model: ok: All quiet: 100 rows look like the reference's 100.>
    """
    started = time.perf_counter()
    return Monitor.fit(reference, engine=engine, **settings).check(current, now=now, engine=engine, started=started)


def _count_most(plan: Plan) -> int:
    """How many windows are bearable."""
    return max(MOST, _MOST_CELLS // max(len(plan.columns), 1))


def _lay_days(low: float, high: float, plan: Plan) -> Windows | None:
    """The days of the reference, the last ones where there are very many."""
    most = _count_most(plan)
    return grid(max(low, high - (most - 2) * DAY), high, "1d", most, plan.zone)


def _join_weeks(days: Windows) -> Windows | None:
    """The whole weeks that days make, from the first one on."""
    weeks = days.count // 7
    return replace(days, width=7 * days.width, count=weeks) if weeks else None


def _trim(window: Window, first: float, last: float) -> Window:
    """The part of a window between the clock hours of two times; rows before or after may simply not be in the file."""
    if window.length <= HOUR:
        return window
    start, end = math.floor(first / HOUR) * HOUR, (math.floor(last / HOUR) + 1) * HOUR
    return Window(max(window.start, start), min(window.end, end))


def _describe(source: Source, rows: int, times: tuple[float, float] | None, label: str | None = None) -> Dataset:
    start, end = (iso(times[0]), iso(times[1])) if times else (None, None)
    return Dataset(label or source.label, rows, start, end, source.format)
