"""RFC 8628 section 3.3: a person enters the code that a device shows, and decides what the device may do."""

import hmac
import json

from mcpbase.seal import Seal, SealBroken

from ...accounts.models import Session
from ...secrets import random_text
from ...sources import Sources
from ..clients.authentication import Clients
from ..clients.metadata import digest_of
from ..protocol.errors import AccessDenied, PageError
from ..protocol.models import Client, DeviceRequest, Grant
from ..protocol.stores import DeviceStore
from .decision import require_allowed
from .user_codes import digest_of as digest_of_code

PURPOSE = "device consent"

# One text for codes that are unknown, expired, or decided on by whomever: none of them tells whether there is such a request.
REFUSAL = "This code is unknown, has expired, or was already used. Your device may show a new one."


async def find_waiting(store: DeviceStore, seal: Seal, code: str, *, now: int) -> DeviceRequest | None:
    """The request that waits for a decision under a user code."""
    return await store.find_device_request_by_user_code(digest_of_code(seal, code), now=now)


def seal_request(seal: Seal, request: DeviceRequest, client: Client, *, session: bytes) -> str:
    """What the consent form carries: which request was shown, of what client, and to the browser session of which digest."""
    carried = {"device": request.digest.hex(), "client": digest_of(client), "session": session.hex()}
    return seal.seal(json.dumps(carried).encode(), purpose=PURPOSE)


async def open_request(seal: Seal, text: str, store: DeviceStore, clients: Clients, *, session: bytes) -> tuple[DeviceRequest, Client]:
    """The request that was shown in this browser session, and who asks. Raises PageError."""
    try:
        carried = json.loads(seal.open(text, purpose=PURPOSE))
    except SealBroken as error:
        raise _gone("broken seal") from error
    if not hmac.compare_digest(bytes.fromhex(carried["session"]), session):
        raise _gone("shown in another session")
    found = await store.find_device_request(bytes.fromhex(carried["device"]))
    client = None if found is None else await clients.find(found[0].client_id)
    if found is None or client is None:
        raise _gone("removed while the person decided")
    if carried["client"] != digest_of(client):
        raise _gone("the client says something else of itself by now")
    return found[0], client


async def decide(store: DeviceStore, request: DeviceRequest, client: Client, *, session: Session, allowed: set[str], lifetime: int, sources: Sources) -> bool:
    """Keep what the person of a session decided, and tell whether the device has access; ``allowed`` are the scopes they ticked, none to deny.

    ``lifetime`` in seconds is the grant's. The same person may send the form twice: the first decision holds. Anybody else who comes too
    late finds nothing to decide on. Raises PageError.
    """
    if await _keep(store, request, client, session=session, allowed=allowed, lifetime=lifetime, sources=sources):
        return _scope(request, allowed) is not None
    found = await store.find_device_request(request.digest)
    if found is None or found[0].decided_by != session.user_id:
        raise _gone(f"request of client {request.client_id} expired, was decided on by somebody else, or the account is no longer active")
    return found[0].grant_id is not None


async def _keep(store: DeviceStore, request: DeviceRequest, client: Client, *, session: Session, allowed: set[str], lifetime: int, sources: Sources) -> bool:
    scope, now = _scope(request, allowed), sources.now()
    if scope is None:
        return await store.deny_device_request(request.digest, user_id=session.user_id, now=now)
    grant = Grant(
        id=random_text(sources, 16),
        user_id=session.user_id,
        client_id=client.id,
        scope=scope,
        resource=request.resource,
        created_at=now,
        expires_at=now + lifetime,
        auth_time=session.created_at,
        session_id=session.id,
    )
    return await store.allow_device_request(request.digest, grant, client=client, now=now)


def _scope(request: DeviceRequest, allowed: set[str]) -> str | None:
    try:
        return require_allowed(request.scope.split(), allowed)
    except AccessDenied:
        return None


def _gone(reason: str) -> PageError:
    return PageError("This code cannot be used", REFUSAL, status=404, reason=reason)
