"""RFC 7009: a client gives up a token, and with it the grant behind it (section 2.1)."""

from .access_token import InvalidToken
from .models import Client, Grant
from .parameters import Parameters
from .secrets import SecretKind, digest
from .token import TokenIssuer


async def revoke_token(issuer: TokenIssuer, client: Client, form: Parameters) -> None:
    """Revoke the grant behind the token. What is unknown, or another client's, is left alone and answered the same (section 2.2)."""
    grant = await _find_grant(issuer, form.require("token"))
    if grant is not None and grant.client_id == client.id:
        await issuer.revoke(grant)


async def _find_grant(issuer: TokenIssuer, token: str) -> Grant | None:
    """The hint of section 2.1 is not needed: a token tells what it is."""
    found = await issuer.store.find_refresh_token(digest(SecretKind.REFRESH_TOKEN, token))
    if found is not None:
        return found[1]
    try:
        claims = await issuer.access_tokens.read(token)
    except InvalidToken:
        return None
    return await issuer.store.find_grant(claims.grant_id)
