"""Calls of model servers: CloudEvents of KServe or Seldon, or bodies of the Open Inference Protocol, in files."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import polars as pl

from driftline.data import by_name
from driftline.data.columns import column
from driftline.data.serving.cloudevents import InferenceEvent, from_object
from driftline.data.serving.inference import Names, join_rows
from driftline.data.sources.base_logs import BATCH, LogFiles
from driftline.errors import InputError

_WAITING = 64 << 20  # bytes of requests and responses whose other half has not come
_OVERHEAD = 500  # bytes that a half takes besides its text
_INT64 = 2**63


class Inference:
    """The calls in files such as `inference:///logs/*.jsonl?columns=distance,payment&outputs=prediction`.

    A line is a CloudEvent of an inference logger, in structured mode, or the body of a V2 request or response. The two
    halves of a call have one id; they may be far apart and in any order. A request without a response is a row without
    a prediction; a response without a request is left out, and counted in `unmatched`. `columns` and `outputs` name
    values that have no names of their own, `_` leaves one out.

    Raises:
        ConfigError, InputError: when a setting or a file is not there, or a line cannot be read; it is named.
    """

    format = "inference log"

    def __init__(self, url: str) -> None:
        self._files = LogFiles.open(url, ("columns", "outputs"))
        self.label = self._files.label
        self._names = Names.parse(**self._files.settings)
        self.unmatched = 0
        self.rows: int | None = 0
        self._samples: dict[str, dict[Any, Any]] = {}  # a value of each type that a column has
        for row in self._rows():
            self.rows += 1
            for name, value in row.items():
                self._samples.setdefault(name, {}).setdefault(_type_of(value), value)

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, 10,000 at a time, as calls are complete; all have the same columns and types."""
        rows, first = self._rows(), True
        while (part := list(islice(rows, BATCH))) or first:
            first = False
            frame = pl.DataFrame({name: self._column(name, part) for name in self._samples})
            yield frame if columns is None else by_name.select(frame, columns)

    def _column(self, name: str, rows: list[dict[str, Any]]) -> pl.Series:
        """One column of a batch, in the type that all rows of the files have together."""
        samples = list(self._samples[name].values())
        return column(name, [*(row.get(name) for row in rows), *samples], exact=name == "id")[: len(rows)]

    def _rows(self) -> Iterator[dict[str, Any]]:
        waiting: dict[str, tuple[InferenceEvent, str, int]] = {}
        self.unmatched, held = 0, 0
        for place, line in self._files.objects():
            event = _read(line, place)
            other = waiting.pop(event.call, None)
            if other is not None and other[0].is_response is event.is_response:  # delivered twice
                held -= other[2]
                other = None
            if other is not None:
                held -= other[2]
                yield from self._join(event, other[0], place)
                continue
            size = len(json.dumps(event.payload)) + _OVERHEAD
            waiting[event.call] = event, place, size
            held += size
            while held > _WAITING:
                oldest = waiting.pop(next(iter(waiting)))
                held -= oldest[2]
                yield from self._give_up(*oldest[:2])
        for event, place, _ in waiting.values():
            yield from self._give_up(event, place)

    def _give_up(self, event: InferenceEvent, place: str) -> list[dict[str, Any]]:
        """The rows of a request that no response came for; of a response, nothing."""
        if event.is_response:
            self.unmatched += 1
            return []
        return self._join(event, None, place)

    def _join(self, event: InferenceEvent, other: InferenceEvent | None, place: str) -> list[dict[str, Any]]:
        request, response = (other, event) if event.is_response else (event, other)
        if request is None:
            return []
        try:
            payload = response.payload if response else None
            return join_rows(request.payload, payload, self._names, request.call, request.time)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error


def _read(line: dict[str, Any], place: str) -> InferenceEvent:
    """The half of a call that a line holds."""
    if "specversion" in line:
        try:
            return from_object(line)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
    if not {"inputs", "outputs"} & line.keys():
        keys = ", ".join(map(repr, list(line)[:5]))
        raise InputError(
            f"{place}: neither a CloudEvent (specversion) nor a V2 body (inputs, outputs); it has {keys[:80]}"
        )
    if not isinstance(line.get("id"), str) or not line["id"]:
        raise InputError(f"{place}: id: expected a text, by which a V2 request and its response are joined")
    return InferenceEvent(line["id"], "inputs" not in line, None, line)


def _type_of(value: Any) -> Any:
    """What decides on the type of a column that holds the value."""
    if isinstance(value, list):
        return list, frozenset(map(type, value))
    return type(value), type(value) is int and not -_INT64 <= value < _INT64
