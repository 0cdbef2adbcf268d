"""The loopback redirect URI of a program (RFC 8252 section 7.3)."""

import asyncio
import hmac
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from aiohttp import web
from attrs import define, field

from mcpbase.serving import HANDLER_ARGS, Limits, attending

from ..cause_code import CauseCode
from ..errors import NO_STATE, ConsentDenied
from ..http import answering

HOST, PATH = "127.0.0.1", "/callback"
MOST_STRANGE = 5


HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p>{text}</p></main></body>
</html>
"""


def _page(status: int, title: str, text: str) -> web.Response:
    return web.Response(
        status=status, text=PAGE.format(title=title, text=text), content_type="text/html", headers=HEADERS
    )


@define
class LoopbackRedirect:
    """A redirect URI that accepts one authorization response, for one state.

    Nothing received is shown on a page. ``strange`` queues a sentence for each response that was not accepted, up to
    MOST_STRANGE.
    """

    uri: str
    _state: str = ""
    _answer: "asyncio.Future[Mapping[str, str]]" = field(
        factory=lambda: asyncio.get_running_loop().create_future(), repr=False
    )
    strange: "asyncio.Queue[str]" = field(factory=lambda: asyncio.Queue(MOST_STRANGE), repr=False)

    async def wait(self, state: str, patience: float) -> Mapping[str, str]:
        """Wait for the authorization response, and return its query.

        Raises ConsentDenied when none arrives within ``patience`` seconds.
        """
        self._state = state
        came, _ = await asyncio.wait({self._answer}, timeout=patience)
        if not came:
            raise ConsentDenied(
                f"The browser did not return from the consent page within {patience:g} seconds, so the sign-in was "
                "abandoned.",
                CauseCode.NO_CODE,
            )
        return self._answer.result()

    def _problem(self, query: Mapping[str, str]) -> str:
        """Why the response is not the expected one; empty when it is."""
        twice = said_twice(query)
        if twice:
            return f"The response has {twice[:40]} more than once, so it was not accepted."
        if not query.get("state"):
            return NO_STATE
        if not self._state or not hmac.compare_digest(query["state"].encode(), self._state.encode()):
            return "The response has another state than this sign-in, so it was not accepted."
        return ""

    async def handle(self, request: web.Request) -> web.Response:
        """Handle a request to the redirect URI.

        A response without the right state is rejected (RFC 6749 section 10.12), and so is one with a repeated parameter
        (OAuth 2.1 section 3.1).
        """
        query = request.query
        problem = self._problem(query)
        if request.host != urlsplit(self.uri).netloc or problem:
            with suppress(asyncio.QueueFull):
                self.strange.put_nowait(
                    problem or "The response was sent to another host name, so it was not accepted."
                )
            return _page(
                403,
                "This is not the expected response",
                "Nothing was changed. Go back to the program that asked you to sign in.",
            )
        if self._answer.done():
            return _page(410, "This sign-in is finished already", "You can close this window.")
        self._answer.set_result({name: value for name, value in query.items() if value})
        return _page(200, "Go back to your program", "It has received the response. You can close this window.")


def said_twice(query: Mapping[str, str]) -> str:
    """The first parameter that occurs more than once; empty when there is none."""
    names = [name for name, _ in query.items()]
    return next((name for name in names if names.count(name) > 1), "")


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError:
        return socket.create_server((HOST, 0))


@asynccontextmanager
async def listening(former: str = "") -> AsyncIterator[LoopbackRedirect]:
    """Listen on a redirect URI of this machine.

    Uses the port of ``former`` when it is free, since that URI is registered, and any free port otherwise.
    """
    with _listener(urlsplit(former).port or 0) as listener:
        redirect = LoopbackRedirect(f"http://{HOST}:{listener.getsockname()[1]}{PATH}")
        app = web.Application(middlewares=[attending], handler_args=HANDLER_ARGS)
        app.router.add_get(PATH, redirect.handle)
        async with answering(app, listener, Limits(), shutdown_timeout=1):
            yield redirect
