"""What only settings of the service accept; ``mcpbase.settings.kinds`` has the rest."""

import json
import re
from urllib.parse import urlsplit

from mcpbase.addresses import is_loopback
from mcpbase.settings import NAME, Kind, line
from mcpbase.settings import host as require_host

from .database_url import is_database, without_secrets

_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


def origin(host: str, port: int) -> str:
    """The address of a service that listens there, without TLS (RFC 6454 section 6.1: port 80 goes without saying)."""
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}" if port == 80 else f"http://{name}:{port}"


def _origin(value: object) -> str:
    """An origin as browsers write it, so that it can be compared byte by byte (RFC 6454 section 6.1)."""
    text = line(value)
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or text != f"{parts.scheme}://{parts.netloc}":
        raise ValueError
    require_host(parts.hostname)
    if parts.netloc != _written(parts.hostname, parts.port, "443" if parts.scheme == "https" else "80"):
        raise ValueError
    return text


def _written(host: str, port: int | None, default: str) -> str:
    """Host and port in their one spelling: lower case, no user, no default port."""
    if port == 0 or str(port) == default:
        raise ValueError
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _domain(value: object) -> str:
    """A domain name in lower case, as host names are compared (RFC 4343 does so without regard to case)."""
    name = line(value).lower()
    if not NAME.fullmatch(name):
        raise ValueError
    return name


def _issuer(value: object) -> str:
    """RFC 8414 section 2: https, and for a provider on this machine http; ``#tenant`` names one organization of
    several.
    """
    text = line(value)
    parts = urlsplit(text)
    secure = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if (
        not secure
        or not parts.hostname
        or parts.query
        or text.endswith("#")
        or "@" in parts.netloc
        or any(character in text for character in " ,")
    ):
        raise ValueError
    return text


def _authorization_server(value: object) -> str:
    issuer = _issuer(value)
    if "#" in issuer:
        raise ValueError
    return issuer


def _public_url(value: object) -> str:
    url = line(value)
    parts = urlsplit(url)
    if not _PATH.fullmatch(parts.path):
        raise ValueError
    _origin(url.removesuffix(parts.path))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError
    return url


def _database(value: object) -> str:
    url = line(value)
    if not is_database(url):
        raise ValueError
    return url


def _application(value: object) -> str:
    reference = line(value)
    if not all(reference.rpartition(":")[::2]):
        raise ValueError
    return reference


def _resources(value: object) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """A table in TOML, JSON elsewhere: by identifier, the descriptions of scopes by name."""
    table = json.loads(value) if isinstance(value, str) else value
    if not isinstance(table, dict):
        raise ValueError
    return tuple((_resource(identifier), _described(scopes)) for identifier, scopes in table.items())


def _resource(identifier: str) -> str:
    """RFC 8707 section 2: an absolute URI without a fragment; spaces would make it two."""
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*:[!$-;=?-\[\]_a-z~]+", identifier):
        raise ValueError
    return identifier


def _described(scopes: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(scopes, dict) or not scopes:
        raise ValueError
    for name in scopes:
        if not re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]+", name):
            raise ValueError
    return tuple((name, line(text)) for name, text in scopes.items())


def _scheme(value: object) -> str:
    scheme = line(value)
    if not _SCHEME.fullmatch(scheme):
        raise ValueError
    return scheme


def _secret(value: object) -> str:
    text = line(value)
    if len(text) < 32:
        raise ValueError
    return text


ORIGIN = Kind("an origin such as https://app.example, without a path", _origin, "ORIGIN")
PUBLIC_URL = Kind(
    "an address such as https://mcp.example.org in lower case, without trailing slash, query or fragment; http:// for "
    "loopback hosts only",
    _public_url,
    "URL",
)
ISSUER = Kind(
    "the issuer identifier of an authorization server, such as https://login.example.org, with #tenant behind it "
    "where it has several",
    _issuer,
    "ISSUER",
)
DOMAIN = Kind("a domain name, which stands for those below it too", _domain, "DOMAIN")
AUTHORIZATION_SERVER = Kind(
    "the issuer identifier of an authorization server, such as https://login.example.org",
    _authorization_server,
    "ISSUER",
)
ENDPOINT = Kind("an https address, such as https://login.example.org/introspect", _authorization_server, "URL")
RESOURCES = Kind(
    "a table by resource identifier of scopes and what each allows (JSON outside of TOML), such as "
    '{"https://api.example": {"bills": "See your bills"}}',
    _resources,
    "JSON",
)
DATABASE = Kind(
    "sqlite:///relative/path, sqlite:////absolute/path, sqlite:// for a database in memory, or "
    "postgresql://user:password@host/name",
    _database,
    "URL",
    without_secrets,
)
APPLICATION = Kind("module:attribute or path.py:attribute, such as server.py:server", _application, "APP")
SCHEME = Kind("a URI scheme in lower case", _scheme, "SCHEME")
SECRET = Kind("at least 32 characters, from a good source of chance", _secret)
