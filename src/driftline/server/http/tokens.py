"""Tokens: who may do what. The file holds hashes alone, and is read again whenever it changes.

A token is 256 random bits. No list of guesses could ever contain it, so that one SHA-256 keeps it as safe as a slow
hash made for passwords would, and can be checked at each request.
"""

import hashlib
import hmac
import json
import logging
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from driftline.data.atomic import write_atomic
from driftline.errors import ConfigError

SCOPES = ("read", "write", "admin")
_OTHERS = 0o077
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. No models means all; `admin` may do everything, whatever else is said."""

    name: str
    hash: str
    scopes: tuple[str, ...]
    models: tuple[str, ...] = ()
    created: str = ""

    def allows(self, scope: str, model: str | None) -> bool:
        """Whether it may do this, to this model.

        >>> Token("a", "", ("write",), ("taxi",)).allows("write", "bus")
        False
        """
        return {scope, "admin"} & set(self.scopes) != set() and (not self.models or model in self.models)


class Tokens:
    """The tokens of a file, which may change while the server runs.

    Raises:
        ConfigError: when the file is damaged, or others may read it.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._lock = path, Lock()
        self._seen: tuple[int, ...] = ()
        self._tokens: tuple[Token, ...] = ()
        self._refresh(first=True)

    def __len__(self) -> int:
        return len(self.all())

    @property
    def required(self) -> bool:
        """Whether there is a file of tokens; where there is one, even without tokens in it, all need one."""
        return self.path.exists()

    def all(self) -> tuple[Token, ...]:
        """All tokens, as the file has them now."""
        self._refresh()
        return self._tokens

    def find(self, secret: str) -> Token | None:
        """The token that this secret is."""
        hashed = _hashed(secret)
        found = None
        for token in self.all():  # all of them, whichever fits: the time taken tells nothing
            if hmac.compare_digest(token.hash, hashed):
                found = token
        return found

    def add(self, name: str, scopes: tuple[str, ...], models: tuple[str, ...] = ()) -> str:
        """Add a token; gives its secret, which is kept nowhere."""
        if any(token.name == name for token in self.all()):
            raise ConfigError(f"a token is called {name!r} already; remove that one first, or choose another name")
        secret = f"dl_{secrets.token_urlsafe(32)}"
        created = datetime.now(UTC).isoformat(timespec="seconds")
        self._write((*self._tokens, Token(name, _hashed(secret), scopes, models, created)))
        return secret

    def remove(self, name: str) -> None:
        """Remove a token; it is refused from then on."""
        kept = tuple(token for token in self.all() if token.name != name)
        if len(kept) == len(self._tokens):
            raise ConfigError(f"no token is called {name!r}; known are: {', '.join(t.name for t in kept) or 'none'}")
        self._write(kept)

    def _write(self, tokens: tuple[Token, ...]) -> None:
        """Write the file, whole or not at all, for its owner's eyes only."""
        text = json.dumps({"version": 1, "tokens": [asdict(token) for token in tokens]}, indent=1)
        write_atomic(self.path, text, mode=0o600)
        self._refresh()

    def _refresh(self, *, first: bool = False) -> None:
        """Read the file again if it changed. If it is damaged meanwhile, what was read before holds."""
        with self._lock:
            try:
                found = self.path.stat()
            except FileNotFoundError:
                self._tokens, self._seen = (), ()
                return
            seen = (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)
            if seen == self._seen:
                return
            self._seen = seen
            try:
                self._tokens = _read(self.path, found.st_mode)
            except ConfigError as error:
                if first:
                    raise
                _log.error("%s; the tokens read before still hold", error)


def _read(path: Path, mode: int) -> tuple[Token, ...]:
    if mode & _OTHERS:
        raise ConfigError(f"{path}: others may read the tokens' hashes; take that right away: chmod 600 {path}")
    try:
        return tuple(
            Token(**each | {"scopes": tuple(each["scopes"]), "models": tuple(each["models"])})
            for each in json.loads(path.read_text("utf-8"))["tokens"]
        )
    except (ValueError, TypeError, LookupError) as error:
        raise ConfigError(f"{path}: no file of tokens ({error}); make them with: driftline token add") from error


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
