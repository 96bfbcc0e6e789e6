"""`driftline completion`: what a shell needs to complete commands and options."""

import click
from click.shell_completion import get_completion_class

from driftline.errors import ConfigError

SHELLS = ("bash", "zsh", "fish")
_NAME = "driftline"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Print what completes commands and options in a shell with Tab.

    Put it where the shell reads it when it starts:

    \b
      bash   eval "$(driftline completion bash)"    in ~/.bashrc
      zsh    eval "$(driftline completion zsh)"     in ~/.zshrc, after compinit
      fish   driftline completion fish > ~/.config/fish/completions/driftline.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise ConfigError(f"{shell}: this version of click completes nothing for it")
    complete = kind(context.find_root().command, {}, _NAME, f"_{_NAME.upper()}_COMPLETE")
    click.echo(complete.source_template % complete.source_vars())
