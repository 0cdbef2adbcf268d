"""A call of a tool, a prompt or a resource, with its result."""

from typing import Self

from attrs import field, frozen

from ..json_text import JsonObject

TOOL, PROMPT, RESOURCE = "tool", "prompt", "resource"
"""Kinds of calls: tools/call, prompts/get, resources/read."""


@frozen
class CallRecord:
    """One call and its result: ``result`` as the server gave it, or ``problem`` as one sentence.

    ``kind`` says whether ``name`` is that of a tool or a prompt, or the URI of a resource. ``missing`` are the scopes
    that the server asked for, ``attempts`` counts the consents requested for this call. ``at`` in epoch seconds;
    ``log`` has the server's log messages. ``task`` is the last status of a call that the server ran as a task
    (SEP-2663), empty for any other. ``run`` is the run of the flow trace that records it, 0 when unknown. ``declined``
    says that the person declined the permission for it.
    """

    name: str
    arguments: JsonObject = field(factory=dict, repr=False)
    kind: str = TOOL
    id: str = ""
    at: float = 0
    milliseconds: int = 0
    result: JsonObject | None = field(default=None, repr=False)
    problem: str = ""
    missing: tuple[str, ...] = ()
    attempts: int = 0
    log: tuple[str, ...] = field(default=(), repr=False)
    task: str = ""
    run: int = 0
    declined: bool = False

    @property
    def failed(self) -> bool:
        """Whether there is no result, or the tool itself reports an error (MCP 2026-07-28, tools: isError)."""
        return (bool(self.problem) and not self.declined) or (self.result or {}).get("isError") is True

    @classmethod
    def restored(cls, values: JsonObject) -> Self:
        """The call from the values of attrs.asdict(), after a round trip through JSON."""
        return cls(**{**values, "missing": tuple(values["missing"]), "log": tuple(values["log"])})
