"""The results that a store keeps: with the profiles and the pack that their charts are drawn from, and back again."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, reduce

from driftline.errors import PackError
from driftline.profiles.profile import Profile
from driftline.stores import pack
from driftline.stores.base import Store
from driftline.stores.records import Fragment, Run, RunSummary, plain_record, records
from driftline.types import ChartData, Dataset, ProfileKey, Role
from driftline.verdicts.charts import chart_column, chart_columns
from driftline.verdicts.result import Result
from driftline.verdicts.sections.figures import make_figures
from driftline.verdicts.sections.records import Chart, Table
from driftline.verdicts.sides import Current, Reference
from driftline.verdicts.trailing import FORMAT, PastWindow, compare_with_windows, make_trailing
from driftline.windows import Window

_OF_CHECK = "check"
"""The id of a fragment that a check of a whole window made."""
_OF_ITS_TIME = frozenset({"run_id", "created", "elapsed"})


def keep_result(store: Store, result: Result, reference: Reference, current: Current) -> str:
    """Keep a result with the profiles of what was judged, and the reference that it was compared with; gives its run.

    A window is kept once: its profiles take the place of those of a check before, and where its newest run says the
    same of as many rows, nothing is written and that run is given. So a check can be repeated after any failure, and
    again when more labels have come.
    """
    keep_reference(store, reference)
    if result.window and (known := _find_same(store, result)):
        return known
    window = str(current.window) if current.window else ""  # a window's profiles are kept under its time
    profiles = {
        ProfileKey(window, key.segment): profile.private(final=True).dump()
        for key, profile in current.profiles.items()
        if not key.window  # others only say since when
    }
    if not window:
        return store.save_run(result, profiles)
    parts = [Fragment(result.model, result.fingerprint, key, _OF_CHECK, data) for key, data in profiles.items()]
    store.put_fragments(tuple(parts))  # first, for a run without its profiles would not be made good by the next try
    return store.save_run(result, {})


def find_run(store: Store, model: str, window: str) -> Run | None:
    """The newest run of a model's window; None where it was not judged yet."""
    runs = store.windows(model, 1, until=f"{window}0")  # the window's name sorts right before that
    return next((run for run in runs if run.window == window), None)


def _find_same(store: Store, result: Result) -> str | None:
    """The newest run of the result's window, if it is equal but for when it was made, and how long that took."""
    run = find_run(store, result.model, result.window or "")
    if run is None:
        return None
    mine, verdicts = records(result)
    theirs = plain_record(run)
    if any(theirs[name] != value for name, value in mine.items() if name not in _OF_ITS_TIME):
        return None
    kept = [plain_record(stored.verdict) for stored in store.verdicts(run_id=run.run_id, limit=None)]
    return run.run_id if kept == verdicts else None


def keep_reference(store: Store, reference: Reference) -> None:
    """Keep a reference as a pack, once: what shows a window's charts later needs it.

    Of one that trails, that on which the monitor was fitted: the windows are kept themselves.
    """
    reference = reference.fixed or reference
    name, plan = reference.plan.config.model.name, reference.plan.fingerprint
    if store.pack(name, plan) is None:
        store.save_pack(name, plan, pack.dump(reference))


def load_result(store: Store, run_id: str) -> Result:
    """The result of a run, for its report.

    Without the pack of its plan in the store it has no schema, and without profiles no charts; a note says so.

    Raises:
        UnknownRecordError: when no run has this id.
    """
    run = store.run(run_id)
    reference = load_reference(store, run, segments=False)
    profile = _find_profile(store, run, reference) if reference else None
    whole = reference.profiles[ProfileKey()] if reference else None
    missing = (
        () if profile else ("The store has no profile of these rows, or no pack of its plan: there are no charts.",)
    )
    return Result(
        model=run.model, task=run.task, reference=_side(run, "reference"), current=_side(run, "current"),
        columns=tuple(column.column for column in reference.plan.columns) if reference else (),
        verdicts=tuple(stored.verdict for stored in store.verdicts(run_id=run_id, limit=None)),
        distributions=tuple(chart_columns(profile, whole)) if profile and whole else (),
        figures=make_figures(profile, whole) if profile and whole else (),
        positive=reference.plan.positive if reference else None, fingerprint=run.plan, version=run.version,
        zone=reference.plan.zone if reference else "",
        created=run.created, elapsed=run.elapsed, window=run.window, notes=(*run.notes, *missing),
    )  # fmt: skip


