"""Builders of the protocol's requests, each with its step in the trace and the reader of its result (MCP 2026-07-28,
server features).
"""

from collections.abc import Mapping

from attrs import evolve

from ...json_text import JsonObject
from ...trace import Chapter, Notes
from ...wire import Reference, Tool
from ..protocol import Misshapen, listed, page_reader, require_structured
from .endpoint import Step
from .exchange import Ask

MOST_VALUES = 100
LISTING = {
    "tools/list": "List the tools",
    "resources/list": "List the resources",
    "resources/templates/list": "List the resource templates",
    "prompts/list": "List the prompts",
    "skills/list": "List the skills",
}


def _rule(method: str) -> str:
    return f"MCP 2026-07-28, {method}"


def listing(method: str, name: str, params: Mapping[str, object]) -> Ask:
    """The request for one page of a list."""
    return Ask(method, params, Step(LISTING[method], _rule(method), Chapter.USING), page_reader(name, params))


def calling(tool: Tool, arguments: Mapping[str, object], headers: Mapping[str, str]) -> Ask:
    """The request that calls a tool. ``headers`` are the parameters that the tool wants mirrored."""

    def read(notes: Notes, result: JsonObject) -> None:
        listed(result, "content")
        notes.receives({name: result.get(name) for name in ("content", "structuredContent", "isError")})
        require_structured(tool, result)
        failed = result.get("isError") is True
        notes.outcome = "failed" if failed else "ok"
        notes.meaning = "The tool ran and reported a failure." if failed else "The tool ran and gave its result."

    name = tool["name"]
    step = Step(f"Call the tool {name[:60]}", _rule("tools/call"), Chapter.USING)
    return Ask(
        "tools/call",
        {"name": name, "arguments": dict(arguments)},
        step,
        read,
        slow=True,
        headers=headers,
        once=not _is_repeatable(tool),
    )


def calling_by_task(tool: Tool, arguments: Mapping[str, object], token: int, seconds: float) -> Ask:
    """The request that calls a tool as a task, which the server is asked to keep for ``seconds``.

    ``token`` is the progress token, valid as long as the task (MCP 2025-11-25, tasks).
    """
    plain = calling(tool, arguments, {})

    def read(notes: Notes, result: JsonObject) -> None:
        task = result.get("task")
        if not isinstance(task, dict):
            # The server ran the call without a task, so this is a plain result.
            plain.read(notes, result)
            return
        notes.receives({name: task.get(name) for name in ("taskId", "status", "statusMessage", "ttl", "pollInterval")})
        notes.outcome = "info"
        notes.meaning = (
            "The call continues as a task. The client asks the server for the status of the task from time to time."
        )

    return evolve(
        plain, params={**plain.params, "task": {"ttl": round(seconds * 1000)}}, read=read, token=token, once=True
    )


def _is_repeatable(tool: Tool) -> bool:
    """Whether a call may be sent twice, by the tool's annotations (MCP 2026-07-28, tools: annotations).

    The annotations are unverified, but a repeated call would harm only the server that wrote them.
    """
    hints = tool.get("annotations")
    return isinstance(hints, dict) and (hints.get("readOnlyHint") is True or hints.get("idempotentHint") is True)


def reading(uri: str) -> Ask:
    def read(notes: Notes, result: JsonObject) -> None:
        contents = listed(result, "contents")
        if not isinstance(contents, list):
            raise Misshapen("The response of the server has no contents.")
        notes.receives({"contents": contents})
        notes.meaning = "The server returns the resource."

    return Ask(
        "resources/read",
        {"uri": uri},
        Step(f"Read {uri[:80]}", _rule("resources/read"), Chapter.USING),
        read,
        slow=True,
    )


def getting(name: str, arguments: Mapping[str, str]) -> Ask:
    def read(notes: Notes, result: JsonObject) -> None:
        if not isinstance(listed(result, "messages"), list):
            raise Misshapen("The prompt of the server has no messages.")
        notes.receives({"messages": result["messages"]})
        notes.meaning = "The server returns the prompt with the arguments filled in."

    params = {"name": name, "arguments": dict(arguments)} if arguments else {"name": name}
    return Ask(
        "prompts/get", params, Step(f"Get the prompt {name[:60]}", _rule("prompts/get"), Chapter.USING), read, slow=True
    )


def completing(ref: Reference, name: str, value: str, context: Mapping[str, str]) -> Ask:
    """The request for completions of an argument. Of the result's values only strings are kept, and at most
    MOST_VALUES.
    """

    def read(notes: Notes, result: JsonObject) -> None:
        completion = result.get("completion")
        values = listed(completion, "values") if isinstance(completion, dict) else None
        if not isinstance(completion, dict) or not isinstance(values, list):
            raise Misshapen("The suggestions of the server are not a list.")
        completion["values"] = [each for each in values if isinstance(each, str)][:MOST_VALUES]
        notes.meaning = f"The server has {len(completion['values'])} suggestions."

    params: JsonObject = {"ref": dict(ref), "argument": {"name": name, "value": value}}
    chosen = {"context": {"arguments": dict(context)}} if context else {}
    return Ask(
        "completion/complete",
        {**params, **chosen},
        Step("Complete an argument", _rule("completion/complete"), Chapter.USING),
        read,
    )


def setting_level(level: str) -> Ask:
    return Ask(
        "logging/setLevel",
        {"level": level},
        Step(f"Set the log level to {level[:20]}", "MCP 2025-11-25, logging", Chapter.USING),
    )


def resource_subscription(method: str, uri: str) -> Ask:
    """The request to subscribe to a resource or to unsubscribe (MCP 2025-11-25, resources: subscriptions)."""
    title = "Subscribe to the resource" if method == "resources/subscribe" else "Unsubscribe from the resource"
    return Ask(method, {"uri": uri}, Step(title, f"MCP 2025-11-25, {method}", Chapter.USING))


def pinging(modern: bool) -> Ask:
    """The request that checks whether the server answers. Revision 2026-07-28 has no ping, so server/discover is used
    there.
    """
    if modern:
        return Ask("server/discover", {}, Step("Ping", _rule("server/discover"), Chapter.USING))
    return Ask("ping", {}, Step("Ping", "MCP 2025-11-25, ping", Chapter.USING))
