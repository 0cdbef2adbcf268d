"""An MCP client over HTTP, in every revision: one object for one server, and a method for everything that can be asked of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Self

from attrs import define, evolve, field

from ..errors import ProtocolFailure
from ..fetcher import Fetcher
from ..trace import CLIENT, Trace
from .answers import HEADER_MISMATCH, UNSUPPORTED_VERSION, URL_REQUIRED, RpcError, StrangeAnswer
from .asking import Ask, Revision
from .authorizer import Anonymous, Authorizer
from .cache import CACHEABLE, context_of
from .endpoint import USING, Endpoint, Step
from .host import Declined, Host, Silent
from .http_sse import HttpSse
from .legacy import Legacy
from .listing import Listing, all_pages, presentable
from .meeting import Meeting
from .modern import INPUT_REQUIRED, TASK, Modern, kind_of
from .options import Options
from .parameters import InvalidTool, parameter_headers
from .questions import ELICIT, Questions
from .reception import Reception
from .requests import calling, completing, getting, listing, pinging, reading, setting_level
from .revisions import HANDSHAKE, MODERN, OLDEST
from .session import Server, Session
from .skills import file_of, require_listed, require_verified
from .subscriptions import News, listening, resource_subscription, subscription
from .tasks import Tasks
from .tools import read_tools

__all__ = ["Listing", "MCPClient", "News", "Options", "Server", "Session"]


@define(eq=False)
class MCPClient:
    """One server at ``url``. It is met at the first request, or by open().

    A ``session`` that is handed in is kept when the client closes, so that another client can go on with it; one of its own is ended.
    Everything raises FlowError: NeedsSignIn, NeedsScope and what else the authorizer raises, Unreachable, RpcError, StrangeAnswer, ProtocolFailure,
    Declined when the host does not answer a question.
    """

    fetcher: Fetcher
    trace: Trace
    url: str
    authorizer: Authorizer = field(factory=Anonymous)
    host: Host = field(factory=Silent)
    options: Options = field(factory=Options)
    session: Session = field(factory=Session)
    keeps_session: bool = False
    _questions: Questions = field(init=False)
    _reception: Reception = field(init=False)
    _revision: Revision | None = field(default=None, init=False)
    _assumed: bool = field(default=False, init=False)
    _log_level: str = field(init=False)
    _meeting: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._questions = Questions(self.host, self.trace)
        self._reception = Reception(self.host, self.session.cache, self._questions, self.options.most_questions)
        self._log_level = self.options.log_level

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        await self.close()

    # Meeting and parting

    @property
    def server(self) -> Server:
        """Who was met; nameless before open()."""
        return self.session.server

    @property
    def tasks(self) -> Tasks:
        """Work that outlives its request: get, update, cancel, result."""
        return Tasks(self._ask, self.host, self._questions, self.options)

    def _meet(self) -> Meeting:
        return Meeting(Endpoint(self.fetcher, self.trace, self.url, self.authorizer), self._reception, self.options, self.session)

    async def open(self) -> Server:
        """Find out who answers and what it speaks, whatever was known before."""
        async with self._meeting:
            await self._let_go()
            self.session.forget()
            self._take(await self._meet().meet())
            return self.session.server

    async def close(self) -> None:
        """Let go of every stream, and end a session that nobody keeps."""
        if isinstance(self._revision, Legacy) and not self.keeps_session:
            await self._revision.end()
        await self._let_go()

    async def end(self) -> None:
        """Close, and end the session even when it was kept."""
        if isinstance(self._revision, Legacy) or (self.session.protocol in HANDSHAKE and self.session.id):
            await self._meet().legacy().end()
        await self._let_go()

    async def _let_go(self) -> None:
        revision, self._revision = self._revision, None
        if revision is not None:
            await revision.close()

    def _take(self, revision: Revision) -> Revision:
        self._revision, self._assumed = revision, False
        self._questions.protocol = self.session.protocol
        if isinstance(revision, Modern):
            revision.log_level = self._log_level
        return revision

    async def _spoken(self) -> Revision:
        """What is spoken with the server; from an earlier meeting when there was one."""
        async with self._meeting:
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
                await revision.shake_hands(known)
        self._take(revision)
        self._assumed = True
        return revision

    # Asking

    async def _ask(self, ask: Ask) -> dict[str, Any]:
        """MCP 2026-07-28, versioning: what was assumed about the server is found out anew when it turns out wrong."""
        revision = await self._spoken()
        try:
            return await revision.ask(ask)
        except (RpcError, StrangeAnswer) as error:
            if not self._assumed or not _is_of_another_era(error):
                raise
        await self.open()
        return await (await self._spoken()).ask(ask)

    async def _complete(self, ask: Ask) -> tuple[dict[str, Any], bool]:
        """The result, with the server's questions answered on the way (MCP 2026-07-28, multi round-trip requests); and whether there were any."""
        current, step = evolve(ask, rounds=self.options.most_rounds), evolve(ask.step, title=f"Again, with the answer: {ask.step.title}")
        for left in range(self.options.most_rounds, -1, -1):
            try:
                result = await self._ask(current)
            except RpcError as error:
                if error.code != URL_REQUIRED or self.session.protocol not in HANDSHAKE or not left:
                    raise
                await self._visit(error)
                continue
            if self.session.protocol != MODERN or kind_of(result) != INPUT_REQUIRED:
                return result, "inputResponses" in current.params or "requestState" in current.params
            current = evolve(ask, params={**ask.params, **await self._answers(result)}, step=step, rounds=left - 1)
        raise AssertionError("the last round either brings a result or raises")

    async def _answers(self, result: dict[str, Any]) -> dict[str, Any]:
        """What the retry carries beside the original parameters; ``requestState`` exactly as it came, and only when it came."""
        state = {"requestState": result["requestState"]} if "requestState" in result else {}
        if "inputRequests" not in result:
            return state
        return {"inputResponses": await self._questions.responses(result["inputRequests"], self.options.most_questions), **state}

    async def _visit(self, error: RpcError) -> None:
        """MCP 2025-11-25, elicitation: addresses that must be visited before the request is served. Raises Declined."""
        wanted = error.data.get("elicitations") if isinstance(error.data, dict) else None
        if not isinstance(wanted, list) or not 0 < len(wanted) <= self.options.most_questions or not all(isinstance(each, dict) for each in wanted):
            raise error
        for params in wanted:
            result = await self._questions.answer(ELICIT, {**params, "mode": "url"})
            if result.get("action") != "accept":
                raise Declined

    async def _kept(self, ask: Ask, fresh: bool) -> dict[str, Any]:
        """From the cache while the server says that it holds (MCP 2026-07-28, caching)."""
        cache = self.session.cache
        if not fresh and cache.holds(ask.method, ask.params):
            found = cache.find(ask.method, ask.params, await self._context())
            if found is not None:
                return found
        result, asked_back = await self._complete(ask)
        if not asked_back and ask.method in CACHEABLE and self.session.protocol == MODERN and result.get("ttlMs"):
            cache.keep(ask.method, ask.params, await self._context(), result)
        return result

    async def _context(self) -> str:
        return context_of(await self.authorizer.headers("POST", self.url))

    async def _list(self, method: str, name: str, fresh: bool) -> Listing:
        async def page(params: dict[str, Any]) -> dict[str, Any]:
            return await self._kept(listing(method, name, params), fresh)

        return await all_pages(name, page, self.options.most_pages, self.options.most_items)

    # Tools

    async def list_tools(self, *, fresh: bool = False) -> Listing:
        """Every tool that can be offered, and a line for each that cannot. ``fresh`` asks the server even when an older list still holds."""
        found = await self._list("tools/list", "tools", fresh)
        tools, set_aside = read_tools(found.items)
        return Listing(tools, [*found.set_aside, *set_aside])

    async def call_tool(self, tool: Mapping[str, Any], arguments: Mapping[str, Any], *, follow: bool = True) -> dict[str, Any]:
        """The result as the server gave it, held against the tool's output schema. ``tool`` is one of list_tools().

        Without ``follow`` a long call comes back as its task (``resultType`` is task). Raises InvalidResult for a result that breaks the tool's promise.
        """
        try:
            headers = parameter_headers(tool["inputSchema"], dict(arguments))
        except InvalidTool as error:
            raise ProtocolFailure(f"This tool cannot be called: {error}.") from None
        ask = calling(tool, arguments, headers)
        result, _ = await self._complete(ask)
        if self.session.protocol != MODERN or kind_of(result) != TASK or not follow:
            return result
        return await self.task_result(tool, result)

    async def task_result(self, tool: Mapping[str, Any], task: dict[str, Any]) -> dict[str, Any]:
        """The result of a call that went on as a task."""
        async with self.trace.hop(CLIENT, CLIENT, USING, "Waiting for the task") as notes:
            result = await self.tasks.result(task)
            calling(tool, {}, {}).read(notes, result)
            return result

    async def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Call a tool by its name; the list is asked for anew when the server finds the mirrored headers wrong (Streamable HTTP, client behaviour)."""
        try:
            return await self.call_tool(await self._tool(name, fresh=False), arguments)
        except RpcError as error:
            if error.code != HEADER_MISMATCH:
                raise
        return await self.call_tool(await self._tool(name, fresh=True), arguments)

    async def _tool(self, name: str, *, fresh: bool) -> dict[str, Any]:
        tools, _ = await self.list_tools(fresh=fresh)
        for tool in tools:
            if tool["name"] == name:
                return tool
        raise ProtocolFailure(f"The server offers no tool called {name[:100]}.")

    # Resources and prompts

    async def list_resources(self, *, fresh: bool = False) -> Listing:
        return presentable(await self._list("resources/list", "resources", fresh), "resources", "uri")

    async def list_resource_templates(self, *, fresh: bool = False) -> Listing:
        return presentable(await self._list("resources/templates/list", "resourceTemplates", fresh), "resourceTemplates", "uriTemplate")

    async def read_resource(self, uri: str, *, fresh: bool = False) -> dict[str, Any]:
        """``contents``, as the server gave them."""
        return await self._kept(reading(uri), fresh)

    async def subscribe(self, uri: str) -> None:
        """For servers of before 2026-07-28; listen() is for all."""
        await self._ask_legacy(resource_subscription("resources/subscribe", uri))

    async def unsubscribe(self, uri: str) -> None:
        await self._ask_legacy(resource_subscription("resources/unsubscribe", uri))

    async def list_prompts(self, *, fresh: bool = False) -> Listing:
        return presentable(await self._list("prompts/list", "prompts", fresh), "prompts", "name")

    async def get_prompt(self, name: str, arguments: Mapping[str, str]) -> dict[str, Any]:
        """``messages``, as the server gave them."""
        result, _ = await self._complete(getting(name, arguments))
        return result

    async def complete(self, ref: Mapping[str, Any], name: str, value: str, context: Mapping[str, str] | None = None) -> list[str]:
        """Suggestions for one argument. ``ref`` is a ref/prompt or ref/resource object, ``context`` has the arguments chosen so far."""
        result = await self._ask(completing(ref, name, value, context or {}))
        values: list[str] = result["completion"]["values"]
        return values

    async def list_skills(self, *, fresh: bool = False) -> Listing:
        """What the server teaches; no file of a skill is fetched here (SEP-2640)."""
        return presentable(await self._list("skills/list", "skills", fresh), "skills", "uri")

    async def read_skill(self, skill: Mapping[str, Any], uri: str | None = None) -> bytes:
        """A file of a skill of list_skills(), the manifest unless said. Raises Untrusted for one that is not what was listed."""
        wanted = uri or str(skill["uri"])
        require_listed(skill, wanted)
        data = file_of(await self._kept(reading(wanted), fresh=True))
        async with self.trace.hop(CLIENT, CLIENT, USING, "Is this the file that was listed?", rule="SEP-2640, integrity and verification") as notes:
            require_verified(skill, wanted, data)
            notes.meaning = "The file is what the server's list describes."
        return data

    # Everything else

    async def listen(self, notifications: Mapping[str, Any]) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """News of changes: ``async with await client.listen({"toolsListChanged": True}) as news: async for each in news``.

        ``notifications`` is the filter of subscriptions/listen; servers of before 2026-07-28 are asked in their own way. The first is the acknowledgment.
        """
        return listening(subscription(await self._spoken(), dict(notifications)).run)

    async def set_level(self, level: str) -> None:
        """How much of its log the server should tell: asked once before 2026-07-28, with every request since."""
        revision = await self._spoken()
        self._log_level = level
        if isinstance(revision, Modern):
            revision.log_level = level
        else:
            await self._ask(setting_level(level))

    async def ping(self) -> None:
        """Whether the server still answers."""
        revision = await self._spoken()
        await revision.ask(pinging(isinstance(revision, Modern)))

    async def roots_changed(self) -> None:
        """Tell a server of before 2026-07-28 that it should ask for the roots again; later ones ask when they need them."""
        revision = await self._spoken()
        if isinstance(revision, Legacy | HttpSse):
            await revision.tell("notifications/roots/list_changed", {}, Step("My folders have changed", "MCP 2025-11-25, roots", USING))

    async def _ask_legacy(self, ask: Ask) -> None:
        if isinstance(await self._spoken(), Modern):
            raise ProtocolFailure(f"Revision {MODERN} knows no {ask.method}: its servers tell of changes to whoever listens.")
        await self._ask(ask)


def _is_of_another_era(error: RpcError | StrangeAnswer) -> bool:
    if isinstance(error, RpcError) and error.is_modern:
        return error.code == UNSUPPORTED_VERSION
    return error.status in (400, 404, 405)
