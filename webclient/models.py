"""The values of the web client: frozen, with secrets left out of their repr."""

from collections.abc import Mapping
from typing import Any, Self

from attrs import field, frozen

from .errors import Challenge

NEW, WAITING, CONNECTED, EXPIRED, FAILING = "new", "waiting", "connected", "expired", "failing"


@frozen
class Preferences:
    """A person's choices for one integration. Empty values leave the choice to the client.

    ``protocol`` is an MCP revision; ``registration`` is typed, document (CIMD) or dynamic (RFC 7591); ``auth_method``
    as in RFC 7591 section 2; ``grant`` is authorization_code, client_credentials, workload, enterprise or key;
    ``scopes`` are requested in addition to those that the server names.
    """

    protocol: str = ""
    registration: str = ""
    auth_method: str = ""
    grant: str = ""
    scopes: tuple[str, ...] = ()
    dpop: bool = False


@frozen
class Integration:
    """One MCP server that a person added.

    ``created_at`` in epoch seconds; ``owner`` is the digest of the person's id or of the session's cookie.

    ``challenge`` is the last one of a server that lists its tools to anybody but requires a sign-in to call them;
    ``lacking`` are scopes that it requires to let the client in at all. ``public_host`` says that the host name has
    resolved to a public address; ``instead`` is the address under which the server knows itself, where that is another
    name of this machine.
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
    """The client id at one authorization server, and how the client authenticates (RFC 6749 section 2.3).

    ``method`` as in RFC 7591 section 2.

    ``key`` is the private JWK with which private_key_jwt signs; ``expires_at`` (epoch seconds) is when a registered
    secret expires, None for never. ``scope`` is what the client was registered for (RFC 7591 section 2), None when the
    registration did not say: then any scope may be requested.
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
    """The proof with which a client signs in without a person at its authorization server.

    ``assertion`` is the JWT of a workload (SEP-1933). The others are for enterprise-managed authorization: the
    organisation's identity provider, this client's credentials there, and the person's ID token from it.
    """

    assertion: str = field(default="", repr=False)
    token_endpoint: str = ""
    issuer: str = ""
    credentials: Credentials = Credentials("")
    id_token: str = field(default="", repr=False)


@frozen
class Tokens:
    """Tokens of RFC 6749 section 5.1, bound to the issuer that gave them and the resource they are for.

    ``expires_at`` in epoch seconds, None when not stated.

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
        """The tokens from the values of attrs.asdict(), after a round trip through JSON."""
        lists = {name: tuple(values[name]) for name in ("scopes", "requested")}
        return cls(**{**values, **lists, "credentials": Credentials(**values["credentials"])})


@frozen
class Pending:
    """An authorization request that waits for its response.

    ``issuer`` is the one expected in the response (RFC 9207 section 2.4).
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
    """One call and its result: ``result`` as the server gave it, or ``problem`` as one sentence.

    ``kind`` says whether ``name`` is that of a tool or a prompt, or the URI of a resource. ``missing`` are the scopes
    that the server asked for, ``attempts`` counts the consents requested for this call. ``at`` in epoch seconds;
    ``log`` has the server's log messages. ``task`` is the last status of a call that the server ran as a task
    (SEP-2663), empty for any other. ``run`` is the run of the flow trace that records it, 0 when unknown. ``declined``
    says that the person declined the permission for it.
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
        """Whether there is no result, or the tool itself reports an error (MCP 2026-07-28, tools: isError)."""
        return (bool(self.problem) and not self.declined) or (self.result or {}).get("isError") is True
