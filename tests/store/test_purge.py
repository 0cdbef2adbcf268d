"""What is past use is deleted, and nothing sooner. Lifetimes in seconds."""

import pytest

from mcpserver.store import Store

from .samples import (
    NOW,
    account,
    announced,
    client,
    code,
    digest,
    grant,
    keep_grant,
    keep_redeemed_grant,
    refresh_token,
    session,
)

DAY = 86400
HOUR = 3600


async def test_expired_sessions_go_and_live_ones_stay(store: Store) -> None:
    await store.add_account(account())
    await store.add_session(session("old", expires_at=NOW + 10))
    await store.add_session(session("new", expires_at=NOW + 11))
    await store.purge(NOW + 10)
    assert await store.find_session(digest("old"), now=NOW) is None
    assert await store.find_session(digest("new"), now=NOW) is not None


async def test_spent_code_is_known_for_a_day_after_it_expired(store: Store) -> None:
    """RFC 6749 section 4.1.2: a code that comes again revokes what came of it, so it must still be known."""
    await keep_redeemed_grant(store)
    await store.purge(NOW + 60 + DAY - 1)
    assert await store.find_code(digest("code of grant")) is not None
    await store.purge(NOW + 60 + DAY)
    assert await store.find_code(digest("code of grant")) is None


async def test_expired_refresh_tokens_go_and_live_ones_keep_their_grant(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.rotate_refresh_token(refresh_token("next", generation=1, expires_at=NOW + 90 * DAY), now=NOW + 10)
    await store.purge(NOW + 30 * DAY)
    assert await store.find_refresh_token(digest("refresh")) is None
    assert await store.find_refresh_token(digest("next")) is not None


async def test_grant_that_was_never_redeemed_goes(store: Store) -> None:
    await keep_grant(store)
    await store.purge(NOW + DAY)
    assert await store.find_grant("grant") is not None
    await store.purge(NOW + DAY + HOUR)
    assert await store.find_grant("grant") is None


async def test_grant_stays_while_its_code_can_be_redeemed(store: Store) -> None:
    """However long an operator lets codes live."""
    await store.add_account(account())
    await store.add_client(client())
    await store.add_grant(grant(expires_at=NOW + 9 * DAY), code(expires_at=NOW + 3 * DAY))
    await store.purge(NOW + 2 * DAY)
    assert await store.spend_code(digest("code"), refresh_token=None, now=NOW + 2 * DAY)


@pytest.mark.parametrize(("lifetime", "kept"), [(HOUR, False), (7 * DAY, True)])
async def test_grant_without_refresh_tokens_lives_as_long_as_its_access_token(
    store: Store, lifetime: int, kept: bool
) -> None:
    await keep_grant(store)
    await store.spend_code(digest("code of grant"), refresh_token=None, now=NOW + 5)
    await store.purge(NOW + 2 * DAY, access_token_lifetime=lifetime)
    assert (await store.find_grant("grant") is not None) is kept


async def test_grant_is_kept_for_the_access_token_of_its_last_rotation(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.rotate_refresh_token(
        refresh_token("next", generation=1, expires_at=NOW + 10 * HOUR), now=NOW + 8 * HOUR
    )
    await store.purge(NOW + DAY + 2 * HOUR)
    assert await store.find_grant("grant") is not None


async def test_revocations_are_told_until_no_access_token_can_be_alive(store: Store) -> None:
    await keep_grant(store)
    await store.revoke_grant("grant", now=NOW)
    await store.purge(NOW + DAY + HOUR - 1)
    assert await announced(store) == ["grant"]
    await store.purge(NOW + DAY + HOUR)
    assert await announced(store) == []


async def test_cursor_stays_good_after_a_purge(store: Store) -> None:
    """Ids of announcements are never used again, or a process would miss one."""
    await keep_grant(store)
    await store.revoke_grant("grant", now=NOW)
    ((number, _),) = await store.revocations_since(0)
    await store.purge(NOW + 9 * DAY)
    assert await store.add_grant(grant("later"), code("later", "later"))
    await store.revoke_grant("later", now=NOW)
    assert [grant_id for _, grant_id in await store.revocations_since(number)] == ["later"]
