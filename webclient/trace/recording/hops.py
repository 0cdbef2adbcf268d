"""The values of the trace, already masked: hops, their facts and checks, and HTTP exchanges."""

import json
from collections.abc import Mapping

from attrs import asdict, field, fields_dict, frozen

from ...cause_code import CauseCode
from ...json_text import JsonObject
from .chapters import Chapter
from .claims import DecodedToken

YOU, CLIENT, AUTH, MCP = "you", "client", "auth", "mcp"
PENDING, OK, INFO, FAILED, STOPPED = "pending", "ok", "info", "failed", "stopped"
OLDEST_TRANSPORT = "MCP 2024-11-05, HTTP with SSE"
FALLBACKS: Mapping[str, str] = {
    OLDEST_TRANSPORT: "The server may be older than the handshake, so the client tries the transport of 2024-11-05."
}
"""Sentences for a hop after which the client tries another way, by the rule of that way."""


def _known_cause(value: str | None) -> CauseCode | None:
    """Parse a stored cause: None for no cause, UNKNOWN for one that this version does not know."""
    return CauseCode(value) if value else None


@frozen
class Fact:
    """One recorded parameter. ``secret`` says that the value was masked because of its name."""

    name: str
    value: str
    secret: bool = False


@frozen
class Check:
    """A rule that the client applied to an answer, and whether it held."""

    sentence: str
    rule: str
    held: bool = True


@frozen
class Message:
    """One side of an HTTP exchange.

    ``size`` is that of the whole body in bytes; ``body`` is the part that is kept, ``cut`` when it is not the whole.
    """

    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    size: int = 0
    cut: bool = False
    kind: str = ""

    def header(self, name: str) -> str:
        """The first value of a header, empty when there is none."""
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


@frozen
class Timing:
    """Phases of a request in milliseconds; None for a phase that did not happen or was not observed. ``connect``
    includes TLS.
    """

    resolve: float | None = None
    connect: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None


@frozen
class Exchange:
    """One HTTP request and its response. ``status`` is None when there was no response. ``at`` in epoch seconds."""

    at: float
    method: str
    url: str
    request: Message
    status: int | None = None
    reason: str = ""
    version: str = ""
    address: str = ""
    response: Message | None = None
    timing: Timing = Timing()
    problem: str = ""


@frozen
class Hop:
    """One arrow of the sequence diagram.

    ``at`` and ``ended`` in epoch seconds (``ended`` is 0 while the hop is in progress), ``milliseconds`` until the
    answer was read. ``cause`` is that of the error which ended the hop, None when none did; ``fallback`` is the rule of
    the way that is tried instead, a key of FALLBACKS. ``tokens`` has the JWTs in it, by mark.
    ``optional`` says that the flow does not depend on the hop. ``id`` and ``run`` are assigned by the store.
    """

    at: float
    source: str
    target: str
    chapter: Chapter = field(converter=Chapter)
    title: str
    method: str = ""
    url: str = ""
    status: int | None = None
    milliseconds: int | None = None
    outcome: str = OK
    meaning: str = ""
    rule: str = ""
    cause: CauseCode | None = field(default=None, converter=_known_cause)
    fallback: str = ""
    sent: tuple[Fact, ...] = ()
    received: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    tokens: dict[str, DecodedToken] = field(factory=dict)
    optional: bool = False
    ended: float = 0
    id: int = 0
    run: int = 0

    @property
    def answer(self) -> Message:
        """The last answer received; an empty message when there was none."""
        answers = [exchange.response for exchange in self.exchanges if exchange.response]
        return answers[-1] if answers else Message()

    @property
    def told(self) -> str:
        """``meaning``, followed by what the client tries instead."""
        return f"{self.meaning} {FALLBACKS[self.fallback]}" if self.fallback in FALLBACKS else self.meaning

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Hop":
        """Read the output of to_json(), of this version or another. Unknown members are ignored."""
        values = {name: value for name, value in json.loads(text).items() if name in fields_dict(cls)}
        for name, kind in (("sent", Fact), ("received", Fact), ("checks", Check)):
            values[name] = tuple(
                kind(**{member: value for member, value in each.items() if member != "jwt"}) for each in values[name]
            )
        values["exchanges"] = tuple(_exchange(each) for each in values.get("exchanges", ()))
        values["tokens"] = {
            mark: DecodedToken(token["header"], token["claims"]) for mark, token in values.get("tokens", {}).items()
        }
        return cls(**values)


def _message(values: JsonObject) -> Message:
    return Message(**{**values, "headers": tuple((name, value) for name, value in values["headers"])})


def _exchange(values: JsonObject) -> Exchange:
    answer = values["response"]
    return Exchange(
        **{
            **values,
            "request": _message(values["request"]),
            "response": _message(answer) if answer else None,
            "timing": Timing(**values["timing"]),
        }
    )
