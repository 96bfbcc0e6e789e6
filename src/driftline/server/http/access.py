"""Who may ask the server for what, and how often."""

import math
import time
from ipaddress import ip_address

from driftline.server.http.headers import single, values
from driftline.server.http.responses import HTTPError, Scope
from driftline.server.http.tokens import Token, Tokens

_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PROXY_HEADERS = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via")
_MOST_KNOWN = 10_000


def is_local(host: str) -> bool:
    """Whether an address is of this machine alone.

    >>> is_local("127.0.0.1"), is_local("localhost"), is_local("::ffff:127.0.0.1"), is_local("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


class Authenticator:
    """Authorizes requests by their token. Without tokens it lets in requests from this machine alone.

    What decides is the address of the connection's other end, never a header. A request that a proxy on this machine
    passed on, and one that a browser was led to by another site's name, are refused.

    Args:
        tokens: who may ask.
        rate: requests a second that each token, or this machine without one, may make; two seconds' worth at once.
    """

    def __init__(self, tokens: Tokens, rate: float) -> None:
        self.tokens, self.rate = tokens, rate
        self._allowances: dict[str, tuple[float, float]] = {}

    def authorize(self, request: Scope, scope: str, model: str | None = None) -> None:
        """Return if a request may do this.

        Args:
            request: as ASGI has it.
            scope: `read`, `write` or `admin`.
            model: the model that it is about, if any.

        Raises:
            HTTPError: 401 without a known token, 403 where the token may not do this, 429 when it asks too often.
        """
        token = self.identify(request)
        if token is not None and not token.allows(scope, model):
            raise HTTPError(403, f"this token may not {scope} {model or 'here'}; see: driftline token list")

    def identify(self, request: Scope, session: str | None = None) -> Token | None:
        """The token of a request: of its header, else the one whose hash a session has; None where none is needed.

        Raises:
            HTTPError: 401 without a known token, 429 when it asks too often.
        """
        kind, _, secret = single(request, "Authorization").partition(" ")
        if not self.tokens.required:
            _require_local(request)
            self._spend("")
            return None
        token = self.tokens.find(secret.strip()) if kind.lower() == "bearer" else self.tokens.find_hash(session or "")
        if token is None:
            raise _unauthorized("no known token; send Authorization: Bearer TOKEN")
        self._spend(token.name)
        return token

    def _spend(self, name: str) -> None:
        """Count a request against the rate of its token."""
        now = time.monotonic()
        allowance, then = self._allowances.get(name, (2 * self.rate, now))
        allowance = min(2 * self.rate, allowance + (now - then) * self.rate)
        if allowance < 1:
            self._allowances[name] = (allowance, now)
            wait = math.ceil((1 - allowance) / self.rate)
            raise HTTPError(429, f"more than {self.rate:g} requests a second", (b"retry-after", b"%d" % wait))
        if len(self._allowances) > _MOST_KNOWN:
            self._allowances.clear()
        self._allowances[name] = (allowance - 1, now)


def _require_local(request: Scope) -> None:
    """Refuse a request that does not come from this machine itself."""
    peer = request.get("client")
    if peer is None or not is_local(peer[0]):
        raise _unauthorized("without tokens this server answers its own machine alone; make one: driftline token add")
    for name, sent in zip(_PROXY_HEADERS, values(request, *_PROXY_HEADERS), strict=True):
        if sent:
            raise _unauthorized(
                f"a proxy passed this request on (header {name.decode()}), and there are no tokens; "
                "make one: driftline token add"
            )
    host = single(request, "Host").rpartition(":")
    if (host[0] if host[2].isdigit() else "".join(host)).lower() not in _LOCAL_NAMES:
        raise HTTPError(403, "without tokens only http://localhost and http://127.0.0.1 are answered")


def _unauthorized(message: str) -> HTTPError:
    return HTTPError(401, message, (b"www-authenticate", b"Bearer"))
