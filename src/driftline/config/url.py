"""A URL in its pieces: where a broker, a database or a folder is, and the settings after the question mark."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from driftline.errors import ConfigError, suggest_name

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
        except ValueError as error:
            raise ConfigError(f"{_bare(url)}: no URL ({error}); write it as scheme://host:port/path") from error
        if not parts.scheme or "://" not in url:
            raise ConfigError(f"{_bare(url)}: no URL; write it as scheme://host:port/path")
        scheme, _, extra = parts.scheme.partition("+")
        if extra not in {"", "tls"}:
            raise ConfigError(f"{_bare(url)}: unknown {extra!r} after the {scheme!r}; only +tls may stand there")
        user, password = (_filled(text) for text in (parts.username, parts.password))
        query = {key: _filled(value) or "" for key, value in parse_qsl(parts.query, keep_blank_values=True)}
        return cls(
            scheme, extra == "tls", parts.hostname or "", port, user, password, unquote(parts.path), query, _bare(url)
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


def _bare(url: str) -> str:
    """A URL without password and settings."""
    return re.sub(r"(://[^:/@?#]*):[^/?#]*@", r"\1@", url).partition("?")[0]


def _filled(text: str | None) -> str | None:
    """Text with the values of the environment's variables in it."""
    if text is None:
        return None
    text = unquote(text)
    for name in re.findall(r"\$\{(\w+)\}", text):
        if name not in os.environ:
            raise ConfigError(f"the URL names the environment variable {name}, which is not set; set it")
        text = text.replace(f"${{{name}}}", os.environ[name])
    return text
