"""`driftline export`: files for other tools, one file in `cli/exports/` each."""

from typing import Any

import click

from driftline import registry
from driftline.errors import ConfigError


class Exports(click.Group):
    """The exports, found by name; one is imported when it is called, or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all exports."""
        return list(registry.names("exports"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The export of that name.

        Raises:
            ConfigError: when a third party's cannot be loaded or is no command.
        """
        if cmd_name not in registry.names("exports"):
            return None
        found: Any = registry.find("exports", cmd_name)
        if not isinstance(found, click.Command):
            raise ConfigError(f"the export {cmd_name!r} is a {type(found).__name__}; expected a click.Command")
        return found


@click.group(cls=Exports)
def export() -> None:
    """Write files for other tools: Prometheus, Grafana, BI tools."""
