"""The host: answers what a server asks during a request, and takes its notifications (MCP client features)."""

from typing import Any, Protocol

from attrs import frozen

from ...errors import FlowError


class Declined(FlowError):
    """The person, or whoever answers for them, does not do what the server asks."""

    outcome = "info"

    def __init__(self, sentence: str = "You declined what the server asked for.") -> None:
        super().__init__(sentence)


@frozen
class Progress:
    """MCP progress: ``total`` and ``message`` are None when the server tells none."""

    progress: float
    total: float | None = None
    message: str | None = None


class Host(Protocol):
    """The side of the person: one for each operation.

    Answers are the result objects of the MCP schema; Declined says that there will be none.
    """

    @property
    def capabilities(self) -> dict[str, Any]:
        """``ClientCapabilities`` as the schema has them: what is declared is answered.

        The engine adds the extensions that it serves itself.
        """
        ...

    async def elicit(self, params: dict[str, Any]) -> dict[str, Any]:
        """``ElicitResult`` for elicitation/create, both modes (form, url).

        The engine holds accepted content against the schema that was asked for.
        """
        ...

    async def sample(self, params: dict[str, Any]) -> dict[str, Any]:
        """``CreateMessageResult`` for sampling/createMessage. Raises Declined."""
        ...

    async def roots(self) -> dict[str, Any]:
        """``ListRootsResult`` for roots/list."""
        ...

    async def progress(self, progress: Progress) -> None:
        """Take the progress of the operation."""
        ...

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        """Every other notification: notifications/message, list changes, resource updates, tasks,
        elicitation/complete.
        """
        ...


class Silent:
    """Declares nothing and answers nothing; tells nobody."""

    @property
    def capabilities(self) -> dict[str, Any]:
        return {}

    async def elicit(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"action": "decline"}

    async def sample(self, params: dict[str, Any]) -> dict[str, Any]:
        raise Declined

    async def roots(self) -> dict[str, Any]:
        return {"roots": []}

    async def progress(self, progress: Progress) -> None:
        pass

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        pass
