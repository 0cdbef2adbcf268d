"""RFC 8628 section 3.3: a person enters the code that a device shows, and decides what the device may do."""

from mcpbase.seal import Seal, SealBroken

from ...accounts import Session
from ..clients import Clients, digest_of
from ..protocol import AccessDenied, Client, DeviceRequest, DeviceStore, PageError
from .decision import Decider, require_allowed
from .sealed_form import OtherSession, open_form, seal_form
from .user_codes import digest_of_code

PURPOSE = "device consent"

# One text for codes that are unknown, expired, or decided on by whomever: none of them tells whether there is such a
# request.
REFUSAL = "This code is unknown, has expired, or was already used. Your device may show a new one."


async def find_waiting(store: DeviceStore, seal: Seal, code: str, *, now: int) -> DeviceRequest | None:
    """The request that waits for a decision under a user code."""
    return await store.find_device_request_by_user_code(digest_of_code(seal, code), now=now)


def seal_device_request(seal: Seal, request: DeviceRequest, client: Client, *, session: bytes) -> str:
    """What the consent form carries: which request was shown, of what client, and to the browser session of which
    digest.
    """
    return seal_form(seal, {"device": request.digest.hex()}, client, session=session, purpose=PURPOSE)


async def open_device_request(
    seal: Seal, text: str, store: DeviceStore, clients: Clients, *, session: bytes
) -> tuple[DeviceRequest, Client]:
    """The request that was shown in this browser session, and who asks. Raises PageError."""
    try:
        carried = open_form(seal, text, session=session, purpose=PURPOSE)
    except (SealBroken, OtherSession) as error:
        raise _gone(str(error) or "broken seal") from error
    found = await store.find_device_request(bytes.fromhex(carried["device"]))
    client = None if found is None else await clients.find(found[0].client_id)
    if found is None or client is None:
        raise _gone("removed while the person decided")
    if carried["client"] != digest_of(client):
        raise _gone("the client says something else of itself by now")
    return found[0], client


async def decide(
    decider: Decider, request: DeviceRequest, client: Client, *, session: Session, allowed: set[str]
) -> bool:
    """Keep what the person of a session decided, and return whether the device has access.

    ``allowed`` are the scopes that they ticked, none to deny. The same person may send the form twice: the first
    decision holds. Raises PageError for anybody else who comes too late.
    """
    if await _keep(decider, request, client, session=session, allowed=allowed):
        return _scope(request, allowed) is not None
    found = await decider.store.find_device_request(request.digest)
    if found is None or found[0].decided_by != session.user_id:
        raise _gone(
            f"request of client {request.client_id} expired, was decided on by somebody else, or the account is no "
            "longer active"
        )
    return found[0].grant_id is not None


async def _keep(
    decider: Decider, request: DeviceRequest, client: Client, *, session: Session, allowed: set[str]
) -> bool:
    scope, now = _scope(request, allowed), decider.sources.now()
    if scope is None:
        return await decider.store.deny_device_request(request.digest, user_id=session.user_id, now=now)
    grant = decider.new_grant(session, client, scope=scope, resource=request.resource)
    return await decider.store.allow_device_request(request.digest, grant, client=client, now=now)


def _scope(request: DeviceRequest, allowed: set[str]) -> str | None:
    try:
        return require_allowed(request.scope.split(), allowed)
    except AccessDenied:
        return None


def _gone(reason: str) -> PageError:
    return PageError("This code cannot be used", REFUSAL, status=404, reason=reason)
