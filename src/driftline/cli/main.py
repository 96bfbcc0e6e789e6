"""The command `driftline`: finds the commands in `cli/commands/` by name, and prints errors as one line."""

import ast
from importlib.util import find_spec
from typing import Any

import click

from driftline import registry
from driftline.errors import ConfigError, DriftlineError

EXIT_NOT_RUN = 2
"""Exit code of a command that could not run."""
_SUMMARY_WIDTH = 200


class Commands(click.Group):
    """The group of all commands: a file in `cli/commands/` each, or an entry point `driftline.commands`.

    A command is imported when it is called, so `driftline --help` is quick. Errors that Driftline raises on purpose,
    and those of the system, are printed as one line, and the exit code is 2; only a bug shows a traceback.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands, without importing them."""
        return list(registry.names("commands"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported.

        Raises:
            ConfigError: when a third party's command cannot be loaded or is no command.
        """
        return load_command(cmd_name) if cmd_name in registry.names("commands") else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands for `--help`; the built-in ones are not imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summarize(name)) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that is called."""
        try:
            return super().invoke(ctx)
        except DriftlineError as error:
            click.echo(f"driftline: {error}", err=True)
        except OSError as error:
            click.echo(f"driftline: {error.filename or 'the system'}: {error.strerror or error}", err=True)
        except KeyboardInterrupt:
            click.echo("driftline: stopped; no report was written", err=True)
        return ctx.exit(EXIT_NOT_RUN)


def load_command(name: str) -> click.Command:
    """The command of that name.

    Raises:
        ConfigError: when there is none, or a third party's cannot be loaded or is no click command.

    >>> load_command("schema").name
    'schema'
    """
    command = registry.find("commands", name)
    if not isinstance(command, click.Command):
        raise ConfigError(f"the command {name!r} is a {type(command).__name__}; expected a click.Command")
    return command


def summarize(name: str) -> str:
    """One line on what a command does: the first sentence of its docstring.

    The docstring of a built-in command is read from its file without importing it.

    >>> summarize("schema")
    'Print the JSON Schema of driftline.yaml.'
    """
    spec = find_spec(f"driftline.cli.commands.{name}")
    if spec is None or spec.origin is None:
        try:
            return load_command(name).get_short_help_str(_SUMMARY_WIDTH)
        except DriftlineError as error:
            return f"({error})"
    with open(spec.origin, encoding="utf-8") as file:  # noqa: PTH123 - pathlib would be one more import
        tree = ast.parse(file.read())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    docstring = ast.get_docstring(next(functions)) or ""
    return click.Command(name, help=docstring).get_short_help_str(_SUMMARY_WIDTH)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="driftline")
def main() -> None:
    """Watches machine-learning models in production.

    Exit codes: 0 ok, 1 alert, 2 could not run, 3 not enough data.
    """


if __name__ == "__main__":
    main()
