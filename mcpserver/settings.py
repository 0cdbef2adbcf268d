"""Settings of the service: frozen, typed, documented and validated once (docs/settings.md lists them)."""

from functools import cache
from typing import Annotated, get_type_hints
from urllib.parse import urlsplit

from attrs import Factory, evolve, field, frozen

from mcpbase.settings import FILE, HOST, LINE, NETWORK, About, one_of, or_zero, several, switch, whole_number

from .database_url import without_secrets
from .oauth.protocol import native_schemes
from .values import (
    APPLICATION,
    AUTHORIZATION_SERVER,
    DATABASE,
    DOMAIN,
    ENDPOINT,
    ISSUER,
    ORIGIN,
    PUBLIC_URL,
    RESOURCES,
    SCHEME,
    SECRET,
    origin,
)

DAY = 86400
YEAR = 365 * DAY


@frozen
class Settings:
    """The settings of the service. All lifetimes are in seconds, all sizes in bytes.

    Flags, environment variables, the configuration file and the documentation are derived from the annotations.
    """

    app: Annotated[
        str | None, About("The server or application to serve; the sample application if not set", APPLICATION)
    ] = None
    host: Annotated[str, About("Address to listen on", HOST)] = "127.0.0.1"
    port: Annotated[int, About("Port to listen on; 0 takes any free one", whole_number(0, 65535))] = 8000
    workers: Annotated[
        int, About("Processes that answer requests; for more than 1, install mcpserver[workers]", whole_number(1, 64))
    ] = 1
    public_url: Annotated[
        str,
        About("The URL at which people and clients reach the service; made from host and port if not set", PUBLIC_URL),
    ] = Factory(lambda self: origin(self.host, self.port), takes_self=True)
    database: Annotated[str, About("The database", DATABASE)] = field(
        default="sqlite:///mcpserver.db", repr=without_secrets
    )
    secret_file: Annotated[
        str | None,
        About(
            "File with the secret that encrypts keys; created at the first start, next to the database if not set", FILE
        ),
    ] = None
    secret: Annotated[str | None, About("The secret itself, instead of a file", SECRET, private=True)] = field(
        default=None, repr=False
    )
    name: Annotated[str, About("Name of the service on its pages", LINE)] = "mcpserver"
    access_token_lifetime: Annotated[int, About("Lifetime of an access token", whole_number(1, DAY, "seconds"))] = 3600
    signing_algorithm: Annotated[
        str,
        About(
            "Signature algorithm of access tokens; a change creates a new key, and tokens of the old key stay valid",
            one_of("ES256", "EdDSA", "RS256"),
        ),
    ] = "ES256"
    key_rotation: Annotated[
        int,
        About(
            "How long a key signs before a new one replaces it; 0 turns rotation off",
            or_zero(whole_number(DAY, 10 * YEAR, "seconds")),
        ),
    ] = 90 * DAY
    refresh_token_lifetime: Annotated[
        int, About("Lifetime of an unused refresh token", whole_number(1, YEAR, "seconds"))
    ] = 30 * DAY
    grant_lifetime: Annotated[
        int,
        About(
            "Lifetime of a grant; after that the client has to ask the person again",
            whole_number(1, 10 * YEAR, "seconds"),
        ),
    ] = YEAR
    refresh_reuse_window: Annotated[
        int,
        About(
            "How long a rotated refresh token is still accepted, for retries; 0 turns this off",
            whole_number(0, 3600, "seconds"),
        ),
    ] = 120
    code_lifetime: Annotated[int, About("Lifetime of an authorization code", whole_number(1, 600, "seconds"))] = 60
    dpop: Annotated[
        str,
        About(
            "Tokens bound to a key of the client (DPoP, RFC 9449): off, for clients that send a proof, or required",
            one_of("off", "optional", "required"),
        ),
    ] = "optional"
    dpop_nonces: Annotated[
        bool, About("Require a server nonce in every DPoP proof; clients then repeat some requests", switch())
    ] = False
    pushed_requests: Annotated[
        str,
        About(
            "Pushed authorization requests (RFC 9126): off, optional or required", one_of("off", "optional", "required")
        ),
    ] = "optional"
    form_post: Annotated[
        bool,
        About(
            "Allow authorization responses by form post instead of a redirect (OAuth 2.0 Form Post Response Mode)",
            switch(),
        ),
    ] = True
    introspection: Annotated[
        bool,
        About(
            "Token introspection (RFC 7662): clients ask about their own tokens, resource servers about any", switch()
        ),
    ] = True
    client_documents: Annotated[
        bool,
        About("Accept clients whose id is the address of a metadata document (client ID metadata documents)", switch()),
    ] = True
    client_document_hosts: Annotated[
        tuple[str, ...], About("The only domains whose metadata documents are fetched; all if not set", several(DOMAIN))
    ] = ()
    client_document_refused_hosts: Annotated[
        tuple[str, ...], About("Domains whose metadata documents are not fetched", several(DOMAIN))
    ] = ()
    registration: Annotated[
        str,
        About(
            "Dynamic client registration (RFC 7591): for all, with a token of `mcpserver initial-access-token add`, "
            "or off",
            one_of("open", "token", "off"),
        ),
    ] = "open"
    client_management: Annotated[
        bool, About("Clients that authenticate may update and delete their registration (RFC 7592)", switch())
    ] = True
    unused_client_lifetime: Annotated[
        int,
        About(
            "How long a self-registered client that is stored is kept while nobody has allowed it anything",
            whole_number(3600, YEAR, "seconds"),
        ),
    ] = 30 * DAY
    max_unused_clients: Annotated[
        int,
        About(
            "Most such clients, without public clients whose id contains their registration; beyond that, the oldest "
            "that have existed for a day are deleted",
            whole_number(1, 1_000_000),
        ),
    ] = 10_000
    client_assertions: Annotated[
        bool, About("Clients may authenticate with a signed assertion (private_key_jwt)", switch())
    ] = True
    client_credentials: Annotated[
        bool, About("Client credentials grant, for clients that the operator permits to act without a person", switch())
    ] = True
    authorization_server: Annotated[
        str | None,
        About(
            "External authorization server whose tokens are accepted; this service then has no sign-in",
            AUTHORIZATION_SERVER,
        ),
    ] = None
    token_audience: Annotated[
        str | None, About("Audience of its tokens; the address of the MCP endpoint if not set", LINE)
    ] = None
    token_email_verified: Annotated[
        bool, About("Trust e-mail addresses in its tokens even without `email_verified`", switch())
    ] = False
    access_tokens_like_id_tokens: Annotated[
        bool,
        About("Accept its access tokens although they contain `nonce` or `at_hash` like ID tokens (dex)", switch()),
    ] = False
    introspection_endpoint: Annotated[
        str | None, About("Its introspection endpoint; from its metadata if not set", ENDPOINT)
    ] = None
    introspection_client_id: Annotated[
        str | None, About("Client id for introspecting its tokens (RFC 7662), instead of verifying them as JWTs", LINE)
    ] = None
    introspection_client_secret: Annotated[str | None, About("Client secret for introspection", LINE, private=True)] = (
        field(default=None, repr=False)
    )
    resources: Annotated[
        tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
        About(
            "Further resources that accept tokens of this server, each with its scopes and their descriptions",
            RESOURCES,
        ),
    ] = ()
    identity_providers: Annotated[
        tuple[str, ...],
        About(
            "Identity providers whose assertions replace consent (enterprise-managed authorization)", several(ISSUER)
        ),
    ] = ()
    identity_accounts: Annotated[
        bool, About("Create an account for a new person in an identity provider's assertion", switch())
    ] = True
    workload_identities: Annotated[
        bool, About("Workload identity: programs authenticate as a client with a JWT of their platform", switch())
    ] = True
    token_exchange: Annotated[
        bool, About("Token exchange (RFC 8693), for servers that the operator permits", switch())
    ] = True
    openid: Annotated[
        bool, About("OpenID Connect: people can sign in to other applications with their account here", switch())
    ] = False
    device_authorization: Annotated[
        bool, About("Device authorization grant, for devices without a browser (RFC 8628)", switch())
    ] = True
    session_lifetime: Annotated[int, About("How long a person stays signed in", whole_number(60, YEAR, "seconds"))] = (
        14 * DAY
    )
    mcp_session_lifetime: Annotated[
        int, About("Lifetime of an unused MCP session (earlier revisions)", whole_number(60, YEAR, "seconds"))
    ] = 7 * DAY
    legacy_sse: Annotated[
        bool, About("Also serve HTTP+SSE at /sse and /messages, for clients of revision 2024-11-05", switch())
    ] = False
    max_body_size: Annotated[
        int, About("Largest request to the MCP endpoint", whole_number(1024, 1024**3, "bytes"))
    ] = 4 * 1024 * 1024
    body_timeout: Annotated[
        int,
        About(
            "Time for the body of a request, plus one second for each 4 KiB received", whole_number(1, 3600, "seconds")
        ),
    ] = 30
    head_timeout: Annotated[int, About("Time for the head of a request", whole_number(1, 3600, "seconds"))] = 20
    keepalive_timeout: Annotated[
        int, About("How long an idle connection stays open", whole_number(1, 3600, "seconds"))
    ] = 75
    max_connections: Annotated[
        int, About("Most connections at once; fewer if the system allows fewer descriptors", whole_number(1, 1_000_000))
    ] = 16_384
    max_connections_per_address: Annotated[
        int,
        About(
            "Most connections from one address; this machine and `trusted_proxies` may use all",
            whole_number(1, 1_000_000),
        ),
    ] = 1024
    streams_per_caller: Annotated[
        int, About("Most open streams of one person, or of one client that acts for itself", whole_number(8, 10_000))
    ] = 256
    calls_per_caller: Annotated[
        int,
        About("Most concurrent calls of one person, or of one client that acts for itself", whole_number(8, 10_000)),
    ] = 512
    shutdown_timeout: Annotated[
        int,
        About(
            "Time within which the program ends after Ctrl-C or SIGTERM; requests are answered before",
            whole_number(1, 3600, "seconds"),
        ),
    ] = 8
    password_hash_slots: Annotated[
        int, About("Most password hashes computed at once; each uses 64 MiB of memory", whole_number(1, 64))
    ] = 2
    trusted_proxies: Annotated[
        tuple[str, ...], About("Proxies whose X-Forwarded-For and Forwarded headers are trusted", several(NETWORK))
    ] = ()
    hsts: Annotated[
        str,
        About(
            "Strict-Transport-Security with an https public URL: off, for this host, or also for its subdomains",
            one_of("off", "host", "subdomains"),
        ),
    ] = "host"
    allowed_origins: Annotated[
        tuple[str, ...], About("Origins of other web pages that may call the MCP endpoint", several(ORIGIN))
    ] = ()
    native_schemes: Annotated[
        tuple[str, ...], About("URI schemes of native programs that are allowed in redirect URIs", several(SCHEME))
    ] = native_schemes()
    log_level: Annotated[
        str, About("Lowest level of messages in the log", one_of("debug", "info", "warning", "error"))
    ] = "info"

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
        """The resources beyond the server's own, by identifier: descriptions of their scopes, by name."""
        return {identifier: dict(scopes) for identifier, scopes in self.resources}

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public URL (RFC 6454)."""
        return self.public_url.removesuffix(self.base)

    @property
    def base(self) -> str:
        """The path prefix of all routes when the service is part of another application; empty otherwise."""
        return urlsplit(self.public_url).path

    @property
    def secure(self) -> bool:
        """Whether the public URL is https."""
        return self.public_url.startswith("https://")

    @property
    def grace(self) -> float:
        """Seconds for which requests under way may go on once the program is asked to end.

        The rest of ``shutdown_timeout`` is for sending answers and closing everything.
        """
        return max(self.shutdown_timeout - 3, self.shutdown_timeout / 2)

    def listening_on(self, port: int) -> "Settings":
        """A copy with the port that was bound, also in the public URL if that is derived from host and port."""
        derived = self.public_url == origin(self.host, self.port)
        return evolve(self, port=port, public_url=origin(self.host, port) if derived else self.public_url)


@cache
def catalog() -> dict[str, About]:
    """Every setting by name, in the order of the documentation."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}
