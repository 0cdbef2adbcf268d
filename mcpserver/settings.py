"""Settings of the service: frozen, typed, documented and validated once (docs/settings.md lists them)."""

from functools import cache
from typing import Annotated, get_type_hints
from urllib.parse import urlsplit

from attrs import Factory, evolve, field, frozen

from mcpbase.settings.kinds import FILE, HOST, LINE, NETWORK, one_of, or_zero, several, switch, whole_number
from mcpbase.settings.loader import About

from .oauth.protocol.known_clients import native_schemes
from .values import APPLICATION, AUTHORIZATION_SERVER, DATABASE, DOMAIN, ENDPOINT, ISSUER, ORIGIN, PUBLIC_URL, RESOURCES, SCHEME, SECRET, origin

DAY = 86400
YEAR = 365 * DAY


@frozen
class Settings:
    """All lifetimes in seconds, all sizes in bytes. The annotations are the one table that flags, environment, file and documentation come from."""

    app: Annotated[str | None, About("The server to serve; the sample application when not set", APPLICATION)] = None
    host: Annotated[str, About("Address to listen on", HOST)] = "127.0.0.1"
    port: Annotated[int, About("Port to listen on; 0 takes any free one", whole_number(0, 65535))] = 8000
    public_url: Annotated[str, About("Where people and clients reach the service, the same everywhere; from host and port when not set", PUBLIC_URL)] = Factory(
        lambda self: origin(self.host, self.port), takes_self=True
    )
    database: Annotated[str, About("Where everything is kept", DATABASE)] = "sqlite:///mcpserver.db"
    secret_file: Annotated[str | None, About("File with the secret that seals keys; made on first start, beside the database when not set", FILE)] = None
    secret: Annotated[str | None, About("The secret itself, in place of a file", SECRET, private=True)] = field(default=None, repr=False)
    name: Annotated[str, About("What the service calls itself to people", LINE)] = "mcpserver"
    access_token_lifetime: Annotated[int, About("Life of an access token", whole_number(1, DAY, "seconds"))] = 3600
    signing_algorithm: Annotated[
        str, About("With what access tokens are signed; a change makes a new key, and the old one verifies what it signed", one_of("ES256", "EdDSA", "RS256"))
    ] = "ES256"
    key_rotation: Annotated[int, About("How long a key signs before a new one does; 0 is for ever", or_zero(whole_number(DAY, 10 * YEAR, "seconds")))] = (
        90 * DAY
    )
    refresh_token_lifetime: Annotated[int, About("Life of a refresh token that nobody uses", whole_number(1, YEAR, "seconds"))] = 30 * DAY
    grant_lifetime: Annotated[int, About("After this long, a client asks the person again", whole_number(1, 10 * YEAR, "seconds"))] = YEAR
    refresh_reuse_window: Annotated[int, About("How long a spent refresh token may come once more; 0 is strict", whole_number(0, 3600, "seconds"))] = 120
    code_lifetime: Annotated[int, About("Life of an authorization code", whole_number(1, 600, "seconds"))] = 60
    dpop: Annotated[
        str, About("Tokens bound to a key of the client (RFC 9449): for who asks, for everybody, or not at all", one_of("off", "optional", "required"))
    ] = "optional"
    dpop_nonces: Annotated[bool, About("Ask that every DPoP proof carry a nonce of the server; each client tries twice now and then", switch())] = False
    pushed_requests: Annotated[
        str, About("Clients may push their authorization requests in advance (RFC 9126), or must, or may not", one_of("off", "optional", "required"))
    ] = "optional"
    form_post: Annotated[bool, About("Answers may be posted to clients by a form, in place of a redirect (OAuth 2.0 Form Post Response Mode)", switch())] = True
    introspection: Annotated[bool, About("Clients may ask what a token is good for (RFC 7662): their own, or any if the operator allows it", switch())] = True
    client_documents: Annotated[bool, About("Clients may be known by the address of a document about them (client ID metadata documents)", switch())] = True
    client_document_hosts: Annotated[tuple[str, ...], About("Domains whose documents are read; all when not set", several(DOMAIN))] = ()
    client_document_refused_hosts: Annotated[tuple[str, ...], About("Domains whose documents are not read", several(DOMAIN))] = ()
    registration: Annotated[
        str, About("Who may register a client: everybody, who shows a token of `mcpserver initial-access-token add`, or nobody", one_of("open", "token", "off"))
    ] = "open"
    client_management: Annotated[bool, About("Clients that prove who they are may change and end their registration (RFC 7592)", switch())] = True
    unused_client_lifetime: Annotated[
        int, About("How long a client that registered itself is kept while nobody allows it anything", whole_number(3600, YEAR, "seconds"))
    ] = 30 * DAY
    max_unused_clients: Annotated[int, About("How many such clients are kept; then those that had a day make room", whole_number(1, 1_000_000))] = 10_000
    client_assertions: Annotated[bool, About("Clients may prove who they are by signing (private_key_jwt)", switch())] = True
    client_credentials: Annotated[bool, About("Clients that the operator allows to may act for themselves, without a person", switch())] = True
    authorization_server: Annotated[
        str | None, About("Another authorization server, whose tokens are accepted; then nobody signs in here", AUTHORIZATION_SERVER)
    ] = None
    token_audience: Annotated[str | None, About("What its tokens name as their audience; the MCP endpoint's address when not set", LINE)] = None
    token_email_verified: Annotated[
        bool, About("An e-mail address in its tokens is the person's own, even where the token does not say `email_verified`", switch())
    ] = False
    access_tokens_like_id_tokens: Annotated[
        bool, About("Its access tokens carry `nonce` or `at_hash` like ID tokens (dex), so that these are no reason to refuse them", switch())
    ] = False
    introspection_endpoint: Annotated[str | None, About("Where to ask it about tokens; where its metadata say when not set", ENDPOINT)] = None
    introspection_client_id: Annotated[str | None, About("As whom to ask it about tokens (RFC 7662), instead of reading them", LINE)] = None
    introspection_client_secret: Annotated[str | None, About("The secret to ask with", LINE, private=True)] = field(default=None, repr=False)
    resources: Annotated[
        tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
        About("Further resources that take our tokens, each with its scopes and what they allow", RESOURCES),
    ] = ()
    identity_providers: Annotated[
        tuple[str, ...], About("Issuers that may say who uses what, without asking the person (enterprise-managed authorization)", several(ISSUER))
    ] = ()
    identity_accounts: Annotated[bool, About("Make an account for somebody new whom an identity provider vouches for", switch())] = True
    workload_identities: Annotated[bool, About("Programs may act as the client that the operator named for them, by the word of their platform", switch())] = (
        True
    )
    token_exchange: Annotated[bool, About("Servers that the operator allows to may exchange tokens they were called with (RFC 8693)", switch())] = True
    openid: Annotated[bool, About("People may sign in to other applications with their account here (OpenID Connect)", switch())] = False
    device_authorization: Annotated[bool, About("Let devices without a browser ask by a code that people type in elsewhere (RFC 8628)", switch())] = True
    session_lifetime: Annotated[int, About("How long a person stays signed in", whole_number(60, YEAR, "seconds"))] = 14 * DAY
    mcp_session_lifetime: Annotated[int, About("How long an MCP session of an earlier revision lasts unused", whole_number(60, YEAR, "seconds"))] = 7 * DAY
    legacy_sse: Annotated[bool, About("Serve HTTP+SSE at /sse and /messages, too, for clients of 2024-11-05", switch())] = False
    max_body_size: Annotated[int, About("Largest request to the MCP endpoint", whole_number(1024, 1024**3, "bytes"))] = 4 * 1024 * 1024
    body_timeout: Annotated[
        int, About("How long the body of a request may take, and one more second for each 4 KiB of it that came", whole_number(1, 3600, "seconds"))
    ] = 30
    head_timeout: Annotated[int, About("How long the head of a request may take", whole_number(1, 3600, "seconds"))] = 20
    keepalive_timeout: Annotated[int, About("How long a connection may wait for its next request", whole_number(1, 3600, "seconds"))] = 75
    max_connections: Annotated[int, About("Most connections at once; fewer where the system allows fewer descriptors", whole_number(1, 1_000_000))] = 16_384
    max_connections_per_address: Annotated[
        int, About("Most of them from one address; this machine and `trusted_proxies` may have all", whole_number(1, 1_000_000))
    ] = 1024
    streams_per_caller: Annotated[int, About("Streams that one person, or one client that acts for itself, may have open", whole_number(8, 10_000))] = 256
    calls_per_caller: Annotated[int, About("Calls that one of them may have under way", whole_number(8, 10_000))] = 512
    shutdown_timeout: Annotated[
        int, About("Within how long the program ends when it is told to; requests get an answer before", whole_number(1, 3600, "seconds"))
    ] = 8
    password_hash_slots: Annotated[int, About("Password hashes computed at once, each in 64 MiB of memory", whole_number(1, 64))] = 2
    trusted_proxies: Annotated[
        tuple[str, ...], About("Proxies in front; only they are believed about whom a request comes from (X-Forwarded-For, Forwarded)", several(NETWORK))
    ] = ()
    hsts: Annotated[
        str,
        About(
            "How browsers are told to come by https alone (Strict-Transport-Security), where the public URL is https: for this host,"
            " for the names below it too, or not at all",
            one_of("off", "host", "subdomains"),
        ),
    ] = "host"
    allowed_origins: Annotated[tuple[str, ...], About("Foreign web pages that may use the MCP endpoint", several(ORIGIN))] = ()
    native_schemes: Annotated[tuple[str, ...], About("URI schemes of programs that people may be sent back to", several(SCHEME))] = native_schemes()
    log_level: Annotated[str, About("How much to log", one_of("debug", "info", "warning", "error"))] = "info"

    @property
    def issuer(self) -> str:
        """RFC 8414 section 2: the issuer identifier, without a trailing slash."""
        return self.public_url

    @property
    def resource(self) -> str:
        """RFC 8707 section 2: the resource identifier of the MCP endpoint."""
        return self.public_url + "/mcp"

    @property
    def named_resources(self) -> dict[str, dict[str, str]]:
        """The resources beyond our own, by identifier: what their scopes allow, by name."""
        return {identifier: dict(scopes) for identifier, scopes in self.resources}

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public URL (RFC 6454)."""
        return self.public_url.removesuffix(self.base)

    @property
    def base(self) -> str:
        """The path that everything lies under when the service is part of another application; empty otherwise."""
        return urlsplit(self.public_url).path

    @property
    def secure(self) -> bool:
        """Whether the public URL is https."""
        return self.public_url.startswith("https://")

    @property
    def grace(self) -> float:
        """Seconds for which requests under way may go on once the program is told to end; what is left is for answers and for closing everything."""
        return max(self.shutdown_timeout - 3, self.shutdown_timeout / 2)

    def listening_on(self, port: int) -> "Settings":
        """The same with the port that was really taken, in the public URL too when that comes from host and port."""
        derived = self.public_url == origin(self.host, self.port)
        return evolve(self, port=port, public_url=origin(self.host, port) if derived else self.public_url)


@cache
def catalog() -> dict[str, About]:
    """Every setting by name, in the order of the documentation."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}
