"""What the commands take is documented."""

from pathlib import Path

import click
import pytest

from webclient.cli import main

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "web-client.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["serve", "trace", "tools", "call", "user add", "user list", "user set-password", "user remove"]
)
def test_command_and_its_options_are_documented_and_helpful(name: str) -> None:
    command: click.Command = main
    for word in name.split():
        assert isinstance(command, click.Group)
        command = command.commands[word]
    assert f"`webclient {name.split(maxsplit=1)[0]}" in TEXT
    assert name.rsplit(maxsplit=1)[-1] in TEXT
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
            assert option.opts[0] in TEXT, option.opts


def test_every_command_is_named() -> None:
    assert set(main.commands) == {"serve", "trace", "tools", "call", "user"}
