"""Errors that end a command with one sentence and an exit status."""

import click


class Refusal(click.ClickException):
    """The command could not be carried out: exit status 1."""


class Misuse(click.ClickException):
    """The command or its settings are wrong: exit status 2."""

    exit_code = 2
