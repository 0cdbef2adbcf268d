"""The server's questions, answered by the host (MCP client features; multi round-trip requests)."""

from collections.abc import Mapping
from typing import cast

from attrs import define

from ...cause_code import CauseCode
from ...errors import FlowError, ProtocolFailure
from ...json_text import JsonObject
from ...trace import CLIENT, YOU, Chapter, Trace
from ...wire import CreateMessageParams, InputRequest, InputResponse, Unchecked
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
    ServerRequest,
    Unusable,
    error_message,
    mode_of,
    params_of,
    read_elicitation,
    require_answer,
    result_message,
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

    def _declared(self, method: str) -> JsonObject | None:
        """The capability that the method needs, as the host declares it; None when it declares none."""
        capabilities = self.host.capabilities
        return {
            ELICIT: capabilities.get("elicitation"),
            SAMPLE: capabilities.get("sampling"),
            ROOTS: capabilities.get("roots"),
        }.get(method)

    def _require_declared(self, method: str, params: JsonObject) -> None:
        declared = self._declared(method)
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

    async def answer(self, method: str, params: JsonObject) -> InputResponse:
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

    async def _asked(self, method: str, params: JsonObject) -> InputResponse:
        if method == ELICIT:
            elicitation = read_elicitation(params)
            return require_answer(elicitation, await self.host.elicit(elicitation))
        if method == SAMPLE:
            message = await self.host.sample(_read_sampling(params))
            _require_message(message)
            return message
        found = await self.host.roots()
        _require_roots(found)
        return found

    async def reply(self, request: ServerRequest) -> Message:
        """Answer a request of a server before 2026-07-28; returns the JSON-RPC response."""
        try:
            if request.method == PING:
                return _answered(request, {})
            return _answered(request, await self.answer(request.method, request.params))
        except Unanswerable as error:
            return error_message(request.id, error.code, str(error))
        except Declined as error:
            return error_message(request.id, REJECTED, str(error))
        except FlowError as error:
            return error_message(request.id, INTERNAL_ERROR, str(error))

    async def responses(self, requests: Mapping[str, InputRequest]) -> dict[str, InputResponse]:
        """The ``inputResponses`` for the ``inputRequests`` of a result. Raises as answer() does."""
        return {name: await self.answer(request["method"], params_of(request)) for name, request in requests.items()}


def read_input_requests(value: Unchecked, most: int) -> dict[str, InputRequest]:
    """Read the ``inputRequests`` of a result or a task, at most ``most`` of them. Raises Misshapen."""
    understood = isinstance(value, dict) and len(value) <= most and all(map(_is_question, value.values()))
    if not understood:
        raise Misshapen("The server asks for more input, but its request is not valid.")
    return cast(dict[str, InputRequest], value)


def _is_question(value: Unchecked) -> bool:
    return isinstance(value, dict) and isinstance(value.get("method"), str)


def _read_sampling(params: JsonObject) -> CreateMessageParams:
    """Raises Unusable for a request without messages, or with too many."""
    messages = params.get("messages")
    if not isinstance(messages, list) or len(messages) > MOST_MESSAGES:
        raise Unusable("it has no messages for the model")
    return cast(CreateMessageParams, params)


def put_away(request: ServerRequest) -> Message:
    """The response to a question that can no longer be answered; it does not say that the person declined (MCP
    2025-11-25, elicitation: response actions).
    """
    if request.method == ELICIT:
        return _answered(request, {"action": "cancel"})
    if request.method == PING:
        return _answered(request, {})
    return error_message(request.id, INTERNAL_ERROR, "There is nobody to ask any more.")


def related_task(params: JsonObject) -> JsonObject | None:
    """The related task of a message, as the server wrote it: an object with a ``taskId`` (MCP 2025-11-25, associating
    task-related messages); None when there is none.
    """
    meta = params.get("_meta")
    related = meta.get(RELATED_TASK) if isinstance(meta, dict) else None
    return related if isinstance(related, dict) and isinstance(related.get("taskId"), str) else None


def _answered(request: ServerRequest, answer: Mapping[str, object]) -> Message:
    """The response to a question, with its task, if any; an error has no member for that."""
    result: JsonObject = {**answer}
    related = related_task(request.params)
    if related is not None:
        result["_meta"] = {**result.get("_meta", {}), RELATED_TASK: {"taskId": related["taskId"]}}
    return result_message(request.id, result)


def _require_message(result: Mapping[str, object]) -> None:
    if (
        result.get("role") not in ("assistant", "user")
        or not isinstance(result.get("model"), str)
        or not isinstance(result.get("content"), dict | list)
    ):
        raise Mismatch("a model's message needs a role, a content and the model's name")


def _require_roots(result: Mapping[str, object]) -> None:
    roots = result.get("roots")
    if not isinstance(roots, list) or not all(
        isinstance(root, dict) and str(root.get("uri", "")).startswith("file://") for root in roots
    ):
        raise Mismatch("every root needs a file:// address")
