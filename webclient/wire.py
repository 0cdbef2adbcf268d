"""Objects of the protocol as they are received and sent (MCP 2026-07-28, schema; MCP 2025-11-25, schema, for what only
older revisions have; SEP-2663 for tasks; SEP-2640 for skills).

They are typed dictionaries, since programs are given, and pages keep, the JSON that a server sent. A member has a type
where ``mcp`` checks it. An ``Unchecked`` member is as the server sent it, and its type is checked where it is used.
"""

from typing import Any, Literal, NotRequired, TypedDict, cast

from .json_text import JsonObject

Unchecked = Any

# Lists


class Definition(TypedDict):
    """Members that the entries of all lists may have."""

    title: NotRequired[Unchecked]
    description: NotRequired[Unchecked]
    icons: NotRequired[Unchecked]
    _meta: NotRequired[Unchecked]


class Tool(TypedDict):
    """A tool that can be offered, checked by ``mcp.protocol.read_tools``.

    The schemas are exactly as the server wrote them.
    """

    name: str
    title: NotRequired[str]
    description: NotRequired[str]
    inputSchema: JsonObject
    outputSchema: NotRequired[JsonObject]
    annotations: NotRequired[JsonObject]
    execution: NotRequired[JsonObject]
    _meta: NotRequired[JsonObject]


class Resource(Definition):
    """A resource, checked by ``mcp.protocol.presentable``."""

    uri: str
    name: NotRequired[Unchecked]
    mimeType: NotRequired[Unchecked]
    size: NotRequired[Unchecked]


class ResourceTemplate(Definition):
    """A resource template (RFC 6570), checked by ``mcp.protocol.presentable``."""

    uriTemplate: str
    name: NotRequired[Unchecked]
    mimeType: NotRequired[Unchecked]


class Prompt(Definition):
    """A prompt, checked by ``mcp.protocol.presentable``."""

    name: str
    arguments: NotRequired[Unchecked]


class Skill(TypedDict):
    """A skill, checked by ``mcp.protocol.presentable``."""

    uri: str
    frontmatter: NotRequired[Unchecked]
    resources: NotRequired[Unchecked]


class SkillFile(TypedDict):
    """The entry of a file in a skill; ``size`` in bytes."""

    uri: str
    digest: NotRequired[Unchecked]
    size: NotRequired[Unchecked]


# Results


class ContentBlock(TypedDict, total=False):
    """A block of any kind, which ``type`` names: text, image, audio, resource or resource_link."""

    type: Unchecked
    text: Unchecked
    data: Unchecked
    mimeType: Unchecked
    resource: Unchecked
    uri: Unchecked
    name: Unchecked
    title: Unchecked
    description: Unchecked
    annotations: Unchecked
    _meta: Unchecked


class CallToolResult(TypedDict, total=False):
    """The result of a tool; ``content_of`` reads its blocks."""

    content: Unchecked
    structuredContent: Unchecked
    isError: Unchecked
    _meta: Unchecked


def content_of(result: CallToolResult) -> list[ContentBlock]:
    """The content blocks of a result, without anything in it that is none."""
    content = result.get("content")
    return [cast(ContentBlock, each) for each in content if isinstance(each, dict)] if isinstance(content, list) else []


class ReadResourceResult(TypedDict):
    """The contents of a resource, or of the files below one."""

    contents: list[Unchecked]
    _meta: NotRequired[Unchecked]


class GetPromptResult(TypedDict):
    """The messages of a prompt, each with a ``role`` and a content block."""

    messages: list[Unchecked]
    description: NotRequired[Unchecked]
    _meta: NotRequired[Unchecked]


class Completion(TypedDict):
    values: list[str]
    total: NotRequired[Unchecked]
    hasMore: NotRequired[Unchecked]


class CompleteResult(TypedDict):
    """Suggestions for the value of an argument."""

    completion: Completion


class InputRequest(TypedDict):
    """A question of the server in a result, checked by ``mcp.messaging.read_input_requests``."""

    method: str
    params: NotRequired[Unchecked]


class InputRequiredResult(TypedDict, total=False):
    """A result that asks for input (MCP 2026-07-28, multi round-trip requests)."""

    inputRequests: dict[str, InputRequest] | None
    requestState: str | None


