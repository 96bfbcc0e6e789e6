"""Who may ask, and how often."""

import math
import time
from ipaddress import ip_address

from driftline.server.http.responses import HTTPError, Scope
from driftline.server.http.tokens import Tokens

_LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
_MOST_KNOWN = 10_000


def is_local(host: str) -> bool:
    """Whether an address is of this machine alone.

    >>> is_local("127.0.0.1"), is_local("localhost"), is_local("0.0.0.0")
    (True, True, False)
    """
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Authenticator:
    """Admits requests by their token; without tokens only this machine's, whose browsers cannot be misled to it.

    Args:
        tokens: who may ask.
        rate: requests a second that each token, or this machine without one, may make; two seconds' worth at once.
    """

    def __init__(self, tokens: Tokens, rate: float) -> None:
        self.tokens, self.rate = tokens, rate
        self._left: dict[str, tuple[float, float]] = {}

    def admit(self, asked: Scope, scope: str, model: str | None = None) -> None:
        """Return if a request may do this.

        Raises:
            Refusal: 401 without a token that is known, 403 where it may not do this, 429 when it asks too often.
        """
        if not self.tokens.required:
            host = _header(asked, b"host").rpartition(":")
            if (host[0] if host[2].isdigit() else "".join(host)).lower() not in _LOCAL:
                raise HTTPError(403, "without tokens only http://localhost and http://127.0.0.1 are answered")
            return self._count("")
        kind, _, secret = _header(asked, b"authorization").partition(" ")
        token = self.tokens.find(secret.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise HTTPError(
                401, "no token that is known here; send Authorization: Bearer <token>", (b"www-authenticate", b"Bearer")
            )
        if not token.allows(scope, model):
            raise HTTPError(403, f"this token may not {scope} {model or 'here'}; see: driftline token list")
        return self._count(token.name)

    def _count(self, name: str) -> None:
        now = time.monotonic()
        left, then = self._left.get(name, (2 * self.rate, now))
        left = min(2 * self.rate, left + (now - then) * self.rate)
        if left < 1:
            self._left[name] = (left, now)
            wait = math.ceil((1 - left) / self.rate)
            raise HTTPError(429, f"more than {self.rate:g} requests a second", (b"retry-after", b"%d" % wait))
        if len(self._left) > _MOST_KNOWN:
            self._left.clear()
        self._left[name] = (left - 1, now)


def _header(asked: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in asked["headers"] if key == name), "")
