"""Calls of language models: OpenTelemetry spans in OTLP/JSON, as the Collector's file exporter writes them."""

from collections.abc import Iterator, Sequence
from itertools import islice

import polars as pl

from driftline.data import by_name
from driftline.data.serving.genai_spans import SCHEMA, read_spans
from driftline.data.sources.base_logs import BATCH, LogFiles
from driftline.errors import InputError


class Genai:
    """The calls among the spans of files such as `genai:///traces/*.jsonl`, a line an export request.

    Each call is a row: id, time, service, provider, models, tokens, finish reason, latency, cost, and whether it
    failed. Other spans are left out, and so are texts of prompts and answers.

    Raises:
        InputError: when there is no such file, or while it is read a line is no OTLP/JSON.
    """

    format = "OTLP/JSON"
    rows: int | None = None

    def __init__(self, url: str) -> None:
        self._files = LogFiles.open(url)
        self.label = self._files.label

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """The rows, 10,000 at a time, in the order of files and lines; at least one batch."""
        rows, first = self._rows(), True
        while (part := list(islice(rows, BATCH))) or first:
            first = False
            frame = pl.DataFrame(part, schema=dict(SCHEMA), orient="row")
            yield frame if columns is None else by_name.select(frame, columns)

    def _rows(self) -> Iterator[dict[str, object]]:
        for place, traces in self._files.objects():
            try:
                rows, _ = read_spans(traces)
            except InputError as error:
                raise InputError(f"{place}: {error}") from error
            yield from rows
