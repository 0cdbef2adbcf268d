"""Objects of the protocol as they are sent (MCP 2026-07-28, schema; SEP-2663 for tasks).

They are typed dictionaries, which are encoded without conversion. JSON Schemas, ``_meta`` and the structured content of
authors are plain mappings, since their members are defined elsewhere.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

import msgspec

Result = Mapping[str, Any]
"""The result of any method; each handler returns a type of its own."""

Meta = Mapping[str, Any]


class AnnotationsObject(TypedDict, total=False):
    audience: Sequence[str]
    priority: float
    lastModified: str


class IconObject(TypedDict):
    src: str
    mimeType: NotRequired[str]
    sizes: NotRequired[Sequence[str]]
    theme: NotRequired[str]


class Annotated(TypedDict, total=False):
    annotations: AnnotationsObject


class TextBlock(Annotated):
    type: Literal["text"]
    text: str


class MediaBlock(Annotated):
    type: Literal["image", "audio"]
    data: str
    mimeType: str


class ResourceLinkBlock(Annotated):
    type: Literal["resource_link"]
    uri: str
    name: str
    title: NotRequired[str]
    description: NotRequired[str]
    mimeType: NotRequired[str]
    size: NotRequired[int]
    icons: NotRequired[list[IconObject]]


class ResourceContents(TypedDict):
    """Contents of a resource, in either ``text`` or ``blob``."""

    uri: str
    mimeType: NotRequired[str]
    text: NotRequired[str]
    blob: NotRequired[str]
    _meta: NotRequired[Meta]


class EmbeddedResourceBlock(Annotated):
    type: Literal["resource"]
    resource: ResourceContents


Block = TextBlock | MediaBlock | ResourceLinkBlock | EmbeddedResourceBlock


class MessageObject(TypedDict):
    role: Literal["user", "assistant"]
    content: Block


class Definition(TypedDict):
    """Members that the entries of all lists have."""

    name: str
    title: NotRequired[str]
    description: NotRequired[str]
    icons: NotRequired[list[IconObject]]
    _meta: NotRequired[Meta]


class ToolDefinition(Definition):
    inputSchema: Mapping[str, Any]
    outputSchema: NotRequired[Mapping[str, Any]]
    annotations: NotRequired[Mapping[str, bool]]


class ResourceDefinition(Definition):
    """A resource, with ``uri``, or a resource template, with ``uriTemplate``; ``size`` in bytes."""

    uri: NotRequired[str]
    uriTemplate: NotRequired[str]
    mimeType: NotRequired[str]
    annotations: NotRequired[AnnotationsObject]
    size: NotRequired[int]


class PromptArgument(TypedDict):
    name: str
    description: NotRequired[str]
    required: bool


class PromptDefinition(Definition):
    arguments: NotRequired[list[PromptArgument]]


class SkillFileObject(TypedDict):
    """A file of a skill (SEP-2640); ``size`` in bytes."""

    uri: str
    digest: str
    size: int


class SkillObject(TypedDict):
    """A skill (SEP-2640)."""

    uri: str
    frontmatter: Mapping[str, Any]
    resources: list[SkillFileObject]


class CallToolResult(TypedDict):
    content: list[Block]
    isError: bool
    structuredContent: NotRequired[msgspec.Raw]
    _meta: NotRequired[Meta]


class GetPromptResult(TypedDict):
    messages: list[MessageObject]
    description: NotRequired[str]


class ReadResourceResult(TypedDict):
    contents: list[ResourceContents]


class Completion(TypedDict):
    values: list[str]
    total: int
    hasMore: bool


class CompleteResult(TypedDict):
    completion: Completion


class Implementation(TypedDict):
    name: str
    version: str
    title: NotRequired[str]
    description: NotRequired[str]
    websiteUrl: NotRequired[str]
    icons: NotRequired[list[IconObject]]


class ServerCapabilities(TypedDict, total=False):
    tools: Mapping[str, bool]
    resources: Mapping[str, bool]
    prompts: Mapping[str, bool]
    completions: Mapping[str, bool]
    logging: Mapping[str, bool]
    extensions: Mapping[str, Mapping[str, Any]]


class DiscoverResult(TypedDict):
    supportedVersions: list[str]
    capabilities: ServerCapabilities
    instructions: NotRequired[str]


class InitializeResult(TypedDict):
    protocolVersion: str
    capabilities: ServerCapabilities
    serverInfo: Implementation
    instructions: NotRequired[str]


class ErrorObject(TypedDict):
    code: int
    message: str
    data: NotRequired[object]


class Task(TypedDict):
    """A Task, or a DetailedTask with ``result``, ``error`` or ``inputRequests``; durations in milliseconds."""

    taskId: str
    status: str
    statusMessage: NotRequired[str]
    createdAt: str
    lastUpdatedAt: str
    ttlMs: int
    pollIntervalMs: int
    result: NotRequired[Any]
    error: NotRequired[ErrorObject]
    inputRequests: NotRequired[Mapping[str, Any]]


class SubscriptionFilter(TypedDict, total=False):
    """The notifications that a listener asked for and receives (patterns: subscriptions)."""

    toolsListChanged: bool
    promptsListChanged: bool
    resourcesListChanged: bool
    resourceSubscriptions: list[str]
    taskIds: list[str]
