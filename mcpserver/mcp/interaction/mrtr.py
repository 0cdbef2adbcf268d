"""Delivery of questions to the client: by replay on 2026-07-28 (basic: multi round-trip requests), live on revisions
before it.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol, get_type_hints

import msgspec

from ..codec import Mismatch
from ..protocol import Params, ToolError
from .questions import MOST_ANSWERS, Declined, Question

Ask = Callable[[str, Params], Awaitable[Params]]
"""Sends a request (method, params) to the client and returns its result."""


class InputRequired(BaseException):
    """Ends a request with questions; a BaseException, so that no handler's ``except Exception`` catches it."""

    def __init__(self, questions: Mapping[str, Question[Any]]) -> None:
        super().__init__(", ".join(questions))
        self.questions = dict(questions)


class Interview(Protocol):
    """Asks questions during one request; ``remembered`` maps keys to JSON values, of this and earlier rounds."""

    remembered: dict[str, Any]

    async def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        """The answers, in order. Raises Declined and ToolError, or InputRequired to end the round."""


async def remember(remembered: dict[str, Any], key: str, function: Callable[[], Any]) -> Any:
    """The function's value from its first call for this request, converted to its annotated return type."""
    kind = get_type_hints(function).get("return", Any) if inspect.isroutine(function) else Any
    if key not in remembered:
        value = function()
        remembered[key] = msgspec.to_builtins(await value if inspect.isawaitable(value) else value)
    return msgspec.convert(remembered[key], kind)


class ReplayedInput:
    """The Interview of a handler that is run from its beginning in every round.

    Questions answered in earlier rounds return their answers; unanswered ones end the request with InputRequired.
    ``answers`` maps keys to the client's results, ``remembered`` keys to JSON values, ``misfits`` keys to the number of
    answers that did not fit.
    """

    def __init__(self, answers: Mapping[str, Any], remembered: Mapping[str, Any], misfits: Mapping[str, int]) -> None:
        self._given = answers
        self._counts: dict[str, int] = {}
        self.answers: dict[str, Any] = {}
        self.remembered: dict[str, Any] = dict(remembered)
        self.misfits: dict[str, int] = dict(misfits)

    async def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        keys = [self._key(question) for question in questions]
        missing: dict[str, Question[Any]] = {}
        answers = [self._answer(key, question, missing) for key, question in zip(keys, questions, strict=True)]
        if missing:
            raise InputRequired(missing)
        return answers

    def _key(self, question: Question[Any]) -> str:
        """The author's key, else the method and a running number, which are the same in every run of the handler."""
        if question.key is not None:
            return question.key
        name = question.method.replace("/", "_")
        self._counts[name] = self._counts.get(name, 0) + 1
        return f"{name}_{self._counts[name]}"

    def _answer(self, key: str, question: Question[Any], missing: dict[str, Question[Any]]) -> Any:
        """The answer to a question; an absent or unfit one is added to ``missing`` (multi round-trip requests: error
        handling).

        After an answer that does not fit, the question includes the reason. Raises Declined, and ToolError when
        ``MOST_ANSWERS`` answers did not fit.
        """
        given = self._given.get(key)
        if given is None:
            missing[key] = question
            return None
        try:
            answer = question.read(_result(given))
            self.answers[key] = given
            return answer
        except Declined:
            self.answers[key] = given
            raise
        except Mismatch as misfit:
            self.misfits[key] = self.misfits.get(key, 0) + 1
            if self.misfits[key] >= MOST_ANSWERS:
                raise question.refused(misfit) from misfit
            missing[key] = question.again(misfit)
            return None


class LiveInput:
    """The Interview of a handler that waits for the client, ``patience`` seconds per question (2025-11-25, client)."""

    def __init__(self, ask: Ask, patience: float) -> None:
        self._ask = ask
        self._patience = patience
        self.remembered: dict[str, Any] = {}

    async def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        return list(await asyncio.gather(*(self._answer(question) for question in questions)))

    async def _answer(self, question: Question[Any]) -> Any:
        """The answer to a question, asked again with the reason while it does not fit.

        Raises Declined, and ToolError when ``MOST_ANSWERS`` answers do not fit or one does not come in time.
        """
        asked = question
        for left in range(MOST_ANSWERS - 1, -1, -1):
            result = await self._result(asked)
            try:
                return question.read(result)
            except Mismatch as misfit:
                if not left:
                    raise question.refused(misfit) from misfit
                asked = question.again(misfit)
        raise AssertionError("the last answer is either read or refused")

    async def _result(self, question: Question[Any]) -> Params:
        try:
            async with asyncio.timeout(self._patience):
                return await self._ask(question.method, question.params)
        except TimeoutError:
            raise ToolError(f"The client did not answer {question.method} in time.") from None


def _result(given: object) -> Mapping[str, Any]:
    """The answer as a mapping. Raises Mismatch for anything else."""
    if not isinstance(given, Mapping):
        raise Mismatch("The answer must be an object.")
    return given


def input_required(error: BaseException) -> InputRequired | None:
    """The InputRequired in an exception, merged from a group of concurrent ones; None when there is anything else."""
    if isinstance(error, InputRequired):
        return error
    if not isinstance(error, BaseExceptionGroup):
        return None
    asked = [input_required(each) for each in error.exceptions]
    merged = {key: question for each in asked if each is not None for key, question in each.questions.items()}
    return InputRequired(merged) if merged and None not in asked else None
