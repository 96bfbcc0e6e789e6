"""URLs of brokers, databases and receivers: their pieces, their secrets, and the part of Driftline that they name."""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from driftline import registry
from driftline.errors import ConfigError, DriftlineError, suggest_name

_log = logging.getLogger(__name__)
_SECRET_WORDS = "password|passwd|secret|token|key|signature|sig"  # noqa: S105 - names, no secret
_SECRET_NAMES = re.compile(rf"[?&][^=&]*(?:{_SECRET_WORDS})=(?!\$\{{)[^&]", re.IGNORECASE)
_SECRET_SETTING = re.compile(
    r"(\b\w*(?:password|passwd|secret|token))\s*=\s*(?:'(?:[^'\\]|\\.)*'|[^\s&;,\"']+)", re.IGNORECASE
)
_SHORT = 4  # characters; a secret of fewer is blanked only where it stands alone
_LONG_RANDOM = re.compile(r"/(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{20,}(?:[/?]|$)")
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Url:
    """A URL taken apart.

    `scheme` is without `+tls`, which `tls` holds. `label` is for people and logs: neither password nor settings are in
    it. User, password and settings may name variables of the environment, as `${NATS_PASSWORD}`, so that a secret is
    in no file and no list of processes.

    Raises:
        ConfigError: when it is no URL, or a variable that it names is not set.

    >>> Url.parse("nats+tls://me:secret@broker:4222/events?durable=a").label
    'nats+tls://me@broker:4222/events'
    """

    scheme: str
    tls: bool
    host: str
    port: int | None
    user: str | None
    password: str | None = field(repr=False)
    path: str
    query: Mapping[str, str] = field(repr=False)
    label: str

    @classmethod
    def parse(cls, url: str) -> "Url":
        """The address that a URL says."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:  # whose text may quote a piece of a password
            raise ConfigError(
                f"{url.partition('://')[0]}://…: no URL: host or port cannot be read; write it as "
                "scheme://host:port/path, and / ? # @ in a password as %2F %3F %23 %40"
            ) from None
        if not parts.scheme or "://" not in url:
            raise ConfigError(f"{hide_secrets(url)}: no URL; write it as scheme://host:port/path")
        scheme, _, extra = parts.scheme.partition("+")
        if extra not in {"", "tls"}:
            raise ConfigError(f"{hide_secrets(url)}: unknown {extra!r} after the {scheme!r}; only +tls may stand there")
        user, password = (_filled(text) for text in (parts.username, parts.password))
        query = {key: _filled(value) or "" for key, value in parse_qsl(parts.query, keep_blank_values=True)}
        return cls(
            scheme,
            extra == "tls",
            parts.hostname or "",
            port,
            user,
            password,
            unquote(parts.path),
            query,
            hide_secrets(url),
        )

    def settings(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """The settings with their defaults, each of its default's type (text, whole number, number, yes or no).

        Raises:
            ConfigError: when one is unknown or of another type.

        >>> Url.parse("x://?a=3").settings({"a": 1, "b": "c"})
        {'a': 3, 'b': 'c'}
        """
        for name in self.query:
            if name not in known:
                raise ConfigError(f"{self.label}: unknown setting {name!r}; {suggest_name(name, sorted(known))}")
        return dict(known) | {name: self._typed(name, text, known[name]) for name, text in self.query.items()}

    def _typed(self, name: str, text: str, default: Any) -> Any:
        try:
            return _WORDS[text.lower()] if isinstance(default, bool) else type(default)(text)
        except (ValueError, KeyError) as error:
            raise ConfigError(
                f"{self.label}: setting {name!r} is no {type(default).__name__}; expected one such as {default!r}"
            ) from error


def open_part(group: str, url: str, kind: str, error: type[DriftlineError] = ConfigError) -> tuple[Any, str]:
    """The part of a group that a URL names by its scheme, and the URL with its secrets filled in.

    Args:
        group: of the registry, such as "stores".
        url: `SCHEME://…`, `SCHEME+…` or `SCHEME:…`. It may name variables of the environment, as `${PASSWORD}`; `@PATH`
            stands for the URL in that file.
        kind: what a person calls such a part: "store".
        error: the class of error that is raised.

    Raises:
        ConfigError: when no part has this scheme, or a variable or file that the URL names is missing. (Or the class
            given as `error`.)

    >>> open_part("stores", "sqlite:///driftline.db", "store")[1]
    'sqlite:///driftline.db'
    """
    try:
        full = fill_secrets(url)
    except ConfigError as mistake:
        raise error(str(mistake)) from None
    scheme = re.match(r"[A-Za-z][A-Za-z0-9_]*", full)
    name, known = scheme[0].lower() if scheme else "", registry.names(group)
    if name not in known or full[len(name) :][:1] not in {":", "+"}:
        forms = ", ".join(f"{each}:…" for each in known)
        shown = f"{name}:…" if group == "sinks" else hide_secrets(url)  # any place in a sink's URL may be a secret
        raise error(f"{shown}: no {kind} of this kind; known are {forms}")
    warn_of_secrets(url, kind)
    return registry.find(group, name), full


def warn_of_secrets(url: str, kind: str) -> None:
    """Log a warning where a URL as a person wrote it seems to hold a secret; `kind` is what a person calls its part."""
    if has_literal_secret(url):
        shown = url.partition(":")[0] + ":…" if kind == "sink" else hide_secrets(url)  # its path may be the secret
        _log.warning(
            "%s: the URL of a %s holds a password or token, which others see in the list of processes; "
            "write ${VARIABLE} in its place, or @FILE in place of the URL", shown, kind,
        )  # fmt: skip


def fill_secrets(url: str) -> str:
    """A URL with the values of the environment's variables in it; `@PATH` stands for the URL in that file.

    In user and password the values are escaped; elsewhere they are put in as they are.

    Raises:
        ConfigError: when a variable is not set, or the file cannot be read.

    >>> os.environ["DB_PASSWORD"] = "a/b@c"
    >>> fill_secrets("postgresql://me:${DB_PASSWORD}@host/db")
    'postgresql://me:a%2Fb%40c@host/db'
    """
    url = read_url(url)
    user = re.match(r"[^/?#]*://[^/?#]*@", url)
    end = user.end() if user else 0
    return _fill(url[:end], escape=True) + _fill(url[end:])


def read_url(url: str) -> str:
    """The URL itself; `@PATH` stands for the URL in that file.

    Raises:
        ConfigError: when the file cannot be read.

    >>> read_url("stdout:")
    'stdout:'
    """
    if not url.startswith("@"):
        return url
    path = Path(url[1:])
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: cannot be read: {reason}; expected a file with one URL") from None


def has_literal_secret(url: str) -> bool:
    """Whether a URL as a person wrote it seems to hold a secret.

    >>> [has_literal_secret(url) for url in ("postgresql://me:word@host/db", "postgresql://me:${WORD}@host/db")]
    [True, False]
    """
    if url.startswith(("@", "sqlite:")):  # a path has no password, however random a folder's name looks
        return False
    if url.startswith("apprise:"):
        return "${" not in url
    password = re.search(r"://[^:/?#]*:(?!\$\{)[^/?#]+@", url)
    return bool(password or _SECRET_NAMES.search(url) or _LONG_RANDOM.search(url))


def hide_secrets(url: str) -> str:
    """A URL without password and settings, for messages and logs.

    >>> hide_secrets("postgresql://me:secret@host/db?sslmode=require")
    'postgresql://me@host/db'
    """
    return re.sub(r"(://[^:/@?#]*):[^/?#]*@", r"\1@", url).partition("?")[0]


def clean_message(text: str, url: str = "") -> str:
    """A message without secrets, for people and logs: of URLs in it, of settings like `password=…`, and those of `url`.

    Libraries quote what they were given, such as a whole connection string, in the texts of their errors.

    >>> clean_message("no route to postgresql://me:secret@host/db?sslpassword=x; password='s 1' user=me")
    'no route to postgresql://me@host/db?sslpassword=…; password=… user=me'
    >>> clean_message('invalid port number: "a/b"', "postgresql://me:a%2Fb@host/db")
    'invalid port number: "…"'
    """
    for secret in sorted(_list_secrets(url), key=len, reverse=True):
        edges = ("", "") if len(secret) >= _SHORT else (r"(?<!\w)", r"(?!\w)")
        text = re.sub(f"{edges[0]}{re.escape(secret)}{edges[1]}", "…", text)
    text = re.sub(r"(://[^:/@?#\s]*):[^/?#\s]*@", r"\1@", text)
    return _SECRET_SETTING.sub(r"\1=…", text)


def _list_secrets(url: str) -> set[str]:
    """The password of a URL and the values of its settings that are secrets, as written and as meant."""
    password = re.match(r"[^/?#]*://[^:/?#@]*:(.*)@[^@]*$", url.partition("?")[0])
    settings = re.findall(rf"[?&][^=&]*(?:{_SECRET_WORDS})=([^&#]+)", url, re.IGNORECASE)
    written = {*([password[1]] if password else []), *settings}
    return {each for text in written for each in (text, unquote(text)) if each}


def _filled(text: str | None) -> str | None:
    """Text of a parsed URL with the values of the environment's variables in it."""
    return None if text is None else _fill(unquote(text))


def _fill(text: str, *, escape: bool = False) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ConfigError(f"the URL names the environment variable {match[1]}, which is not set; set it")
        return quote(os.environ[match[1]], safe="") if escape else os.environ[match[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)
