"""Housekeeping while the application runs: this process does what is due and no other process does."""

from ..oauth.keys import KeyRing
from ..processes import EXPIRE, PURGE, RENEW_KEYS, Housekeeping, ProcessEvents, Turn
from ..settings import Settings
from ..sources import Sources
from ..store import Store
from .background import KEEP_HOUSE, CleanupContext, every


def create_housekeeping(store: Store, events: ProcessEvents, sources: Sources) -> Housekeeping:
    """Housekeeping under the name that this process has in events."""
    return Housekeeping(store, events.origin, sources.now)


def keep_house(
    housekeeping: Housekeeping, store: Store, events: ProcessEvents, settings: Settings
) -> list[CleanupContext]:
    """Delete what is past use. What is not past use yet by the slowest clock of all processes stays."""

    async def do_expire(turn: Turn) -> None:
        await store.expire(turn.now - events.lag, turn)

    async def do_purge(turn: Turn) -> None:
        await store.purge(
            turn.now - events.lag,
            turn,
            access_token_lifetime=settings.access_token_lifetime,
            unused_client_lifetime=settings.unused_client_lifetime,
        )

    async def expire() -> None:
        await housekeeping.take_turn(EXPIRE, do_expire)

    async def purge() -> None:
        await housekeeping.take_turn(PURGE, do_purge)

    return [every(KEEP_HOUSE, expire), every(KEEP_HOUSE, purge)]


async def renew_keys(housekeeping: Housekeeping, keys: KeyRing) -> None:
    """Publish the signing keys that are due, unless another process is about to."""

    async def do_renew(turn: Turn) -> None:
        await keys.renew()

    if keys.is_renewal_due:
        await housekeeping.take_turn(RENEW_KEYS, do_renew)
