"""The four ports: what an engine, a store, a source and a sink are. These comments are the contract.

A new one is one file in `engines/`, `stores/`, `sources/` or `sinks/`, or an entry point in the group of that name.
`driftline.testing` has the suite that every one of them passes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, Self

from driftline import registry
from driftline.errors import ConfigError, StoreError
from driftline.notice import Notice
from driftline.records import Fragment, Run, StoredVerdict
from driftline.result import Result
from driftline.types import Cell, Level

if TYPE_CHECKING:
    import polars as pl

    from driftline.config import Config
    from driftline.plan import Plan
    from driftline.profile import Profile
    from driftline.windows import Windows


class Source(Protocol):
    """Where rows come from.

    `label` names it for a person, `format` is the file format ("parquet", "csv", …) or "memory", `rows` is their number
    where that is known before reading. Opening one that is not there, or not readable, is an `InputError` naming it.
    A source whose rows an engine of their own folds best names it in `engine`. A source that is named like a library
    (its top module) opens that library's tables.
    """

    label: str
    format: str
    rows: int | None

    def batches(self, columns: Sequence[str] | None = None) -> Iterator["pl.DataFrame"]:
        """The rows, a batch at a time; at least one batch, if an empty one. `columns` leaves out all others.

        Batches of different files may differ in their columns; a column asked for that is not there is left out.
        Called again, it gives the same rows in the same order. Never holds more than a few batches in memory.
        """
        ...


class Engine(Protocol):
    """What folds rows into profiles. The same rows give the same integers in any order and partition.

    `source` names the source that opens files for it; if that is "files", it takes every source, else only those that
    name it. What it cannot read is an `InputError`, and rows that it lost an `EngineError`: never is a part of the
    rows taken for the whole.
    """

    source: str

    def fit(self, source: Source, config: "Config") -> "Plan":
        """The plan, fitted on a reference."""
        ...

    def span(self, source: Source, plan: "Plan") -> tuple[float, float] | None:
        """First and last time (microseconds since 1970 UTC), as `span.Span` has them; None where there is no time."""
        ...

    def fold(self, source: Source, plan: "Plan", windows: "Windows | None" = None) -> Mapping[Cell, "Profile"]:
        """One profile for each window and segment; `Cell()` holds all rows, and is there even for no rows."""
        ...


class Sink(Protocol):
    """Where incidents are told.

    It is opened by calling the part with the rest of a URL. `label` names the receiver without secrets. `repeat` is
    after how many seconds an open incident is told again; None: once.
    """

    label: str
    repeat: float | None

    def send(self, notice: Notice) -> None:
        """Deliver, within seconds, or raise a `SinkError` that names the receiver: a `RefusedError` if for good.

        The same notice may come twice, after a crash or a lost answer: it has the same key.
        """
        ...


class Store(Protocol):
    """What keeps runs, verdicts and fragments.

    It is opened by calling the part with a URL, may be used from several threads and by several processes at once, and
    is closed by `close()` or a `with` block. Every failure is a `StoreError` that names the store and says what to do.
    What a method acknowledged by returning is there after a crash; what it did not is there whole or not at all.
    Order is always newest first; `limit` None means all.
    """

    def save_run(self, result: Result, fragments: Mapping[Cell, bytes]) -> str:
        """Keep a result and the profiles that it came from, in one transaction; gives the run's id.

        The id is a hash of what is kept: saving the same result again gives the same id and changes nothing. A
        fragment's id is a hash of its bytes, so judging the same rows twice does not count them twice.
        """
        ...

    def put_fragments(self, fragments: tuple[Fragment, ...]) -> None:
        """Keep fragments in one transaction; one with the same model, plan, cell and id is replaced."""
        ...

    def runs(self, model: str | None = None, limit: int | None = 20) -> tuple[Run, ...]:
        """Runs, of one model or all."""
        ...

    def verdicts(
        self,
        *,
        run_id: str | None = None,
        model: str | None = None,
        metric: str | None = None,
        column: str | None = None,
        level: Level | None = None,
        limit: int | None = 1000,
    ) -> tuple[StoredVerdict, ...]:
        """Verdicts that match all that is given; within a run, in the result's order.

        They are equal to those saved, but that in `detail` tuples are lists and non-finite numbers are None.
        """
        ...

    def cells(self, model: str, plan: str) -> tuple[Cell, ...]:
        """The cells of which there are fragments, sorted: by window, then segment."""
        ...

    def fragments(self, model: str, plan: str, cell: Cell | None = None) -> tuple[Fragment, ...]:
        """Fragments of a model under a plan (its fingerprint), of one cell or all, sorted by cell and id."""
        ...

    def retire(self, model: str, before: str) -> int:
        """Drop the fragments of a model's windows that ended before a time (ISO 8601, UTC); gives how many.

        Runs and verdicts stay, and so do fragments that are of no window.
        """
        ...

    def close(self) -> None:
        """Let go of everything. Closing twice is fine; any other call after it is a `StoreError`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


_LATER = {"postgres", "postgresql", "mongodb"}


def open_store(url: str) -> Store:
    """The store of a URL such as `sqlite:///driftline.db`; a path that ends in .db, .sqlite or .sqlite3 will do.

    Raises:
        StoreError: when no store goes by that scheme, or it cannot be opened.
    """
    if "://" not in url and re.search(r"\.(db|sqlite3?)$", url):
        url = f"sqlite:///{url}"
    scheme, _, rest = url.partition("://")
    name = scheme.partition("+")[0].lower()
    known = registry.names("stores")
    if not rest or name not in known:
        later = " (not available in this version)" if name in _LATER else ""
        forms = ", ".join(f"{one}://…" for one in known)
        raise StoreError(
            f"{_safe(url)}: no store of this kind{later}; known are {forms}, such as sqlite:///driftline.db"
        )
    store: Store = registry.find("stores", name)(url)
    return store


def open_sink(url: str) -> Sink:
    """The sink of a URL: `webhook+https://…`, `alertmanager+http://…`, `apprise:…`, `stdout:`.

    Raises:
        ConfigError: when no sink goes by that name.

    >>> open_sink("stdout:").label
    'stdout'
    """
    said = re.match(r"([a-z][a-z0-9_]*)[+:]", url)
    if said is None or said[1] not in registry.names("sinks"):
        raise ConfigError(f"no sink of this name; a URL begins with one of {', '.join(registry.names('sinks'))}")
    sink: Sink = registry.find("sinks", said[1])(url[said.end() :])
    return sink


def _safe(url: str) -> str:
    """A URL without its password.

    >>> _safe("postgresql://me:secret@host/db")
    'postgresql://me:***@host/db'
    """
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)
