"""The flow trace: every hop between browser, client, authorization server and MCP server, told in plain words."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from attrs import asdict, define, evolve, field, frozen

from ..errors import FlowError
from ..feed import Feed
from ..sources import Sources
from .claims import decode

YOU, CLIENT, AUTH, MCP = "you", "client", "auth", "mcp"
SECRETS = frozenset(
    {
        "access_token",
        "refresh_token",
        "id_token",
        "token",
        "code",
        "code_verifier",
        "state",
        "client_secret",
        "client_assertion",
        "registration_access_token",
        "authorization",
        "password",
        "mcp-session-id",
    }
)
LONGEST_VALUE = 4000


@frozen
class Fact:
    """One parameter as the trace keeps it: a secret's value is masked before it gets here. ``jwt`` is its decoded header and claims."""

    name: str
    value: str
    secret: bool = False
    jwt: dict[str, Any] | None = None


@frozen
class Check:
    """A rule the client applied to an answer, and whether it held."""

    sentence: str
    rule: str
    held: bool = True


@frozen
class Hop:
    """One arrow of the sequence. ``at`` in epoch seconds, ``milliseconds`` until the answer was read, ``outcome`` ok, info or failed."""

    at: float
    source: str
    target: str
    chapter: str
    title: str
    method: str = ""
    url: str = ""
    status: int | None = None
    milliseconds: int | None = None
    outcome: str = "ok"
    meaning: str = ""
    rule: str = ""
    sent: tuple[Fact, ...] = ()
    received: tuple[Fact, ...] = ()
    checks: tuple[Check, ...] = ()

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Hop":
        values = json.loads(text)
        for name, kind in (("sent", Fact), ("received", Fact), ("checks", Check)):
            values[name] = tuple(kind(**each) for each in values[name])
        return cls(**values)


def masked(value: Any) -> Any:
    """The same value with the value of every secret-sounding name replaced, at any depth."""
    if isinstance(value, dict):
        return {name: "(masked)" if name.lower() in SECRETS and isinstance(each, str) else masked(each) for name, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list) else value


def fact(name: str, value: Any) -> Fact:
    """What the trace keeps of one parameter: nothing of a secret but its length, and a JWT's claims without its signature."""
    if name.lower() in SECRETS and isinstance(value, str):
        bare = value.removeprefix("Bearer ")
        return Fact(name, f"•••••••• ({len(bare)} characters)", secret=True, jwt=decode(bare))
    text = value if isinstance(value, str) else json.dumps(masked(value), ensure_ascii=False, indent=2)
    return Fact(name, text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + " … (cut here)")


def facts(parameters: Mapping[str, Any]) -> tuple[Fact, ...]:
    return tuple(fact(name, value) for name, value in parameters.items() if value is not None)


@define
class Notes:
    """A hop while it happens: what was sent, what came back, which rules held."""

    meaning: str = ""
    status: int | None = None
    outcome: str = "ok"
    sent: tuple[Fact, ...] = ()
    received: tuple[Fact, ...] = ()
    checks: list[Check] = field(factory=list)

    def sends(self, parameters: Mapping[str, Any]) -> None:
        self.sent += facts(parameters)

    def receives(self, parameters: Mapping[str, Any]) -> None:
        self.received += facts(parameters)

    def require(self, held: bool, sentence: str, rule: str, refusal: FlowError) -> None:
        """Note a rule; raise ``refusal`` when it does not hold."""
        self.checks.append(Check(sentence, rule, held))
        if not held:
            raise refusal


class HopStore(Protocol):
    async def add_hop(self, integration_id: str, payload: str) -> None: ...


@frozen
class Trace:
    """Writes the hops of one integration, and tells who looks at it."""

    store: HopStore
    integration_id: str
    sources: Sources
    feed: Feed = field(factory=Feed)

    @asynccontextmanager
    async def hop(self, source: str, target: str, chapter: str, title: str, *, method: str = "", url: str = "", rule: str = "") -> AsyncIterator[Notes]:
        """Record one hop when the block ends, whichever way it ends; a FlowError marks it and goes on."""
        notes = Notes()
        at = self.sources.now()
        try:
            yield notes
        except FlowError as error:
            notes.outcome = error.outcome
            notes.meaning = notes.meaning if error.outcome == "info" and notes.meaning else str(error)
            raise
        finally:
            took = round((self.sources.now() - at) * 1000)
            place: dict[str, Any] = {
                "source": source,
                "target": target,
                "chapter": chapter,
                "title": title,
                "method": method,
                "url": url.partition("?")[0],
                "rule": rule,
            }
            hop = Hop(at=at, milliseconds=took, **place, **asdict(notes, recurse=False))
            await self.store.add_hop(self.integration_id, evolve(hop, checks=tuple(notes.checks)).to_json())
            self.feed.publish(self.integration_id, "trace")
