"""Sends notifications through Apprise: to Slack, Teams, e-mail, PagerDuty and the other services that it knows."""

from driftline.alerts.incidents import Notification
from driftline.errors import ConfigError, MissingExtraError, SinkError


class Apprise:
    """Sends to a service of Apprise by its URL: `apprise:slack://…`; several with a comma and a blank between them.

    The URL holds the service's secrets: it is never written to a log.

    Raises:
        MissingExtraError: when Apprise is not installed.
        ConfigError: when it does not know the URL.
    """

    repeat: float | None = None

    def __init__(self, address: str) -> None:
        try:
            import apprise  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtraError("alerts through Apprise", "alerts") from error
        self._apprise = apprise.Apprise()
        for url in address.split(", "):
            scheme = url.partition("://")[0]
            if not self._apprise.add(url):
                raise ConfigError(f"apprise:{scheme}://…: not a URL that Apprise knows; see its list of services")
        self.label = "Apprise " + ", ".join(f"{url.partition('://')[0]}://…" for url in address.split(", "))

    def send(self, notification: Notification) -> None:
        """Send to all of them; it is delivered when each took it."""
        incident = notification.incident
        kind = "success" if not incident.is_open else {"alert": "failure"}.get(incident.level.value, "warning")
        if not self._apprise.notify(title=notification.title, body=notification.body, notify_type=kind):
            raise SinkError(f"{self.label}: not delivered")
