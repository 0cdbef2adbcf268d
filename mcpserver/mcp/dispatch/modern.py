"""Requests and results specific to MCP 2026-07-28.

The revision is stateless: every request carries its version and capabilities in ``_meta`` (basic: general fields).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from ...principal import User
from ..features import Tool
from ..interaction import (
    PROMPTS,
    RESOURCES,
    TASK,
    TASKS,
    TOOLS,
    UPDATED,
    Context,
    Interview,
    Listener,
    Notify,
    Question,
)
from ..protocol import MODERN_VERSION as VERSION
from ..protocol import (
    PREFIX,
    SUPPORTED,
    DiscoverResult,
    Implementation,
    InvalidParams,
    Params,
    Request,
    Result,
    ServerCapabilities,
    SubscriptionFilter,
)

if TYPE_CHECKING:
    from .. import Server

SERVER_INFO = PREFIX + "serverInfo"
SUBSCRIPTION_ID = PREFIX + "subscriptionId"

_LISTS = {"toolsListChanged": TOOLS, "promptsListChanged": PROMPTS, "resourcesListChanged": RESOURCES}
OwnTasks = Callable[[list[str], Context], Awaitable[dict[str, str]]]
"""Filters task ids to those of the caller, and returns them by the subject of their events."""

MOST_SUBSCRIPTIONS, LONGEST_SUBSCRIPTIONS = 1000, 128 * 1024
"""Maximum number of URIs that one listener may name, and of their characters in total."""


@frozen
class ModernRequest:
    """A request of 2026-07-28 and its caller.

    ``tool`` is the tool that ``tools/call`` names; None when absent, hidden from the caller, or for other methods.
    """

    message: Request
    caller: User | None
    tool: Tool | None = None


def context_of(request: ModernRequest, notify: Notify, interview: Interview, *, anonymous: bool) -> Context:
    """The handler's context of a request."""
    meta = request.message.meta
    return Context(
        request.caller,
        VERSION,
        notify,
        interview,
        request_id=request.message.id,
        anonymous=anonymous,
        meta=dict(meta.values),
        client_capabilities=meta.client_capabilities,
        log_level=meta.log_level,
        progress_token=meta.progress_token,
        trace=meta.trace,
    )


def discovery(capabilities: ServerCapabilities, server: "Server") -> Result:
    """A DiscoverResult (MCP 2026-07-28, server: discovery)."""
    result: DiscoverResult = {"supportedVersions": list(SUPPORTED), "capabilities": capabilities}
    if server.instructions:
        result["instructions"] = server.instructions
    return cacheable(result, ttl=server.list_ttl)


def complete(result: Result, server_info: Implementation) -> Result:
    """Mark a result as complete and add the server's info to its ``_meta``."""
    return {"resultType": "complete", **result, "_meta": {**result.get("_meta", {}), SERVER_INFO: server_info}}


def input_required(questions: Mapping[str, Question[Any]], state: str, server_info: Implementation) -> Result:
    """An InputRequiredResult (basic: multi round-trip requests)."""
    requests = {key: question.as_dict() for key, question in questions.items()}
    return {
        "resultType": "input_required",
        "inputRequests": requests,
        "requestState": state,
        "_meta": {SERVER_INFO: server_info},
    }


def cacheable(result: Result, *, ttl: int, private: bool = False) -> Result:
    """Add the caching hints to a result; ``ttl`` in seconds (utilities: caching)."""
    return {**result, "ttlMs": ttl * 1000, "cacheScope": "private" if private else "public"}


def uncacheable(result: Result) -> Result:
    """Forbid caching of a result that depends on answers, which are not part of the cache key (utilities: caching).

    Results without ``cacheScope`` are unchanged: the ``ttlMs`` of a task has another meaning.
    """
    return {**result, "ttlMs": 0, "cacheScope": "private"} if "cacheScope" in result else result


async def listen(server: "Server", params: Params, context: Context, *, own_tasks: OwnTasks) -> Result:
    """Send notifications until the client leaves or the server stops (patterns: subscriptions).

    Raises InvalidParams, and MissingCapability for ``taskIds`` of a client that did not declare tasks.
    """
    honoured = _honoured(server, params, context)
    tasks = await own_tasks(honoured.get("taskIds", []), context)
    if "taskIds" in honoured:
        honoured["taskIds"] = list(tasks.values())
    meta = {SUBSCRIPTION_ID: context.request_id}
    subjects = {(TASK, digest) for digest in tasks} | {
        (UPDATED, uri) for uri in honoured.get("resourceSubscriptions", ())
    }
    topics = subjects | {(method, "") for name, method in _LISTS.items() if name in honoured}
    listener = Listener(topics.__contains__, lambda: subjects)
    server.subscriptions.add(listener)
    try:
        await context.notify("notifications/subscriptions/acknowledged", {"_meta": meta, "notifications": honoured})
        async for event in listener.events():
            method, about = event.topic
            named = {"taskId": tasks[about]} if method == TASK else {}
            await context.notify(method, {"_meta": meta, **event.params, **named})
    finally:
        server.subscriptions.discard(listener)
    return {"_meta": meta}


def _honoured(server: "Server", params: Params, context: Context) -> SubscriptionFilter:
    """The requested notifications without those about resources that the caller may not read.

    Task ids are filtered by ``listen``. Raises InvalidParams or MissingCapability.
    """
    asked = params.get("notifications")
    if not isinstance(asked, dict):
        raise InvalidParams('"notifications" must be an object that says what to listen for.')
    honoured = cast(SubscriptionFilter, {name: True for name in _LISTS if asked.get(name) is True})
    uris = _texts(asked, "resourceSubscriptions")
    if "resourceSubscriptions" in asked:
        honoured["resourceSubscriptions"] = [uri for uri in uris if _may_read(server, uri, context)]
    if "taskIds" in asked:
        context.require_capability("extensions", TASKS)
        honoured["taskIds"] = _texts(asked, "taskIds")
    return honoured


def _texts(asked: Mapping[str, Any], name: str) -> list[str]:
    values = asked.get(name, [])
    if (
        not isinstance(values, list)
        or not all(isinstance(value, str) for value in values)
        or len(values) > MOST_SUBSCRIPTIONS
    ):
        raise InvalidParams(f'"{name}" must be a list of at most {MOST_SUBSCRIPTIONS} strings.')
    if sum(map(len, values)) > LONGEST_SUBSCRIPTIONS:
        raise InvalidParams(f'"{name}" can have {LONGEST_SUBSCRIPTIONS} characters at most in all.')
    return values


def _may_read(server: "Server", uri: str, context: Context) -> bool:
    found = server.catalogs.find_resource(uri, context)
    return found is not None and found[0].access.admits(context)
