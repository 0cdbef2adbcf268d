"""The state agreed between a client and a server; it may outlive one operation (MCP 2026-07-28, versioning; MCP
2025-11-25, lifecycle).
"""

import asyncio
import itertools
import time
from collections.abc import Iterator
from typing import NamedTuple

from attrs import define, field, frozen

from ...cause_code import CauseCode
from ...errors import ProtocolFailure
from ...json_text import JsonObject
from ...trace import Notes
from ...wire import DiscoverResult, Implementation, InitializeParams, InitializeResult, Unchecked
from ..messaging import (
    Ask,
    Cookies,
    Dispatch,
    ListeningStream,
    SharedStream,
    Step,
    resource_subscription,
    setting_level,
)
from ..protocol import LEGACY, META, MODERN, Cache, Host, Misshapen, Options

LIFECYCLE = "MCP 2025-11-25, lifecycle"
LONGEST_INSTRUCTIONS = 20_000


@frozen
class Server:
    """A server's introduction: its name, the revision in use, its version, capabilities and instructions."""

    name: str = ""
    protocol: str = ""
    version: str = ""
    capabilities: JsonObject = field(factory=dict)
    instructions: str = ""

    def offers(self, capability: str) -> bool:
        """Whether the server declares the capability; extensions are named by their identifiers."""
        extensions = self.capabilities.get("extensions")
        return capability in self.capabilities or (isinstance(extensions, dict) and capability in extensions)

    @classmethod
    def introduced(cls, info: Unchecked, protocol: str, said: InitializeResult | DiscoverResult) -> "Server":
        """Build from ``serverInfo`` and the rest of an introduction, whatever their types."""
        known = info if isinstance(info, dict) else {}
        capabilities, instructions = said.get("capabilities"), said.get("instructions")
        return cls(
            name=str(known.get("title") or known.get("name") or "")[:100],
            protocol=protocol,
            version=str(known.get("version", ""))[:60],
            capabilities=capabilities if isinstance(capabilities, dict) else {},
            instructions=instructions[:LONGEST_INSTRUCTIONS] if isinstance(instructions, str) else "",
        )


class Held(NamedTuple):
    """One session on the server: the number of the handshake that began it, counted from 1, and its id."""

    epoch: int
    id: str


@define(eq=False)
class Session:
    """The state of one server that all its clients share for one person, across concurrent operations.

    ``protocol`` is empty until negotiated; ``id`` is the session opened by a server before 2026-07-28, empty when it
    uses none. ``level`` and ``subscriptions`` are what the server was asked for; they are requested again after another
    handshake. ``meeting`` is held while the revision is negotiated or a new session begun.
    """

    cache: Cache = field(factory=lambda: Cache(time.monotonic))
    protocol: str = ""
    id: str = field(default="", repr=False)
    shaken: bool = False
    server: Server = field(factory=Server)
    level: str = ""
    subscriptions: dict[str, set[object]] = field(factory=dict)
    """The subscribers of each resource, by URI."""
    epoch: int = 0
    under_way: int = 0
    """The number of requests under way."""
    ids: Iterator[int] = field(factory=lambda: itertools.count(1), repr=False)
    """Ids for requests in revisions with sessions: an id or progress token is never used twice (MCP 2025-11-25, basic:
    requests).
    """
    numbers: Iterator[int] = field(factory=lambda: itertools.count(1), repr=False)
    """Ids for requests in revisions without sessions."""
    meeting: asyncio.Lock = field(factory=asyncio.Lock, repr=False)
    dispatch: Dispatch = field(init=False, repr=False)
    line: ListeningStream = field(factory=ListeningStream, repr=False)
    stream: SharedStream = field(factory=SharedStream, repr=False)
    cookies: Cookies = field(factory=Cookies, repr=False)

    def __attrs_post_init__(self) -> None:
        self.dispatch = Dispatch(self.cache)

    @property
    def held(self) -> Held:
        return Held(self.epoch, self.id)

    def greeting(self, protocol: str, host: Host, options: Options) -> Ask:
        """The initialize request, asking for revision ``protocol``."""
        me: Implementation = {"name": options.client_name, "version": options.client_version}

        def read(notes: Notes, result: JsonObject) -> None:
            version = result.get("protocolVersion")
            notes.receives(
                {
                    "protocolVersion": version,
                    "serverInfo": result.get("serverInfo"),
                    "capabilities": result.get("capabilities"),
                }
            )
            if not isinstance(version, str):
                raise Misshapen("The response to the handshake names no revision (protocolVersion).")
            unknown = ProtocolFailure(
                f"The server wants to use MCP {version[:40]}, which this client does not support.", CauseCode.VERSION
            )
            notes.require(version in LEGACY, "Client and server support the same revision", LIFECYCLE, unknown)
            notes.meaning = f"The server responds in revision {version} and describes itself."

        step = Step("Initialize (the older handshake)", LIFECYCLE)
        params: InitializeParams = {"protocolVersion": protocol, "capabilities": host.capabilities, "clientInfo": me}
        return Ask("initialize", params, step, read)

    def met(self, result: InitializeResult) -> None:
        """Record the result of initialize."""
        self.protocol, self.shaken, self.epoch = result["protocolVersion"], True, self.epoch + 1
        self.server = Server.introduced(result.get("serverInfo"), self.protocol, result)

    def discovered(self, result: DiscoverResult) -> None:
        """Record the result of server/discover."""
        meta = result.get("_meta")
        info = meta.get(META + "serverInfo") if isinstance(meta, dict) else None
        self.protocol = MODERN
        self.server = Server.introduced(info, MODERN, result)

    def forget(self) -> None:
        """Forget the session, so that the server is negotiated with again. The log level and subscriptions are kept."""
        self.id, self.shaken, self.line.offered = "", False, True
        self.cookies.forget()

    def asked_for(self) -> list[Ask]:
        """The requests that restore the log level and subscriptions in a new session."""
        level = [setting_level(self.level)] if self.level else []
        return [*level, *(resource_subscription("resources/subscribe", uri) for uri in self.subscriptions)]

    def subscribes(self, uri: str, who: object) -> None:
        self.subscriptions.setdefault(uri, set()).add(who)

    def unsubscribes(self, uri: str, who: object) -> bool:
        """Remove a subscriber; returns whether the resource has none left."""
        wanting = self.subscriptions.get(uri, set())
        wanting.discard(who)
        if not wanting:
            self.subscriptions.pop(uri, None)
        return not wanting
