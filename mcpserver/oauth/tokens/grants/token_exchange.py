"""Token exchange (RFC 8693): a server that was called with a person's token gets one of its own to act for
that person.
"""

from ....principal import covers
from ...protocol import OFFLINE_ACCESS, Client, Grant, InvalidDpopProof, InvalidRequest, InvalidScope, Parameters
from .. import Claims, InvalidToken, TokenAnswer, TokenIssuer, require_confidential

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def redeem_token(issuer: TokenIssuer, client: Client, form: Parameters, thumbprint: str | None) -> TokenAnswer:
    """Issue a token for the same person and grant: it ends with the grant, and not after the token that was presented.

    The client acts for the person (section 1.1, delegation), and the token says so (section 4.1). Section 2.2.2 defines
    the errors.
    """
    require_confidential(client, "exchange tokens")
    _require_kinds(form)
    claims, grant = await _require_alive(issuer, form.require("subject_token"))
    _require_binding(claims, thumbprint)
    asked = _require_narrower(issuer, client, form.one("scope"), claims)
    resource, scope = issuer.resources.narrow(
        [*form.all("audience"), *form.all("resource")], granted=" ".join(claims.audience), scope=asked
    )
    left = claims.expires_at - issuer.sources.now()
    answer = issuer.answer(
        grant, refresh_token=None, scope=scope, resource=resource, thumbprint=thumbprint, actor=client.id, longest=left
    )
    return {**answer, "issued_token_type": ACCESS_TOKEN}


def _require_kinds(form: Parameters) -> None:
    """Accept access tokens only, for access tokens. The client itself acts, so there is no actor_token
    (section 2.1).
    """
    if form.require("subject_token_type") != ACCESS_TOKEN or form.one("requested_token_type") not in (
        None,
        ACCESS_TOKEN,
    ):
        raise InvalidRequest(f"Only tokens of the type {ACCESS_TOKEN} are exchanged here, for tokens of the same type.")
    if "actor_token" in form or "actor_token_type" in form:
        raise InvalidRequest("An actor_token is not accepted: the client that asks is the one who acts.")


def _require_binding(claims: Claims, thumbprint: str | None) -> None:
    """Require that a token made from one that is bound to a key is bound to the actor's key (RFC 9449 section 5).

    Otherwise an exchange would turn it into one that anybody who finds it can use.
    """
    if claims.thumbprint is not None and thumbprint is None:
        raise InvalidDpopProof(
            "The subject_token is bound to a key, so what is made of it must be, too: send a DPoP proof of a key of "
            "yours."
        )


async def _require_alive(issuer: TokenIssuer, token: str) -> tuple[Claims, Grant]:
    try:
        claims = await issuer.access_tokens.read(token)
    except InvalidToken as error:
        raise InvalidRequest(f"The subject_token is not good: {error}") from error
    grant = await issuer.store.find_grant(claims.grant_id)
    if grant is None or grant.revoked_at is not None:
        raise InvalidRequest("The subject_token is not good: it was revoked.")
    return claims, grant


def _require_narrower(issuer: TokenIssuer, client: Client, asked: str | None, claims: Claims) -> str:
    """Return what the token and the client's allowance have in common, or less of it (section 2.1). Raises
    InvalidScope.
    """
    held = claims.scope.split()
    allowed = held if client.scope is None else client.scope.split()
    names = held if asked is None else issuer.resources.scopes.require(asked).split()
    kept = [name for name in names if name != OFFLINE_ACCESS.name and covers(held, name) and covers(allowed, name)]
    if not kept or (asked is not None and len(kept) != len(names)):
        raise InvalidScope(
            "The scope goes beyond that of the subject_token, or of what this client may do.",
            reason=f"{asked!r} of {claims.scope!r}",
        )
    return " ".join(kept)
