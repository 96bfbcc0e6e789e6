"""Posts notifications as signed JSON to a URL of your own."""

import hashlib
import hmac
import json
import os
import time

from driftline.alerts.http import check_url, path_of, post, redact
from driftline.alerts.incidents import Notification

SECRET = "DRIFTLINE_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable, not the secret


class Webhook:
    """Posts each notification as JSON: `webhook+https://HOST/PATH`.

    The header `Idempotency-Key` is the notification's key. Where the environment has DRIFTLINE_WEBHOOK_SECRET, the
    header `Driftline-Signature` is `t=<seconds since 1970>,v2=<hex>`; see `signature`.
    """

    repeat: float | None = None

    def __init__(self, address: str) -> None:
        self.address = check_url(address)
        self.label = f"webhook {redact(address)}"

    def send(self, notification: Notification) -> None:
        """Post it; any 2xx means that it is delivered."""
        body = json.dumps(notification.values()).encode()  # ASCII: no name in it turns or hides text
        headers = {"Idempotency-Key": notification.key}
        if secret := os.environ.get(SECRET):
            now = int(time.time())
            headers["Driftline-Signature"] = f"t={now},v2={signature(secret, now, 'POST', path_of(self.address), body)}"
        post(self.address, body, headers)


def signature(secret: str, timestamp: int, method: str, path: str, body: bytes) -> str:
    """Version 2 of the signature: HMAC-SHA256, in hexadecimal, of four lines.

    The lines are the timestamp, the method, the path with its query, and the body (which may hold line ends itself).

    >>> signature("secret", 1700000000, "POST", "/hook?x=1", b"{}")[:16]
    'cf120f785e267374'
    """
    head = f"{timestamp}\n{method}\n{path}\n".encode()
    return hmac.new(secret.encode(), head + body, hashlib.sha256).hexdigest()
