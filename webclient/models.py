"""The values of the web client. They are frozen, and their secrets are not in their repr."""

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .errors import Challenge

NEW, WAITING, CONNECTED, EXPIRED, FAILING = "new", "waiting", "connected", "expired", "failing"


@frozen
class Preferences:
    """A person's choices for one integration. Empty values leave the choice to the client.

    ``protocol`` is an MCP revision; ``registration`` is typed, document (CIMD) or dynamic (RFC 7591); ``auth_method``
    as in RFC 7591 section 2; ``grant`` is authorization_code, client_credentials, workload or enterprise; ``scopes``
    are asked for beside those that the server names.
    """

    protocol: str = ""
    registration: str = ""
    auth_method: str = ""
    grant: str = ""
    scopes: tuple[str, ...] = ()
    dpop: bool = False


@frozen
class Integration:
    """One MCP server a browser session added.

    ``created_at`` in epoch seconds; ``owner`` is the digest of the session's cookie.

    ``challenge`` is the last one of a server that lets anybody look at its tools, and wants a sign-in to use them;
    ``lacking`` are scopes that it wanted to let the client in at all. ``public_host`` says that the name in its address
    has led to the public Internet, ``instead`` is the address under which the server knows itself, where that is
    another name of this machine.
    """

    id: str
    owner: bytes = field(repr=False)
    name: str
    url: str
    created_at: int
    state: str = NEW
    problem: str = ""
    server: str = ""
    protocol: str = ""
    tools: tuple[dict[str, Any], ...] = ()
    set_aside: tuple[str, ...] = ()
    issuer: str = ""
    preferences: Preferences = Preferences()
    challenge: Challenge | None = None
    lacking: tuple[str, ...] = ()
    public_host: bool = False
    instead: str = ""


@frozen
class Credentials:
    """The client id of this client at one authorization server, and how it authenticates (RFC 6749 section 2.3).

    ``method`` as in RFC 7591 section 2.

    ``key`` is the private JWK that private_key_jwt signs with; ``expires_at`` (epoch seconds) is when a registered
    secret ends, None for never. ``scope`` is what the client was registered for (RFC 7591 section 2), None when nothing
    was said of it: then any scope may be asked for.
    """

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    method: str = "none"
    registered: bool = False
    key: dict[str, Any] | None = field(default=None, repr=False)
    expires_at: int | None = None
    scope: str | None = None


@frozen
class Backing:
    """The proof of a client that signs in without a person at its authorization server.

    ``assertion`` is the JWT of a workload (SEP-1933). The others are for enterprise-managed authorization: the
    organisation's identity provider, how this client is known there, and the person's ID token from it.
    """

    assertion: str = field(default="", repr=False)
    token_endpoint: str = ""
    issuer: str = ""
    credentials: Credentials = Credentials("")
    id_token: str = field(default="", repr=False)


@frozen
class Tokens:
    """RFC 6749 section 5.1, bound to the issuer that gave them and the resource they are for.

    ``expires_at`` in epoch seconds, None when not told.

    ``kind`` is Bearer or DPoP; ``proof_key`` is the private JWK that a DPoP token is bound to (RFC 9449), kept as long
    as the refresh token needs it.
    """

    issuer: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: int | None
    scopes: tuple[str, ...]
    resource: str
    token_endpoint: str
    revocation_endpoint: str | None
    credentials: Credentials
    requested: tuple[str, ...] = ()
    kind: str = "Bearer"
    proof_key: dict[str, Any] | None = field(default=None, repr=False)

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> Self:
        """From what attrs.asdict() made, when it went through JSON."""
        lists = {name: tuple(values[name]) for name in ("scopes", "requested")}
        return cls(**{**values, **lists, "credentials": Credentials(**values["credentials"])})


@frozen
class Pending:
    """An authorization request the person has been sent away with (RFC 9207 section 2.4: ``issuer`` is the one to
    expect back).
    """

    integration_id: str
    issuer: str
    iss_required: bool
    verifier: str = field(repr=False)
    resource: str
    scopes: tuple[str, ...]
    token_endpoint: str
    revocation_endpoint: str | None
    credentials: Credentials
    retry: bool = False
    proof_key: dict[str, Any] | None = field(default=None, repr=False)


TOOL, PROMPT, RESOURCE = "tool", "prompt", "resource"


@frozen
class CallRecord:
    """One call and what came of it: ``result`` as the server gave it, or ``problem`` as one sentence.

    ``kind`` says what ``name`` names: a tool, a prompt, or a resource's URI. ``missing`` are the scopes that the server
    asked for, ``attempts`` counts the consents asked for this call. ``at`` in epoch seconds; ``log`` is what the server
    told meanwhile. ``task`` is the last status of one that the server made a task (SEP-2663), empty for any other.
    ``run`` is the run of the flow trace that tells of it, 0 where that is not known. ``declined``: the person gave no
    permission for it.
    """

    name: str
    arguments: dict[str, Any] = field(factory=dict, repr=False)
    kind: str = TOOL
    id: str = ""
    at: float = 0
    milliseconds: int = 0
    result: dict[str, Any] | None = field(default=None, repr=False)
    problem: str = ""
    missing: tuple[str, ...] = ()
    attempts: int = 0
    log: tuple[str, ...] = field(default=(), repr=False)
    task: str = ""
    run: int = 0
    declined: bool = False

    @property
    def failed(self) -> bool:
        """Whether it brought nothing, or the tool itself says so (MCP 2026-07-28, tools: isError)."""
        return (bool(self.problem) and not self.declined) or (self.result or {}).get("isError") is True
