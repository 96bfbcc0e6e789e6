"""Tokens: who may do what. The file holds only hashes; the server reads it again whenever it changes.

A token is 256 random bits. No list of guesses contains it, so one SHA-256 protects it as well as a slow password hash
would, and is fast enough for each request.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from driftline.data.atomic import write_atomic
from driftline.errors import ConfigError

SCOPES = ("read", "write", "admin")
_OTHERS = 0o077
_PATIENCE, _PAUSE = 10.0, 0.01  # seconds to wait for another command, and between two tries
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Token:
    """What the file keeps of a token. No models means all models; `admin` may do everything to them."""

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

    Access fails closed: once there was a file of tokens every request needs one, and while the file is missing, damaged
    or readable by others the tokens read before hold, and no others.

    Args:
        path: the file; where there is none, none are required.
        required: whether requests need a token even where there never was a file.

    Raises:
        ConfigError: when the file is damaged, cannot be read, or others may read it.
    """

    def __init__(self, path: Path, *, required: bool = False) -> None:
        self.path, self._lock, self._required = path, Lock(), required
        self._signature: object = None
        self._tokens: tuple[Token, ...] = ()
        self._refresh(first=True)

    def __len__(self) -> int:
        return len(self.all())

    @property
    def required(self) -> bool:
        """Whether requests need a token, even where none is left that could be known."""
        self._refresh()
        return self._required

    def all(self) -> tuple[Token, ...]:
        """All tokens, as the file has them now."""
        self._refresh()
        return self._tokens

    def find(self, secret: str) -> Token | None:
        """The token that this secret is."""
        return self.find_hash(_digest(secret))

    def find_hash(self, digest: str) -> Token | None:
        """The token whose secret has this hash."""
        match = None
        for token in self.all():  # compares with each token, so that the time taken tells nothing
            if hmac.compare_digest(token.hash, digest):
                match = token
        return match

    def add(self, name: str, scopes: tuple[str, ...], models: tuple[str, ...] = ()) -> str:
        """Add a token; gives its secret, which is kept nowhere.

        Raises:
            ConfigError: when a token has this name, or the file cannot be read or written.
        """
        secret = f"dl_{secrets.token_urlsafe(32)}"
        created = datetime.now(UTC).isoformat(timespec="seconds")
        with self._editing() as tokens:
            if any(token.name == name for token in tokens):
                raise ConfigError(f"a token is called {name!r} already; remove that one first, or choose another name")
            self._write((*tokens, Token(name, _digest(secret), scopes, models, created)))
        return secret

    def remove(self, name: str) -> None:
        """Remove a token; the server refuses it from then on.

        Raises:
            ConfigError: when no token has this name, or the file cannot be read or written.
        """
        with self._editing() as tokens:
            kept = tuple(token for token in tokens if token.name != name)
            if len(kept) == len(tokens):
                known = ", ".join(token.name for token in kept) or "none"
                raise ConfigError(f"no token is called {name!r}; known are: {known}")
            self._write(kept)

    @contextmanager
    def _editing(self) -> Iterator[tuple[Token, ...]]:
        """The file's tokens, while no other process or thread may change the file."""
        try:
            with _lock_file(self.path):
                yield _read(self.path) if self.path.exists() else ()
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot be changed ({error.strerror}); check its folder") from error
        self._refresh()

    def _write(self, tokens: tuple[Token, ...]) -> None:
        """Replace the file in one step; only its owner may read it."""
        text = json.dumps({"version": 1, "tokens": [asdict(token) for token in tokens]}, indent=1)
        write_atomic(self.path, text, mode=0o600)

    def _refresh(self, *, first: bool = False) -> None:
        """Read the file again if it changed. While that fails, the tokens read before hold."""
        with self._lock:
            signature = _signature(self.path)
            if signature == self._signature:
                return
            self._signature = signature
            if signature is None and not self._required:
                return
            self._required = True
            try:
                self._tokens = _read(self.path)
            except ConfigError as error:
                if first and signature is not None:
                    raise
                _log.error("%s; the tokens read before still hold, and no others", error)


@contextmanager
def _lock_file(path: Path) -> Iterator[None]:
    """Hold the lock of a file: another file beside it, which exists as long as somebody changes the first one."""
    lock, deadline = path.with_name(f"{path.name}.lock"), time.monotonic() + _PATIENCE
    while True:
        try:
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                raise ConfigError(
                    f"{path}: another command has changed the tokens for {_PATIENCE:g} s; "
                    f"if none runs any more, remove {lock} and try again"
                ) from None
            time.sleep(_PAUSE)
    try:
        yield
    finally:
        lock.unlink()


def _signature(path: Path) -> object:
    """What changes when the file does; None where there is no file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return error.errno
    return (status.st_mtime_ns, status.st_size, status.st_ino, status.st_mode)


def _read(path: Path) -> tuple[Token, ...]:
    """The tokens of a file.

    Raises:
        ConfigError: when it cannot be read, is damaged, or others may read it.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise ConfigError(f"{path}: others may read the tokens' hashes; take that right away: chmod 600 {path}")
            return tuple(
                Token(**entry | {"scopes": tuple(entry["scopes"]), "models": tuple(entry["models"])})
                for entry in json.load(file)["tokens"]
            )
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a file of tokens") from error
    except (ValueError, TypeError, LookupError) as error:
        raise ConfigError(f"{path}: no file of tokens ({error}); make them with: driftline token add") from error


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
