"""Issuers that the operator trusts: where their keys are, and what they sign (RFC 8414 section 3, OpenID Connect Discovery section 4)."""

import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

from attrs import frozen

from ..fetching import Fetcher, FetchError
from ..sources import Sources
from .assertion import Assertion
from .public_keys import KnownKey
from .remote_keys import PATIENCE, KeysUnavailable, RemoteKeys, read_document

MAX_SIZE = 256 * 1024
"""Bytes of a metadata document."""
RENEWAL = 3600
"""Seconds after which an issuer is asked again where its keys are."""

_log = logging.getLogger(__name__)


@frozen
class _Place:
    jwks_uri: str | None
    asked_at: int


class Issuers:
    """Finds the keys of issuers, by metadata. What was found serves on while an issuer cannot be reached."""

    def __init__(self, fetcher: Fetcher, keys: RemoteKeys, sources: Sources) -> None:
        self._fetcher = fetcher
        self._keys = keys
        self._sources = sources
        self._places: dict[str, _Place] = {}

    async def keys(self, issuer: str, assertion: Assertion) -> tuple[KnownKey, ...]:
        """The issuer's keys that may have signed the assertion. Only for issuers that somebody here trusts. Raises KeysUnavailable."""
        return await self._keys.find(await self._jwks_uri(issuer), algorithm=assertion.algorithm, kid=assertion.kid)

    async def _jwks_uri(self, issuer: str) -> str:
        now = self._sources.now()
        place = self._places.get(issuer)
        if place is None or now - place.asked_at >= (RENEWAL if place.jwks_uri else PATIENCE):
            found = await self._discover(issuer)
            place = self._places[issuer] = _Place(found or (place.jwks_uri if place else None), now)
        if place.jwks_uri is None:
            raise KeysUnavailable(f"the metadata of {issuer} cannot be had")
        return place.jwks_uri

    async def _discover(self, issuer: str) -> str | None:
        for url in metadata_urls(issuer):
            try:
                document, _ = read_document(await self._fetcher.get(url, max_size=MAX_SIZE))
                return _require_jwks_uri(document, issuer)
            except FetchError as error:
                _log.warning("no keys of issuer %s by %s: %s", issuer, url, error)
        return None


def metadata_urls(issuer: str) -> Iterator[str]:
    """RFC 8414 section 3.1 (the path goes behind the well-known name), then OpenID Connect Discovery section 4 (in front of it)."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{origin}{path}/.well-known/openid-configuration"
    yield f"{origin}/.well-known/oauth-authorization-server{path}"
    if path:
        yield f"{origin}/.well-known/openid-configuration{path}"


def _require_jwks_uri(document: object, issuer: str) -> str:
    """RFC 8414 section 3.3: the document has to speak of the issuer that was asked."""
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise FetchError("it is not the metadata of this issuer")
    url = document.get("jwks_uri")
    if not isinstance(url, str):
        raise FetchError("it names no jwks_uri")
    return url
