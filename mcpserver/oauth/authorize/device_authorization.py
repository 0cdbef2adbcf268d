"""The device authorization endpoint (RFC 8628 sections 3.1 and 3.2): a device without a browser gets a code to keep and
one to show.
"""

from urllib.parse import urlencode

from attrs import evolve

from mcpbase.seal import Seal

from ...secrets import SecretKind, digest, mint
from ...sources import Sources
from ..protocol import (
    DEVICE_CODE,
    Client,
    DeviceRequest,
    DeviceStore,
    Parameters,
    Resources,
    TemporarilyUnavailable,
    UnauthorizedClient,
)
from .user_codes import digest_of_code, mint_user_code, shown

DEVICE_REQUEST_LIFETIME = 600
"""Seconds that both codes are valid: enough to sign in on another screen, short for guessing and luring (sections 5.1
and 5.4).
"""
INTERVAL = 5
"""Seconds that a device must wait between polls, to begin with (section 3.2)."""

_ROW = 400
"""Bytes of a row beside client, scope and resources."""
_ATTEMPTS = 3
"""User codes that are tried; that one is taken has odds of one in many millions."""


async def begin(
    store: DeviceStore,
    seal: Seal,
    client: Client,
    form: Parameters,
    *,
    resources: Resources,
    thumbprint: str | None,
    sources: Sources,
) -> tuple[str, str]:
    """Start a request and return its device code and user code; scope, resource and key are settled here.

    Raises UnauthorizedClient, InvalidScope, InvalidTarget or TemporarilyUnavailable.
    """
    _require_device_client(client)
    device_code = mint(SecretKind.DEVICE_CODE, sources)
    resource = resources.require(form.all("resource"))
    asked = DeviceRequest(
        digest=digest(SecretKind.DEVICE_CODE, device_code),
        user_code=b"",
        client_id=client.id,
        scope=resources.require_scope(form.one("scope"), resource, allowed=client.scope),
        resource=resource,
        expires_at=sources.now() + DEVICE_REQUEST_LIFETIME,
        interval=INTERVAL,
        thumbprint=thumbprint,
    )
    return device_code, await _keep(store, seal, asked, sources)


def device_request_size(client: Client, form: Parameters) -> int:
    """Return how many bytes a stored request takes at most."""
    return _ROW + len(client.id) + sum(len(value) for name in ("scope", "resource") for value in form.all(name))


def device_answer(issuer: str, device_code: str, user_code: str) -> dict[str, str | int]:
    """Return the response (section 3.2); the URL with the code in it is for QR codes (section 3.3.1)."""
    page, code = f"{issuer}/device", shown(user_code)
    return {
        "device_code": device_code,
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?{urlencode({'user_code': code})}",
        "expires_in": DEVICE_REQUEST_LIFETIME,
        "interval": INTERVAL,
    }


def _require_device_client(client: Client) -> None:
    if DEVICE_CODE not in client.grant_types:
        raise UnauthorizedClient("This client did not register for the device authorization grant.")


async def _keep(store: DeviceStore, seal: Seal, asked: DeviceRequest, sources: Sources) -> str:
    """Store the request under a user code that is not in use; return that code."""
    for _ in range(_ATTEMPTS):
        user_code = mint_user_code(sources)
        if await store.add_device_request(evolve(asked, user_code=digest_of_code(seal, user_code))):
            return user_code
    raise TemporarilyUnavailable("No code is free at the moment. Try again in a few seconds.")
