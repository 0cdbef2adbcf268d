"""Content blocks and resource contents, as returned by tools, resources and prompts (MCP 2026-07-28, server: tools,
resources, prompts).
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

from attrs import field, frozen

from . import wire
from .wire import (
    AnnotationsObject,
    Block,
    EmbeddedResourceBlock,
    IconObject,
    MediaBlock,
    MessageObject,
    ResourceContents,
    ResourceLinkBlock,
    TextBlock,
)


@frozen
class Annotations:
    """Audience (``user``, ``assistant``), priority (0 to 1) and last modification (ISO 8601) of content."""

    audience: Sequence[Literal["user", "assistant"]] = ()
    priority: float | None = None
    last_modified: str | None = None

    def as_dict(self) -> AnnotationsObject:
        return cast(
            AnnotationsObject,
            _present(audience=list(self.audience), priority=self.priority, lastModified=self.last_modified),
        )


@frozen
class Icon:
    """Icon; ``src`` is an https or data URI, ``sizes`` such as ``48x48`` or ``any`` (MCP 2026-07-28, basic: icons)."""

    src: str
    mime_type: str | None = None
    sizes: Sequence[str] = ()
    theme: Literal["light", "dark"] | None = None

    def as_dict(self) -> IconObject:
        return cast(
            IconObject, _present(src=self.src, mimeType=self.mime_type, sizes=list(self.sizes), theme=self.theme)
        )


@frozen
class Text:
    """Text, as a content block or the contents of a resource."""

    text: str
    annotations: Annotations | None = None
    mime_type: str = field(default="text/plain", kw_only=True)
    """The type of a resource's contents; content blocks have none."""

    def block(self) -> TextBlock:
        return {"type": "text", "text": plain(self.text), **_annotated(self.annotations)}

    def contents(self, uri: str, mime_type: str | None) -> ResourceContents:
        return {"uri": uri, "mimeType": mime_type or self.mime_type, "text": plain(self.text)}


@frozen
class Image:
    """An image as a content block."""

    data: bytes = field(repr=False)
    mime_type: str = "image/png"
    annotations: Annotations | None = None

    def block(self) -> MediaBlock:
        return {"type": "image", "data": _base64(self.data), "mimeType": self.mime_type, **_annotated(self.annotations)}


@frozen
class Audio:
    """Audio as a content block."""

    data: bytes = field(repr=False)
    mime_type: str = "audio/wav"
    annotations: Annotations | None = None

    def block(self) -> MediaBlock:
        return {"type": "audio", "data": _base64(self.data), "mimeType": self.mime_type, **_annotated(self.annotations)}


@frozen
class ResourceLink:
    """A link to a resource; ``size`` in bytes."""

    uri: str
    name: str
    title: str | None = None
    description: str | None = None
    mime_type: str | None = None
    size: int | None = None
    annotations: Annotations | None = None
    icons: Sequence[Icon] = ()

    def block(self) -> ResourceLinkBlock:
        shown = _present(
            title=self.title,
            description=self.description,
            mimeType=self.mime_type,
            size=self.size,
            icons=icons(self.icons),
        )
        link = {"type": "resource_link", "uri": self.uri, "name": self.name, **shown, **_annotated(self.annotations)}
        return cast(ResourceLinkBlock, link)


@frozen
class EmbeddedResource:
    """A resource with its contents: ``text``, or ``data`` for anything else."""

    uri: str
    text: str | None = None
    data: bytes | None = field(default=None, repr=False)
    mime_type: str | None = None
    annotations: Annotations | None = None

    def block(self) -> EmbeddedResourceBlock:
        resource = cast(ResourceContents, _present(uri=self.uri, mimeType=self.mime_type))
        if self.data is None:
            resource["text"] = plain(self.text or "")
        else:
            resource["blob"] = _base64(self.data)
        return {"type": "resource", "resource": resource, **_annotated(self.annotations)}


@frozen
class Blob:
    """Binary contents of a resource; ``uri`` when it differs from the requested one."""

    data: bytes = field(repr=False)
    mime_type: str = "application/octet-stream"
    uri: str | None = None

    def contents(self, uri: str, mime_type: str | None) -> ResourceContents:
        return {"uri": self.uri or uri, "mimeType": mime_type or self.mime_type, "blob": _base64(self.data)}


Content = Text | Image | Audio | ResourceLink | EmbeddedResource
CONTENT = (Text, Image, Audio, ResourceLink, EmbeddedResource)
SHOWN = (str, *CONTENT)


@frozen
class ToolResult:
    """The full result of a tool: content blocks, a structured value, ``isError`` and ``_meta``."""

    content: Sequence[Content | str] = ()
    structured: Any = None
    is_error: bool = False
    meta: Mapping[str, Any] | None = None


@frozen
class Message:
    """One message of a prompt or of a sampling request."""

    role: Literal["user", "assistant"]
    content: Content | str

    def as_dict(self) -> MessageObject:
        return {"role": self.role, "content": block_of(self.content)}


def block_of(value: Content | str) -> Block:
    """The content block of a value; a string is text."""
    return Text(value).block() if isinstance(value, str) else value.block()


def icons(values: Sequence[Icon]) -> list[IconObject]:
    return [icon.as_dict() for icon in values]


def plain(text: str) -> str:
    """Replace lone surrogates, which file names may contain but JSON may not, with question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _annotated(annotations: Annotations | None) -> wire.Annotated:
    return {} if annotations is None else {"annotations": annotations.as_dict()}


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, [], ())}


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
