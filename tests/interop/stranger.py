"""What every client that nobody here wrote can do, in words of one kind, so that one contract holds for all of them."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

from attrs import define, field, frozen
from yarl import URL

from tests.interop.browser import Person

Era = Literal["auto", "legacy"]
"""``auto`` takes the newest revision both speak, ``legacy`` the initialize handshake."""


@frozen
class Answer:
    """A tool's result as the client gave it to its application: ``text`` is all text content, ``progress`` what it
    heard of it before.
    """

    is_error: bool
    text: str
    structured: dict[str, object] | None = None
    progress: tuple[float, ...] = ()


class Connection(Protocol):
    """A client that has connected, and signed its person in when asked to."""

    @property
    def revision(self) -> str: ...

    async def list_tools(self) -> dict[str, dict[str, object]]:
        """The definitions as they are on the wire, by name."""
        ...

    async def call(self, tool: str, **arguments: object) -> Answer: ...

    async def read(self, uri: str) -> str:
        """The text of a resource."""
        ...

    async def prompt(self, name: str, **arguments: str) -> str:
        """The text of a prompt's one message."""
        ...


@define
class Window:
    """Where a client shows its person a page or a form.

    ``withheld`` holds, for each time they are asked for consent, the scopes they untick; ``asked`` has each address.
    ``reply`` is what they fill in to a server's form, None for no; ``forms`` has what each said.
    """

    person: Person
    withheld: list[frozenset[str]] = field(factory=list)
    decision: str = "allow"
    asked: list[URL] = field(factory=list)
    reply: dict[str, Any] | None = None
    forms: list[str] = field(factory=list)

    async def show(self, authorization_url: str) -> None:
        self.asked.append(URL(authorization_url))
        without = self.withheld.pop(0) if self.withheld else frozenset[str]()
        await self.person.consent(authorization_url, without=without, decision=self.decision)

    def fill_in(self, message: str) -> dict[str, Any]:
        """The result of an elicitation, as it is on the wire."""
        self.forms.append(message)
        return {"action": "decline"} if self.reply is None else {"action": "accept", "content": self.reply}


class Stranger(Protocol):
    """A client that nobody here wrote."""

    def connect(self, mcp_url: str, window: Window, era: Era) -> AbstractAsyncContextManager[Connection]:
        """From a bare URL to a connection, knowing nothing from before."""
        ...
