"""Clients and scripted servers."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
from attrs import define, evolve, field

from webclient.fetcher import Fetcher, Limits
from webclient.mcp.client import MCPClient, Options, Session
from webclient.mcp.protocol.authorizer import Authorizer
from webclient.mcp.protocol.host import Declined, Host, Progress
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace
from webclient.wire import (
    ClientCapabilities,
    CreateMessageParams,
    CreateMessageResult,
    ElicitParams,
    ElicitResult,
    ListRootsResult,
)

from .scripted import Script, Scripted

QUICK = Options(
    request_timeout=2, call_timeout=2, total_timeout=10, task_timeout=10, shortest_retry=0.01, longest_retry=2
)

ANSWERING: ClientCapabilities = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}


@define
class Person:
    """A host that remembers what it heard and answers with what the test gave it; a missing answer is a refusal."""

    answers: dict[str, Any] = field(factory=dict)
    capabilities: ClientCapabilities = field(factory=ANSWERING.copy)
    asked: list[tuple[str, dict[str, Any]]] = field(factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(factory=list)
    seen: list[Progress] = field(factory=list)

    async def _answer(self, kind: str, params: Any) -> Any:
        self.asked.append((kind, params))
        given = self.answers.get(kind)
        if given is None:
            raise Declined
        return await given(params) if callable(given) else given

    async def elicit(self, params: ElicitParams) -> ElicitResult:
        return cast(ElicitResult, await self._answer("elicit", params))

    async def sample(self, params: CreateMessageParams) -> CreateMessageResult:
        return cast(CreateMessageResult, await self._answer("sample", params))

    async def roots(self) -> ListRootsResult:
        return cast(ListRootsResult, await self._answer("roots", {}))

    async def progress(self, progress: Progress) -> None:
        self.seen.append(progress)

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        self.heard.append((method, params))


@define
class Rig:
    """Makes clients; ``hops`` has what their traces say."""

    fetcher: Fetcher
    hops: MemoryHops

    def client(
        self,
        url: str,
        *,
        host: Host | None = None,
        session: Session | None = None,
        authorizer: Authorizer | None = None,
        **options: Any,
    ) -> MCPClient:
        given: dict[str, Any] = {
            name: value
            for name, value in (("host", host), ("session", session), ("authorizer", authorizer))
            if value is not None
        }
        trace = Trace(self.hops, "test", Sources())
        return MCPClient(
            self.fetcher, trace, url, options=evolve(QUICK, **options), keeps_session=session is not None, **given
        )

    def failed(self) -> list[str]:
        return [hop.meaning for hop in self.hops.hops if hop.outcome == "failed"]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    fetcher = Fetcher(Limits(request_timeout=2, max_response_size=256 * 1024))
    yield Rig(fetcher, MemoryHops(os.urandom(32)))
    await fetcher.close()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Script], Awaitable[Scripted]]]:
    """Starts scripted servers."""
    servers: list[Scripted] = []

    async def start(script: Script) -> Scripted:
        servers.append(await Scripted(script).start())
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()
