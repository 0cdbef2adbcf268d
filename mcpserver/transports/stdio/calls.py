"""The requests of one client that are under way on a channel, alone and in batches."""

from attrs import define, field

from ...mcp.protocol import InvalidMessage, Params, Request, notification_message
from .framing import Lines


class InUse(InvalidMessage):
    """The id of a request under way is used again.

    Answered without the id, because the error would pass for the answer to the request under way.
    """


@define(eq=False)
class Call:
    """A request under way.

    Once it is ``cancelled`` or ``answered``, nothing more is sent for it (2026-07-28, patterns: cancellation,
    progress).
    """

    request: Request
    out: Lines
    batch: "Batch | None" = None
    cancelled: bool = False
    answered: bool = False

    async def notify(self, method: str, params: Params) -> None:
        if not (self.cancelled or self.answered):
            await self.out.put(notification_message(method, params))

    async def answer(self, message: dict[str, object]) -> None:
        if self.cancelled:
            return
        self.answered = True
        await (self.out.put(message) if self.batch is None else self.batch.add(message))


@define(eq=False)
class Batch:
    """Requests that arrived together and are answered together (2025-03-26, basic: batching)."""

    out: Lines
    expected: int
    answers: list[dict[str, object]] = field(factory=list)

    async def add(self, answer: dict[str, object] | None) -> None:
        """Add an answer, None for a cancelled request; the last one sends the answers."""
        self.expected -= 1
        self.answers += [] if answer is None else [answer]
        if self.expected == 0 and self.answers:
            await self.out.put(self.answers)
