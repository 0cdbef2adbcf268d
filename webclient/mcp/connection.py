"""The connection of one client with one server: negotiates when needed and again when the server changed, answers its
questions, and caches its answers.
"""

from typing import cast

from attrs import define, evolve, field

from ..fetcher import Fetcher
from ..json_text import JsonObject
from ..trace import Trace
from ..wire import InputRequiredResult, Unchecked
from .augmented_tasks import AugmentedTasks
from .messaging import ELICIT, Ask, Endpoint, Questions, Receiver, Revision, listing
from .negotiation import Negotiation
from .protocol import (
    AUGMENTED,
    CACHEABLE,
    HANDSHAKE,
    MODERN,
    OLDEST,
    UNSUPPORTED_VERSION,
    URL_REQUIRED,
    Authorizer,
    Declined,
    Host,
    Listing,
    Options,
    RpcError,
    StrangeAnswer,
    all_pages,
    context_of,
)
from .tasks import Tasks
from .transports import INPUT_REQUIRED, Legacy, Server, Session, kind_of


@define(eq=False)
class Connection:
    """Sends requests in the revision that the server speaks, negotiated by the first request or open().

    With ``keeps_session`` the given ``session`` stays open, so that another client can continue with it; otherwise it
    is ended.
    """

    fetcher: Fetcher
    trace: Trace
    url: str
    authorizer: Authorizer
    host: Host
    options: Options
    session: Session
    keeps_session: bool
    _questions: Questions = field(init=False)
    receiver: Receiver = field(init=False)
    _revision: Revision | None = field(default=None, init=False)
    _assumed: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._questions = Questions(self.host, self.trace)
        self.receiver = Receiver(self.host, self._questions, self.options.most_questions, self.session.dispatch)

    # Opening and closing

    @property
    def server(self) -> Server:
        """The server's introduction; its fields are empty before open()."""
        return self.session.server

    @property
    def tasks(self) -> Tasks | AugmentedTasks:
        """The server's tasks, for work that outlives its request: get, update (since 2026-07-28), cancel, result."""
        return (
            self.augmented_tasks
            if self.session.protocol == AUGMENTED
            else Tasks(self.ask, self.host, self._questions, self.options)
        )

    @property
    def augmented_tasks(self) -> AugmentedTasks:
        return AugmentedTasks(self.ask, self.session, self.receiver, self.options)

    def _meet(self) -> Negotiation:
        self.session.dispatch.join(self.receiver)
        return Negotiation(
            Endpoint(self.fetcher, self.trace, self.url, self.authorizer, self.session.cookies),
            self.receiver,
            self.options,
            self.session,
        )

    async def open(self) -> Server:
        """Negotiate with the server, discarding what was known of it."""
        async with self.session.meeting:
            await self._let_go()
            self.session.forget()
            self._take(await self._meet().meet())
            return self.session.server

    async def close(self) -> None:
        """Close all streams, and end the session unless it is kept."""
        if isinstance(self._revision, Legacy) and not self.keeps_session:
            await self._revision.end()
        await self._let_go()

    async def end(self) -> None:
        """Close, and end the session even when it is kept."""
        if isinstance(self._revision, Legacy) or (self.session.protocol in HANDSHAKE and self.session.id):
            await self._meet().legacy().end()
        await self._let_go()

    async def _let_go(self) -> None:
        revision, self._revision = self._revision, None
        if revision is not None:
            await revision.close()
        self.session.dispatch.leave(self.receiver)

    def _take(self, revision: Revision) -> Revision:
        self._revision, self._assumed = revision, False
        self._questions.protocol = self.session.protocol
        return revision

    async def spoken(self) -> Revision:
        """The revision to use with the server: the session's when known, otherwise negotiated now."""
        async with self.session.meeting:
            return self._revision or await self._take_up()

    async def _take_up(self) -> Revision:
        known, meeting = self.session.protocol, self._meet()
        if not known or (self.options.protocol and self.options.protocol != known):
            return self._take(await meeting.meet())
        if known == OLDEST:
            return self._take(await meeting.oldest())
        revision: Revision = meeting.modern()
        if known != MODERN:
            revision = meeting.legacy()
            if not self.session.shaken:
                try:
                    await revision.shake_hands(known)
                except (RpcError, StrangeAnswer):
                    return self._take(await meeting.meet())
        self._take(revision)
        self._assumed = True
        return revision

    # Requests

    async def ask(self, ask: Ask) -> JsonObject:
        """Send a request. When its failure may mean that the assumed revision is wrong, the revision is negotiated
        again (MCP 2026-07-28, versioning).

        The request is repeated only when the revision turned out to be another one.
        """
        revision = await self.spoken()
        try:
            return await revision.ask(ask)
        except (RpcError, StrangeAnswer) as error:
            if not self._assumed or not _is_of_another_era(error):
                raise
            if isinstance(revision, Legacy) and self.session.shaken and not _is_version(error):
                # One refused request does not end a session; the transport has checked that the session is alive.
                raise
            assumed, refusal = self.session.protocol, error
        await self.open()
        if self.session.protocol == assumed:
            raise refusal
        return await (await self.spoken()).ask(ask)

    async def complete(self, ask: Ask) -> tuple[JsonObject, bool]:
        """Send a request and answer the server's questions until it completes (MCP 2026-07-28, multi round-trip
        requests).

        Returns the result, and whether there were any questions.
        """
        current, step = (
            evolve(ask, rounds=self.options.most_rounds),
            evolve(ask.step, title=f"{ask.step.title} (again, with the answers)"),
        )
        for left in range(self.options.most_rounds, -1, -1):
            try:
                result = await self.ask(current)
            except RpcError as error:
                if error.code != URL_REQUIRED or self.session.protocol not in HANDSHAKE or not left:
                    raise
                await self._visit(error)
                continue
            if self.session.protocol != MODERN or kind_of(result) != INPUT_REQUIRED:
                return result, "inputResponses" in current.params or "requestState" in current.params
            answers = await self._answers(cast(InputRequiredResult, result))
            current = evolve(ask, params={**ask.params, **answers}, step=step, rounds=left - 1)
        raise AssertionError("the last round either brings a result or raises")

    async def completed(self, ask: Ask) -> JsonObject:
        result, _ = await self.complete(ask)
        return result

    async def _answers(self, result: InputRequiredResult) -> JsonObject:
        """The parameters that the retry adds to the original ones; ``requestState`` is passed back unchanged, and only
        if present.
        """
        state = {"requestState": result["requestState"]} if "requestState" in result else {}
        requests = result.get("inputRequests")
        return state if requests is None else {"inputResponses": await self._questions.responses(requests), **state}

    async def _visit(self, error: RpcError) -> None:
        """Ask the person to visit the addresses required before the request is served (MCP 2025-11-25, elicitation).

        Raises Declined, and ``error`` itself when its addresses are unusable.
        """
        wanted = error.data.get("elicitations") if isinstance(error.data, dict) else None
        if (
            not isinstance(wanted, list)
            or not 0 < len(wanted) <= self.options.most_questions
            or not all(isinstance(each, dict) for each in wanted)
        ):
            raise error
        for params in wanted:
            result = await self._questions.answer(ELICIT, {**params, "mode": "url"})
            if result.get("action") != "accept":
                raise Declined

    async def kept(self, ask: Ask, fresh: bool) -> JsonObject:
        """Send a request, or take its result from the cache while the server declares it valid (MCP 2026-07-28,
        caching).
        """
        cache = self.session.cache
        if not fresh and cache.holds(ask.method, ask.params):
            found = cache.find(ask.method, ask.params, await self._context())
            if found is not None:
                return found
        result, asked_back = await self.complete(ask)
        if not asked_back and ask.method in CACHEABLE and self.session.protocol == MODERN and result.get("ttlMs"):
            cache.keep(ask.method, ask.params, await self._context(), result)
        return result

    async def _context(self) -> str:
        return context_of(await self.authorizer.headers("POST", self.url))

    async def list_all(self, method: str, name: str, fresh: bool) -> Listing[Unchecked]:
        async def page(params: JsonObject) -> JsonObject:
            return await self.kept(listing(method, name, params), fresh)

        return await all_pages(name, page, self.options.most_pages, self.options.most_items)


def _is_version(error: RpcError | StrangeAnswer) -> bool:
    return isinstance(error, RpcError) and error.code == UNSUPPORTED_VERSION


def _is_of_another_era(error: RpcError | StrangeAnswer) -> bool:
    if isinstance(error, RpcError) and error.is_modern:
        return _is_version(error)
    return error.status in (400, 404, 405)
