"""Notices posted as signed JSON to a URL of your own."""

import hashlib
import hmac
import json
import os
import time

from driftline.alerts.http import checked, post, redacted
from driftline.alerts.incidents import Notification

SECRET = "DRIFTLINE_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable, not the secret


class Webhook:
    """Posts each notice as JSON: `webhook+https://HOST/PATH`.

    The header `Idempotency-Key` is the notice's key. Where the environment has DRIFTLINE_WEBHOOK_SECRET, the header
    `Driftline-Signature` is `t=<seconds since 1970>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`.
    """

    repeat: float | None = None

    def __init__(self, address: str) -> None:
        self.address = checked(address)
        self.label = f"webhook {redacted(address)}"

    def send(self, notice: Notification) -> None:
        """Post it; any 2xx is delivered."""
        body = json.dumps(notice.values(), ensure_ascii=False).encode()
        headers = {"Idempotency-Key": notice.key}
        if secret := os.environ.get(SECRET):
            now = int(time.time())
            headers["Driftline-Signature"] = f"t={now},v1={signature(secret, now, body)}"
        post(self.address, body, headers)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 of the timestamp, a dot and the body, in hexadecimal.

    >>> signature("secret", 1700000000, b"{}")[:16]
    'b8569b78799ff9e3'
    """
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
