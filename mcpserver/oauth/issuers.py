"""Issuers that the operator trusts: where their keys are (RFC 8414 section 3, OpenID Connect Discovery section 4)."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..fetching import Fetcher
from ..sources import Sources
from .assertion import Assertion
from .public_keys import KnownKey
from .remote import Remote, Unavailable
from .remote_keys import MAX_SIZE, RemoteKeys


class Issuers:
    """Finds the keys of issuers, by their metadata. What was found serves on while an issuer cannot be reached."""

    def __init__(self, fetcher: Fetcher, sources: Sources) -> None:
        self._metadata: Remote[tuple[str, str]] = Remote(fetcher, _read, sources, max_size=MAX_SIZE)
        self._keys = RemoteKeys(fetcher, sources)
        self._places: dict[str, str] = {}

    async def keys(self, issuer: str, assertion: Assertion) -> tuple[KnownKey, ...]:
        """The issuer's keys that may have signed the assertion. Only for issuers that somebody here trusts. Raises Unavailable."""
        return await self._keys.find(await self._jwks_uri(issuer), algorithm=assertion.algorithm, kid=assertion.kid)

    async def _jwks_uri(self, issuer: str) -> str:
        """At the place where the issuer's metadata was found before, or at the first of those where it may be. Raises Unavailable."""
        places = [self._places[issuer]] if issuer in self._places else [*metadata_urls(issuer)]
        reasons = []
        for url in places:
            try:
                jwks_uri = await self._jwks_uri_at(url, issuer)
            except Unavailable as error:
                reasons.append(str(error))
            else:
                self._places[issuer] = url
                return jwks_uri
        raise Unavailable("; ".join(reasons))

    async def _jwks_uri_at(self, url: str, issuer: str) -> str:
        """RFC 8414 section 3.3: the metadata has to speak of the issuer that was asked. Raises Unavailable."""
        described, jwks_uri = await self._metadata.get(url)
        if described != issuer:
            raise Unavailable(f"{url} speaks of {described}")
        return jwks_uri


def metadata_urls(issuer: str) -> Iterator[str]:
    """OpenID Connect Discovery section 4 (the well-known name goes behind the path), then RFC 8414 section 3.1 (in front of it)."""
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{origin}{path}/.well-known/openid-configuration"
    yield f"{origin}/.well-known/oauth-authorization-server{path}"


def _read(url: str, document: object) -> tuple[str, str]:
    """The issuer and its ``jwks_uri``. Raises ValueError."""
    found = [document.get(name) for name in ("issuer", "jwks_uri")] if isinstance(document, dict) else []
    match found:
        case [str(issuer), str(jwks_uri)]:
            return issuer, jwks_uri
    raise ValueError("it is not the metadata of an issuer")
