"""ID tokens that come back as hints about a person (OpenID Connect Core section 3.1.2.1, RP-Initiated Logout section
2).
"""

import json

from attrs import frozen

from mcpbase import base64url

from ..keys import BadSignature, KeyRing
from ..protocol import Client, InvalidRequest, Parameters
from ..tokens import ID_TOKEN_TYPE, MAX_ACCESS_TOKEN_SIZE


@frozen
class Hints:
    """Reads ID tokens that this server signed; ``issuer`` is its name."""

    ring: KeyRing
    issuer: str

    def read(self, token: str | None) -> dict[str, object]:
        """Return the claims of an ID token of this server, expired or not (Logout section 4, Core section 3.1.2.2);
        empty for anything else.
        """
        if token is None or len(token) > MAX_ACCESS_TOKEN_SIZE:
            return {}
        try:
            encoded = token.partition(".")[0]
            header = json.loads(base64url.decode(encoded))
            signer = (
                self.ring.find(str(header.get("kid")))
                if isinstance(header, dict) and header.get("typ") == ID_TOKEN_TYPE
                else None
            )
            claims = {} if signer is None else signer.read(token)
        except (ValueError, RecursionError, BadSignature):
            return {}
        return claims if claims.get("iss") == self.issuer and {"sub", "aud"} <= set(claims) else {}

    def require_subject(self, parameters: Parameters, client: Client) -> str | None:
        """Return the subject that the hint names; None without a hint. Raises InvalidRequest for what is no ID token of
        this client.
        """
        hint = parameters.one("id_token_hint")
        if hint is None:
            return None
        claims = self.read(hint)
        if claims.get("aud") != client.id:
            raise InvalidRequest(
                "The id_token_hint is not an ID token that this server gave this client, or is too old: leave it out."
            )
        return str(claims["sub"])
