"""Writes incidents as samples to a receiver of Prometheus' remote write."""

import struct
import time
from collections.abc import Iterator, Mapping

from driftline.alerts.http import check_url, post, redact
from driftline.alerts.incidents import Notification
from driftline.errors import MissingExtraError
from driftline.types import Level

_HEADERS = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
            "X-Prometheus-Remote-Write-Version": "0.1.0"}  # fmt: skip


class Prometheus:
    """Writes `driftline_incident{incident,model,…}` to `prometheus+http://HOST:9090/api/v1/write`.

    Its value is the level of an open incident, 2 for a warning and 3 for an alert, sent again each minute; 0 once when
    it is over. The protocol is Prometheus' remote write 1.0: protocol buffers, packed by Snappy.

    Raises:
        MissingExtraError: when cramjam is not there.
    """

    repeat: float | None = 60.0

    def __init__(self, address: str) -> None:
        try:
            import cramjam  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("remote write to Prometheus", "remotewrite") from error
        self._pack = cramjam.snappy.compress_raw
        self.address = check_url(address)
        self.label = f"Prometheus {redact(address)}"

    def send(self, notification: Notification) -> None:
        """Write one sample, of now."""
        incident = notification.incident
        labels = {
            "__name__": "driftline_incident", "incident": incident.id, "model": incident.model,
            "health": incident.health.value, "metric": incident.metric, "column": incident.column or "",
            "segment": incident.segment or "",
        }  # fmt: skip
        value = {Level.WARNING: 2.0, Level.ALERT: 3.0}.get(incident.level, 1.0) if incident.is_open else 0.0
        post(self.address, bytes(self._pack(write_request(labels, value, round(time.time() * 1000)))), _HEADERS)


def write_request(labels: Mapping[str, str], value: float, milliseconds: int) -> bytes:
    """A `WriteRequest` with one series of one sample; labels without a value are left out.

    >>> write_request({"__name__": "up"}, 1.0, 5).hex()
    '0a1d0a0e0a085f5f6e616d655f5f12027570120b09000000000000f03f1005'
    """
    pairs = b"".join(
        _field(1, _field(1, name.encode()) + _field(2, text.encode())) for name, text in sorted(labels.items()) if text
    )
    sample = b"\x09" + struct.pack("<d", value) + b"\x10" + bytes(_varint(milliseconds))
    return _field(1, pairs + _field(2, sample))


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, *_varint(len(content))]) + content


def _varint(number: int) -> Iterator[int]:
    """Seven bits at a time, the lowest first; all but the last have the eighth bit set."""
    while number > 127:
        yield number & 127 | 128
        number >>= 7
    yield number
