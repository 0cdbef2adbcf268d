"""An MCP server that a person added, with the last state of the connection."""

from typing import Self

from attrs import field, frozen

from ..errors import Challenge
from ..json_text import JsonObject
from ..oauth.protocol import UNDECIDED, Preferences
from ..wire import Tool

NEW, WAITING, CONNECTED, EXPIRED, FAILING = "new", "waiting", "connected", "expired", "failing"
"""States of an integration: nothing was tried yet, a sign-in is needed, it works, the tokens have expired, it fails."""


@frozen
class Integration:
    """One MCP server that a person added.

    ``created_at`` in epoch seconds; ``owner`` is the digest of the person's id or of the session's cookie.

    ``challenge`` is the last one of a server that lists its tools to anybody but requires a sign-in to call them;
    ``lacking`` are scopes that it requires to let the client in at all. ``public_host`` says that the host name has
    resolved to a public address; ``instead`` is the address under which the server knows itself, where that is another
    name of this machine.
    """

    id: str
    owner: bytes = field(repr=False)
    name: str
    url: str
    created_at: int
    state: str = NEW
    problem: str = ""
    server: str = ""
    protocol: str = ""
    tools: tuple[Tool, ...] = ()
    set_aside: tuple[str, ...] = ()
    issuer: str = ""
    preferences: Preferences = UNDECIDED
    challenge: Challenge | None = None
    lacking: tuple[str, ...] = ()
    public_host: bool = False
    instead: str = ""

    @classmethod
    def restored(cls, values: JsonObject) -> Self:
        """The integration from the values of attrs.asdict(), after a round trip through JSON."""
        lists = {name: tuple(values.get(name, ())) for name in ("tools", "set_aside", "lacking")}
        challenge = Challenge(**values["challenge"]) if values.get("challenge") else None
        preferences = Preferences.restored(values.get("preferences", {}))
        return cls(**{**values, **lists, "challenge": challenge, "preferences": preferences})
