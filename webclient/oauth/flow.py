"""The authorization code flow as a client walks it (OAuth 2.1 section 4.1, RFC 7636, RFC 8707, RFC 9207)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit, urlunsplit

from attrs import evolve

from ..addresses import host_of
from ..errors import Challenge, ConsentDenied, TokenRefused, Untrusted
from ..fetcher import Call, Fetcher, Response
from ..models import Credentials, Pending, Tokens
from ..sources import Sources
from ..trace import AUTH, CLIENT, YOU, Notes, Trace
from .discovery import AuthorizationServer, ProtectedResource

CONSENT, TOKENS, LEAVING = "Asking you", "Trading the code for a token", "Saying goodbye"


def challenge_for(verifier: str) -> str:
    """RFC 7636 section 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def state_digest(state: str) -> bytes:
    return hashlib.sha256(b"state " + state.encode()).digest()


def first_scopes(challenge: Challenge | None, resource: ProtectedResource, server: AuthorizationServer) -> tuple[str, ...]:
    """MCP scope selection: the challenge's scopes, else all the resource supports, else none; and ``offline_access`` where it is offered."""
    scopes = (challenge.scopes if challenge else ()) or resource.scopes_supported or ()
    return union(scopes, ("offline_access",)) if scopes and "offline_access" in server.scopes_supported else scopes


def union(*sets: tuple[str, ...]) -> tuple[str, ...]:
    """Every scope once, in order of first appearance."""
    return tuple(dict.fromkeys(scope for scopes in sets for scope in scopes))


def authorization_parameters(pending: Pending, state: str, redirect_uri: str) -> dict[str, str]:
    """OAuth 2.1 section 4.1.1, with ``resource`` (RFC 8707 section 2.1)."""
    parameters = {
        "response_type": "code",
        "client_id": pending.credentials.client_id,
        "redirect_uri": redirect_uri,
        "code_challenge": challenge_for(pending.verifier),
        "code_challenge_method": "S256",
        "state": state,
        "resource": pending.resource,
    }
    return {**parameters, "scope": " ".join(pending.scopes)} if pending.scopes else parameters


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The address with the parameters added to the query it may have (RFC 6749 section 3.1)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query, keep_blank_values=True), *parameters.items()])))


def require_issuer(pending: Pending, answered: str | None, notes: Notes) -> None:
    """RFC 9207 section 2.4: byte for byte the recorded issuer; absent only where the server never promised it. Raises Untrusted."""
    mixed_up = Untrusted("The answer came back in the name of another authorization server than the one you were sent to. It was thrown away unread.")
    same = hmac.compare_digest(answered.encode(), pending.issuer.encode()) if answered is not None else not pending.iss_required
    sentence = (
        "The answer names the issuer you were sent to" if answered is not None else "The issuer may stay unnamed, as this server never promised to name it"
    )
    notes.require(same, sentence, "RFC 9207 section 2.4", mixed_up)


def require_code(query: Mapping[str, str]) -> str:
    """OAuth 2.1 section 4.1.2. Raises ConsentDenied."""
    if query.get("error") == "access_denied":
        raise ConsentDenied("You did not give permission, so nothing was connected. You can try again whenever you like.")
    if "error" in query:
        told = query.get("error_description") or query["error"]
        raise ConsentDenied(f"The authorization server said no: {told[:300]}")
    if not query.get("code"):
        raise ConsentDenied("The authorization server sent you back without a code.")
    return query["code"]


