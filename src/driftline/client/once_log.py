"""Logs each trouble of a logger once, so that a service with a million bad rows has one line of it."""

import logging

_log = logging.getLogger("driftline.client.logger")
_MAX_TOPICS = 1000


class OnceLog:
    """Remembers what was logged: a topic and the beginning of the words.

    >>> once = OnceLog()
    >>> once.warn("rows", "the queue is full"), once.warn("rows", "the queue is full")
    (True, False)
    """

    def __init__(self) -> None:
        self._logged: set[tuple[str, str]] = set()

    def warn(self, topic: str, words: str, level: int = logging.WARNING, *, exc_info: bool = False) -> bool:
        """Log the words, unless they were logged before; gives whether they were logged now."""
        if (topic, words[:20]) in self._logged or len(self._logged) >= _MAX_TOPICS:
            return False
        self._logged.add((topic, words[:20]))
        _log.log(level, "driftline: %s: %s", topic, words, exc_info=exc_info)
        return True
