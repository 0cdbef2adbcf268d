"""Reading of the body of a POST to the MCP endpoint, and the reasons to refuse it."""

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import web

from mcpbase.bounded import TooLarge, read_bounded
from mcpbase.serving import BodyTooSlow, CompressedBody, arriving, is_too_large, require_plain

from ...mcp.protocol import error_message
from .request import EndpointRequest

MAX_BODY_SIZE = 4 * 1024 * 1024


class BodyRefused(Exception):
    """A body is refused, with an HTTP status and a sentence.

    ``closes``: the connection is closed, because the start of its next request is unknown. ``headers`` are added to
    the answer.
    """

    def __init__(
        self, status: int, sentence: str, *, closes: bool = False, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.closes = closes
        self.headers = headers

    def answer(self, headers: dict[str, str]) -> web.Response:
        refusal = error_message(None, {"code": -32600, "message": self.sentence})
        answer = web.json_response(refusal, status=self.status, headers={**headers, **self.headers})
        if self.closes:
            answer.force_close()
        return answer


def require_readable(request: web.Request, limit: int) -> None:
    """Raises BodyRefused for a compressed or too large body, by its headers, before anything is read."""
    try:
        require_plain(request)
    except CompressedBody as refusal:
        raise BodyRefused(refusal.status, refusal.sentence, headers=refusal.headers) from None
    if is_too_large(request, limit):
        raise _too_large(limit)


async def read_body(request: web.Request, limit: int, *, patience: float) -> bytes:
    """Read a body of at most ``limit`` bytes; ``patience`` as in ``arriving``. Raises BodyRefused."""
    try:
        with arriving(request.content, patience):
            return await read_bounded(request.content, limit)
    except TooLarge:
        raise _too_large(limit) from None
    except BodyTooSlow as refusal:
        raise BodyRefused(refusal.status, refusal.sentence, closes=True) from None
    except web.RequestPayloadError:
        raise BodyRefused(
            400, "The body is not what its headers say: its length or the form of its chunks is wrong.", closes=True
        ) from None


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, f"The message is larger than {limit} bytes.")


def require_media(visit: EndpointRequest) -> None:
    """Raises BodyRefused for a body that is not JSON, or a client that accepts neither JSON nor event streams."""
    if visit.request.content_type != "application/json":
        raise BodyRefused(415, "Send the message as application/json.")
    if not visit.accept.json and not visit.accept.stream:
        raise BodyRefused(406, "Accept application/json and text/event-stream.")
