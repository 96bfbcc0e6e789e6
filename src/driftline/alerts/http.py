"""JSON over HTTP to a receiver: bounded in time, without redirects, and without secrets in what is said of it."""

import http.client
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from driftline.errors import ConfigError, RefusedError, SinkError

_AGAIN = {408, 425, 429}


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None, timeout: float = 10.0) -> None:
    """Post JSON and take any 2xx for delivered.

    Raises:
        RefusedError: when the receiver will not take it, however often it is sent (4xx, or a redirect).
        SinkError: when it may take it later: it is away, slow, or answers 408, 425, 429 or 5xx.
    """
    parts = urlsplit(checked(url))
    secure = parts.scheme == "https"
    host = str(parts.hostname)
    if secure:
        context = ssl.create_default_context()
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout, context=context
        )
    else:
        line = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("POST", path, body, {"Content-Type": "application/json"} | dict(headers or {}))
        status = line.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise SinkError(f"{redacted(url)}: {type(error).__name__}: not delivered; is it running?") from error
    finally:
        line.close()
    if status >= 500 or status in _AGAIN:
        raise SinkError(f"{redacted(url)}: answered {status}; not delivered")
    if status >= 300:
        raise RefusedError(f"{redacted(url)}: answered {status}, which sending again will not change; check its URL")


def checked(url: str) -> str:
    """The URL, if it is one to post to.

    Raises:
        ConfigError: when it is not http or https, names no host, or holds a user and password.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ConfigError(f"{redacted(url)}: expected http://HOST/… or https://HOST/…, without a user and password")
    return url


def redacted(url: str) -> str:
    """Scheme, host and port: paths and queries of webhooks hold secrets.

    >>> redacted("https://me:word@hooks.example.org:8443/T0/B1/secret?token=x")
    'https://hooks.example.org:8443/…'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/…"
