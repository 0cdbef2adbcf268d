"""Options and error handling that the commands for a server share: how to sign in, and where tokens are stored."""

import asyncio
import os
import platform
import webbrowser
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import click
from attrs import field, frozen

from ..cause_code import CauseCode
from ..errors import FlowError, NeedsSignIn
from ..fetcher import Limits
from ..mcp import UnusableHeader, read_header
from ..oauth.protocol import Credentials, Preferences
from ..program import Browser, Client, FileTokenStore, TokenFileError, connect
from .terminal import line, say

FAILED = 1
MIB = 1024 * 1024
T = TypeVar("T")


@frozen
class Target:
    """A server and how to sign in to it. ``timeout`` is in seconds for an answer."""

    url: str
    tokens: Path
    credentials: Credentials | None = field(repr=False)
    preferences: Preferences
    browser: bool
    sign_in: bool
    timeout: float
    most: int
    """The maximum size of an answer in bytes."""
    headers: Mapping[str, str] = field(factory=dict, repr=False)

    def connect(self, **options: Any) -> AbstractAsyncContextManager[Client]:
        """Call connect() with these values. ``options`` are further arguments, which take precedence."""
        chosen = {
            "token_store": FileTokenStore(self.tokens),
            "credentials": self.credentials,
            "preferences": self.preferences,
            "headers": self.headers,
        }
        opener = (_open if self.browser else _print) if self.sign_in else None
        return connect(
            self.url,
            open_browser=opener,
            client_name="webclient",
            limits=Limits(self.timeout, self.most),
            **{**chosen, **options},
        )


def _print(url: str) -> None:
    say(f"Sign in here: {line(url)}", err=True)
    back = dict(parse_qsl(urlsplit(url).query)).get("redirect_uri")
    if back:
        say(
            f"Waiting for the browser to return to {line(back)}. If the authorization server shows an error about the "
            "redirect URI, this address is not registered there.",
            err=True,
        )


async def _open(url: str) -> None:
    _print(url)
    await asyncio.to_thread(webbrowser.open, url)


def default_tokens() -> Path:
    """The path of the token file in the user's data directory.

    On Linux that is by the XDG Base Directory Specification, elsewhere by the conventions of the system.
    """
    if platform.system() == "Linux":
        return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "webclient" / "tokens.json"
    return Path(click.get_app_dir("webclient")) / "tokens.json"


OPTIONS = (
    click.argument("url"),
    click.option("--client-id", metavar="ID", help="Client id, from the owner of the server."),
    click.option(
        "--client-secret",
        metavar="SECRET",
        envvar="WEBCLIENT_CLIENT_SECRET",
        help="Client secret. Better set in the environment: WEBCLIENT_CLIENT_SECRET.",
    ),
    click.option(
        "--scope",
        "scopes",
        multiple=True,
        metavar="SCOPE",
        help="Scope to request in addition to those that the server names. Can be repeated.",
    ),
    click.option(
        "--token",
        metavar="TOKEN",
        envvar="WEBCLIENT_TOKEN",
        help="Bearer token to use instead of a sign-in. Better set in the environment: WEBCLIENT_TOKEN.",
    ),
    click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME:VALUE",
        help="Header with a key to use instead of a sign-in. Can be repeated. Better set in the environment: "
        "WEBCLIENT_HEADER.",
    ),
    click.option(
        "--protocol", default="", metavar="REVISION", help="Use this revision of MCP instead of negotiating one."
    ),
    click.option("--dpop", is_flag=True, help="Request tokens that are bound to a key (DPoP)."),
    click.option(
        "--no-browser", is_flag=True, help="Print the address of the sign-in page instead of opening a browser."
    ),
    click.option("--no-sign-in", is_flag=True, help="Fail when a sign-in is needed, instead of asking for it."),
    click.option(
        "--tokens",
        type=click.Path(dir_okay=False, path_type=Path),
        default=default_tokens,
        help="File in which tokens are stored; only its owner may read it.",
    ),
    click.option(
        "--max-size",
        type=click.IntRange(1, 1024),
        default=16,
        show_default=True,
        metavar="MIB",
        help="Largest response to accept, in MiB.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(1, 600),
        default=10,
        show_default=True,
        help="Seconds to wait for a response.",
    ),
)


def _headers(token: str | None, lines: Sequence[str]) -> dict[str, str]:
    """The headers from --token and --header. Raises click.UsageError for one that cannot be used."""
    pairs = [*([("", token)] if token else []), *(_pair(each) for each in lines)]
    try:
        return {name: value for pair in pairs for name, value in read_header(*pair).items()}
    except UnusableHeader as error:
        raise click.UsageError(str(error)) from None


def _in_environment() -> tuple[str, ...]:
    """The header in WEBCLIENT_HEADER, if any: one only, as a header may contain spaces."""
    line = os.environ.get("WEBCLIENT_HEADER", "")
    return (line,) if line else ()


def _pair(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise click.UsageError("A header is written NAME:VALUE.")
    return name, value


def server_options(command: Callable[..., T]) -> Callable[..., T]:
    """Decorator that adds the options of a server and passes them to the command as ``target``."""

    def gathered(**given: Any) -> T:
        credentials = (
            Credentials(given.pop("client_id"), given.pop("client_secret")) if given.get("client_id") else None
        )
        given.pop("client_id", None), given.pop("client_secret", None)
        preferences = Preferences(protocol=given.pop("protocol"), scopes=given.pop("scopes"), dpop=given.pop("dpop"))
        browser, sign_in = not given.pop("no_browser"), not given.pop("no_sign_in")
        headers = _headers(given.pop("token"), given.pop("headers") or _in_environment())
        target = Target(
            given.pop("url"),
            given.pop("tokens"),
            credentials,
            preferences,
            browser,
            sign_in,
            given.pop("timeout"),
            given.pop("max_size") * MIB,
            headers,
        )
        return command(target=target, **given)

    wrapper: Callable[..., T] = update_wrapper(gathered, command)
    for option in reversed(OPTIONS):
        wrapper = option(wrapper)
    return wrapper


def carried_out(work: Awaitable[T]) -> T:
    """Run an awaitable and return its result.

    A failure ends the program with one sentence and status 1, a wrong address with status 2, Ctrl-C with status 130.
    """

    async def run() -> T:
        return await work

    try:
        return asyncio.run(run())
    except ValueError as error:
        raise click.UsageError(line(str(error))) from None
    except NeedsSignIn as error:
        raise click.ClickException(line(f"{error} To see every step, run: webclient trace URL")) from None
    except (FlowError, TokenFileError) as error:
        more = (
            " --max-size raises the limit."
            if isinstance(error, FlowError) and error.cause is CauseCode.TOO_LARGE
            else ""
        )
        raise click.ClickException(line(f"{error}{more}")) from None
    except KeyboardInterrupt:
        raise click.exceptions.Exit(130) from None


async def forget(target: Target) -> None:
    """Delete the stored tokens and registrations of this server; nothing is sent."""
    await FileTokenStore(target.tokens).change(target.url, lambda saved: type(saved)())


__all__ = ["Browser", "Target", "carried_out", "forget", "server_options"]
