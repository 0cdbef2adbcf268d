"""Signing in: runs discovery, registration, authorization and token requests."""

from collections.abc import Mapping

from attrs import evolve, field, frozen

from ..addresses import is_endpoint_url
from ..cause_code import CauseCode
from ..errors import Challenge, FlowError, NoRegistration, TokenRefused, Untrusted
from . import grants
from .authorization import authorization_url, read_callback
from .client_authentication import auth_method
from .context import FlowContext
from .discovery import Discovery, SignInLocation
from .dpop import ALGORITHM, demanded
from .identity import Identity
from .metadata import same_issuer
from .protocol import UNDECIDED, AuthorizationServerMetadata, Backing, Credentials, Key, Pending, Preferences, Tokens
from .registration import Registration, RegistrationStore, Wanted
from .scopes import first_scopes, union, with_refresh
from .signing import SEED, new_key
from .token_endpoint import TokenEndpoint, TokenRequest

EXCHANGED = (
    "The client exchanged the code and its secret for an access token that is valid for this server only. The token "
    "is stored encrypted."
)
REFRESHED = "The access token had expired. The client used the refresh token to get a new one without asking you again."
NOBODY = Backing()
FOREIGN_ISSUER = (
    "The server now names another authorization server ({new}). Your client id and secret belong to "
    "{old}, so they were not sent."
)


@frozen
class Request:
    """The purpose of a sign-in. ``bound`` is the issuer that the typed credentials belong to, if known.

    ``held`` are the tokens to add a permission to (step-up); ``scopes`` then has both those held and those missing.
    """

    challenge: Challenge | None = None
    scopes: tuple[str, ...] = ()
    typed: Credentials | None = None
    bound: str = ""
    proof_key: Key | None = field(default=None, repr=False)
    held: Tokens | None = field(default=None, repr=False)


@frozen
class AuthorizationStart:
    """The address for the person's browser, with the pending authorization request and its ``state``."""

    url: str
    state: str
    pending: Pending


def require_same_issuer(request: Request, issuer: str) -> None:
    """Raises Untrusted when typed credentials would go to another issuer than the one they were first used with (MCP
    authorization server binding).
    """
    if request.typed and request.bound and not same_issuer(request.bound, issuer):
        raise Untrusted(FOREIGN_ISSUER.format(new=issuer, old=request.bound), CauseCode.OTHER_ISSUER)


