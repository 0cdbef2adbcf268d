"""Command line options for settings, one for each entry of the settings' table."""

import os
from collections.abc import Callable, Mapping
from functools import wraps
from itertools import islice
from typing import Any

import click
from attrs import fields_dict

from mcpbase.settings import flag

from ...configuration import load
from ...settings import Settings, catalog

Command = Callable[..., None]

ALL = tuple(name for name, about in catalog().items() if not about.private)
STORAGE = ("database",)
SECRETS = ("database", "secret_file")


class TakesId(click.Command):
    """A command that takes a random identifier, which may begin with a hyphen like an option.

    Only the command's own options are options, in their exact spelling. Click itself would also look for the letter of
    ``-h`` in the middle of an identifier.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        known = {
            name: option
            for option in self.get_params(ctx)
            if isinstance(option, click.Option)
            for name in (*option.opts, *option.secondary_opts)
        }
        options: list[str] = []
        values: list[str] = []
        rest = iter(args)
        for argument in rest:
            if argument == "--":
                values += rest
            elif argument in known:
                options.append(argument)
                if not known[argument].is_flag:
                    options += islice(rest, 1)
            elif argument.partition("=")[0] in known:
                options.append(argument)
            else:
                values.append(argument)
        return super().parse_args(ctx, [*options, "--", *values])


def with_settings(*names: str, texts: Mapping[str, str] | None = None) -> Callable[[Command], Command]:
    """Give a command the settings as its first argument, with flags for those of ``names``.

    ``texts`` are the help texts, by name, of settings that mean something special to this command.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def run(*, config: str | None, **values: Any) -> None:
            flags = {name: values.pop(name) for name in names}
            command(load(flags, os.environ, config), **values)

        decorated: Command = run
        for option in reversed([*(setting_option(name, (texts or {}).get(name)) for name in names), _config_option()]):
            decorated = option(decorated)
        return decorated

    return decorate


def setting_option(name: str, text: str | None = None) -> Callable[[Command], Command]:
    """The option for one setting, with its own help text unless there is a ``text``.

    Its value is parsed together with those from other sources, so that the error messages are the same.
    """
    about = catalog()[name]
    return click.option(flag(name), name, metavar=about.kind.metavar, help=f"{text or about.text}.{_default(name)}")


def _config_option() -> Callable[[Command], Command]:
    return click.option("--config", metavar="FILE", help="TOML file with settings (or MCPSERVER_CONFIG).")


def _default(name: str) -> str:
    value = fields_dict(Settings)[name].default
    if isinstance(value, bool):
        value = "on" if value else "off"
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"  [default: {value}]" if isinstance(value, str | int) and value != "" else ""


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
