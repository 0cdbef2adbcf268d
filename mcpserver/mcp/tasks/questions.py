"""Questions of a task, which stay in its record until the client answers them (SEP-2663: task update requests)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..codec import Mismatch
from ..interaction import MOST_ANSWERS, Question

Put = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Puts requests by key into the task and returns the client's results by key, once all have arrived."""


class TaskInterview:
    """The Interview of a task.

    No key is used twice: a question whose answer does not fit is asked again under another key, with the reason.
    """

    def __init__(self, put: Put, remembered: dict[str, Any]) -> None:
        self._put = put
        self.remembered = remembered
        self._used: set[str] = set()

    async def ask(self, questions: Sequence[Question[Any]]) -> list[Any]:
        """The answers, in order. Raises Declined, and ToolError when ``MOST_ANSWERS`` answers to one do not fit."""
        answers: dict[int, Any] = {}
        asked = dict(enumerate(questions))
        for left in range(MOST_ANSWERS - 1, -1, -1):
            open_ = {self._key(question): number for number, question in asked.items() if number not in answers}
            results = await self._put({key: asked[number].as_dict() for key, number in open_.items()})
            for key, number in open_.items():
                try:
                    answers[number] = questions[number].read(results[key])
                except Mismatch as misfit:
                    if not left:
                        raise questions[number].refused(misfit) from misfit
                    asked[number] = questions[number].again(misfit)
            if len(answers) == len(questions):
                break
        return [answers[number] for number in range(len(questions))]

    def _key(self, question: Question[Any]) -> str:
        wanted = question.key or question.method.replace("/", "_")
        key, number = wanted, 1
        while key in self._used:
            number += 1
            key = f"{wanted}_{number}"
        self._used.add(key)
        return key
