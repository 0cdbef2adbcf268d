"""Sign-in at an OpenID provider (OpenID Connect Core 1.0, authorization code flow): discovery, code, and strict
validation of the ID token.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from attrs import asdict, define, field, frozen

from mcpbase import base64url

from ..addresses import host_of, is_endpoint_url
from ..fetcher import Call, Fetcher
from ..models import Credentials
from ..oauth import authenticated, challenge_for, state_digest, with_query
from ..sources import Sources
from .models import SignInRefused
from .provider_keys import usual_keys
from .signatures import BadSignature, Key, signed_claims
from .store import SQLitePeople

LEEWAY = 60
HASHES = {
    "256": hashlib.sha256,
    "384": hashlib.sha384,
    "512": hashlib.sha512,
    "dsa": hashlib.sha512,
    "519": hashlib.sha512,
}


@frozen
class Under:
    """A sign-in in progress, sealed in the store until the browser returns."""

    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    next: str


@frozen
class Metadata:
    """The part of the provider's metadata that is used here (OpenID Connect Discovery section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    iss_promised: bool
    methods: tuple[str, ...]


@define
class Provider:
    """The OpenID provider at which people sign in.

    ``issuer`` is set by the operator: its host may be in a private network, other hosts named in its metadata may not.
    """

    issuer: str
    credentials: Credentials
    redirect_uri: str
    allowed: tuple[str, ...]
    fetcher: Fetcher
    store: SQLitePeople
    sources: Sources

    async def _get(self, url: str) -> dict[str, Any]:
        response = await self.fetcher.fetch(
            Call("GET", url, host_of(self.issuer) or "", {"Accept": "application/json"})
        )
        document = response.json_object() if response.succeeded else None
        if document is None:
            raise SignInRefused(
                "The identity provider does not respond as it should. Tell the operator of these pages."
            )
        return document

    async def _metadata(self) -> Metadata:
        """Fetch the provider's metadata, whose issuer must be exactly the one that was set (OpenID Connect Discovery
        section 4.3).

        Raises SignInRefused.
        """
        document = await self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        urls = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if document.get("issuer") != self.issuer or not all(is_endpoint_url(url, self.issuer) for url in urls):
            raise SignInRefused("The metadata of the identity provider is not valid. Tell the operator of these pages.")
        methods = document.get("token_endpoint_auth_methods_supported")
        offered = (
            tuple(each for each in methods if isinstance(each, str))
            if isinstance(methods, list)
            else ("client_secret_basic",)
        )
        promised = document.get("authorization_response_iss_parameter_supported") is True
        return Metadata(str(urls[0]), str(urls[1]), str(urls[2]), promised, offered)

    async def begin(self, browser: bytes, after: str) -> str:
        """Begin a sign-in, and return the address for the browser.

        ``after`` is the local address to return to. Raises FlowError.
        """
        metadata = await self._metadata()
        state, under = self.sources.token(), Under(self.sources.token(), self.sources.token(), after)
        await self.store.add_sign_in(state_digest(state), browser, int(self.sources.now()), asdict(under))
        parameters = {
            "response_type": "code",
            "client_id": self.credentials.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email",
            "state": state,
            "nonce": under.nonce,
            "code_challenge": challenge_for(under.verifier),
            "code_challenge_method": "S256",
        }
        return with_query(metadata.authorization_endpoint, parameters)

    async def finish(self, browser: bytes, query: Mapping[str, str]) -> tuple[dict[str, Any], str]:
        """Process the authorization response; returns the claims of the ID token and the address to return to.

        Raises SignInRefused and other FlowErrors.
        """
        values = await self.store.spend_sign_in(state_digest(query.get("state", "")), browser, int(self.sources.now()))
        if values is None:
            raise SignInRefused("This sign-in was not started in this browser, or it is finished already.")
        under, metadata = Under(**values), await self._metadata()
        named = query.get("iss")
        if (named is None and metadata.iss_promised) or (
            named is not None and not hmac.compare_digest(named.encode(), self.issuer.encode())
        ):
            raise SignInRefused("The response names another issuer (RFC 9207), so you were not signed in.")
        if not query.get("code"):
            raise SignInRefused(
                "You were not signed in: "
                f"{(query.get('error_description') or query.get('error') or 'the response has no code')[:300]}"
            )
        token = await self._exchange(metadata, query["code"], under)
        claims = self._checked(token, await self._keys(metadata), under.nonce)
        self._require_allowed(claims)
        return claims, under.next

    async def _exchange(self, metadata: Metadata, code: str, under: Under) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": under.verifier,
        }
        proved, form = authenticated(self._credentials(metadata), form, self.issuer, self.sources)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **proved}
        call = Call("POST", metadata.token_endpoint, host_of(self.issuer) or "", headers, urlencode(form).encode())
        response = await self.fetcher.fetch(call)
        document = response.json_object() if response.succeeded else None
        if document is None or not isinstance(document.get("id_token"), str):
            raise SignInRefused("The response of the identity provider cannot be used. Try again.")
        return document

    def _credentials(self, metadata: Metadata) -> Credentials:
        if not self.credentials.client_secret:
            return self.credentials
        post = "client_secret_post" in metadata.methods and "client_secret_basic" not in metadata.methods
        return Credentials(
            self.credentials.client_id,
            self.credentials.client_secret,
            "client_secret_post" if post else "client_secret_basic",
        )

    async def _keys(self, metadata: Metadata) -> list[Key]:
        # Only public signature keys: a secret key in the set would let anybody who reads it sign.
        keys = usual_keys((await self._get(metadata.jwks_uri)).get("keys"))
        if not keys:
            raise SignInRefused("The keys of the identity provider cannot be read.")
        return keys

    def _checked(self, document: Mapping[str, Any], keys: list[Key], nonce: str) -> dict[str, Any]:
        """Validate an ID token and return its claims (OpenID Connect Core section 3.1.3.7 and 3.1.3.8). Raises
        SignInRefused.
        """
        refused = SignInRefused("The ID token of the identity provider is not valid, so you were not signed in.")
        try:
            claims, algorithm = signed_claims(document["id_token"], keys)
        except BadSignature:
            raise refused from None
        now, me = self.sources.now(), self.credentials.client_id
        audience = claims.get("aud")
        meant = audience == me or (
            isinstance(audience, list) and me in audience and (len(audience) == 1 or claims.get("azp") == me)
        )
        fresh = (
            isinstance(claims.get("exp"), int | float)
            and claims["exp"] > now - LEEWAY
            and isinstance(claims.get("iat"), int | float)
        )
        ours = (
            claims.get("iss") == self.issuer
            and claims.get("azp", me) == me
            and hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode())
        )
        named = isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255
        if not (meant and fresh and ours and named and _binds(claims, document, algorithm)):
            raise refused
        return claims

    def _require_allowed(self, claims: Mapping[str, Any]) -> None:
        """Raises SignInRefused unless the e-mail address, or its ``@domain``, is allowed.

        An address counts only when the provider has verified it.
        """
        email = str(claims.get("email", "")).casefold() if claims.get("email_verified") is True else ""
        if self.allowed and not any(
            email == each or (each.startswith("@") and email.endswith(each)) for each in self.allowed
        ):
            raise SignInRefused(
                "You are signed in at the identity provider, but your account may not use these pages. Ask their "
                "operator."
            )


def _binds(claims: Mapping[str, Any], document: Mapping[str, Any], algorithm: str) -> bool:
    """Whether at_hash, when present, is that of the access token (OpenID Connect Core section 3.1.3.8)."""
    if "at_hash" not in claims:
        return True
    digest = HASHES[algorithm[-3:].lower() if algorithm[-3:].lower() in HASHES else "256"](
        str(document.get("access_token")).encode()
    ).digest()
    half = base64url.encode(digest[: len(digest) // 2])
    return hmac.compare_digest(str(claims["at_hash"]).encode(), half.encode())


def subject_of(issuer: str, claims: Mapping[str, Any]) -> str:
    """The permanent identifier of a person: iss and sub, which are unique only together (OpenID Connect Core section
    5.7).
    """
    return json.dumps([issuer, claims["sub"]])


def name_of(claims: Mapping[str, Any]) -> str:
    return next(
        (
            claims[name]
            for name in ("name", "preferred_username", "email", "sub")
            if isinstance(claims.get(name), str) and claims[name].strip()
        ),
        "",
    )
