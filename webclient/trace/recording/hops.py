"""What the trace keeps, already masked: hops, what was said in them, and the HTTP exchanges under them."""

import json
from typing import Any

from attrs import asdict, field, frozen

YOU, CLIENT, AUTH, MCP = "you", "client", "auth", "mcp"
PENDING, OK, INFO, FAILED, STOPPED = "pending", "ok", "info", "failed", "stopped"


@frozen
class Fact:
    """One parameter as the trace keeps it. ``secret`` says that the value was masked because of its name."""

    name: str
    value: str
    secret: bool = False


@frozen
class Check:
    """A rule the client applied to an answer, and whether it held."""

    sentence: str
    rule: str
    held: bool = True


@frozen
class Message:
    """One side of an HTTP exchange. ``size`` is the body's in bytes as it came; ``body`` is what is kept of it, ``cut`` when that is not all."""

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
    """Milliseconds; None where that phase did not happen, or was not seen. ``connect`` includes TLS."""

    resolve: float | None = None
    connect: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None


@frozen
class Exchange:
    """One HTTP request and its answer; ``status`` is None when none came. ``at`` in epoch seconds."""

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
    """One arrow of the sequence.

    ``at`` and ``ended`` in epoch seconds (0 while it goes on), ``milliseconds`` until the answer was read. ``error`` names what ended it and ``cause`` the
    entry of the catalogue, when the error knows it. ``tokens`` has header and claims of the JWTs in it, by mark. ``aside`` says that it does not lead to the
    goal: how it ends is not how the flow ends. ``id`` and ``run`` are the store's.
    """

    at: float
    source: str
    target: str
    chapter: str
    title: str
    method: str = ""
    url: str = ""
    status: int | None = None
    milliseconds: int | None = None
    outcome: str = OK
    meaning: str = ""
    rule: str = ""
    error: str = ""
    cause: str = ""
    sent: tuple[Fact, ...] = ()
    received: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    tokens: dict[str, dict[str, Any]] = field(factory=dict)
    aside: bool = False
    ended: float = 0
    id: int = 0
    run: int = 0

    @property
    def answer(self) -> Message:
        """The last answer that came, an empty message when none did."""
        answers = [exchange.response for exchange in self.exchanges if exchange.response]
        return answers[-1] if answers else Message()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Hop":
        """What to_json() wrote; a hop of before has fewer members."""
        values = json.loads(text)
        for name, kind in (("sent", Fact), ("received", Fact), ("checks", Check)):
            values[name] = tuple(kind(**{member: value for member, value in each.items() if member != "jwt"}) for each in values[name])
        values["exchanges"] = tuple(_exchange(each) for each in values.get("exchanges", ()))
        return cls(**values)


def _message(values: dict[str, Any]) -> Message:
    return Message(**{**values, "headers": tuple((name, value) for name, value in values["headers"])})


def _exchange(values: dict[str, Any]) -> Exchange:
    answer = values["response"]
    return Exchange(
        **{
            **values,
            "request": _message(values["request"]),
            "response": _message(answer) if answer else None,
            "timing": Timing(**values["timing"]),
        }
    )