def chart_stored_column(store: Store, run_id: str, name: str) -> ChartData | None:
    """One column of a run's rows beside the reference; None where profile or pack is not kept, or nothing to draw."""
    run = store.run(run_id)
    reference = load_reference(store, run, segments=False)
    profile = _find_profile(store, run, reference) if reference else None
    if reference is None or profile is None or name not in profile.columns:
        return None
    whole = reference.profiles[ProfileKey()]
    if reference.plan.by_name[name].role is Role.TIMESTAMP:
        return next((chart for chart in chart_columns(profile, whole) if chart.column.name == name), None)
    return chart_column(profile.columns[name], whole.columns[name])


def compare_stored_column(store: Store, run_id: str, beside: str, name: str) -> ChartData | None:
    """One column of a run's rows with that of another run in the place of the reference.

    None where profile or pack of one of them is not kept, nothing is to be drawn, or they are not of the same model and
    plan: their bins differ then.
    """
    now, was = store.run(run_id), store.run(beside)
    fixed = load_fixed_reference(store, now) if (now.model, now.plan) == (was.model, was.plan) else None
    if fixed is None:
        return None
    profiles = [profile for run in (now, was) if (profile := _find_profile(store, run, fixed))]
    if len(profiles) < 2 or any(name not in profile.columns for profile in profiles):
        return None
    current, other = profiles
    if fixed.plan.by_name[name].role is Role.TIMESTAMP:
        return next((chart for chart in chart_columns(current, other) if chart.column.name == name), None)
    return chart_column(current.columns[name], other.columns[name])


def make_stored_figures(store: Store, run_id: str) -> tuple[Table | Chart, ...]:
    """The figures of a run: confusion, curves of scores, calibration, errors, rows over time.

    Those alone whose numbers the run's profile holds; none where profile or pack is not kept.

    Raises:
        UnknownRecordError: when no run has this id.
    """
    run = store.run(run_id)
    reference = load_reference(store, run, segments=False)
    profile = _find_profile(store, run, reference) if reference else None
    if reference is None or profile is None:
        return ()
    return make_figures(profile, reference.profiles[ProfileKey()])


def load_windows(store: Store, runs: Sequence[Run], reference: Reference) -> Iterator[tuple[Run, Current]]:
    """The windows of runs of one model under one plan, as they were judged: all rows and each segment.

    One after the other, so that memory holds one at a time; a run of no window, or without profiles, is left out.
    """
    cells = store.cells(runs[0].model, reference.plan.fingerprint) if runs else ()
    for run in runs:
        if run.window and (current := _load(store, run.model, run.window, reference, cells, run.current_label)):
            yield run, current


def load_window(store: Store, model: str, window: str, reference: Reference, label: str) -> Current | None:
    """One window as it stands in the store; None where it has no profiles there."""
    return _load(store, model, window, reference, store.cells(model, reference.plan.fingerprint), label)


def _load(
    store: Store, model: str, window: str, reference: Reference, cells: Sequence[ProfileKey], label: str
) -> Current | None:
    profiles = {
        ProfileKey("", segment): profile.private(final=True)
        for segment in _list_segments(reference)
        if (profile := _merge(store, model, window, reference, _cells_of_segment(cells, segment)))
    }
    return Current.from_window(profiles, Window.parse(window), label) if ProfileKey() in profiles else None


