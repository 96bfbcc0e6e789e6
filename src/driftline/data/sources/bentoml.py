"""What BentoML's monitoring logs: the folder of one monitor, with its files `data/*.log*` and `schema/*.log*`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import polars as pl

from driftline.data import by_name
from driftline.data.columns import column
from driftline.data.sources.base_logs import BATCH, LogFiles
from driftline.errors import InputError, suggest_name

_OWN = {"timestamp": pl.String(), "request_id": pl.String(), "trace_id": pl.String()}
_TYPES: Mapping[str, pl.DataType] = {
    "numerical": pl.Float64(), "categorical": pl.String(), "numerical_sequence": pl.List(pl.Float64),
}  # fmt: skip


class Bentoml:
    """The rows of a monitor, such as `bentoml:///monitoring/iris_classifier_prediction`.

    Columns have the names and types that the monitor's schema says; `timestamp` is local time of the service, and
    `request_id` is shared by the rows of one request. What the schema calls a prediction keeps its name: say it with
    `prediction`. Files of all workers are read, and those that were rotated.

    Raises:
        InputError: when there is no such folder or no schema, or a line has columns or values that the schema has not.
    """

    format = "BentoML monitoring"
    rows: int | None = None

    def __init__(self, url: str) -> None:
        self._files = LogFiles.open(url, inside="data/*.log*")
        self.label = self._files.label
        self._schema = _read_schema(LogFiles.open(url, inside="schema/*.log*"))

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, 10,000 at a time, file by file; at least one batch."""
        rows, first = self._rows(), True
        while (part := list(islice(rows, BATCH))) or first:
            first = False
            frame = pl.DataFrame(
                {name: _typed(name, [row.get(name) for _, row in part], dtype, part)
                 for name, dtype in self._schema.items()}
            )  # fmt: skip
            yield frame if columns is None else by_name.select(frame, columns)

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for place, row in self._files.objects():
            if unknown := row.keys() - self._schema.keys():
                name = min(unknown)
                raise InputError(
                    f"{place}: the column {name!r} is not in the schema; {suggest_name(name, self._schema)}"
                )
            yield place, row


def _typed(name: str, values: list[Any], dtype: pl.DataType, rows: list[tuple[str, dict[str, Any]]]) -> pl.Series:
    """The values in the type of the schema.

    Raises:
        InputError: when one is no number where the schema says so.
    """
    if dtype == pl.String:
        return column(name, values).cast(pl.String)
    items = [[value] if dtype == pl.Float64 else value for value in values]
    for (place, _), item in zip(rows, items, strict=True):
        if item is not None and not (isinstance(item, list) and all(_is_number(value) for value in item)):
            kind = "number" if dtype == pl.Float64 else "list of numbers"
            raise InputError(f"{place}: {name} is not a {kind}, as the schema says")
    return column(name, values).cast(dtype)


def _is_number(value: Any) -> bool:
    return value is None or type(value) in {int, float}


def _read_schema(files: LogFiles) -> dict[str, pl.DataType]:
    """The type of each column, of all workers' schemas together."""
    types: dict[str, pl.DataType] = {}
    for place, schema in files.objects():
        columns = schema.get("columns")
        if not isinstance(columns, list):
            raise InputError(f"{place}: expected a schema with columns")
        for item in columns:
            name, kind = (str(item.get(key)) if isinstance(item, dict) else "" for key in ("name", "type"))
            if kind not in _TYPES:
                raise InputError(f"{place}: the column {name!r} is of type {kind!r}; known are {', '.join(_TYPES)}")
            if types.setdefault(name, _TYPES[kind]) != _TYPES[kind]:
                raise InputError(
                    f"{place}: the column {name!r} is of another type than before; name the files of one schema"
                )
    if not types:
        raise InputError(f"{files.label}: the schema has no columns")
    return types | _OWN
