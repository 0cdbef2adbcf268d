"""Delivery of messages among the clients that share one session (MCP 2025-11-25: progress, cancellation, and the
server's stream).
"""

from collections.abc import Awaitable, Callable

from attrs import define, field

from ...json_text import JsonObject
from ..protocol import Cache, ServerMessage, ServerNotification, ServerRequest, Silent, is_id
from .endpoint import SilenceTimer
from .inbox import CANCELLED, PROGRESS, TASK_STATUS, Channel, Question, Receiver, turn_away
from .questions import related_task

Listener = Callable[[str, JsonObject], Awaitable[None]]


@define(eq=False)
class Dispatch:
    """The receivers of the clients that currently use a session, the newest last.

    ``listeners`` get every notification, on whichever stream it arrives.
    """

    cache: Cache
    listeners: list[Listener] = field(factory=list)
    _present: dict[Receiver, None] = field(factory=dict)

    def join(self, receiver: Receiver) -> None:
        self._present[receiver] = None
        receiver.closed = False

    def leave(self, receiver: Receiver) -> None:
        """Remove a receiver. Its open questions from the shared stream may concern other clients; Receiver.close()
        passes them on.
        """
        self._present.pop(receiver, None)

    async def take(self, message: ServerMessage, clock: SilenceTimer | None, channel: Channel) -> None:
        """Handle one message on a stream that belongs to no request."""
        if isinstance(message, ServerRequest):
            if not self.put(message, channel):
                await turn_away(message, channel)
        elif isinstance(message, ServerNotification):
            await self.notified(message.method, message.params, list(self._present), channel.epoch)

    def put(self, message: ServerRequest, channel: Channel) -> bool:
        """Pass a question that belongs to no request to the receiver most likely to expect it.

        While it is open, the silence timers of requests that may wait for the answer stand still. Returns False when
        there is no receiver.
        """
        key, following = (channel.epoch, message.id), self.following_task(message)
        chosen = following or max(enumerate(self._present), key=_likelihood, default=(0, None))[1]
        if chosen is not None and not any(each.is_answering(key) for each in self._present):
            waiting = [following] if following else list(self._present)
            chosen.ask(Question(message, channel, [clock for each in waiting for clock in each.clocks], shared=True))
        return chosen is not None

    def following_task(self, message: ServerRequest) -> Receiver | None:
        """The receiver that follows the task that a message belongs to; None when there is none."""
        related = related_task(message.params)
        return next((each for each in self._present if related and each.follows_task(related["taskId"])), None)

    async def notified(self, method: str, params: JsonObject, hearing: list[Receiver], epoch: int) -> None:
        """Deliver a notification to the receivers in ``hearing``; progress, task status and cancellation go only to the
        receiver concerned, whichever it is.
        """
        everybody = dict.fromkeys([*hearing, *self._present])
        if method == PROGRESS:
            following = next((each for each in everybody if each.follows(params.get("progressToken"))), None)
            if following is not None:
                await following.progressed(params)
        elif method == TASK_STATUS:
            for each in everybody:
                if each.follows_task(params.get("taskId")):
                    each.task_told(params)
        elif method == CANCELLED:
            if is_id(params.get("requestId")):
                for each in everybody:
                    each.take_back((epoch, params["requestId"]))
        else:
            self.cache.hear(method, params)
            for listener in list(self.listeners):
                await listener(method, params)
            for each in hearing:
                await each.host.notify(method, params)

    def renewed(self, epoch: int) -> None:
        """Drop the questions put on the shared stream in earlier sessions; the server no longer waits for their
        answers.
        """
        for each in self._present:
            each.drop_shared(epoch)


def _likelihood(place: tuple[int, Receiver]) -> tuple[bool, bool, int, int]:
    """Sort key for choosing a receiver: its host answers questions, it has slow requests under way, it has few open
    questions, it joined last.
    """
    number, receiver = place
    return not isinstance(receiver.host, Silent), receiver.busy, -receiver.asked, number
