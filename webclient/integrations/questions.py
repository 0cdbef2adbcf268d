"""Questions that a server asks during a call and the person answers (MCP client features)."""

import asyncio
from typing import Any

from attrs import define, field

from ..mcp.protocol import Declined, Silent
from ..sources import Sources

ELICIT, SAMPLE, ROOTS = "elicitation/create", "sampling/createMessage", "roots/list"
CAPABILITIES: dict[str, Any] = {
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
    def capabilities(self) -> dict[str, Any]:
        return CAPABILITIES

    async def elicit(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"action": "cancel"}

    async def sample(self, params: dict[str, Any]) -> dict[str, Any]:
        raise Declined("There was nobody to ask.")


@define(eq=False)
class Question:
    """A question that only the person can answer.

    ``method`` is that of the server's request, ``params`` are its parameters.
    """

    id: str
    method: str
    params: dict[str, Any]
    answer: "asyncio.Future[dict[str, Any]]" = field(repr=False)


class Asked:
    """The part of a Host that puts the server's questions to the person, on a page that shows ``questions``."""

    sources: Sources
    questions: dict[str, Question]

    def _tell(self) -> None:
        """Notify the pages of a change."""
        raise NotImplementedError

    @property
    def capabilities(self) -> dict[str, Any]:
        return CAPABILITIES

    async def elicit(self, params: dict[str, Any]) -> dict[str, Any]:
        return await self._ask(ELICIT, params)

    async def sample(self, params: dict[str, Any]) -> dict[str, Any]:
        result = await self._ask(SAMPLE, params)
        if not result:
            raise Declined
        return result

    async def roots(self) -> dict[str, Any]:
        return await self._ask(ROOTS, {})

    async def _ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        question = Question(self.sources.token()[:16], method, params, asyncio.get_running_loop().create_future())
        self.questions[question.id] = question
        self._tell()
        try:
            return await question.answer
        finally:
            self.questions.pop(question.id, None)
            self._tell()

    def answer(self, question_id: str, result: dict[str, Any]) -> bool:
        """Answer a question. False when it is not open any more."""
        question = self.questions.pop(question_id, None)
        if question is None or question.answer.done():
            return False
        question.answer.set_result(result)
        self._tell()
        return True
