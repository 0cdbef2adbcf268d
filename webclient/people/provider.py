"""Sign-in at an OpenID provider (OpenID Connect Core 1.0, authorization code flow): discovery, code, and ID token."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlencode

from attrs import define, frozen

from ..addresses import host_of, is_endpoint_url
from ..fetcher import Call, Fetcher
from ..json_text import JsonObject
from ..oauth import authenticated, challenge_for, state_digest, with_query
from ..oauth.protocol import Credentials, Key
from ..sources import Sources
from .id_token import Expected, IdToken, ProviderAnswer, read_id_token
from .person import SignInRefused
from .provider_keys import usual_keys
from .store import ProviderSignIn, SQLitePeople


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

    async def _get(self, url: str) -> JsonObject:
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
        state, under_way = self.sources.token(), ProviderSignIn(self.sources.token(), self.sources.token(), after)
        await self.store.add_sign_in(state_digest(state), browser, int(self.sources.now()), under_way)
        parameters = {
            "response_type": "code",
            "client_id": self.credentials.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile email",
            "state": state,
            "nonce": under_way.nonce,
            "code_challenge": challenge_for(under_way.verifier),
            "code_challenge_method": "S256",
        }
        return with_query(metadata.authorization_endpoint, parameters)

    async def finish(self, browser: bytes, query: Mapping[str, str]) -> tuple[IdToken, str]:
        """Process the authorization response; returns the ID token and the address to return to.

        Raises SignInRefused and other FlowErrors.
        """
        under_way = await self.store.spend_sign_in(
            state_digest(query.get("state", "")), browser, int(self.sources.now())
        )
        if under_way is None:
            raise SignInRefused("This sign-in was not started in this browser, or it is finished already.")
        metadata = await self._metadata()
        code = self._require_code(metadata, query)
        answer = await self._exchange(metadata, code, under_way)
        expected = Expected(self.issuer, self.credentials.client_id, under_way.nonce, self.sources.now())
        token = read_id_token(answer, await self._keys(metadata), expected)
        self._require_allowed(token)
        return token, under_way.next

    def _require_code(self, metadata: Metadata, query: Mapping[str, str]) -> str:
        """The code of the authorization response, once its issuer is checked (RFC 9207). Raises SignInRefused."""
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
        return query["code"]

    async def _exchange(self, metadata: Metadata, code: str, under_way: ProviderSignIn) -> ProviderAnswer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": under_way.verifier,
        }
        proved, form = authenticated(self._credentials(metadata), form, self.issuer, self.sources)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **proved}
        call = Call("POST", metadata.token_endpoint, host_of(self.issuer) or "", headers, urlencode(form).encode())
        response = await self.fetcher.fetch(call)
        document = response.json_object() if response.succeeded else None
        if document is None or not isinstance(document.get("id_token"), str):
            raise SignInRefused("The response of the identity provider cannot be used. Try again.")
        return ProviderAnswer(document["id_token"], str(document.get("access_token")))

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

    def _require_allowed(self, token: IdToken) -> None:
        """Raises SignInRefused unless the verified e-mail address, or its ``@domain``, is allowed."""
        if self.allowed and not any(
            token.email == each or (each.startswith("@") and token.email.endswith(each)) for each in self.allowed
        ):
            raise SignInRefused(
                "You are signed in at the identity provider, but your account may not use these pages. Ask their "
                "operator."
            )
