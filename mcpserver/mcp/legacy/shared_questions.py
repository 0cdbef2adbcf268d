"""Questions whose answer may reach another process than the one that asked: a load balancer knows no sessions."""

import hashlib
import logging
import re
from collections.abc import Callable
from typing import Protocol

import msgspec
from attrs import define, field, frozen

from mcpbase.seal import Seal

from ...sources import Sources
from ..protocol import Params, Response
from .pending_questions import Mailbox, PendingQuestions

ANSWERABLE = 86400
"""Seconds after which an answer is taken only by the process that asked."""

_QUESTION = re.compile(r"[a-z/A-Z]{1,60}-[0-9a-f]{16}")
_PURPOSE = "answer to a question"

_log = logging.getLogger(__name__)


class QuestionStore(Protocol):
    """Storage of open questions, by the digests of their ids and of their session's id."""

    async def add_question(self, digest: bytes, session: bytes, *, expires_at: int) -> None:
        """Store a question before returning."""

    async def has_question(self, digest: bytes) -> bool:
        """Whether there is this question, and it has no answer yet."""

    async def answer_question(self, digest: bytes, session: bytes, answer: str) -> bool:
        """Store the answer to an open question of a session; returns False when there is none, or it has one."""

    async def find_question_answer(self, digest: bytes) -> str | None:
        """The answer, None while there is none."""

    async def delete_question(self, digest: bytes) -> None:
        """Delete a question and its answer."""


@define(eq=False)
class SharedQuestions:
    """The questions of this process that another one may receive the answer to, and the other way round.

    ``announce`` tells the other processes of an answer, by the digest of its question in hexadecimal. Answers are
    sealed: people write them.
    """

    _store: QuestionStore
    _seal: Seal
    _sources: Sources
    _announce: Callable[[str], None]
    _asked: dict[bytes, PendingQuestions] = field(factory=dict, init=False)

    def mailbox(self, session: bytes) -> Mailbox:
        """The mailbox of the session with this digest."""
        return _SessionMailbox(self, session)

    async def open(self, question: str, session: bytes, waiting: PendingQuestions) -> None:
        """Store a question. When that is not possible, the answer is taken only in this process."""
        digest = _digest(question)
        self._asked[digest] = waiting
        try:
            await self._store.add_question(digest, session, expires_at=self._sources.now() + ANSWERABLE)
        except Exception:
            _log.exception("a question could not be stored: only this process can take the answer")

    async def close(self, question: str) -> None:
        digest = _digest(question)
        self._asked.pop(digest, None)
        try:
            await self._store.delete_question(digest)
        except Exception:
            _log.exception("a question could not be deleted: that is done when it has expired")

    async def pass_on(self, session: bytes, message: Response) -> None:
        """Hand the answer to a question of another process over to it; any other answer is ignored."""
        if not isinstance(message.id, str) or _QUESTION.fullmatch(message.id) is None:
            return
        digest = _digest(message.id)
        if not await self._store.has_question(digest):
            return  # a client may send any number of answers to nothing
        content = msgspec.json.encode({"id": message.id, "result": message.result, "error": message.error})
        if await self._store.answer_question(digest, session, self._seal.seal(content, purpose=_PURPOSE)):
            self._announce(digest.hex())

    async def hear(self, digest: bytes) -> None:
        """Deliver the answer to a question of this process, if another process has received it."""
        waiting = self._asked.get(digest)
        answer = None if waiting is None else await self._store.find_question_answer(digest)
        if waiting is not None and answer is not None:
            content: dict[str, Params | None] = msgspec.json.decode(self._seal.open(answer, purpose=_PURPOSE))
            waiting.resolve(Response(str(content["id"]), content["result"], content["error"]))

    async def hear_all(self) -> None:
        """Look for the answers to all questions of this process, after events may have been missed."""
        for digest in list(self._asked):
            await self.hear(digest)


@frozen
class _SessionMailbox(Mailbox):
    _shared: SharedQuestions
    _session: bytes

    async def open(self, question: str, waiting: PendingQuestions) -> None:
        await self._shared.open(question, self._session, waiting)

    async def close(self, question: str) -> None:
        await self._shared.close(question)


def _digest(question: str) -> bytes:
    return hashlib.sha256(b"mcp question\0" + question.encode()).digest()
