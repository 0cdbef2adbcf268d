"""What a command says when it cannot do what was asked: one sentence, and how the program ends."""

import click


class Refusal(click.ClickException):
    """Something could not be done: exit status 1."""


class Misuse(click.ClickException):
    """Something was asked wrongly: exit status 2."""

    exit_code = 2
