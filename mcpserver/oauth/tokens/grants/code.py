"""The authorization code grant (OAuth 2.1 section 4.1.3)."""

from ....secrets import SecretKind, digest
from ...protocol import AuthorizationCode, Client, Grant, InvalidGrant, Parameters, require_verifier
from .. import TokenAnswer, TokenIssuer, may_refresh, require_same_client, with_id_token

_REFUSAL = "The code is unknown, expired, was used before, or belongs to another client."


async def redeem_code(issuer: TokenIssuer, client: Client, form: Parameters, thumbprint: str | None) -> TokenAnswer:
    """Redeem a code once. A replay that is otherwise valid revokes the grant (OAuth 2.1 section 4.1.3)."""
    found = await issuer.store.find_code(digest(SecretKind.CODE, form.require("code")))
    if found is None:
        raise InvalidGrant(_REFUSAL, reason="unknown code")
    code, grant = found
    require_same_client(client, grant.client_id, "code", refusal=_REFUSAL)
    _require_same_redirect(code, form)
    require_verifier(form.one("code_verifier"), code.code_challenge)
    _require_same_key(grant, thumbprint, spent=code.spent_at is not None)
    if code.spent_at is None:
        await _require_alive(issuer, code, grant)
    resource, scope = issuer.resources.narrow(form.all("resource"), granted=grant.resource, scope=grant.scope)
    refresh = issuer.new_refresh_token(grant, generation=0) if may_refresh(client) else None
    bound = thumbprint if not client.is_confidential else None
    spent = code.spent_at is not None
    if spent or not await issuer.store.spend_code(
        code.digest, refresh_token=refresh and refresh[1], thumbprint=bound, now=issuer.sources.now()
    ):
        await issuer.revoke(grant)
        raise InvalidGrant(_REFUSAL, reason=f"code of grant {grant.id} replayed: grant revoked")
    answer = issuer.answer(
        grant, refresh_token=refresh and refresh[0], scope=scope, resource=resource, thumbprint=thumbprint
    )
    return await with_id_token(issuer, client, grant, answer, nonce=code.nonce)


def _require_same_redirect(code: AuthorizationCode, form: Parameters) -> None:
    """Check the redirect URI: it may be left out (OAuth 2.1 section 4.1.3), but one that is sent must be the same."""
    presented = form.one("redirect_uri")
    if presented not in (None, code.redirect_uri):
        raise InvalidGrant(
            "The redirect_uri differs from the one of the authorization request.",
            reason=f"{presented!r} is not {code.redirect_uri!r}",
        )


def _require_same_key(grant: Grant, thumbprint: str | None, *, spent: bool) -> None:
    """Check the key of a code that was requested with ``dpop_jkt`` (RFC 9449 section 10). A replay is judged as a
    replay.
    """
    if not spent and grant.thumbprint not in (None, thumbprint):
        raise InvalidGrant(
            "The code is bound to another key.", reason=f"code of grant {grant.id} without the key it is bound to"
        )


async def _require_alive(issuer: TokenIssuer, code: AuthorizationCode, grant: Grant) -> None:
    now = issuer.sources.now()
    if code.expires_at <= now:
        await issuer.store.drop_expired_code(code.digest, now=now)
    if code.expires_at <= now or not grant.is_live(now):
        raise InvalidGrant(_REFUSAL, reason=f"code of grant {grant.id} expired or revoked")