@frozen
class SignIn:
    """The sign-in at one server. Every failure is a FlowError with a sentence for the person."""

    reach: FlowContext
    identity: Identity
    store: RegistrationStore
    preferences: Preferences = UNDECIDED

    @property
    def _tokens(self) -> TokenEndpoint:
        return TokenEndpoint(self.reach)

    async def _find(self, request: Request, *, person: bool) -> SignInLocation:
        discovery = Discovery(self.reach)
        if request.held:
            return await discovery.again(request.held.resource, request.held.issuer, person=person)
        return await discovery.find(request.challenge, known=request.bound, person=person)

    def _scopes(self, request: Request, place: SignInLocation) -> tuple[str, ...]:
        return union(request.scopes or first_scopes(request.challenge, place.resource), self.preferences.scopes)

    def _proof_key(self, request: Request, place: SignInLocation) -> Key | None:
        """The DPoP key, existing or new, where the person or the server wants DPoP; None otherwise.

        Raises FlowError when the authorization server does not support ES256 proofs.
        """
        if not (
            self.preferences.dpop or place.resource.dpop_required or demanded(request.challenge) or request.proof_key
        ):
            return None
        offered = place.server.dpop_algorithms
        if offered and ALGORITHM not in offered:
            raise FlowError(
                f"The authorization server checks DPoP proofs only in {', '.join(offered)[:200]}; this client signs "
                f"with {ALGORITHM}.",
                CauseCode.DPOP,
            )
        return request.proof_key or new_key(self.reach.sources.token_bytes(SEED))

    async def begin(self, request: Request, integration_id: str = "", *, retry: bool = False) -> AuthorizationStart:
        """Run discovery and registration, and build the address to send the person to. Raises FlowError."""
        place = await self._find(request, person=True)
        require_same_issuer(request, place.server.issuer)
        scopes = with_refresh(self._scopes(request, place), place.server)
        wanted = Wanted(scopes, place.resource.scopes_supported or ())
        credentials = await Registration(self.reach, self.identity, self.store, self.preferences).credentials(
            place.server, request.typed, wanted
        )
        pending = Pending(
            integration_id=integration_id,
            issuer=place.server.issuer,
            iss_required=place.server.iss_required,
            verifier=self.reach.sources.token(),
            resource=place.resource.resource,
            scopes=scopes,
            token_endpoint=place.server.token_endpoint,
            revocation_endpoint=place.server.revocation_endpoint,
            credentials=credentials,
            retry=retry,
            proof_key=self._proof_key(request, place),
        )
        state = self.reach.sources.token()
        url = await authorization_url(
            self.reach.trace, place.server.authorization_endpoint or "", pending, state, self.identity.redirect_uri
        )
        return AuthorizationStart(url, state, pending)

    async def finish(self, pending: Pending, query: Mapping[str, str]) -> Tokens:
        """Exchange the code of the authorization response for tokens.

        A dynamic registration that the server no longer accepts is deleted. Raises Untrusted, ConsentDenied,
        TokenRefused.
        """
        code = await read_callback(self.reach.trace, self.identity.redirect_uri, pending, query)
        before = _empty(pending)
        form = grants.code(pending, code, self.identity.redirect_uri)
        return await self._ask("Exchange the code for a token", form, before, EXCHANGED)

    async def refresh(self, tokens: Tokens) -> Tokens:
        """Refresh the tokens at the endpoint that issued them, and no other (OAuth 2.1 section 4.3.1).

        Raises TokenRefused, Unreachable.
        """
        return await self._ask("Refresh the token", grants.refresh(tokens), tokens, REFRESHED)

    async def _ask(self, title: str, form: dict[str, str], before: Tokens, meaning: str) -> Tokens:
        token_request = TokenRequest(
            title, before.token_endpoint, before.issuer, before.credentials, form, meaning, before.proof_key
        )
        try:
            return self._tokens.read(await self._tokens.send(token_request), before)
        except TokenRefused as error:
            if error.of_client and before.credentials.registered:
                await self.store.forget_registration(before.issuer, self.identity.redirect_uri)
            raise

    async def without_person(self, request: Request, backing: Backing = NOBODY) -> Tokens:
        """Get tokens by client credentials, a workload's own identity or the organisation's identity provider, as
        ``preferences.grant`` says. Raises FlowError.
        """
        place = await self._find(request, person=False)
        require_same_issuer(request, place.server.issuer)
        if request.typed is None and self.preferences.grant != "workload":
            raise NoRegistration(
                "Signing in without a person requires a client id from the owner of the authorization server."
            )
        typed = request.typed or Credentials("")
        credentials = evolve(typed, method=auth_method(place.server, typed, self.preferences.auth_method))
        scopes = self._scopes(request, place)
        before = evolve(
            _nothing(place.server, place.resource.resource, scopes, credentials),
            proof_key=self._proof_key(request, place),
        )
        return await self._without_person(before, backing, scopes)

    async def _without_person(self, before: Tokens, backing: Backing, scopes: tuple[str, ...]) -> Tokens:
        if self.preferences.grant == "workload":
            form = grants.jwt_bearer(backing.assertion, before.resource, scopes)
            return await self._ask(
                "Get a token for this workload",
                form,
                before,
                "The platform attests the identity of this workload, so no secret was needed.",
            )
        if self.preferences.grant == "enterprise":
            assertion = await self._identity_assertion(before, backing, scopes)
            form = grants.jwt_bearer(assertion, before.resource, scopes)
            return await self._ask(
                "Get a token for the identity assertion",
                form,
                before,
                "The identity provider of the organisation decided; no person was asked for consent.",
            )
        form = grants.client_credentials(before.resource, scopes)
        return await self._ask(
            "Get a token for this client", form, before, "The client acts for itself; no person was asked."
        )

    async def _identity_assertion(self, before: Tokens, backing: Backing, scopes: tuple[str, ...]) -> str:
        """Get an ID-JAG from the identity provider (draft-ietf-oauth-identity-assertion-authz-grant).

        Raises Untrusted, TokenRefused, Unreachable.
        """
        if not is_endpoint_url(backing.token_endpoint, backing.token_endpoint):
            raise Untrusted(
                "The token endpoint of your organisation's identity provider is not a safe web address, so nothing "
                "was sent there.",
                CauseCode.UNSAFE_ADDRESS,
            )
        form = grants.id_jag(backing, before.issuer, before.resource, scopes)
        meaning = (
            "The identity provider issued an identity assertion for you, which the authorization server of the MCP "
            "server accepts."
        )
        token_request = TokenRequest(
            "Get an identity assertion",
            backing.token_endpoint,
            backing.issuer,
            backing.credentials,
            form,
            meaning,
            typed=True,
        )
        response = await self._tokens.send(token_request)
        if response.issued_token_type != grants.ID_JAG:
            raise TokenRefused(
                "The response of the identity provider is not the requested identity assertion.",
                cause=CauseCode.TOKEN_ANSWER,
            )
        return response.access_token

    async def revoke(self, tokens: Tokens) -> None:
        """Revoke the tokens. Raises Unreachable, TokenRefused."""
        await self._tokens.revoke(tokens)


def _empty(pending: Pending) -> Tokens:
    return Tokens(
        issuer=pending.issuer,
        access_token="",
        refresh_token=None,
        expires_at=None,
        scopes=pending.scopes,
        resource=pending.resource,
        token_endpoint=pending.token_endpoint,
        revocation_endpoint=pending.revocation_endpoint,
        credentials=pending.credentials,
        requested=pending.scopes,
        proof_key=pending.proof_key,
    )


def _nothing(
    server: AuthorizationServerMetadata, resource: str, scopes: tuple[str, ...], credentials: Credentials
) -> Tokens:
    return Tokens(
        issuer=server.issuer,
        access_token="",
        refresh_token=None,
        expires_at=None,
        scopes=scopes,
        resource=resource,
        token_endpoint=server.token_endpoint,
        revocation_endpoint=server.revocation_endpoint,
        credentials=credentials,
        requested=scopes,
    )
