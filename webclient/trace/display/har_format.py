"""The parts of HTTP Archive (HAR) 1.2 that a trace is written in."""

from typing import NotRequired, TypedDict


class Pair(TypedDict):
    """A header, or a parameter of a query."""

    name: str
    value: str


class Creator(TypedDict):
    name: str
    version: str
    comment: str


class Page(TypedDict):
    startedDateTime: str
    id: str
    title: str
    pageTimings: dict[str, float]


class PostData(TypedDict):
    mimeType: str
    text: str


class Request(TypedDict):
    method: str
    url: str
    httpVersion: str
    cookies: list[Pair]
    headers: list[Pair]
    queryString: list[Pair]
    headersSize: int
    bodySize: int
    postData: NotRequired[PostData]


class Content(TypedDict):
    size: int
    mimeType: str
    text: NotRequired[str]
    comment: NotRequired[str]


class Response(TypedDict):
    status: int
    statusText: str
    httpVersion: str
    cookies: list[Pair]
    headers: list[Pair]
    content: Content
    redirectURL: str
    headersSize: int
    bodySize: int
    comment: str


class Timings(TypedDict):
    """Milliseconds; -1 for a phase that is not known."""

    blocked: float
    dns: float
    connect: float
    ssl: float
    send: float
    wait: float
    receive: float


class Entry(TypedDict):
    pageref: str
    startedDateTime: str
    time: float
    request: Request
    response: Response
    cache: dict[str, str]
    timings: Timings
    comment: str
    serverIPAddress: NotRequired[str]


class Log(TypedDict):
    version: str
    creator: Creator
    pages: list[Page]
    entries: list[Entry]


class Archive(TypedDict):
    log: Log
