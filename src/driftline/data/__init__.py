"""Rows in: files, frames and request payloads, decoded. With engines, the only place that sees a table."""
