"""Sessions of people who signed in with a token, and the proof that a form came from one of the server's own pages."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from threading import Lock

LIFE = 12 * 3600.0
_MOST = 1000
COOKIE = "driftline_session"


@dataclass
class Sessions:
    """Who is signed in: the name of a token by a random id, for twelve hours, in this process alone.

    A token that was removed or replaced ends its sessions, for each request looks its hash up again.
    """

    _known: dict[str, tuple[str, float]] = field(default_factory=dict)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _lock: Lock = field(default_factory=Lock)

    def start(self, digest: str) -> str:
        """A new session of the token of that hash; gives its id, for the cookie."""
        session, now = secrets.token_urlsafe(32), time.monotonic()
        with self._lock:
            kept = {id_: known for id_, known in self._known.items() if known[1] > now}
            if len(kept) >= _MOST:  # the oldest make room
                kept = dict(sorted(kept.items(), key=lambda item: item[1][1])[_MOST // 2 :])
            self._known = kept | {session: (digest, now + LIFE)}
        return session

    def find(self, session: str) -> str | None:
        """The hash of the token of a session; None where it is not known, or over."""
        digest, end = self._known.get(session, ("", 0.0))
        return digest if end > time.monotonic() else None

    def end(self, session: str) -> None:
        """Sign out."""
        with self._lock:
            self._known.pop(session, None)

    def proof(self, session: str) -> str:
        """What a form of a page carries, so that no other site's form is taken for it; without a session, too."""
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()

    def proves(self, session: str, proof: str) -> bool:
        """Whether a form carries the proof of its session."""
        return hmac.compare_digest(self.proof(session).encode(), proof.encode("utf-8", "replace"))
