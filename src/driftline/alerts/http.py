"""Posts to a receiver over HTTP: bounded in time, without redirects, without secrets in its messages."""

import http.client
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlencode, urlsplit

from driftline.errors import ConfigError, SinkError

_TEXT = {404: "; check its URL", 410: "; check its URL", 401: "; check its secret", 403: "; check its secret"}


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None, timeout: float = 10.0) -> None:
    """Post JSON; any 2xx means that it is delivered.

    Redirects are not followed: a receiver that answers one is an error, as is every other answer.

    Raises:
        SinkError: when it is not delivered, with the seconds of the header `Retry-After` if there is one.
    """
    parts = urlsplit(check_url(url))
    host = str(parts.hostname)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    try:
        connection.request("POST", path_of(url), body, {"Content-Type": "application/json"} | dict(headers or {}))
        with connection.getresponse() as response:
            status, retry_after = response.status, _seconds(response.getheader("Retry-After"))
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        advice = "check its certificate, or name the file of its authority in SSL_CERT_FILE"
        raise SinkError(f"{redact(url)}: {reason}: not delivered; {advice}") from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise SinkError(f"{redact(url)}: {type(error).__name__}: not delivered; is it running?") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        hint = "; it redirects: write the URL that it redirects to" if 300 <= status < 400 else _TEXT.get(status, "")
        raise SinkError(f"{redact(url)}: answered {status}: not delivered{hint}", retry_after)


def check_url(url: str) -> str:
    """The URL, if it is one to post to.

    Raises:
        ConfigError: when it is not http or https, names no host or a port that is none, or holds a user and password.
    """
    expected = "expected http://HOST/… or https://HOST/…, without a user and password"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # whose text may quote a piece of a secret
        raise ConfigError(f"{url.partition('://')[0]}://…: host or port cannot be read; {expected}") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or port == 0:
        raise ConfigError(f"{redact(url)}: {expected}")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(f"{redact(url)}: has blanks or letters that no URL has; write them as %XX")
    return url


def check_public_url(url: str) -> str:
    """The address by which people reach the dashboard, without a slash at its end.

    Raises:
        ConfigError: when it is none, or has more than scheme, host and port: the pages are at the root of a host.

    >>> check_public_url("https://drift.example.org/")
    'https://drift.example.org'
    """
    try:
        parts = urlsplit(check_url(url))
    except ConfigError as error:
        raise ConfigError(f"public address: {error}") from None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ConfigError(
            f"public address {redact(url)}: expected http://HOST[:PORT] or https://HOST[:PORT] alone, for the pages "
            "are at the root of a host"
        )
    return f"{parts.scheme}://{parts.netloc}"


def incident_url(public_url: str, id_: str) -> str:
    """The address of an incident's page.

    >>> incident_url("https://drift.example.org", "taxi 1")
    'https://drift.example.org/incident?id=taxi+1'
    """
    return f"{public_url}/incident?{urlencode({'id': id_})}"


def path_of(url: str) -> str:
    """The path and query of a URL, as they are sent.

    >>> path_of("https://host?a=1")
    '/?a=1'
    """
    parts: SplitResult = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def redact(url: str) -> str:
    """Scheme, host and port: paths and queries of webhooks hold secrets.

    >>> redact("https://me:word@hooks.example.org:8443/T0/B1/secret?token=x")
    'https://hooks.example.org:8443/…'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"


def _seconds(retry_after: str | None) -> float | None:
    """The seconds of a header `Retry-After`, which holds them or a date; None where it holds neither.

    >>> _seconds("120"), _seconds("soon")
    (120.0, None)
    """
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date.tzinfo else None
