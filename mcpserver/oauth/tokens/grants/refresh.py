"""The refresh token grant with rotation (OAuth 2.1 section 4.3.1)."""

from ....principal import covers
from ....secrets import SecretKind, digest
from ...protocol import SKEW, Client, Grant, InvalidGrant, InvalidScope, Parameters, RefreshToken, ScopeCatalog
from .. import TokenAnswer, TokenIssuer, require_bound_key, require_same_client, with_id_token

SIBLINGS = 10
"""Refresh tokens of one generation: the one that was rotated, and those for callers that used the old token at the same
time.
"""

_REFUSAL = "The refresh token is unknown, expired, was revoked, or belongs to another client."


async def redeem_refresh_token(
    issuer: TokenIssuer, client: Client, form: Parameters, thumbprint: str | None
) -> TokenAnswer:
    """Rotate a refresh token. Every response carries a live one; a used one that comes back too late revokes
    the grant.
    """
    found = await issuer.store.find_refresh_token(digest(SecretKind.REFRESH_TOKEN, form.require("refresh_token")))
    if found is None:
        raise InvalidGrant(_REFUSAL, reason="unknown refresh token")
    token, grant = found
    require_same_client(client, grant.client_id, "refresh token", refusal=_REFUSAL)
    require_bound_key(client, grant, thumbprint)
    _require_alive(token, grant, now=issuer.sources.now())
    asked = _require_narrower(form.one("scope"), grant, issuer.resources.scopes)
    resource, scope = issuer.resources.narrow(form.all("resource"), granted=grant.resource, scope=asked)
    if token.generation == grant.generation:
        value, successor = issuer.new_refresh_token(grant, generation=token.generation + 1)
        if await issuer.store.rotate_refresh_token(successor, now=issuer.sources.now()):
            return await with_id_token(
                issuer,
                client,
                grant,
                issuer.answer(grant, refresh_token=value, scope=scope, resource=resource, thumbprint=thumbprint),
            )
    sibling = await _sibling(issuer, token, grant)
    return await with_id_token(
        issuer,
        client,
        grant,
        issuer.answer(grant, refresh_token=sibling, scope=scope, resource=resource, thumbprint=thumbprint),
    )


async def _sibling(issuer: TokenIssuer, token: RefreshToken, grant: Grant) -> str:
    """Return a refresh token for a caller whose token was rotated a moment ago: by another tab, or in a response that
    was lost.

    This works for the generation just before the current one, within the reuse window, until a successor was used.
    Otherwise it is reuse, and the grant is revoked (RFC 9700 section 4.14.2). When there are too many callers, the last
    one alone is refused.
    """
    value, sibling = issuer.new_refresh_token(grant, generation=token.generation + 1)
    now = issuer.sources.now()
    window_is_open = issuer.reuse_window > 0
    if window_is_open and await issuer.store.add_sibling(sibling, window=issuer.reuse_window, limit=SIBLINGS, now=now):
        return value
    if window_is_open and await _is_just_rotated(issuer, sibling, now=now):
        raise InvalidGrant(
            _REFUSAL, reason=f"refresh token of grant {grant.id} used by more than {SIBLINGS} callers at once"
        )
    await issuer.revoke(grant)
    raise InvalidGrant(_REFUSAL, reason=f"refresh token of grant {grant.id} reused: grant revoked")


async def _is_just_rotated(issuer: TokenIssuer, sibling: RefreshToken, *, now: int) -> bool:
    """Return whether the sibling would have been kept, had there been fewer."""
    grant = await issuer.store.find_grant(sibling.grant_id)
    is_current = grant is not None and grant.revoked_at is None and grant.generation == sibling.generation
    return (
        is_current
        and grant is not None
        and -min(issuer.reuse_window, SKEW) <= now - (grant.rotated_at or 0) <= issuer.reuse_window
    )


def _require_alive(token: RefreshToken, grant: Grant, *, now: int) -> None:
    if token.expires_at <= now or not grant.is_live(now):
        raise InvalidGrant(_REFUSAL, reason=f"refresh token of grant {grant.id} expired or revoked")


def _require_narrower(asked: str | None, grant: Grant, catalog: ScopeCatalog) -> str:
    """Return the scope of the access token: the same or less (OAuth 2.1 section 4.3). Raises InvalidScope."""
    if asked is None:
        return grant.scope
    names, granted, known = catalog.without_foreign(asked).split(), grant.scope.split(), catalog.names
    if not names or not all(name in granted or (name in known and covers(granted, name)) for name in names):
        raise InvalidScope("The scope goes beyond what was granted.", reason=f"{asked!r} of {grant.scope!r}")
    return " ".join(dict.fromkeys([*(name for name in granted if name in names), *names]))
