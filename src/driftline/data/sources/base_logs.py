"""Logs of model servers as sources: which files a URL names, and their JSON lines, within bounds."""

import glob
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from pydantic_core import from_json

from driftline.data.csv_dialect import open_bytes
from driftline.data.file_formats import BROKEN
from driftline.errors import ConfigError, InputError, suggest_name

BATCH = 10_000
LONGEST = 64 << 20  # bytes of a line


@dataclass(frozen=True)
class LogFiles:
    """Files of a log, in the order of their names, and the settings of the URL that names them."""

    label: str
    paths: tuple[Path, ...]
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, url: str, settings: Collection[str] = (), inside: str = "**/*") -> "LogFiles":
        """The files of `scheme:///path?setting=value`: a file, a glob, or a folder with files at `inside`.

        Three slashes are before a relative path, four before one from the root.

        Raises:
            ConfigError: when it has a setting that is not known.
            InputError: when there is no such file.
        """
        address, _, query = url.partition("?")
        given = dict(parse_qsl(query, keep_blank_values=True))
        if unknown := given.keys() - set(settings):
            known = suggest_name(min(unknown), settings) if settings else "it takes none"
            raise ConfigError(f"{url}: unknown setting {min(unknown)!r}; {known}")
        pattern = address.partition("://")[2].removeprefix("/")
        path = Path(pattern)
        where = str(path / inside) if path.is_dir() else pattern
        found = sorted(Path(name) for name in glob.glob(where, recursive=True) if Path(name).is_file())  # noqa: PTH207 - it may be absolute
        if not found:
            raise InputError(
                f"{address}: no such file {where!r}; three slashes are before a relative path, four before /"
            )
        return cls(url, tuple(found), given)

    def objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Each line's JSON object, with the file and line that messages name.

        Raises:
            InputError: when a line is too long or no JSON object, or a file cannot be read.
        """
        for path in self.paths:
            try:
                with open_bytes(path) as file:
                    number = 0
                    while line := file.readline(LONGEST + 1):
                        number += 1
                        place = f"{path}, line {number}"
                        if len(line) > LONGEST:
                            raise InputError(f"{place}: more than {LONGEST >> 20} MiB in one line")
                        if not line.isspace():
                            yield place, _object(line, place)
            except BROKEN as error:
                raise InputError(f"{path}: cannot be read: {error}") from error


def _object(line: bytes, place: str) -> dict[str, Any]:
    try:
        value = from_json(line)
    except ValueError as error:
        raise InputError(f"{place}: no JSON ({error}); expected one object a line") from None
    if not isinstance(value, dict):
        raise InputError(f"{place}: expected a JSON object")
    return value