def _list_segments(reference: Reference) -> list[str]:
    """The segments that a monitor was fitted with, all rows (`""`) first."""
    return sorted({key.segment for key in (reference.fixed or reference).profiles if not key.window})


def _side(run: Run, side: str) -> Dataset:
    return Dataset(*(getattr(run, f"{side}_{name}") for name in ("label", "rows", "start", "end", "format")))


def load_reference(store: Store, run: Run, *, segments: bool = True) -> Reference | None:
    """What a run was compared with: the pack of its plan, or the windows of it that trailed, as they are by now.

    None where these are not kept, or the pack needs a plugin that is not loaded. Without `segments`, of windows that
    trailed only the profile of all rows is read: enough for a chart.
    """
    fixed = load_fixed_reference(store, run)
    if fixed is None or run.reference_format != FORMAT:
        return fixed
    cells, span = store.cells(run.model, run.plan), f"{run.reference_start}/{run.reference_end}"
    profiles = {
        ProfileKey(segment=name): profile
        for name in (_list_segments(fixed) if segments else [""])
        if (profile := _merge(store, run.model, span, fixed, _cells_of_segment(cells, name)))
    }
    if ProfileKey() not in profiles:
        return None
    dataset = replace(_side(run, "reference"), rows=profiles[ProfileKey()].rows)
    return compare_with_windows(fixed, profiles, dataset)


def load_reference_before(store: Store, run: Run, window: str) -> Reference | None:
    """What a window without a run of its own is compared with, under the plan of another run of its model.

    Where the reference trails, these are the last windows in the store that end before it and had rows enough.
    """
    fixed = load_fixed_reference(store, run)
    if fixed is None or not fixed.plan.config.trails:
        return fixed
    at, before, least = window.partition("/")[0], list[Run](), fixed.plan.config.judge.min_rows
    for each in store.windows(run.model, None, until=at):
        start, _, end = (each.window or "").partition("/")
        if start and end <= at and each.plan == run.plan and each.current_rows >= least:
            before, at = [*before, each], start  # none of them overlap
        if len(before) == fixed.plan.config.comparison.most:
            break
    found = [current for _, current in load_windows(store, before[::-1], fixed)]
    return make_trailing(fixed, [PastWindow(each.window, each.profiles) for each in found if each.window])


def load_fixed_reference(store: Store, run: Run | RunSummary) -> Reference | None:
    """The pack of a run's plan; None where it is not kept, or needs a plugin that is not loaded."""
    data = store.pack(run.model, run.plan)
    try:
        return None if data is None else _parse(data)
    except PackError:
        return None


@lru_cache(maxsize=4)
def _parse(data: bytes) -> Reference:
    return pack.parse(data, "the store's pack")


def _find_profile(store: Store, run: Run, reference: Reference) -> Profile | None:
    """The profile of all rows of a run: of its window, or of the panes that make it up; None where none is kept."""
    cells = _cells_of_segment(store.cells(run.model, run.plan))
    profile = _merge(store, run.model, run.window or "", reference, cells)
    return None if profile is None else profile.private(final=True)


def _cells_of_segment(cells: Sequence[ProfileKey], segment: str = "") -> list[ProfileKey]:
    """The cells of a segment's windows; without one, those of all rows."""
    return [cell for cell in cells if cell.segment == segment and cell.window]


def _merge(store: Store, model: str, window: str, reference: Reference, cells: Sequence[ProfileKey]) -> Profile | None:
    """The profile of a window's rows in these cells of one segment; None where none is kept."""
    start, _, end = window.partition("/")
    exact = [cell for cell in cells if cell.window == window]
    inside = exact or [
        cell for cell in cells if start <= cell.window.split("/")[0] and cell.window.split("/")[1] <= end
    ]
    fragments = [
        fragment
        for cell in (inside if window else ())
        for fragment in store.fragments(model, reference.plan.fingerprint, cell)
    ]
    parts = [Profile.load(reference.plan, fragment.data) for fragment in fragments]
    return reduce(Profile.merge, parts) if parts else None
