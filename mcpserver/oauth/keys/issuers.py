"""Issuers that the operator trusts, and where their keys are (RFC 8414 section 3, OpenID Connect Discovery
section 4).
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from ...fetching import Fetcher
from ...sources import Sources
from .assertion import Assertion
from .http_cache import HttpCache, Unavailable
from .jwks import MAX_SIZE, RemoteKeys
from .public_keys import KnownKey

Metadata = Mapping[str, object]


class Unnamed(Unavailable):
    """The metadata does not name such a URL."""


class Issuers:
    """Finds the keys of issuers by their metadata. What was found is used while an issuer cannot be reached."""

    def __init__(self, fetcher: Fetcher, sources: Sources) -> None:
        self._metadata: HttpCache[Metadata] = HttpCache(fetcher, _read, sources, max_size=MAX_SIZE)
        self._keys = RemoteKeys(fetcher, sources)
        self._places: dict[str, str] = {}

    async def keys(self, issuer: str, assertion: Assertion) -> tuple[KnownKey, ...]:
        """Return the issuer's keys that may have signed the assertion; for trusted issuers only. Raises Unavailable."""
        return await self._keys.find(
            await self.endpoint(issuer, "jwks_uri"), algorithm=assertion.algorithm, kid=assertion.kid
        )

    async def look(self, issuer: str) -> None:
        """Check that there are keys. Raises Unavailable."""
        await self._keys.get(await self.endpoint(issuer, "jwks_uri"))

    async def endpoint(self, issuer: str, name: str) -> str:
        """Return a URL that the issuer's metadata names. Raises Unavailable."""
        url = (await self._find(issuer)).get(name)
        if not isinstance(url, str):
            raise Unnamed(f"the metadata of {issuer} name no {name}")
        return url

    async def _find(self, issuer: str) -> Metadata:
        """Return the metadata from where it was found before, or the first place that has it. Raises Unavailable."""
        places = [self._places[issuer]] if issuer in self._places else [*metadata_urls(issuer)]
        reasons = []
        for url in places:
            try:
                metadata = await self._metadata.get(url)
                _require_same(metadata, issuer)
            except Unavailable as error:
                reasons.append(str(error))
            else:
                self._places[issuer] = url
                return metadata
        raise Unavailable("; ".join(reasons))


def _require_same(metadata: Metadata, issuer: str) -> None:
    """Require that the metadata names the issuer that was asked (RFC 8414 section 3.3). Raises Unavailable."""
    if metadata.get("issuer") != issuer:
        raise Unavailable(
            f"its metadata name the issuer {metadata.get('issuer')!r}, not {issuer!r}: the two must be the same to "
            "the last slash"
        )


def metadata_urls(issuer: str) -> Iterator[str]:
    """Return the URLs of OpenID Connect Discovery section 4 (well-known name after the path) and RFC 8414 section 3.1
    (before it).
    """
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    yield f"{origin}{path}/.well-known/openid-configuration"
    yield f"{origin}/.well-known/oauth-authorization-server{path}"


def _read(url: str, document: object) -> Metadata:
    """Raises ValueError."""
    if not isinstance(document, dict):
        raise ValueError("it is not the metadata of an issuer")
    return document