class Task(TypedDict):
    """A task, checked by ``mcp.tasks.read_task``; durations in milliseconds.

    ``ttlMs`` and ``pollIntervalMs`` are ``ttl`` and ``pollInterval`` in MCP 2025-11-25.
    """

    taskId: str
    status: str
    statusMessage: NotRequired[Unchecked]
    ttlMs: NotRequired[Unchecked]
    pollIntervalMs: NotRequired[Unchecked]
    ttl: NotRequired[Unchecked]
    pollInterval: NotRequired[Unchecked]
    result: NotRequired[Unchecked]
    error: NotRequired[Unchecked]
    inputRequests: NotRequired[Unchecked]


# The introduction of a client and of a server


class Implementation(TypedDict):
    """The program that a client or a server is."""

    name: str
    version: str


class ClientCapabilities(TypedDict, total=False):
    """What a host can answer; each capability has an object of its own, which may be empty."""

    elicitation: JsonObject
    sampling: JsonObject
    roots: JsonObject
    tasks: JsonObject
    extensions: dict[str, JsonObject]
    experimental: JsonObject


class InitializeParams(TypedDict):
    protocolVersion: str
    capabilities: ClientCapabilities
    clientInfo: Implementation


class InitializeResult(TypedDict):
    """The result of initialize, checked by the request's reader."""

    protocolVersion: str
    serverInfo: NotRequired[Unchecked]
    capabilities: NotRequired[Unchecked]
    instructions: NotRequired[Unchecked]


class DiscoverResult(TypedDict, total=False):
    """The result of server/discover; empty for a server that does not introduce itself."""

    supportedVersions: Unchecked
    capabilities: Unchecked
    instructions: Unchecked
    _meta: Unchecked


# What a server asks of the person's side, and the answers


class ElicitParams(TypedDict):
    """The parameters of elicitation/create, a form or an address to visit, checked by
    ``mcp.protocol.read_elicitation``.
    """

    message: str
    mode: NotRequired[Unchecked]
    requestedSchema: NotRequired[JsonObject]
    url: NotRequired[str]
    elicitationId: NotRequired[Unchecked]
    _meta: NotRequired[Unchecked]


class ElicitResult(TypedDict):
    """The person's answer; ``content`` only with accept, and only in the mode form."""

    action: Literal["accept", "decline", "cancel"]
    content: NotRequired[JsonObject]


class CreateMessageParams(TypedDict):
    """The parameters of sampling/createMessage, checked by ``mcp.messaging.Questions``."""

    messages: list[Unchecked]
    maxTokens: NotRequired[Unchecked]
    systemPrompt: NotRequired[Unchecked]
    temperature: NotRequired[Unchecked]
    stopSequences: NotRequired[Unchecked]
    modelPreferences: NotRequired[Unchecked]
    includeContext: NotRequired[Unchecked]
    metadata: NotRequired[Unchecked]
    tools: NotRequired[Unchecked]
    toolChoice: NotRequired[Unchecked]
    _meta: NotRequired[Unchecked]


class CreateMessageResult(TypedDict):
    """The words of a model, or of a person in its place; ``content`` is a content block or a list of them."""

    role: Literal["user", "assistant"]
    content: JsonObject | list[JsonObject]
    model: str
    stopReason: NotRequired[str]


class Root(TypedDict):
    """A folder that the server may work in; ``uri`` begins with file://."""

    uri: str
    name: NotRequired[str]


class ListRootsResult(TypedDict):
    roots: list[Root]


InputResponse = ElicitResult | CreateMessageResult | ListRootsResult


# Requests and notifications


class PromptReference(TypedDict):
    type: Literal["ref/prompt"]
    name: str


class ResourceTemplateReference(TypedDict):
    type: Literal["ref/resource"]
    uri: str


Reference = PromptReference | ResourceTemplateReference


class SubscriptionFilter(TypedDict, total=False):
    """The notifications that a listener asks for (patterns: subscriptions; SEP-2663 for ``taskIds``)."""

    toolsListChanged: bool
    promptsListChanged: bool
    resourcesListChanged: bool
    resourceSubscriptions: list[str]
    taskIds: list[str]
