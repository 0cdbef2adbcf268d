"""The host: answers a server's questions during a request and receives its notifications (MCP client features)."""

from typing import Protocol

from attrs import frozen

from ...errors import FlowError
from ...json_text import JsonObject
from ...wire import (
    ClientCapabilities,
    CreateMessageParams,
    CreateMessageResult,
    ElicitParams,
    ElicitResult,
    ListRootsResult,
)


class Declined(FlowError):
    """The person, or the program that answers for them, declines what the server asks."""

    outcome = "info"

    def __init__(self, sentence: str = "You declined the request of the server.") -> None:
        super().__init__(sentence)


@frozen
class Progress:
    """Progress of a request (MCP progress); ``total`` and ``message`` are None when the server sends none."""

    progress: float
    total: float | None = None
    message: str | None = None


class Host(Protocol):
    """Interface to the person's side, one for each operation.

    Answers are the result objects of the MCP schema; Declined is raised when there is none.
    """

    @property
    def capabilities(self) -> ClientCapabilities:
        """The client capabilities; only questions whose capability is declared are passed to the host.

        The engine adds the extensions that it provides itself.
        """
        ...

    async def elicit(self, params: ElicitParams) -> ElicitResult:
        """Answer elicitation/create, in both modes (form, url).

        The engine checks accepted content against the requested schema.
        """
        ...

    async def sample(self, params: CreateMessageParams) -> CreateMessageResult:
        """Answer sampling/createMessage. Raises Declined."""
        ...

    async def roots(self) -> ListRootsResult:
        """Answer roots/list."""
        ...

    async def progress(self, progress: Progress) -> None:
        """Receive the progress of the operation."""
        ...

    async def notify(self, method: str, params: JsonObject) -> None:
        """Receive any other notification: notifications/message, list changes, resource updates, tasks,
        elicitation/complete.
        """
        ...


class Silent:
    """A host that declares no capabilities, declines every question and ignores notifications."""

    @property
    def capabilities(self) -> ClientCapabilities:
        return {}

    async def elicit(self, params: ElicitParams) -> ElicitResult:
        return {"action": "decline"}

    async def sample(self, params: CreateMessageParams) -> CreateMessageResult:
        raise Declined

    async def roots(self) -> ListRootsResult:
        return {"roots": []}

    async def progress(self, progress: Progress) -> None:
        pass

    async def notify(self, method: str, params: JsonObject) -> None:
        pass
