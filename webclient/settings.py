"""Settings of the web client. A flag overrides an environment variable (WEBCLIENT_...), which overrides the TOML file,
which overrides the default.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from attrs import field, frozen

from mcpbase.serving import LOOPBACK as LOOPBACK_NETWORKS
from mcpbase.serving import Limits as ConnectionLimits
from mcpbase.settings import HOST, LINE, NETWORK, About, Kind, Loader, SettingError, line, several, whole_number

from .addresses import LOOPBACK, PLAIN_URL
from .fetcher import Limits

EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognized, not chosen


@frozen
class Settings:
    """Durations in seconds, sizes in bytes. An empty ``public_url`` means http://host:port.

    ``client_metadata_url`` is the address of a client ID metadata document served elsewhere for these pages; when
    empty, they serve their own under a public https address. ``sign_in_issuer`` is an OpenID provider at which people
    sign in to these pages, as the client ``sign_in_client_id``; ``sign_in_allowed`` are the e-mail addresses and
    @domains of those who may, all when it is empty. ``open_to_all`` on lets whoever reaches the pages use them without
    a sign-in. ``trusted_proxies`` are addresses or networks of proxies in front of these pages: only their
    X-Forwarded-For header is used. ``assistant_url`` is the base address of an endpoint with OpenAI's chat format,
    ``assistant_model`` the model to request there; empty for no assistant. ``private_addresses`` says whether people
    may add servers in this machine's own network: on, off, or auto for pages that only this machine can open.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""
    database: str = "sqlite:///webclient.db"
    client_name: str = "MCP web client"
    request_timeout: int = 10
    call_timeout: int = 60
    client_metadata_url: str = ""
    private_addresses: str = "auto"
    sign_in_issuer: str = ""
    sign_in_client_id: str = ""
    sign_in_client_secret: str = field(default="", repr=False)
    sign_in_allowed: tuple[str, ...] = ()
    open_to_all: str = "off"
    trusted_proxies: tuple[str, ...] = ()
    max_response_size: int = 1024 * 1024
    body_timeout: int = 30
    head_timeout: int = 20
    keepalive_timeout: int = 75
    max_connections: int = 16_384
    max_connections_per_address: int = 1024
    shutdown_timeout: int = 8
    assistant_url: str = ""
    assistant_model: str = ""
    assistant_key: str = field(default="", repr=False)
    assistant_timeout: int = 120

    @property
    def origin(self) -> str:
        """The origin at which browsers reach these pages, without a trailing slash."""
        named = "127.0.0.1" if self.host in EVERYWHERE else self.host
        host = f"[{named}]" if ":" in named else named
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def redirect_uri(self) -> str:
        """The redirect URI to which authorization servers return the person (RFC 6749 section 3.1.2)."""
        return self.origin + "/callback"

    @property
    def limits(self) -> Limits:
        return Limits(self.request_timeout, self.max_response_size)

    @property
    def connection_limits(self) -> ConnectionLimits:
        return ConnectionLimits(
            self.max_connections,
            self.max_connections_per_address,
            self.head_timeout,
            self.keepalive_timeout,
            unbounded=(*LOOPBACK_NETWORKS, *self.trusted_proxies),
        )

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def on_loopback(self) -> bool:
        return urlsplit(self.origin).hostname in LOOPBACK

    @property
    def only_here(self) -> bool:
        """Whether only a person at this machine can open the pages."""
        return self.on_loopback and self.host in LOOPBACK

    @property
    def guarded(self) -> bool:
        """Whether people sign in to these pages."""
        return bool(self.sign_in_issuer) or not (self.only_here or self.open_to_all == "on")

    @property
    def lacks_proxy(self) -> bool:
        """Whether a reverse proxy must be in front of pages with local passwords, and the settings do not name it."""
        return (
            self.secure and self.host in LOOPBACK and not (self.trusted_proxies or self.sign_in_issuer) and self.guarded
        )

    @property
    def reaches_inside(self) -> bool:
        """Whether a typed address may be private (MCP security best practices, server-side request forgery)."""
        return self.private_addresses == "on" or (self.private_addresses == "auto" and self.only_here)

    @property
    def database_path(self) -> Path | None:
        """The SQLite file, or None for a database in memory."""
        path = self.database.removeprefix("sqlite://").removeprefix("/")
        return Path(path) if path else None


def _switch(value: object) -> str:
    """Parse auto, on or off; a TOML boolean stands for on or off."""
    text = {True: "on", False: "off"}[value] if isinstance(value, bool) else line(value)
    if text not in ("auto", "on", "off"):
        raise ValueError
    return text


def _public_url(value: object) -> str:
    text = line(value).rstrip("/")
    parts = urlsplit(text)
    plain = not (parts.path or parts.query or parts.fragment or parts.username)
    if not (
        plain
        and parts.hostname
        and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
    ):
        raise ValueError
    return text


