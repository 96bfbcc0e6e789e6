"""Rows in: files, frames and request payloads, decoded. With engines, the only place that sees a table."""

import os

os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")  # Arrow has zones such as +05:30; Polars would panic
