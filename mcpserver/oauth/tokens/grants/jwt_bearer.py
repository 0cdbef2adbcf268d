"""The JWT bearer grant (RFC 7523 section 2.1): assertions about people from identity providers, about programs from
their platforms.
"""

from ....principal import covers
from ...keys import Assertion, InvalidAssertion, read_assertion
from ...protocol import OFFLINE_ACCESS, Client, InvalidGrant, InvalidScope, Parameters, Resources, UnsupportedGrantType
from .. import ID_JAG_TYPE as IDENTITY
from .. import TokenAnswer, TokenIssuer


async def redeem_assertion(
    issuer: TokenIssuer, client: Client, form: Parameters, thumbprint: str | None
) -> TokenAnswer:
    """Issue a token without a refresh token: the assertion takes its place (RFC 7521 section 4.1)."""
    try:
        assertion = read_assertion(form.require("assertion"))
    except InvalidAssertion as error:
        raise InvalidGrant(str(error)) from error
    resource = issuer.resources.require(form.all("resource"))
    user_id, vouched = await _principal(issuer, client, assertion, resource, thumbprint)
    scope = _scope(issuer.resources, client, form.one("scope"), resource, vouched)
    grant = issuer.new_grant(client, user_id=user_id, scope=scope, resource=resource)
    if not await issuer.store.add_grant(grant, client=client):
        raise InvalidGrant(
            "The client or the person is no longer active.",
            reason=f"client {client.id} or its person left while it asked for a token",
        )
    return issuer.answer(grant, refresh_token=None, thumbprint=thumbprint)


async def _principal(
    issuer: TokenIssuer, client: Client, assertion: Assertion, resource: str, thumbprint: str | None
) -> tuple[str | None, str | None]:
    """Return the user of the grant (None for a program) and the scope that the assertion names.

    The type of the assertion tells which it is (RFC 8725 section 3.11).
    """
    if assertion.type == IDENTITY:
        if issuer.identities is None:
            raise UnsupportedGrantType("Assertions of identity providers are not accepted here.")
        vouched = await issuer.identities.require(client, assertion, resource, thumbprint)
        return vouched.user_id, vouched.scope
    if issuer.workloads is None:
        raise UnsupportedGrantType(f"Only assertions of the type {IDENTITY} are accepted here.")
    await issuer.workloads.require(client, assertion)
    return None, None


def _scope(resources: Resources, client: Client, asked: str | None, resource: str, vouched: str | None) -> str:
    """Return the scope asked for, or that of the assertion, within what the assertion, the client and this server
    allow. Raises InvalidScope.
    """
    limits = [names.split() for names in (client.scope, vouched) if names is not None]
    allowed = [
        name
        for name in resources.scopes.names
        if name != OFFLINE_ACCESS.name and all(covers(limit, name) for limit in limits)
    ]
    if not allowed:
        raise InvalidScope("None of the scopes that the assertion names is open to this client.")
    return resources.require_scope(
        " ".join(allowed) if asked is None and vouched is not None else asked, resource, allowed=" ".join(allowed)
    )
