"""The command line of the web client, with one module for each command.

``serve`` serves the pages; ``tools``, ``call`` and ``trace`` use one server, to which ``server`` connects; ``user``
manages people in the database; ``terminal`` prints text, ``drawing`` formats the trace.

It may import ``app``, ``fetcher``, ``forms``, ``http``, ``logging_setup``, ``mcp``, ``mcp.protocol``,
``oauth.protocol``, ``pages.http``, ``people``, ``program``, ``storage``, ``trace``, ``trace.diagnosis``,
``trace.display``, ``trace.recording`` and the value modules at the top of ``webclient``. ``tests/test_arrows.py`` holds
it to that.
"""

import os

import click

from ..settings import load
from ..version import __version__
from .call import call
from .serve import run, serve, serving_options
from .tools import tools
from .trace import trace
from .user import user


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@serving_options
@click.version_option(__version__, prog_name="webclient", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, /, **flags: str | None) -> None:
    """An MCP client with pages: add servers, sign in, call their tools, and see every step.

    Without a command it serves the pages.
    """
    if context.invoked_subcommand is None:
        run(flags, os.environ, load)
    elif any(flags.values()):
        raise click.UsageError(
            "These options belong to the command that serves the pages: write them after `webclient serve`."
        )


for command in (serve, tools, call, trace, user):
    main.add_command(command)

__all__ = ["main"]
