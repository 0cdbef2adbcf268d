"""Notifications of changes (MCP 2026-07-28, subscriptions; in earlier revisions, resource subscriptions and the
server's stream).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from attrs import define, field, frozen

from ..errors import FlowError, Unreachable
from ..json_text import JsonObject
from ..trace import Chapter
from ..wire import SubscriptionFilter
from .messaging import (
    Ask,
    EndpointResponse,
    Revision,
    Step,
    answers,
    read_answer,
    require_result,
    resource_subscription,
    streamed,
)
from .protocol import META, EventParser, Misshapen, ServerNotification, cut_off
from .transports import GOODBYE, LEFT, HttpSse, Legacy, Modern

ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
RULE = "MCP 2026-07-28, subscriptions/listen"
MOST_WAITING = 256
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0


@frozen
class News:
    """One notification of a subscription.

    The first is the server's acknowledgment, whose ``notifications`` say what the server will report.
    """

    method: str
    params: JsonObject = field(factory=dict)


Hear = Callable[[News], Awaitable[None]]


@asynccontextmanager
async def listening(run: Callable[[Hear], Awaitable[None]]) -> AsyncIterator[AsyncIterator[News]]:
    """Yield an iterator of notifications for the duration of the block.

    The stream is read in a separate task, so that its timeouts never strike in the block.
    """
    queue: asyncio.Queue[News] = asyncio.Queue(MOST_WAITING)
    task: asyncio.Task[None] = asyncio.create_task(_running(run(queue.put)))
    try:
        yield _arriving(queue, task)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _running(work: Awaitable[None]) -> None:
    await work


async def _arriving(queue: asyncio.Queue[News], task: "asyncio.Task[None]") -> AsyncIterator[News]:
    """Yield the notifications in the queue; ends, or raises, with the task once all that it delivered is yielded."""
    while True:
        getting = asyncio.ensure_future(queue.get())
        try:
            if queue.empty():
                await asyncio.wait({getting, task}, return_when=asyncio.FIRST_COMPLETED)
            if queue.empty() and not getting.done():
                await task
                return
            news = await getting
        finally:
            getting.cancel()
        yield news


@define
class Subscription:
    """One ``subscriptions/listen`` request, repeated when its stream breaks off without a final response."""

    revision: Modern
    wanted: SubscriptionFilter

    async def run(self, hear: Hear) -> None:
        """Pass notifications to ``hear`` until the server ends the subscription.

        Raises Unreachable or StrangeAnswer when the stream cannot be restored, ProtocolFailure for a server without
        subscriptions.
        """
        pause, fruitless, ever = FIRST_PAUSE, 0, False
        while True:
            heard = 0

            async def counted(news: News) -> None:
                nonlocal heard
                heard += 1
                await hear(news)

            try:
                if await self._once(counted):
                    return
                failure: FlowError = cut_off(200)
            except Unreachable as error:
                failure = error
            ever = ever or heard > 0
            pause, fruitless = (FIRST_PAUSE, 0) if heard > 1 else (min(LONGEST_PAUSE, pause * 2), fruitless + 1)
            if not ever or fruitless >= self.revision.options.fruitless_reconnections:
                raise failure
            await asyncio.sleep(pause)

    async def _once(self, hear: Hear) -> bool:
        """Make one request; returns whether the subscription is over."""
        ask = Ask(
            "subscriptions/listen", {"notifications": self.wanted}, Step("Subscribe to changes", RULE, Chapter.USING)
        )
        patience = self.revision.options.task_timeout
        request_id, request = self.revision.request(ask, stays_open=patience)
        async with self.revision.endpoint.send(request, ask.step) as answer:
            if not answer.is_stream:
                return await self._refused(answer, ask, request_id)
            try:
                return await self._heard(answer, request_id, hear)
            except asyncio.CancelledError:
                answer.notes.meaning = LEFT
                return True

    async def _refused(self, answer: EndpointResponse, ask: Ask, request_id: int) -> bool:
        message = await read_answer(
            answer,
            ask,
            request_id,
            self.revision.receiver,
            EventParser(self.revision.options.longest_event),
            most=self.revision.options.most_events,
        )
        if message is not None:
            require_result(answer, message)
        return True

    async def _heard(self, answer: EndpointResponse, request_id: int, hear: Hear) -> bool:
        acknowledged = False
        async for message in streamed(answer, EventParser(self.revision.options.longest_event)):
            if answers(message, request_id):
                require_result(answer, message)
                answer.notes.meaning = "The server ended the subscription."
                return True
            if not isinstance(message, ServerNotification):
                continue
            news = News(message.method, message.params)
            _require_ours(news, request_id)
            if not acknowledged and news.method != ACKNOWLEDGED:
                raise Misshapen("The server sends notifications before it has confirmed the subscription.")
            if not acknowledged:
                acknowledged = True
                answer.notes.receives({"notifications": news.params.get("notifications")})
                answer.notes.meaning = "The server will report these changes on this stream."
            else:
                await self.revision.receiver.receive(message)
            await hear(news)
        return False


def _require_ours(news: News, request_id: int) -> None:
    """Raises Misshapen for a notification that does not name this subscription (MCP 2026-07-28, subscriptions:
    receiving notifications).
    """
    meta = news.params.get("_meta")
    named = meta.get(META + "subscriptionId") if isinstance(meta, dict) else None
    if named != request_id:
        raise Misshapen("The server sends notifications of another subscription.")


KINDS = {
    "notifications/tools/list_changed": "toolsListChanged",
    "notifications/prompts/list_changed": "promptsListChanged",
    "notifications/resources/list_changed": "resourcesListChanged",
}
UPDATED = "notifications/resources/updated"


@define(eq=False)
class LegacySubscription:
    """A subscription on a server before 2026-07-28, which reports changes on a stream of its own and has subscriptions
    to resources only.
    """

    revision: Legacy | HttpSse
    wanted: SubscriptionFilter

    def _is_wanted(self, news: News) -> bool:
        if news.method == UPDATED:
            return news.params.get("uri") in self.wanted.get("resourceSubscriptions", ())
        return bool(self.wanted.get(KINDS.get(news.method, "")))

    async def run(self, hear: Hear) -> None:
        """Pass notifications to ``hear`` until the stream is lost.

        Raises ProtocolFailure when the server has no such stream, and the cause when a lost one cannot be restored.
        """

        async def overhear(method: str, params: JsonObject) -> None:
            news = News(method, params)
            if self._is_wanted(news):
                await hear(news)

        session = self.revision.session
        session.dispatch.listeners.append(overhear)
        try:
            for uri in self.wanted.get("resourceSubscriptions", ()):
                await self.revision.ask(resource_subscription("resources/subscribe", uri))
                session.subscribes(uri, self)
            await hear(News(ACKNOWLEDGED, {"notifications": self.wanted}))
            await self.revision.news()
        finally:
            session.dispatch.listeners.remove(overhear)
            await self._unsubscribe()

    async def _unsubscribe(self) -> None:
        """Unsubscribe from resources that no other subscriber wants."""
        session = self.revision.session
        mine = [uri for uri, wanting in session.subscriptions.items() if self in wanting]
        alone = [uri for uri in mine if session.unsubscribes(uri, self)]
        with suppress(FlowError, TimeoutError):
            async with asyncio.timeout(GOODBYE):
                for uri in alone:
                    await self.revision.ask(resource_subscription("resources/unsubscribe", uri))


def subscription(revision: Revision, wanted: SubscriptionFilter) -> Subscription | LegacySubscription:
    if isinstance(revision, Modern):
        return Subscription(revision, wanted)
    assert isinstance(revision, Legacy | HttpSse)
    return LegacySubscription(revision, wanted)
