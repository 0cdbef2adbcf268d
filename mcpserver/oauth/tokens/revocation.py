"""Revocation (RFC 7009): a client gives up a token, and with it the grant behind it (section 2.1)."""

from ...secrets import SecretKind, digest
from ..protocol import Client, Grant, Parameters, UnsupportedTokenType
from .access_token import InvalidToken
from .endpoint import TokenIssuer


async def revoke_token(issuer: TokenIssuer, client: Client, form: Parameters) -> None:
    """Revoke the grant behind a token. An unknown token or another client's is left alone, with the same response
    (section 2.2).

    Raises UnsupportedTokenType for an exchanged token of the client's own: it may not end the grant.
    """
    found = await _find_grant(issuer, form.require("token"))
    if found is None or found[1] != client.id:
        return
    grant, owner = found
    if owner != grant.client_id:
        raise UnsupportedTokenType(
            "An exchanged token ends by itself, or with the permission it was exchanged from; it cannot be given up "
            "alone."
        )
    await issuer.revoke(grant)


async def _find_grant(issuer: TokenIssuer, token: str) -> tuple[Grant, str] | None:
    """Return the grant and the client of a token. The hint of section 2.1 is not needed: a token's form tells
    its kind.
    """
    found = await issuer.store.find_refresh_token(digest(SecretKind.REFRESH_TOKEN, token))
    if found is not None:
        return found[1], found[1].client_id
    try:
        claims = await issuer.access_tokens.read(token)
    except InvalidToken:
        return None
    grant = await issuer.store.find_grant(claims.grant_id)
    return None if grant is None else (grant, claims.client_id)
