"""The client credentials grant (OAuth 2.1 section 4.2; MCP extension oauth-client-credentials): a client acts for
itself.
"""

from ...protocol import OFFLINE_ACCESS, Client, InvalidClient, Parameters
from .. import TokenAnswer, TokenIssuer, require_confidential


async def redeem_client_credentials(
    issuer: TokenIssuer, client: Client, form: Parameters, thumbprint: str | None
) -> TokenAnswer:
    """Issue a token for what the operator allowed the client, without a refresh token (OAuth 2.1 section 4.2.3)."""
    require_confidential(client, "act for itself")  # OAuth 2.1 section 4.2
    resource = issuer.resources.require(form.all("resource"))
    scope = issuer.resources.require_scope(form.one("scope"), resource, allowed=_allowance(issuer, client))
    grant = issuer.new_grant(client, user_id=None, scope=scope, resource=resource)
    if not await issuer.store.add_grant(grant, client=client):
        raise InvalidClient(
            "The client is no longer active.", reason=f"client {client.id} was removed while it asked for a token"
        )
    return issuer.answer(grant, refresh_token=None, thumbprint=thumbprint)


def _allowance(issuer: TokenIssuer, client: Client) -> str:
    """Return the client's scopes without ``offline_access``, which means nothing to a client that acts for itself."""
    allowed = client.scope.split() if client.scope is not None else issuer.resources.scopes.names
    return " ".join(name for name in allowed if name != OFFLINE_ACCESS.name)