def _issuer(value: object) -> str:
    """Parse an issuer (OpenID Connect Discovery section 3): https without a query, kept unchanged; http on this machine
    only.
    """
    text = line(value)
    parts = urlsplit(text)
    plain = PLAIN_URL.fullmatch(text) and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not (
        plain
        and parts.hostname
        and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))
    ):
        raise ValueError
    return text


def _endpoint(value: object) -> str:
    """Parse the address of a model endpoint. http is allowed for any host, as models often run in the operator's own
    network.
    """
    text = line(value).rstrip("/")
    parts = urlsplit(text)
    if (
        not PLAIN_URL.fullmatch(text)
        or parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
    ):
        raise ValueError
    return text


def _on_off(value: object) -> str:
    text = _switch(value)
    if text == "auto":
        raise ValueError
    return text


def _addresses(value: object) -> tuple[str, ...]:
    """Parse e-mail addresses and @domains from a list, or from text separated by spaces or commas."""
    listed = value if isinstance(value, list) else str(value).replace(",", " ").split()
    if not all(isinstance(each, str) and "@" in each and len(each) > 2 for each in listed):
        raise ValueError
    return tuple(each.casefold() for each in listed)


def _document_url(value: object) -> str:
    """Parse the URL of a client ID metadata document (MCP 2026-07-28): https with a path."""
    text = line(value)
    parts = urlsplit(text)
    if (
        not PLAIN_URL.fullmatch(text)
        or parts.scheme != "https"
        or not parts.hostname
        or parts.path in ("", "/")
        or "@" in parts.netloc
        or parts.fragment
    ):
        raise ValueError
    return text


def _database(value: object) -> str:
    text = line(value)
    if text not in ("sqlite://", "sqlite:///") and not (
        text.startswith("sqlite:///") and len(text) > len("sqlite:///")
    ):
        raise ValueError
    return text


SECONDS = whole_number(1, 3600, "seconds")
ASKED_FOR = whole_number(1, 600, "seconds")
RULES: dict[str, Kind] = {
    "host": HOST,
    "port": whole_number(1, 65535),
    "public_url": Kind("an https origin without a path, or an http one on a loopback host", _public_url, "URL"),
    "database": Kind("sqlite:///PATH, or sqlite:// for memory", _database, "URL"),
    "client_name": LINE,
    "client_metadata_url": Kind(
        "the https address of a client ID metadata document, with a path", _document_url, "URL"
    ),
    "private_addresses": Kind("on, off or auto", _switch),
    "sign_in_issuer": Kind("the https address of an OpenID provider", _issuer, "ISSUER"),
    "sign_in_client_id": LINE,
    "sign_in_client_secret": LINE,
    "sign_in_allowed": Kind("e-mail addresses and @domains", _addresses),
    "open_to_all": Kind("on or off", _on_off),
    "trusted_proxies": several(NETWORK),
    "request_timeout": ASKED_FOR,
    "call_timeout": SECONDS,
    "shutdown_timeout": SECONDS,
    "max_response_size": whole_number(1024, 64 * 1024 * 1024, "bytes"),
    "body_timeout": SECONDS,
    "head_timeout": SECONDS,
    "keepalive_timeout": SECONDS,
    "max_connections": whole_number(1, 1_000_000),
    "max_connections_per_address": whole_number(1, 1_000_000),
    "assistant_url": Kind("the http or https address below which chat/completions lies", _endpoint, "URL"),
    "assistant_model": LINE,
    "assistant_key": LINE,
    "assistant_timeout": SECONDS,
}
PRIVATE = frozenset({"sign_in_client_secret", "assistant_key"})
"""Settings whose values are never shown."""
OTHERS = ("WEBCLIENT_CLIENT_SECRET", "WEBCLIENT_TOKEN", "WEBCLIENT_HEADER")
"""Environment variables that are not settings of the pages: credentials that the commands send to servers."""
LOADER = Loader(
    "WEBCLIENT_", {name: About("", kind, name in PRIVATE) for name, kind in RULES.items()}, OTHERS, "docs/web-client.md"
)


def load(flags: Mapping[str, object], environ: Mapping[str, str], config: str | None = None) -> Settings:
    """Join flags, environment, configuration file and defaults.

    ``flags`` maps setting names to values, None for one not given. Raises SettingError.
    """
    settings = Settings(**LOADER.load(flags, environ, config))
    if bool(settings.sign_in_issuer) != bool(settings.sign_in_client_id):
        raise SettingError("sign_in_issuer and sign_in_client_id belong together: set both, or neither.")
    if bool(settings.assistant_url) != bool(settings.assistant_model):
        raise SettingError("assistant_url and assistant_model belong together: set both, or neither.")
    if settings.assistant_key and settings.open_to_all == "on" and not settings.only_here:
        raise SettingError(
            "With open_to_all, everybody who can reach these pages could use the model of assistant_key at your "
            "expense. Set only one of them."
        )
    return settings
