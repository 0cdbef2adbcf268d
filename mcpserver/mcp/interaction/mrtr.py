"""How questions reach the client: replayed on 2026-07-28 (basic: multi round-trip requests), asked live on revisions
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
"""Sends a request (method, params) to the client and gives its result."""


class InputRequired(BaseException):
    """The request ends here, with questions; no handler's ``except Exception`` may hold it up."""

    def __init__(self, questions: Mapping[str, Question[Any]]) -> None:
        super().__init__(", ".join(questions))
        self.questions = dict(questions)


class Interview(Protocol):
    """``remembered`` maps keys to JSON values, of this request and of the rounds before it."""

    remembered: dict[str, Any]

    async def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        """The answers, in order. Raises Declined."""


async def remember(remembered: dict[str, Any], key: str, function: Callable[[], Any]) -> Any:
    """What the function gave, the first time it was called for this request, as the type it says it returns."""
    kind = get_type_hints(function).get("return", Any) if inspect.isroutine(function) else Any
    if key not in remembered:
        value = function()
        remembered[key] = msgspec.to_builtins(await value if inspect.isawaitable(value) else value)
    return msgspec.convert(remembered[key], kind)


class ReplayedInput:
    """The handler runs from its beginning on every retry: what was answered or remembered before is given back, what
    was not ends the request.

    ``answers`` maps keys to the client's results, ``remembered`` keys to JSON values, ``misfits`` keys to how many
    answers did not fit.
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
        """The author's own, else the method and its number: the same in every run of the same handler."""
        if question.key is not None:
            return question.key
        name = question.method.replace("/", "_")
        self._counts[name] = self._counts.get(name, 0) + 1
        return f"{name}_{self._counts[name]}"

    def _answer(self, key: str, question: Question[Any], missing: dict[str, Question[Any]]) -> Any:
        """An answer that does not fit is asked for again, with the reason (multi round-trip requests: error handling).

        Raises ToolError after some.
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
    """The handler waits while the client answers, for ``patience`` seconds at most (2025-11-25, client)."""

    def __init__(self, ask: Ask, patience: float) -> None:
        self._ask = ask
        self._patience = patience
        self.remembered: dict[str, Any] = {}

    async def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        return list(await asyncio.gather(*(self._answer(question) for question in questions)))

    async def _answer(self, question: Question[Any]) -> Any:
        """What does not fit is asked for again, with the reason."""
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
    """Raises Mismatch."""
    if not isinstance(given, Mapping):
        raise Mismatch("The answer must be an object.")
    return given


def input_required(error: BaseException) -> InputRequired | None:
    """The questions in an exception: one, or those that a group of tasks asked at the same time."""
    if isinstance(error, InputRequired):
        return error
    if not isinstance(error, BaseExceptionGroup):
        return None
    asked = [input_required(each) for each in error.exceptions]
    merged = {key: question for each in asked if each is not None for key, question in each.questions.items()}
    return InputRequired(merged) if merged and None not in asked else None
