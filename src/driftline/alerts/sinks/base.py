"""The port of sinks. These comments are the contract; `driftline.testing.sinks` holds the suite for it."""

import re
from typing import Protocol

from driftline import registry
from driftline.alerts.incidents import Notification
from driftline.errors import ConfigError


class Sink(Protocol):
    """Where incidents are told.

    It is opened by calling the part with the rest of a URL. `label` names the receiver without secrets. `repeat` is
    after how many seconds an open incident is told again; None: once.
    """

    label: str
    repeat: float | None

    def send(self, notice: Notification) -> None:
        """Deliver, within seconds, or raise a `SinkError` that names the receiver: a `RefusedError` if for good.

        The same notice may come twice, after a crash or a lost answer: it has the same key.
        """
        ...


def open_sink(url: str) -> Sink:
    """The sink of a URL: `webhook+https://…`, `alertmanager+http://…`, `apprise:…`, `stdout:`.

    Raises:
        ConfigError: when no sink goes by that name.

    >>> open_sink("stdout:").label
    'stdout'
    """
    said = re.match(r"([a-z][a-z0-9_]*)[+:]", url)
    if said is None or said[1] not in registry.names("sinks"):
        raise ConfigError(f"no sink of this name; a URL begins with one of {', '.join(registry.names('sinks'))}")
    sink: Sink = registry.find("sinks", said[1])(url[said.end() :])
    return sink
