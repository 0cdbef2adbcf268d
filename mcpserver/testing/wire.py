"""HTTP requests of a test client: sends messages, and reads those of the answer from JSON or an event stream."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgspec
from attrs import frozen

Message = dict[str, Any]


class Refused(Exception):
    """An HTTP answer that is no MCP message: ``status``, ``body`` and ``challenge``, the WWW-Authenticate header."""

    def __init__(self, status: int, body: str, challenge: str | None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.challenge = challenge


class Failure(Exception):
    """A JSON-RPC error: ``code``, ``message`` and ``data`` as received, and ``status`` of the HTTP answer."""

    def __init__(self, error: Mapping[str, Any], status: int) -> None:
        super().__init__(f"{error.get('code')} {error.get('message')}")
        self.code = error.get("code")
        self.message = error.get("message")
        self.data = error.get("data")
        self.status = status


@frozen
class Wire:
    """The address of the server; ``headers`` are sent with every request, and include the token."""

    session: aiohttp.ClientSession
    url: str
    headers: dict[str, str]

    async def post(
        self, message: Message | list[Message], headers: Mapping[str, str]
    ) -> AsyncIterator[tuple[Message, aiohttp.ClientResponse]]:
        """Send a message, and yield every message of the answer with its HTTP answer. Raises Refused."""
        sent = {
            **self.headers,
            **headers,
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        async with self.session.post(self.url, data=msgspec.json.encode(message), headers=sent) as answer:
            if answer.content_type == "text/event-stream":
                async for each in events(answer):
                    yield each, answer
            elif answer.status != 202:
                for each in await _messages(answer):
                    yield each, answer


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[Message]:
    """Yield the messages of an event stream; comments, ids and empty events are skipped."""
    data: list[bytes] = []
    async for line in answer.content:
        if line.strip():
            name, _, value = line.rstrip(b"\r\n").partition(b":")
            data += [value.removeprefix(b" ")] if name == b"data" else []
            continue
        text = b"\n".join(data)
        data.clear()
        if text:
            yield msgspec.json.decode(text)


async def _messages(answer: aiohttp.ClientResponse) -> list[Message]:
    body = await answer.text()
    try:
        decoded = msgspec.json.decode(body)
    except msgspec.DecodeError:
        decoded = None
    messages = decoded if isinstance(decoded, list) else [decoded]
    if not all(isinstance(each, dict) and "jsonrpc" in each for each in messages):
        raise Refused(answer.status, body, answer.headers.get("WWW-Authenticate"))
    return messages
