"""The server's log: a JSON object a line, without payloads, tokens or queries."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from driftline.config.url import clean_message


class JsonLines(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, the fields of `extra={"facts": …}`, a traceback.

    It is ASCII: no name in it can end the line, or turn or colour a terminal. Passwords of URLs that a library
    quotes are left out.

    >>> record = logging.LogRecord("driftline", logging.INFO, "", 0, "%d rows", (3,), None)
    >>> json.loads(JsonLines().format(record))["message"]
    '3 rows'
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        cleaned = {name: clean_message(value) if isinstance(value, str) else value for name, value in fields.items()}
        return json.dumps(cleaned, default=str)


def configure_logging(stream: TextIO | None = None) -> None:
    """Write Driftline's records from INFO on, and those of libraries from WARNING on, to a stream.

    By default that is the error stream. Libraries write addresses at INFO, and those may have secrets.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("driftline").setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
