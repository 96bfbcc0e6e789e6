"""The port of sinks. These comments are the contract; `driftline.testing.sinks` holds the suite for it."""

from typing import Protocol

from driftline.alerts.incidents import Notification
from driftline.config.url import open_part


class Sink(Protocol):
    """A receiver of notifications.

    It is opened by calling the part with the rest of a URL. `label` names the receiver without secrets. `repeat` is
    after how many seconds the notification of an open incident is sent again; None: it is sent once.
    """

    label: str
    repeat: float | None

    def send(self, notification: Notification) -> None:
        """Deliver within seconds, or raise a `SinkError` that names the receiver and holds no secret.

        It is then called again later. The same notification may come twice, after a crash or a lost answer: it has the
        same key. A sink for people shows its `body`, or its `link` where there is one.
        """
        ...


def open_sink(url: str) -> Sink:
    """The sink of a URL: `webhook+https://…`, `alertmanager+http://…`, `apprise:…`, `stdout:`.

    `${VARIABLE}` in it stands for a value of the environment, and `@PATH` for the URL in that file.

    Raises:
        ConfigError: when no sink goes by that name.

    >>> open_sink("stdout:").label
    'stdout'
    """
    part, full = open_part("sinks", url, "sink")
    sink: Sink = part(full.partition(":")[2] if "+" not in full.partition(":")[0] else full.partition("+")[2])
    return sink
