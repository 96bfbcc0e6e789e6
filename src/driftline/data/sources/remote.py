"""Files elsewhere: in S3, Google Cloud Storage, Azure, or at a web address, read by Polars' own readers."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import polars as pl

from driftline.config.url import fill_secrets, hide_secrets, warn_of_secrets
from driftline.data.file_formats import BROKEN, FORMATS, KNOWN, File, format_of, open_file, read
from driftline.errors import InputError

_SCHEMES = ("s3", "s3a", "gs", "gcs", "az", "azure", "abfs", "abfss", "adl", "http", "https")


class Remote:
    """One file at a URL, or in a bucket the files of a glob such as `s3://bucket/trips/**/*.parquet`.

    Credentials come from the environment, as the cloud's own tools have them (`AWS_ACCESS_KEY_ID`, …). `${VARIABLE}` in
    the URL stands for a value of the environment. Files of one glob have the same columns; folders of Parquet files
    that are named `key=value` give each row a column `key`.

    Raises:
        InputError: when there is no such file, or it cannot be reached or read.
    """

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0].lower()
        if scheme not in _SCHEMES:
            raise InputError(f"{hide_secrets(url)}: no rows are read from {scheme}://; known are {', '.join(_SCHEMES)}")
        warn_of_secrets(url, "file")
        self.label, self._address = hide_secrets(url), fill_secrets(url)
        self._form = format_of(PurePosixPath(self._address.partition("?")[0])) or ""
        if self._form not in FORMATS:
            raise InputError(
                f"{self.label}: expected the URL of a file, or a glob such as …/*.parquet; known are {KNOWN}"
            )
        self._glob = not scheme.startswith("http") and "*" in self._address
        try:
            self._file: File = open_file(self._address, FORMATS[self._form], glob=self._glob)
            binary = self._form in {".parquet", ".pq"}
            self.rows: int | None = self._file.scan(typed=True).select(pl.len()).collect().item() if binary else None
        except (*BROKEN, InputError) as error:
            raise self._explain(error) from error
        self.format = self._file.form

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows, about 131,072 at a time.

        Raises:
            InputError: when a file turns out to be damaged, or cannot be reached any more.
        """
        return self._batches(columns, typed=True)

    def texts(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """As `batches`, but what a CSV file holds is text: its types are the plan's, whatever the file looks like."""
        return self._batches(columns, typed=False)

    def _batches(self, columns: Sequence[str] | None, *, typed: bool) -> Iterator[pl.DataFrame]:
        try:
            yield from read(self._file.scan(typed=typed), columns)
        except BROKEN as error:
            raise self._explain(error) from error

    def _explain(self, error: BaseException) -> InputError:
        """The error in words, without what the URL holds after its `?`."""
        if isinstance(error, FileNotFoundError):
            return InputError(f"{self.label}: no such file")
        text = str(error).replace(self._address, self.label)
        if isinstance(error, InputError):
            return InputError(text)
        first = re.sub(r"\?[^\s)]*", "", (text.strip().splitlines() or [type(error).__name__])[0])
        if "Range request not supported" in first:
            return InputError(
                f"{self.label}: the server gives no parts of a file (HTTP ranges); download the file first"
            )
        return InputError(f"{self.label}: cannot be read: {first[:300]}")
