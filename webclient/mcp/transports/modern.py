"""Revision 2026-07-28: requests without a session (MCP 2026-07-28, basic and Streamable HTTP)."""

from attrs import define

from ...json_text import JsonObject
from ...trace import Notes
from ...wire import ClientCapabilities, Implementation, Unchecked
from ..messaging import (
    Ask,
    Endpoint,
    EndpointResponse,
    Receiver,
    Request,
    read_answer,
    read_input_requests,
    require_result,
)
from ..protocol import (
    META,
    MODERN,
    TASKS,
    Endless,
    EventParser,
    Misshapen,
    Options,
    RpcError,
    StrangeAnswer,
    cut_off,
    header_value,
    request_message,
    written,
)
from .session import Session

NAMED = {
    **dict.fromkeys(("tools/call", "prompts/get"), "name"),
    "resources/read": "uri",
    **dict.fromkeys(("tasks/get", "tasks/update", "tasks/cancel"), "taskId"),
}
"""The parameter that is mirrored as Mcp-Name (Streamable HTTP, standard request headers; SEP-2663)."""
ASK_BACK = frozenset({"tools/call", "prompts/get", "resources/read"})
COMPLETE, INPUT_REQUIRED, TASK = "complete", "input_required", "task"


def kind_of(result: JsonObject) -> Unchecked:
    """The result's ``resultType``; complete when absent (MCP 2026-07-28, basic: ResultType)."""
    return result.get("resultType", COMPLETE)


def require_kind(method: str, result: JsonObject) -> None:
    """Raises Misshapen for a result type that is unknown, or not allowed for this method."""
    kind = kind_of(result)
    if kind == COMPLETE or (kind == INPUT_REQUIRED and method in ASK_BACK) or (kind == TASK and method == "tools/call"):
        return
    raise Misshapen(f"The response has a type that this client does not know or did not expect: {str(kind)[:60]}.")


def require_input_required(result: JsonObject, rounds: int, most: int) -> None:
    """Check an InputRequiredResult: it must say what it needs or give a ``requestState``, within the remaining
    ``rounds`` (multi round-trip requests).

    Raises Misshapen, and Endless when no rounds remain.
    """
    requests, state = result.get("inputRequests"), result.get("requestState")
    if not requests and state is None:
        raise Misshapen("The server asks for more input but does not say which.")
    if requests is not None:
        read_input_requests(requests, most)
    if not (state is None or isinstance(state, str)):
        raise Misshapen("The server asks for more input, but its request is not valid.")
    if rounds < 1:
        raise Endless("The server asked for input too many times, so the client stopped answering.")


@define(eq=False)
class Modern:
    endpoint: Endpoint
    receiver: Receiver
    options: Options
    session: Session

    @property
    def capabilities(self) -> ClientCapabilities:
        """The host's capabilities, with the tasks extension that the engine itself provides."""
        declared = self.receiver.host.capabilities
        return {**declared, "extensions": {**declared.get("extensions", {}), TASKS: {}}}

    def _meta(self, ask: Ask, request_id: int) -> JsonObject:
        me: Implementation = {"name": self.options.client_name, "version": self.options.client_version}
        meta: JsonObject = {
            META + "protocolVersion": MODERN,
            META + "clientInfo": me,
            META + "clientCapabilities": self.capabilities,
        }
        level = self.session.level or self.options.log_level
        if level:
            meta[META + "logLevel"] = level
        return {**meta, "progressToken": request_id} if ask.slow else meta

    def request(self, ask: Ask, *, stays_open: float | None = None) -> tuple[int, Request]:
        """Build the request; returns its id and the request.

        ``stays_open`` is the number of seconds that the answer may last, even when the server is silent.
        """
        request_id = next(self.session.numbers)
        message = request_message(request_id, ask.method, {**ask.params, "_meta": self._meta(ask, request_id)})
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": MODERN,
            "Mcp-Method": ask.method,
            **ask.headers,
        }
        if ask.method in NAMED:
            headers["Mcp-Name"] = header_value(str(ask.params[NAMED[ask.method]]))
        patience = self.options.call_timeout if ask.slow else self.options.request_timeout
        told = {"method": ask.method, **ask.params}
        times = (stays_open, stays_open) if stays_open else (patience, self.options.total_timeout)
        return request_id, Request(
            "POST", headers, written(message), told, *times, stays_open=bool(stays_open), once=ask.once
        )

    async def ask(self, ask: Ask) -> JsonObject:
        """Send a request and return its result. Cancelling the call closes the stream, which cancels the request (MCP
        2026-07-28, cancellation).
        """
        request_id, request = self.request(ask)
        with self.receiver.following(request_id, slow=ask.slow):
            async with self.endpoint.send(request, ask.step) as answer:
                try:
                    return await self._read(answer, ask, request_id)
                except (RpcError, StrangeAnswer) as error:
                    ask.judge(error)
                    raise

    async def _read(self, answer: EndpointResponse, ask: Ask, request_id: int) -> JsonObject:
        message = await read_answer(
            answer,
            ask,
            request_id,
            self.receiver,
            EventParser(self.options.longest_event),
            most=self.options.most_events,
        )
        if message is None:
            raise cut_off(answer.status)
        result = require_result(answer, message)
        require_kind(ask.method, result)
        self._tell(ask, answer.notes, result)
        return result

    def _tell(self, ask: Ask, notes: Notes, result: JsonObject) -> None:
        kind = kind_of(result)
        if kind == COMPLETE:
            ask.read(notes, result)
            return
        notes.outcome = "info"
        if kind == INPUT_REQUIRED:
            notes.receives({"inputRequests": result.get("inputRequests")})
            require_input_required(result, ask.rounds, self.options.most_questions)
            notes.meaning = (
                "Before it continues, the server asks for input. The client gets the answer and sends the same "
                "request again with it."
            )
        else:
            notes.receives({name: result.get(name) for name in ("taskId", "status", "statusMessage")})
            notes.meaning = (
                "The call continues as a task. The client asks the server for the status of the task from time to time."
            )

    async def close(self) -> None:
        await self.receiver.close()
