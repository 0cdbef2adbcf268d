"""ID tokens, which tell the client who signed in (OpenID Connect Core section 2); their type and audience differ from
access tokens.
"""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping

from attrs import frozen

from mcpbase import base64url

from ...accounts import Account
from ...settings import Settings
from ...sources import Sources
from ..keys import EDDSA, ID_TOKEN_ALGORITHM, ID_TOKEN_ALGORITHMS, RS256, KeyRing
from ..protocol import Client, Grant

ID_TOKEN_TYPE = "JWT"
ID_TOKEN_LIFETIME = 3600
"""Seconds; a client reads it once, when it gets it."""
OPENID, PROFILE, EMAIL = "openid", "profile", "email"
CLAIMS = ("sub", "name", "preferred_username", "email")


METHODS = ("pwd",)
"""How people sign in: always with a password (RFC 8176 section 2)."""

FindAccount = Callable[[str], Awaitable[Account | None]]


def context_class(settings: Settings) -> str:
    """Return the authentication context class (SAML 2.0): a password, over TLS or (on loopback) without.

    Core section 2 wants an absolute URI, and other software compares with these two.
    """
    return f"urn:oasis:names:tc:SAML:2.0:ac:classes:{'PasswordProtectedTransport' if settings.secure else 'Password'}"


@frozen
class IdTokens:
    """Issues ID tokens. ``issuer`` is this server's, ``find_account`` looks people up, ``context`` is the class of
    every sign-in.
    """

    ring: KeyRing
    issuer: str
    context: str
    find_account: FindAccount
    sources: Sources

    async def issue(self, client: Client, grant: Grant, access_token: str, *, nonce: str | None = None) -> str | None:
        """Return an ID token for a grant with the scope ``openid``; None for any other. ``nonce`` is that of the
        request.
        """
        account = (
            None
            if grant.user_id is None or OPENID not in grant.scope.split()
            else await self.find_account(grant.user_id)
        )
        if account is None:
            return None
        signer, now = (
            self.ring.signer(algorithm_for(client)),
            self.sources.machine_now(),
        )  # nothing here reads it again, and the client has a clock of its own
        claims: dict[str, object] = {
            "iss": self.issuer,
            "sub": account.id,
            "aud": grant.client_id,
            "iat": now,
            "exp": now + ID_TOKEN_LIFETIME,
            "at_hash": _half_hash(access_token, signer.algorithm),
            **person_claims(grant.scope.split(), name=account.name, username=account.username, email=account.email),
        }
        extra = {"nonce": nonce, **self._sign_in(grant)}
        return signer.sign(
            claims | {name: value for name, value in extra.items() if value is not None}, type_=ID_TOKEN_TYPE
        )

    def _sign_in(self, grant: Grant) -> dict[str, object]:
        """Return when and how the person signed in before they gave the grant; empty when that is not known."""
        return (
            {}
            if grant.auth_time is None
            else {
                "auth_time": min(grant.auth_time, self.sources.machine_now()),
                "acr": self.context,
                "amr": list(METHODS),
            }
        )


def algorithm_for(client: Client) -> str:
    """Return the algorithm of the client's ID tokens, whichever signs access tokens."""
    named = client.metadata.get(ID_TOKEN_ALGORITHM)
    return named if isinstance(named, str) and named in ID_TOKEN_ALGORITHMS else RS256


def person_claims(scopes: Collection[str], *, name: str, username: str, email: str | None) -> Mapping[str, object]:
    """Return the claims that the scopes allow (section 5.4). E-mail addresses are not verified here, so
    ``email_verified`` is left out.
    """
    known: dict[str, object] = {"name": name, "preferred_username": username} if PROFILE in scopes else {}
    return known if EMAIL not in scopes or email is None else {**known, "email": email}


def _half_hash(access_token: str, algorithm: str) -> str:
    """Return the left half of the hash that belongs to the signature's algorithm (section 3.1.3.6); Ed25519 uses
    SHA-512.
    """
    digest = (hashlib.sha512 if algorithm == EDDSA else hashlib.sha256)(access_token.encode("ascii")).digest()
    return base64url.encode(digest[: len(digest) // 2])
