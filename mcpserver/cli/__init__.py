"""The command line: a group whose commands are imported when they are used.

``commands`` has one module per command, ``console`` what they share: options, output, and the author's server that
``--app`` names (``console.app_loader``), ``process`` what a running server needs. ``main`` turns expected errors into
one sentence and an exit status.

It may import ``cli.console``, ``store.database`` and the value modules at the top of ``mcpserver``.
``tests/test_arrows.py`` holds it to that.
"""

from importlib import import_module
from typing import Any

import click

from mcpbase.settings import SettingError

from ..store.database import StoreBusy, StoreError, StoreReplaced
from ..version import __version__
from .console import Misuse, Refusal

DEFAULT = "serve"
_NAMES = ("serve", "stdio", "inspect", "dev", "demo", "user", "client", "initial-access-token", "key", "db")
_MODULES = {
    "initial-access-token": "initial_access_token",
    "invitation": "initial_access_token",
    "database": "db",
}
"""Modules of the commands that are not named like theirs; aliases among them are in no list."""


class Commands(click.Group):
    """The commands; ``serve`` when none is named. Expected errors become one sentence and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _NAMES and cmd_name not in _MODULES:
            return None
        command = import_module(f".commands.{_MODULES.get(cmd_name, cmd_name)}", __name__).command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if not args or (args[0].startswith("-") and args[0].partition("=")[0] not in own):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingError as error:
            raise Misuse(str(error)) from None
        except StoreError as error:
            raise Refusal(str(error)) from None
        except StoreReplaced as error:
            raise Refusal(f"Nothing was changed: {error}.") from None
        except StoreBusy as error:
            raise Refusal(f"The database cannot be used at the moment ({error}). {error.outcome}") from None


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", prog_name="mcpserver", message="%(prog)s %(version)s")
def main() -> None:
    """An MCP server with sign-in.

    Without a command, mcpserver runs serve.
    """
