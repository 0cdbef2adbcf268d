"""The parts of a result as the template ``value.html`` shows them; ``kind`` says which part it is."""

from typing import Literal, TypedDict

from markupsafe import Markup


class MediaView(TypedDict):
    """An image or audio; ``source`` is a data: URL."""

    kind: Literal["image", "audio"]
    source: str


class MarkdownView(TypedDict):
    kind: Literal["markdown"]
    html: Markup
    text: str


class TextView(TypedDict):
    """A text: plain, the source of some language, or JSON."""

    kind: Literal["text", "source", "json"]
    text: str


class BytesView(TypedDict):
    """Bytes that are not shown; ``size`` in bytes."""

    kind: Literal["bytes"]
    size: int
    mime: str


class ResourceView(TypedDict):
    kind: Literal["resource"]
    uri: str
    mime: str
    inner: "MediaView | MarkdownView | TextView | BytesView"


class LinkView(TypedDict):
    kind: Literal["link"]
    uri: str
    name: str
    about: str
    mime: str


BlockView = MediaView | MarkdownView | TextView | ResourceView | LinkView


class MessageView(TypedDict):
    kind: Literal["message"]
    role: str
    inner: BlockView


class TableView(TypedDict):
    kind: Literal["table"]
    name: str
    columns: list[str]
    rows: list[list[str]]


class PairsView(TypedDict):
    kind: Literal["pairs"]
    pairs: list[tuple[str, str]]


class ItemsView(TypedDict):
    kind: Literal["items"]
    name: str
    items: list[str]


class EmptyView(TypedDict):
    kind: Literal["empty"]
    name: str


StructuredView = TextView | TableView | PairsView | ItemsView | EmptyView
View = BlockView | MessageView | StructuredView
