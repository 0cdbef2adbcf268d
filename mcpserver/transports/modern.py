"""Streamable HTTP of 2026-07-28: one request in each POST, answered as JSON or as a stream of its own."""

from aiohttp import web

from ..mcp.dispatch import Dispatcher, ModernRequest
from ..mcp.features import Prompt, Tool
from ..mcp.protocol import (
    MODERN_VERSION,
    SUPPORTED,
    Budget,
    InvalidMessage,
    JsonRpcMessage,
    Lease,
    Notification,
    Request,
    Response,
    RpcError,
    ScopeRequired,
    SignInRequired,
    UnsupportedVersion,
    error_message,
    internal_error,
    result_message,
)
from .http import EndpointRequest, EndpointResponse, Heartbeat, Timing, require_headers, require_version, retry_headers

Named = Tool | Prompt | None
"""The tool or prompt that a request names."""


class ModernHTTP:
    """The endpoint for clients that name their version in every request."""

    def __init__(self, peer: Dispatcher, budget: Budget, timing: Timing) -> None:
        self._peer = peer
        self._budget = budget
        self._timing = timing
        self._pulse = Heartbeat(timing.look)

    async def post(self, visit: EndpointRequest, message: Request, named: Named) -> web.StreamResponse:
        """Answer a request. Raises RpcError before anything was sent, ScopeRequired or SignInRequired."""
        request = self._read(visit, message, named)
        listens = message.method == "subscriptions/listen"
        if listens and not visit.accept.stream:
            raise InvalidMessage("Accept text/event-stream: a subscription is a stream.", status=406)
        with self._lease(visit, listens=listens):
            return await self._answer(
                request,
                EndpointResponse(visit, budget=self._budget, timing=self._timing, pulse=self._pulse, listens=listens),
            )

    def _read(self, visit: EndpointRequest, message: Request, named: Named) -> ModernRequest:
        """Check the headers against the body, including the parameter headers of a tool that the caller can see.

        Raises RpcError.
        """
        headers, caller = visit.request.headers, visit.caller
        if (revision := message.meta.revision) is not None:
            require_version(headers, revision)
            if revision != MODERN_VERSION:
                raise UnsupportedVersion(revision, SUPPORTED)
        request = self._peer.read(message, caller, named)
        anonymous = self._peer.protected and caller is None
        tool = None if request.tool is None or request.tool.access.is_hidden(anonymous=anonymous) else request.tool
        require_headers(message, headers, tool=tool)
        return request

    def _lease(self, visit: EndpointRequest, *, listens: bool) -> Lease:
        """Charge the request to its holder. Raises TooMuch."""
        if listens:
            return self._budget.begin_listener(visit.holder, visit.size)
        self._budget.require_calls(visit.holder, visit.size)
        return self._budget.begin_call(visit.holder, visit.size)

    async def _answer(self, request: ModernRequest, answer: EndpointResponse) -> web.StreamResponse:
        message = request.message
        try:
            with answer:
                result = await self._peer.handle(request, answer.notify)
        except RpcError as error:
            return await answer.finish(
                error_message(message.id, error.as_dict()), status=error.status, headers=retry_headers(error)
            )
        except (ScopeRequired, SignInRequired):
            raise
        except Exception:
            return await answer.finish(error_message(message.id, internal_error(message)), status=500)
        return await answer.finish(result_message(message.id, result))


def take_other(visit: EndpointRequest, message: JsonRpcMessage | list[object]) -> web.Response:
    """Answer a body that is not a request: notifications are accepted with 202.

    Raises InvalidMessage for a response or a batch.
    """
    if isinstance(message, Notification):
        return web.Response(status=202, headers=visit.headers)
    what = (
        "a response: nothing was asked"
        if isinstance(message, Response)
        else "a batch: send one message in each request"
    )
    raise InvalidMessage(f"The body is {what}.")
