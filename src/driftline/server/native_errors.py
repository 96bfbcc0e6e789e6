"""Keeps the server's log a JSON object a line, whatever libraries write to the error stream by themselves."""

import logging
import os
import re
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TextIO

_PANIC = re.compile(r"panicked at (\S+?):?$")
_CALM = 0.2  # seconds without a line after which a panic's text is over
_JOIN = 2.0
_log = logging.getLogger(__name__)


@contextmanager
def capture_native_errors() -> Iterator[TextIO]:
    """Read what is written to the error stream, and log it; gives the stream that leads to where that went before.

    The text of a panic of Rust's may quote rows, so only its place in the source is logged.
    """
    sys.stderr.flush()
    before, (source, target) = os.dup(2), os.pipe()
    os.dup2(target, 2)
    os.close(target)
    reader = Thread(target=_read, args=(source,), name="driftline-stderr", daemon=True)
    reader.start()
    try:
        with os.fdopen(os.dup(before), "w", encoding="utf-8", buffering=1) as stream:
            try:
                yield stream
            finally:
                sys.stderr.flush()
                os.dup2(before, 2)  # closes the pipe, unless a child process has it
                reader.join(_JOIN)
    finally:
        os.close(before)


def _read(source: int) -> None:
    """Log lines until the pipe is closed."""
    rest, is_panic = b"", False
    while True:
        is_calm = not select.select([source], [], [], _CALM)[0]
        if is_calm:
            is_panic = False
            continue
        if not (part := os.read(source, 65_536)):
            os.close(source)
            return
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            is_panic = _tell(line.decode("utf-8", "replace").strip(), is_panic=is_panic)


def _tell(line: str, *, is_panic: bool) -> bool:
    """Log a line, unless it belongs to the text of a panic; gives whether the next one does."""
    if place := _PANIC.search(line):
        _log.error("a library failed", extra={"facts": {"place": place[1]}})
        return True
    if is_panic:
        return not line.startswith("note: ")
    if line:
        _log.warning("%s", line)
    return False
