"""The device authorization grant (RFC 8628 sections 3.4 and 3.5): the device polls until somebody has decided."""

from ....secrets import SecretKind, digest
from ...protocol import (
    AccessDenied,
    AuthorizationPending,
    Client,
    DeviceRequest,
    ExpiredToken,
    InvalidGrant,
    Parameters,
    SlowDown,
)
from .. import TokenAnswer, TokenIssuer, may_refresh, require_same_client, with_id_token

SLOWER = 5
"""Seconds that are added to the interval when a device polls too often (RFC 8628 section 3.5)."""
GRACE = 1
"""Seconds by which a poll may be early: the network is not equally fast each time."""

_REFUSAL = "The device code is unknown, was used before, or belongs to another client."


async def redeem_device_code(
    issuer: TokenIssuer, client: Client, form: Parameters, thumbprint: str | None
) -> TokenAnswer:
    """Redeem a device code once, when its request was allowed.

    A replay ends nothing, unlike that of an authorization code: the code never left the device, and section 3.5 tells a
    device whose response was lost to ask again.
    """
    found = await issuer.store.find_device_request(digest(SecretKind.DEVICE_CODE, form.require("device_code")))
    if found is None:
        raise InvalidGrant(_REFUSAL, reason="unknown device code")
    request, grant = found
    require_same_client(client, request.client_id, "device code", refusal=_REFUSAL)
    _require_same_key(request, thumbprint)
    _require_alive(request, now=issuer.sources.now())
    if grant is None:
        raise await _undecided(issuer, request)
    resource, scope = issuer.resources.narrow(form.all("resource"), granted=grant.resource, scope=grant.scope)
    refresh = issuer.new_refresh_token(grant, generation=0) if may_refresh(client) else None
    bound = thumbprint if not client.is_confidential else None
    if not await issuer.store.spend_device_code(
        request.digest, refresh_token=refresh and refresh[1], thumbprint=bound, now=issuer.sources.now()
    ):
        raise InvalidGrant(_REFUSAL, reason=f"device code of grant {grant.id} was spent, or the grant revoked")
    answer = issuer.answer(
        grant, refresh_token=refresh and refresh[0], scope=scope, resource=resource, thumbprint=thumbprint
    )
    return await with_id_token(issuer, client, grant, answer)


def _require_same_key(request: DeviceRequest, thumbprint: str | None) -> None:
    """Check the key that the device proved to hold when it asked, as with ``dpop_jkt`` (RFC 9449 section 10)."""
    if request.thumbprint not in (None, thumbprint):
        raise InvalidGrant(
            "The device code is bound to another key.",
            reason=f"device code of client {request.client_id} without the key it is bound to",
        )


def _require_alive(request: DeviceRequest, *, now: int) -> None:
    if request.expires_at <= now:
        raise ExpiredToken("The device code has expired. Start again on the device.")


async def _undecided(issuer: TokenIssuer, request: DeviceRequest) -> AccessDenied | AuthorizationPending | SlowDown:
    """Return the error for a device without a grant. Polling too often is noted in the store, for all processes."""
    if request.decided_by is not None:
        return AccessDenied("The person did not allow access.")
    now = issuer.sources.now()
    if await issuer.store.poll_device_request(request.digest, grace=GRACE, now=now):
        return AuthorizationPending("Nobody has entered the code and decided yet.")
    await issuer.store.slow_device_request(request.digest, seconds=SLOWER, now=now)
    return SlowDown(f"This is too often: wait {request.interval + SLOWER} seconds each time from now on.")