def authenticated(credentials: Credentials, parameters: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and form of a request with client authentication (RFC 6749 section 2.3.1)."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    secret = credentials.client_secret or ""
    if credentials.method == "client_secret_basic" and secret:
        pair = f"{quote_plus(credentials.client_id)}:{quote_plus(secret)}"
        return {**headers, "Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}, parameters
    named = {**parameters, "client_id": credentials.client_id}
    return headers, {**named, "client_secret": secret} if secret and credentials.method == "client_secret_post" else named


class OAuthClient:
    """Talks to the authorization server for the integration at ``url``. Records each hop in the trace."""

    def __init__(self, fetcher: Fetcher, trace: Trace, sources: Sources, url: str) -> None:
        self._fetcher = fetcher
        self._trace = trace
        self._sources = sources
        self._typed_host = host_of(url) or ""

    async def authorization_url(self, endpoint: str, pending: Pending, state: str, redirect_uri: str) -> str:
        """Where to send the person, noted as their hop."""
        parameters = authorization_parameters(pending, state, redirect_uri)
        async with self._trace.hop(YOU, AUTH, CONSENT, "May this client act for me?", method="GET", url=endpoint, rule="OAuth 2.1 section 4.1.1") as notes:
            notes.sends(parameters)
            notes.outcome, notes.status = "info", 303
            notes.meaning = (
                "Your browser goes to the authorization server. Only there do you sign in and choose what to allow; this client never sees your password."
            )
        return with_query(endpoint, parameters)

    async def read_callback(self, url: str, pending: Pending, query: Mapping[str, str]) -> str:
        """The code, after the checks that come before anything else. Raises Untrusted, ConsentDenied."""
        async with self._trace.hop(YOU, CLIENT, CONSENT, "I am back with the answer", method="GET", url=url, rule="OAuth 2.1 section 4.1.2") as notes:
            notes.status = 303
            notes.require(True, "The state is one this browser was given, and is used up now", "RFC 6749 section 10.12", Untrusted(""))
            require_issuer(pending, query.get("iss"), notes)
            notes.receives({name: query.get(name) for name in ("code", "state", "iss", "error", "error_description")})
            code = require_code(query)
            notes.meaning = "You said yes. The code in the address is good once, for a minute, and only together with a secret that never left this client."
            return code

    async def exchange(self, pending: Pending, code: str, redirect_uri: str) -> Tokens:
        """OAuth 2.1 section 4.1.3. Raises TokenRefused, Unreachable."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": pending.verifier, "resource": pending.resource}
        meaning = "The code and its secret were traded for an access token, bound to this one server. It is kept sealed."
        document = await self._ask("Here is the code and its secret", pending.token_endpoint, pending.credentials, form, meaning)
        return self._tokens(
            document,
            Tokens(
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
            ),
        )

    async def refresh(self, tokens: Tokens) -> Tokens:
        """OAuth 2.1 section 4.3.1, at the endpoint that gave the tokens and nowhere else. Raises TokenRefused, Unreachable."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token or "", "resource": tokens.resource}
        meaning = "The access token had run out; the refresh token brought a fresh one without asking you again."
        document = await self._ask("A fresh token, please", tokens.token_endpoint, tokens.credentials, form, meaning)
        return self._tokens(document, tokens)

    async def _ask(self, title: str, endpoint: str, credentials: Credentials, form: dict[str, str], meaning: str) -> dict[str, Any]:
        rule = "OAuth 2.1 section 4.3" if form["grant_type"] == "refresh_token" else "OAuth 2.1 section 4.1.3"
        async with self._trace.hop(CLIENT, AUTH, TOKENS, title, method="POST", url=endpoint, rule=rule) as notes:
            response = await self._post(endpoint, credentials, form, notes)
            document = require_token_response(response)
            notes.receives({name: document.get(name) for name in ("access_token", "token_type", "expires_in", "scope", "refresh_token")})
            notes.meaning = meaning
            return document

    async def _post(self, endpoint: str, credentials: Credentials, form: dict[str, str], notes: Notes) -> Response:
        headers, fields = authenticated(credentials, form)
        notes.sends({**fields, "authorization": headers.get("Authorization")})
        response = await self._fetcher.fetch(Call("POST", endpoint, self._typed_host, headers, urlencode(fields).encode()), notes)
        notes.status = response.status
        return response

    def _tokens(self, document: dict[str, Any], before: Tokens) -> Tokens:
        """RFC 6749 sections 5.1 and 6: what the answer leaves out stays as it was."""
        lifetime, scope, refresh = document.get("expires_in"), document.get("scope"), document.get("refresh_token")
        told = isinstance(lifetime, int | float) and 0 <= lifetime < 1e10
        return evolve(
            before,
            access_token=document["access_token"],
            refresh_token=refresh if isinstance(refresh, str) and refresh else before.refresh_token,
            expires_at=int(self._sources.now() + lifetime) if told else None,  # type: ignore[operator]
            scopes=tuple(scope.split()) if isinstance(scope, str) else before.scopes,
        )

    async def revoke(self, tokens: Tokens) -> None:
        """RFC 7009 section 2.1: the refresh token when there is one, else the access token. Raises Unreachable, TokenRefused."""
        if tokens.revocation_endpoint is None:
            return
        hint = "refresh_token" if tokens.refresh_token else "access_token"
        form = {"token": tokens.refresh_token or tokens.access_token, "token_type_hint": hint}
        title, url = "I do not need this any more", tokens.revocation_endpoint
        async with self._trace.hop(CLIENT, AUTH, LEAVING, title, method="POST", url=url, rule="RFC 7009 section 2.1") as notes:
            response = await self._post(url, tokens.credentials, form, notes)
            if response.status != 200:
                raise TokenRefused(f"The authorization server did not confirm that the token is revoked (status {response.status}).")
            notes.meaning = "The authorization server forgot the permission you gave."


def require_token_response(response: Response) -> dict[str, Any]:
    """RFC 6749 sections 5.1 and 5.2. Raises TokenRefused."""
    document = response.json_object() or {}
    if response.status != 200:
        code = str(document.get("error", ""))[:100]
        told = str(document.get("error_description") or code or f"status {response.status}")[:300]
        raise TokenRefused(f"The authorization server gave no token: {told}", code)
    token, kind = document.get("access_token"), document.get("token_type")
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token.strip():
        raise TokenRefused("The authorization server said yes but sent no access token.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenRefused("The authorization server sent a kind of token that this client cannot use; it knows bearer tokens only.")
    return document
