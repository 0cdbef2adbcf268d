"""The format of the JSON document of a trace. docs/web-client.md describes its members."""

from typing import TypedDict


class NamedRule(TypedDict):
    name: str
    url: str


class ChapterMember(TypedDict):
    name: str
    first: int
    steps: int
    outcome: str


class SecretStep(TypedDict):
    step: int
    role: str


class SecretMember(TypedDict):
    label: str
    steps: list[SecretStep]


class CauseMember(TypedDict):
    title: str
    why: str
    change: str
    rule: NamedRule | None
    you: str


class CheckMember(TypedDict):
    sentence: str
    held: bool
    rule: NamedRule | None


class ClaimMember(TypedDict):
    name: str
    value: str
    meaning: str


class TokenMember(TypedDict):
    label: str
    header: list[ClaimMember]
    claims: list[ClaimMember]


class MessageMember(TypedDict):
    headers: list[list[str]]
    body: str
    kind: str
    size: int
    cut: bool


class ExchangeMember(TypedDict):
    at: str
    method: str
    url: str
    request: MessageMember
    status: int | None
    reason: str
    address: str
    response: MessageMember | None
    timing: dict[str, float | None]
    problem: str


class StepMember(TypedDict):
    number: int
    at: str
    milliseconds: int | None
    chapter: str
    title: str
    source: str
    target: str
    method: str
    url: str
    status: int | None
    outcome: str
    meaning: str
    rule: NamedRule | None
    cause: CauseMember | None
    said: str
    evidence: str
    checks: list[CheckMember]
    sent: dict[str, str]
    received: dict[str, str]
    tokens: list[TokenMember]
    exchanges: list[ExchangeMember]


class RunMember(TypedDict):
    number: int
    state: str
    sentence: str
    story: str
    milliseconds: int
    hosts: dict[str, str]
    failed_step: int | None
    chapters: list[ChapterMember]
    secrets: list[SecretMember]
    steps: list[StepMember]


class TraceDocument(TypedDict):
    format: str
    version: int
    runs: list[RunMember]
