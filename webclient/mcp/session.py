"""What a client and a server agreed on; it may outlive one operation (MCP 2026-07-28, versioning; MCP 2025-11-25, lifecycle)."""

import time
from typing import Any

from attrs import define, field, frozen

from ..errors import ProtocolFailure
from ..trace import Notes
from .answers import Misshapen
from .asking import Ask
from .cache import Cache
from .endpoint import Step
from .host import Host
from .options import Options
from .revisions import LEGACY, META, MODERN

LIFECYCLE = "MCP 2025-11-25, lifecycle"
LONGEST_INSTRUCTIONS = 20_000


@frozen
class Server:
    """Who answered: the name it gives itself, the revision both speak, what it offers, and its advice on how to use it."""

    name: str = ""
    protocol: str = ""
    version: str = ""
    capabilities: dict[str, Any] = field(factory=dict)
    instructions: str = ""

    def offers(self, capability: str) -> bool:
        """Whether the server declared it; extensions are asked for by their identifiers."""
        extensions = self.capabilities.get("extensions")
        return capability in self.capabilities or (isinstance(extensions, dict) and capability in extensions)

    @classmethod
    def introduced(cls, info: Any, protocol: str, said: dict[str, Any]) -> "Server":
        """From ``serverInfo`` and the rest of an introduction, whatever they hold."""
        known = info if isinstance(info, dict) else {}
        capabilities, instructions = said.get("capabilities"), said.get("instructions")
        return cls(
            name=str(known.get("title") or known.get("name") or "")[:100],
            protocol=protocol,
            version=str(known.get("version", ""))[:60],
            capabilities=capabilities if isinstance(capabilities, dict) else {},
            instructions=instructions[:LONGEST_INSTRUCTIONS] if isinstance(instructions, str) else "",
        )


@define(eq=False)
class Session:
    """``protocol`` is empty until the server was met; ``id`` is the session a server of before 2026-07-28 opened, empty when it wants none."""

    cache: Cache = field(factory=lambda: Cache(time.monotonic))
    protocol: str = ""
    id: str = field(default="", repr=False)
    shaken: bool = False
    keeps_line: bool = True
    """Whether the server may have a line on which it speaks first; false once it said that it has none."""
    server: Server = field(factory=Server)

    def greeting(self, protocol: str, host: Host, options: Options) -> Ask:
        """The initialize request, which asks for ``protocol``."""
        me = {"name": options.client_name, "version": options.client_version}

        def read(notes: Notes, result: dict[str, Any]) -> None:
            version = result.get("protocolVersion")
            notes.receives({"protocolVersion": version, "serverInfo": result.get("serverInfo"), "capabilities": result.get("capabilities")})
            if not isinstance(version, str):
                raise Misshapen("The server answers the handshake without saying which revision it speaks (protocolVersion).")
            unknown = ProtocolFailure(f"The server wants to speak MCP {version[:40]}, which this client does not.", "version")
            notes.require(version in LEGACY, "Both speak the same revision", LIFECYCLE, unknown)
            notes.meaning = f"The server answers in revision {version} and introduces itself."

        step = Step("Hello, in the older way", LIFECYCLE)
        return Ask("initialize", {"protocolVersion": protocol, "capabilities": host.capabilities, "clientInfo": me}, step, read)

    def met(self, result: dict[str, Any]) -> None:
        """After initialize."""
        self.protocol, self.shaken = str(result["protocolVersion"]), True
        self.server = Server.introduced(result.get("serverInfo"), self.protocol, result)

    def discovered(self, result: dict[str, Any]) -> None:
        """After server/discover."""
        meta = result.get("_meta")
        info = meta.get(META + "serverInfo") if isinstance(meta, dict) else None
        self.protocol = MODERN
        self.server = Server.introduced(info, MODERN, result)

    def forget(self) -> None:
        self.id, self.shaken, self.keeps_line = "", False, True
