"""The story: learn from one month, judge the next day by day, and say whether it came out as declared."""

import shutil
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from driftline import humanize
from driftline.alerts.grouping import Grouping
from driftline.alerts.incidents import Incident
from driftline.cli.demo import faults, months
from driftline.cli.demo.model import FEATURES, PICKUP, PREDICTION, TARGET, TRAINING_ROWS, Linear, keep, mae
from driftline.cli.demo.outcome import Day, say, summarise
from driftline.config.settings import ColumnConfig, Config, ModelConfig
from driftline.errors import InputError
from driftline.monitor import Monitor
from driftline.stores.base import Store, open_store
from driftline.types import Kind
from driftline.verdicts.result import Result

STORE = "taxi.db"
CODES = ("PULocationID", "DOLocationID", "VendorID", "RatecodeID", "payment_type", "trip_type")
WATCHED = (
    PICKUP, *FEATURES, "VendorID", "RatecodeID", "payment_type", "trip_type", "store_and_fwd_flag", "tip_amount",
    PREDICTION, TARGET,
)  # fmt: skip
CONFIG = Config(
    model=ModelConfig(name="green-taxi-duration", version="1"),
    target=TARGET,
    prediction=PREDICTION,
    timestamp=PICKUP,
    columns={name: ColumnConfig(kind=Kind.CATEGORICAL) for name in CODES},
)


def run(out: Path, data: Path | None, seed: int, console: Console) -> int:
    """Tell the story on simulated trips, or on the TLC files in the folder `data`; write all that comes of it to `out`.

    Returns 0 when every broken day is found, with what broke named, and no quiet day alerts; 1 otherwise.

    Raises:
        InputError: when `data` has no two consecutive months that can be read, or `out` cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: cannot be made a folder for the reports ({error.strerror}); name another") from error
    with console.status("Getting the trips"):
        learnt, judged = months.simulated(seed) if data is None else months.real(data)
    source = f"simulated trips, seed {seed}" if data is None else f"the files in {data}"
    say(console, f"Taxi story on {source}: {learnt.label} to learn from, {judged.label} to judge.")
    model, reference = learn(learnt, console)
    with console.status("Learning what is normal"):
        monitor = Monitor.fit(reference.select(WATCHED), config=CONFIG, label=f"{learnt.label}, held back")
        monitor.save(out / "taxi.pack")
    if data is not None:
        say(console, "Some days are broken on purpose, in memory only; the summary lists them.")
    if judged.stray:
        say(console, f"Outside {judged.label} and so in no day: {humanize.count(judged.stray, 'trip')} of its file.")
    with open_store(str(out / STORE)) as store:
        days = judge(judged, model, monitor, out, console, store)
    code = summarise(days, console)
    for name in ("taxi.pack", STORE, *(report_name(day) for day in days if day.loud)):
        say(console, f"Written: {out / name}")
    say(console, f"See it in a browser: {own_name()} dashboard {out / STORE}")
    say(console, "and open http://127.0.0.1:8601")
    return code


def own_name() -> str:
    """How a person calls this program again: by its name where the shell finds it, else by its path."""
    program = sys.argv[0]
    return "driftline" if Path(program).name != "driftline" or shutil.which("driftline") == program else program


def learn(month: months.Month, console: Console) -> tuple[Linear, pl.DataFrame]:
    """The model trained on the month's first kept trips, and the rest with its answers: the reference."""
    kept = keep(month.trips)
    if kept.height <= TRAINING_ROWS:
        raise InputError(f"{month.label}: {kept.height:,} usable trips; the story needs more than {TRAINING_ROWS:,}")
    model = Linear.fit(kept[:TRAINING_ROWS])
    train, held_back = model.answer(kept[:TRAINING_ROWS]), model.answer(kept[TRAINING_ROWS:])
    say(console, f"Mean absolute error: {mae(train):.6f} min on the {train.height:,} trips that the model learnt from,")
    say(console, f"  {mae(held_back):.6f} min on the {held_back.height:,} held back, which are the reference.")
    return model, held_back


def logged(trips: pl.DataFrame, day: datetime, model: Linear) -> pl.DataFrame:
    """What the service logged on a day, late labels included: kept trips, answered, with what was done to them."""
    incident = faults.on(day)
    if incident and incident.upstream:
        trips = incident.change(trips, day)
    answered = model.answer(keep(trips))
    if incident and not incident.upstream:
        answered = incident.change(answered, day)
    return answered.select(WATCHED)


def judge(month: months.Month, model: Linear, monitor: Monitor, out: Path, console: Console, store: Store) -> list[Day]:
    """Check each day of the month against the reference: a line a day, and a report in `out` for those in trouble.

    Results and incidents are kept in the store.
    """
    days, grouping = [], Grouping()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("judging", total=(month.end - month.first).days)
        for date, trips in month.days():
            batch = logged(trips, date, model)
            ends = date, date + timedelta(days=1)
            result = monitor.check(batch, window=ends, label=f"{date:%Y-%m-%d}", store=store)
            store.save_incidents([incident.record() for incident in follow(grouping, result, *ends)])
            days.append(Day(date, faults.on(date), result))
            progress.console.print(days[-1].line(), soft_wrap=True, highlight=False)
            if days[-1].loud:
                result.save(out / report_name(days[-1]))
            progress.advance(task)
    return days


def follow(grouping: Grouping, result: Result, start: datetime, end: datetime) -> Iterable[Incident]:
    """The incidents of a day, each since the hour that the day's own check says."""
    first, last = start.isoformat(), end.isoformat()
    return grouping.follow(result, (first, last), set(), lambda verdict: (verdict.since or first,) * 3)


def report_name(day: Day) -> str:
    """The file name of a day's report."""
    return f"taxi-{day.date:%Y-%m-%d}.html"
