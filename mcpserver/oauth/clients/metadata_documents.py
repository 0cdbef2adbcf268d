"""Client ID metadata documents: the id of a client is the URL of a document that describes it.

MCP 2026-07-28, authorization: client registration; draft-ietf-oauth-client-id-metadata-document, whose sections are
cited as CIMD.
"""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from typing import cast
from urllib.parse import unquote, urlsplit

from mcpbase.masking import masked

from ...fetching import Fetcher
from ...settings import Settings
from ...sources import Sources
from ..keys import HttpCache, Unavailable
from ..limits import FetchQueue
from ..protocol import Client, ClientKind, OAuthError, OAuthStore, known_document
from .metadata import Rules, auth_methods, chosen_method, describe
from .private_key_jwt import PRIVATE_KEY_JWT

MAX_SIZE = 5 * 1024
"""Bytes (CIMD section 6.6)."""

_ADDRESS = re.compile(r"https://[!$-;=?-\[\]_a-z~]{1,2040}")
_METHODS = ("none", PRIVATE_KEY_JWT)

_log = logging.getLogger(__name__)


class ClientDocuments:
    """Finds clients by their URLs. Where a document cannot be fetched, what is stored of the client is used, then what
    is known of it.

    ``Rules.settings`` say whose documents are read.
    """

    def __init__(
        self, store: OAuthStore, fetcher: Fetcher, rules: Rules, sources: Sources, *, queue: FetchQueue | None = None
    ) -> None:
        self._store = store
        self._rules = rules
        self._sources = sources
        self._remote: HttpCache[Client] = HttpCache(
            fetcher, self._read, sources, max_size=MAX_SIZE, queue=queue or FetchQueue(sources)
        )

    async def find(
        self, client_id: str, *, suffices: Callable[[Client], bool] = lambda _: True, visitor: str = ""
    ) -> Client | None:
        """Return the client; None when there is none, without a reason: who asks is not told what is behind a URL (CIMD
        section 6.5).

        What does not suffice is fetched again, after a while: another process may know a newer document. ``visitor`` is
        the address of who asks. Raises TooManyRequests when the visitor has named too many unknown URLs.
        """
        if not _is_document_address(client_id) or not self._is_welcome(client_id):
            _log.warning("the client id %s is not one whose document is read here", ascii(masked(client_id)))
            return None
        instead = (
            None if client_id in self._remote else await self._store.find_client(client_id) or self._known(client_id)
        )
        try:
            return await self._remote.get(client_id, suffices=suffices, visitor=visitor, instead=instead)
        except Unavailable:
            _log.warning(
                "nothing is known of the client %s, and its document cannot be had: where this server has no way out "
                "to the network,"
                " client_documents = off lets clients register instead",
                ascii(masked(client_id)),
            )
            return None

    def _is_welcome(self, client_id: str) -> bool:
        """Return whether a domain is trusted (CIMD section 6.8); a domain stands for those below it."""
        host, settings = urlsplit(client_id).hostname or "", self._rules.settings
        allowed = settings.client_document_hosts
        return (not allowed or _covers(allowed, host)) and not _covers(settings.client_document_refused_hosts, host)

    def _known(self, client_id: str) -> Client | None:
        document = known_document(client_id)
        return self._read(client_id, document) if document is not None and "redirect_uris" in document else None

    def _read(self, url: str, document: object) -> Client:
        """Read a document by the rules of registration (CIMD section 4.1). Raises ValueError."""
        metadata = _require_own(url, document)
        try:
            described = describe(metadata, _auth_method(metadata, self._rules.settings), self._rules)
        except OAuthError as error:
            raise ValueError(error.reason) from error
        return Client(id=url, kind=ClientKind.DOCUMENT, created_at=self._sources.now(), **described)  # type: ignore[arg-type]


def _is_document_address(client_id: str) -> bool:
    """Return whether a client id can be the URL of a document (CIMD section 3). A host with a dot at its end is
    refused: no list of hosts would know it.
    """
    if not _ADDRESS.fullmatch(client_id):
        return False
    try:
        parts = urlsplit(client_id)
        _ = parts.port
    except ValueError:
        return False
    segments = unquote(parts.path).replace("\\", "/").split("/")
    return (
        bool(parts.hostname)
        and not str(parts.hostname).endswith(".")
        and parts.path not in ("", "/")
        and "@" not in parts.netloc
        and not {".", ".."} & set(segments)
    )


def _covers(domains: Collection[str], host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _require_own(url: str, document: object) -> Mapping[str, object]:
    """Require that a document names its own URL, has no secret (CIMD section 4.1), and has a name (MCP). Raises
    ValueError.
    """
    if not isinstance(document, dict) or document.get("client_id") != url:
        raise ValueError("its client_id is not its address")
    metadata = cast(Mapping[str, object], document)
    if not metadata.get("client_name"):
        raise ValueError("it has no client_name")
    if {"client_secret", "client_secret_expires_at"} & set(metadata):
        raise ValueError("it holds a secret, which is none in a public place")
    return metadata


def _auth_method(metadata: Mapping[str, object], settings: Settings) -> str:
    """Return the authentication method; none with a shared secret is allowed (CIMD section 6.2). Raises ValueError."""
    offered = [method for method in auth_methods(settings) if method in _METHODS]
    method = chosen_method({"token_endpoint_auth_method": "none", **metadata}, offered)
    if method not in offered:
        raise ValueError(
            "its token_endpoint_auth_method is not one of those that are offered here to clients with a document: "
            f"{', '.join(offered)}"
        )
    return str(method)
