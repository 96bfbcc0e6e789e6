"""How far a long work has got: stage, rows, rows per second and time left, on a terminal's error stream only."""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from driftline.data.sources.base import Source

if TYPE_CHECKING:
    import polars as pl


class Progress:
    """Shows one stage at a time while it is open, and leaves nothing behind; shows nothing where none looks."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        shown = sys.stderr.isatty() and console.is_interactive
        columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=10), _Figures()
        self._bars = Bars(*columns, console=console, transient=True, disable=not shown)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def stage(self, name: str) -> None:
        """Show another stage, of which nothing is done yet."""
        for task in self._bars.task_ids:
            self._bars.remove_task(task)
        self._bars.add_task(name, total=None)

    def told(self, rows: int, total: float | None) -> None:
        """Show how many rows are done, and of how many if that is known."""
        self._bars.update(self._bars.task_ids[0], completed=rows, total=total)

    def watch(self, source: Source, *stages: str) -> Source:
        """The source, whose rows are counted as they are read: a stage for each pass over it, the last one for after.

        A pass over some columns only is not counted.
        """
        return _Watched(source, self, list(stages))


class _Watched:
    """A source that tells of its rows; all else is the source's own."""

    def __init__(self, source: Source, progress: Progress, stages: list[str]) -> None:
        self._source, self._progress, self._stages = source, progress, stages
        self.label, self.format, self.rows = source.label, source.format, source.rows
        progress.stage(stages[0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator["pl.DataFrame"]:
        """The source's batches; a row is done when the next batch is asked for."""
        if columns is not None:
            yield from self._source.batches(columns)
            return
        rows, read = 0, 0.0
        total: float | None = self.rows
        for batch in self._source.batches():
            share = getattr(self._source, "read", 0.0)
            if self.rows is None and share > read:  # what is read of the files tells how many rows there will be
                read, total = share, rows / share
            yield batch
            rows += batch.height
            self._progress.told(rows, total)
        self.rows = rows
        if len(self._stages) > 1:
            del self._stages[0]
            self._progress.stage(self._stages[0])


class _Figures(ProgressColumn):
    """Rows, rows per second, time left: as far as they are known."""

    def render(self, task: Task) -> Text:
        """One line; before the first rows it is empty."""
        if not task.completed:
            return Text("")
        of = f" of {_short(task.total)}" if task.total else ""
        said = [f"{_short(task.completed)}{of} rows"]
        if task.speed:
            said.append(f"{_short(task.speed)}/s")
        if task.time_remaining is not None:
            minutes, seconds = divmod(int(task.time_remaining), 60)
            said.append(f"{minutes}:{seconds:02d} left")
        return Text(", ".join(said), style="dim", no_wrap=True)


def _short(rows: float) -> str:
    """A number of rows in a few letters.

    >>> _short(950), _short(131_072), _short(2_500_000), _short(100_000_000)
    ('950', '131 k', '2.5 M', '100 M')
    """
    if rows < 1_000:
        return f"{rows:.0f}"
    return f"{rows / 1e3:.0f} k" if rows < 999_500 else f"{rows / 1e6:.{0 if rows >= 99.95e6 else 1}f} M"
