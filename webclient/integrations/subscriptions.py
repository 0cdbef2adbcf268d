"""Subscriptions to changes on a server, kept open until the person stops them (MCP 2026-07-28, subscriptions)."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import Any

from attrs import define, field, frozen

from ..broadcast import Broadcast
from ..errors import FlowError, Unreachable, unexpected
from ..mcp import ACKNOWLEDGED, KINDS, UPDATED, News
from ..mcp.protocol import Progress, StrangeAnswer
from ..sources import Sources
from ..storage import Integration
from ..trace import CLIENT, YOU, Chapter
from ..wire import SubscriptionFilter
from .credentials import Access
from .questions import Asked, Question

log = logging.getLogger(__name__)
NEWS_KEPT, LONGEST_ADDRESS, MOST_RESOURCES, MOST_WATCHES = 200, 4000, 50, 200
PART = "changes"
FIRST_PAUSE, LONGEST_PAUSE, MOST_FAREWELLS = 1.0, 60.0, 5
"""Seconds of the first and of the longest pause before reconnecting, and how often in a row the server may end the
stream soon after it was opened.
"""
ENDED = "The server ended the subscription to changes."
AWAY = "The connection was interrupted for a while. Changes during that time are not known."
WORDS = {
    "notifications/tools/list_changed": "The list of tools has changed.",
    "notifications/prompts/list_changed": "The list of prompts has changed.",
    "notifications/resources/list_changed": "The list of resources has changed.",
    UPDATED: "This resource has changed.",
}
LISTS = {"toolsListChanged": "tools", "promptsListChanged": "prompts", "resourcesListChanged": "resources"}


class TooMuchToWatch(FlowError):
    """The limit of subscriptions, or of resources in one, is reached."""


@frozen
class Heard:
    """One change: its time (epoch seconds), a sentence, and the URI of the resource concerned, empty for a list."""

    at: float
    words: str
    uri: str = ""


def _resources(value: Any) -> tuple[str, ...]:
    return (
        tuple(each[:LONGEST_ADDRESS] for each in value[:MOST_RESOURCES] if isinstance(each, str))
        if isinstance(value, list)
        else ()
    )


@define(eq=False)
class KeptSubscription(Asked):
    """A subscription at one server, reopened whenever the server is reachable again.

    Also the Host that answers the server's requests during the subscription.

    ``lists`` and ``resources`` are those of which the server agreed to report changes, empty before it agreed; ``away``
    says why it reports nothing at the moment, ``problem`` why the subscription is over. ``first_pause`` in seconds.
    """

    integration: Integration
    wanted: tuple[str, ...]
    sources: Sources
    feed: Broadcast
    first_pause: float = FIRST_PAUSE
    news: deque[Heard] = field(factory=lambda: deque(maxlen=NEWS_KEPT))
    lists: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    questions: dict[str, Question] = field(factory=dict)
    running: bool = True
    away: str = ""
    problem: str = ""
    _agreed: bool = False
    _settled: asyncio.Event = field(factory=asyncio.Event)
    _task: "asyncio.Task[None]" = field(init=False, repr=False)

    def start(self, access: Access) -> None:
        self._task = asyncio.create_task(self._run(access))

    async def settled(self, patience: float) -> None:
        """Wait until the server agreed or refused, for at most ``patience`` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._settled.wait()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _tell(self) -> None:
        self._settled.set()
        self.feed.publish(self.integration.id, PART)

    async def _run(self, access: Access) -> None:
        try:
            await self._begin(access)
            self.problem = ENDED
        except FlowError as error:
            self.problem = str(error)
        except Exception:
            reference = self.sources.token()[:8]
            log.exception("watch %s failed", reference)
            self.problem = unexpected(reference)
        finally:
            self.running, self.away = False, ""
            self.questions.clear()
            self._tell()

    async def _begin(self, access: Access) -> None:
        async with access.trace(self.integration).hop(
            YOU, CLIENT, Chapter.ASKING, "Subscribe to changes", begins=True
        ) as notes:
            notes.sends({"resources": list(self.wanted)})
            notes.meaning = (
                "You want to be informed about changes. The client opens a stream on which the server reports them."
            )
        filters: SubscriptionFilter = {
            "toolsListChanged": True,
            "promptsListChanged": True,
            "resourcesListChanged": True,
        }
        if self.wanted:
            filters["resourceSubscriptions"] = list(self.wanted)
        await self._keep(access, filters)

    async def _keep(self, access: Access, filters: SubscriptionFilter) -> None:
        """Keep the stream open, reconnecting with growing pauses once the server has agreed.

        Raises FlowError when the server never agreed, or when it requires something of a person.
        """
        pause, farewells = self.first_pause, 0
        while farewells < MOST_FAREWELLS:
            began = self.sources.monotonic()
            try:
                await self._listen(access, filters)
                self.away, farewells = ENDED, farewells + 1
            except (Unreachable, StrangeAnswer) as error:
                if not self._agreed:
                    raise
                self.away = str(error)
            if not self._agreed:
                return
            if self.sources.monotonic() - began > LONGEST_PAUSE:
                pause, farewells = self.first_pause, 0
            self._tell()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _listen(self, access: Access, filters: SubscriptionFilter) -> None:
        async with access.client(self.integration, host=self) as client, await client.listen(filters) as news:
            async for each in news:
                self._take(each)

    async def progress(self, progress: Progress) -> None:
        """Does nothing: a subscription has no progress."""

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        """Does nothing: notifications of changes arrive as news."""

    def _take(self, news: News) -> None:
        if news.method == ACKNOWLEDGED:
            said = news.params.get("notifications")
            agreed = said if isinstance(said, dict) else {}
            if self._agreed and self.away:
                self.news.appendleft(Heard(self.sources.now(), AWAY))
            self._agreed, self.away = True, ""
            self.lists = tuple(words for name, words in LISTS.items() if agreed.get(name) is True)
            self.resources = _resources(agreed.get("resourceSubscriptions"))
        elif news.method in KINDS or news.method == UPDATED:
            uri = news.params.get("uri")
            self.news.appendleft(
                Heard(self.sources.now(), WORDS[news.method], uri[:LONGEST_ADDRESS] if isinstance(uri, str) else "")
            )
        self._tell()


@define
class Subscriptions:
    """The subscriptions in this process, at most one for each integration."""

    access: Access
    sources: Sources
    feed: Broadcast
    first_pause: float = FIRST_PAUSE
    _watches: dict[str, KeptSubscription] = field(factory=dict)

    def of(self, integration: Integration) -> KeptSubscription | None:
        return self._watches.get(integration.id)

    async def begin(self, integration: Integration, uri: str = "") -> KeptSubscription:
        """Subscribe to the lists, the resources watched so far, and one more.

        Changes reported earlier are kept. Raises TooMuchToWatch.
        """
        before = self.of(integration)
        wanted = tuple(dict.fromkeys([*(before.wanted if before else ()), *([uri] if uri else [])]))
        if len(wanted) > MOST_RESOURCES or (before is None and len(self._watches) >= MOST_WATCHES):
            raise TooMuchToWatch("Too many subscriptions are active. End one of them first.")
        if before:
            await before.stop()
        watch = KeptSubscription(integration, wanted, self.sources, self.feed, self.first_pause)
        if before:
            watch.news = before.news
        self._watches[integration.id] = watch
        watch.start(self.access)
        return watch

    async def stop(self, integration: Integration) -> None:
        watch = self._watches.pop(integration.id, None)
        if watch:
            await watch.stop()

    async def close(self) -> None:
        for watch in list(self._watches.values()):
            await watch.stop()
