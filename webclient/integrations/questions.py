"""Questions that a server asks during a call and the person answers (MCP client features)."""

import asyncio
from typing import cast

from attrs import define, field

from ..json_text import JsonObject
from ..mcp.protocol import Declined, Silent
from ..sources import Sources
from ..wire import (
    ClientCapabilities,
    CreateMessageParams,
    CreateMessageResult,
    ElicitParams,
    ElicitResult,
    ListRootsResult,
)

ELICIT, SAMPLE, ROOTS = "elicitation/create", "sampling/createMessage", "roots/list"
CAPABILITIES: ClientCapabilities = {
    "elicitation": {"form": {}, "url": {}},
    "sampling": {},
    "roots": {},
    "extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}},
}
"""The client capabilities that the pages declare (MCP 2026-07-28, ClientCapabilities)."""


class Unasked(Silent):
    """The host of short requests between calls.

    Declares the same capabilities, so that one session serves all requests, but cancels each question because no person
    is present to answer or decline it.
    """

    @property
    def capabilities(self) -> ClientCapabilities:
        return CAPABILITIES

    async def elicit(self, params: ElicitParams) -> ElicitResult:
        return {"action": "cancel"}

    async def sample(self, params: CreateMessageParams) -> CreateMessageResult:
        raise Declined("There was nobody to ask.")


@define(eq=False)
class Question:
    """A question that only the person can answer.

    ``method`` is that of the server's request, ``params`` are its parameters.
    """

    id: str
    method: str
    params: JsonObject
    answer: "asyncio.Future[JsonObject]" = field(repr=False)


class Asked:
    """The part of a Host that puts the server's questions to the person, on a page that shows ``questions``."""

    sources: Sources
    questions: dict[str, Question]

    def _tell(self) -> None:
        """Notify the pages of a change."""
        raise NotImplementedError

    @property
    def capabilities(self) -> ClientCapabilities:
        return CAPABILITIES

    async def elicit(self, params: ElicitParams) -> ElicitResult:
        return cast(ElicitResult, await self._ask(ELICIT, dict(params)))

    async def sample(self, params: CreateMessageParams) -> CreateMessageResult:
        result = await self._ask(SAMPLE, dict(params))
        if not result:
            raise Declined
        return cast(CreateMessageResult, result)

    async def roots(self) -> ListRootsResult:
        return cast(ListRootsResult, await self._ask(ROOTS, {}))

    async def _ask(self, method: str, params: JsonObject) -> JsonObject:
        question = Question(self.sources.token()[:16], method, params, asyncio.get_running_loop().create_future())
        self.questions[question.id] = question
        self._tell()
        try:
            return await question.answer
        finally:
            self.questions.pop(question.id, None)
            self._tell()

    def answer(self, question_id: str, result: JsonObject) -> bool:
        """Answer a question. False when it is not open any more."""
        question = self.questions.pop(question_id, None)
        if question is None or question.answer.done():
            return False
        question.answer.set_result(result)
        self._tell()
        return True
