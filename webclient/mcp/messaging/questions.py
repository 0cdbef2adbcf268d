"""The server's questions, answered by the host (MCP client features; multi round-trip requests)."""

from typing import Any

from attrs import define

from ...cause_code import CauseCode
from ...errors import FlowError, ProtocolFailure
from ...trace import CLIENT, YOU, Chapter, Trace
from ..protocol import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MODERN,
    REJECTED,
    RELATED_TASK,
    Declined,
    Host,
    Message,
    Mismatch,
    Misshapen,
    Unusable,
    mode_of,
    params_of,
    require_answer,
    require_askable,
)

ELICIT, SAMPLE, ROOTS, PING = "elicitation/create", "sampling/createMessage", "roots/list", "ping"
NEEDS = {ELICIT: "elicitation", SAMPLE: "sampling", ROOTS: "roots"}
TITLES = {
    ELICIT: "The server asks for your input",
    SAMPLE: "The server asks for a model's answer",
    ROOTS: "The server asks which folders it may access",
}
MOST_MESSAGES = 1000


class Unanswerable(FlowError):
    """A question that the client did not offer to answer, or that is malformed.

    ``code`` is the JSON-RPC error code sent to a server before 2026-07-28.
    """

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence, CauseCode.UNANSWERABLE)
        self.code = code


@define
class Questions:
    """Answers questions for one operation, and only those that the host declared a capability for."""

    host: Host
    trace: Trace
    protocol: str = MODERN
    """The revision in use, whose rules apply."""

    def _require_declared(self, method: str, params: dict[str, Any]) -> None:
        declared = self.host.capabilities.get(NEEDS.get(method, ""))
        if declared is None:
            raise Unanswerable(
                f"The server requests {method[:60]}, which this client does not offer.", METHOD_NOT_FOUND
            )
        if method == ELICIT and mode_of(params) not in (declared or {"form": {}}):
            raise Unanswerable(
                f"The server requests input in the mode {mode_of(params)}, which this client does not offer.",
                INVALID_PARAMS,
            )
        if method == SAMPLE and ("tools" in params or "toolChoice" in params) and "tools" not in declared:
            raise Unanswerable(
                "The server requests that the model use tools, which this client does not offer.", INVALID_PARAMS
            )

    async def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Answer one question and return the result to send.

        Raises Unanswerable, Declined, and ProtocolFailure when the host's answer does not fit the question.
        """
        title = TITLES.get(method, "The server asks for input")
        async with self.trace.hop(
            CLIENT, YOU, Chapter.USING, title, rule=f"MCP {self.protocol}, {NEEDS.get(method, 'client features')}"
        ) as notes:
            self._require_declared(method, params)
            notes.receives(
                {
                    "message": params.get("message"),
                    "requestedSchema": params.get("requestedSchema"),
                    "url": params.get("url"),
                }
            )
            notes.meaning = "Before it continues, the server asks a question that only the client or you can answer."
            try:
                return await self._asked(method, params)
            except Unusable as error:
                raise Unanswerable(f"The question of the server is not valid: {error}.", INVALID_PARAMS) from None
            except Mismatch as error:
                raise ProtocolFailure(
                    f"The answer does not fit what the server asked for: {error}.", CauseCode.WRONG_ANSWER
                ) from None

    async def _asked(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == ELICIT:
            require_askable(params)
            return require_answer(params, await self.host.elicit(params))
        if method == SAMPLE:
            messages = params.get("messages")
            if not isinstance(messages, list) or len(messages) > MOST_MESSAGES:
                raise Unusable("it has no messages for the model")
            return _require_words(await self.host.sample(params))
        return _require_roots(await self.host.roots())

    async def reply(self, message: Message) -> Message:
        """Answer a request of a server before 2026-07-28; returns the JSON-RPC response."""
        outcome: dict[str, Any]
        try:
            outcome = {
                "result": {} if message["method"] == PING else await self.answer(message["method"], params_of(message))
            }
        except Unanswerable as error:
            outcome = {"error": {"code": error.code, "message": str(error)}}
        except Declined as error:
            outcome = {"error": {"code": REJECTED, "message": str(error)}}
        except FlowError as error:
            outcome = {"error": {"code": INTERNAL_ERROR, "message": str(error)}}
        return {"jsonrpc": "2.0", "id": message["id"], **_of_its_task(outcome, params_of(message))}

    async def responses(self, wanted: Any, most: int) -> dict[str, Any]:
        """The ``inputResponses`` for the ``inputRequests`` of a result. Raises as answer() does, and Misshapen."""
        if not isinstance(wanted, dict) or len(wanted) > most:
            raise Misshapen("The server asks for more input, but its request is not valid.")
        given = {}
        for name, request in wanted.items():
            if not isinstance(request, dict) or not isinstance(request.get("method"), str):
                raise Misshapen("The server asks for more input, but its request is not valid.")
            given[name] = await self.answer(request["method"], params_of(request))
        return given


def put_away(message: Message) -> Message:
    """The response to a question that can no longer be answered; it does not say that the person declined (MCP
    2025-11-25, elicitation: response actions).
    """
    outcome: dict[str, Any] = {"error": {"code": INTERNAL_ERROR, "message": "There is nobody to ask any more."}}
    if message["method"] == ELICIT:
        outcome = {"result": {"action": "cancel"}}
    elif message["method"] == PING:
        outcome = {"result": {}}
    return {"jsonrpc": "2.0", "id": message["id"], **_of_its_task(outcome, params_of(message))}


def related_task(params: dict[str, Any]) -> dict[str, Any] | None:
    """The related task of a message, as the server wrote it: an object with a ``taskId`` (MCP 2025-11-25, associating
    task-related messages); None when there is none.
    """
    meta = params.get("_meta")
    related = meta.get(RELATED_TASK) if isinstance(meta, dict) else None
    return related if isinstance(related, dict) and isinstance(related.get("taskId"), str) else None


def _of_its_task(outcome: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Add the question's task to its response; an error has no member for it."""
    related = related_task(params)
    if related is None or "result" not in outcome:
        return outcome
    return {
        "result": {
            **outcome["result"],
            "_meta": {**outcome["result"].get("_meta", {}), RELATED_TASK: {"taskId": related["taskId"]}},
        }
    }


def _require_words(result: dict[str, Any]) -> dict[str, Any]:
    if (
        result.get("role") not in ("assistant", "user")
        or not isinstance(result.get("model"), str)
        or not isinstance(result.get("content"), dict | list)
    ):
        raise Mismatch("a model's message needs a role, a content and the model's name")
    return result


def _require_roots(result: dict[str, Any]) -> dict[str, Any]:
    roots = result.get("roots")
    if not isinstance(roots, list) or not all(
        isinstance(root, dict) and str(root.get("uri", "")).startswith("file://") for root in roots
    ):
        raise Mismatch("every root needs a file:// address")
    return result
