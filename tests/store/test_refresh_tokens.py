"""Rotation of refresh tokens by generations (OAuth 2.1 section 4.3.1; RFC 9700 section 4.14.2)."""

import pytest
from attrs import evolve

from mcpserver.oauth.protocol.stores import SKEW
from mcpserver.store import Store

from .samples import NOW, code, digest, grant, keep_grant, keep_redeemed_grant, refresh_token


async def test_rotation_advances_the_grant_and_keeps_the_successor(store: Store) -> None:
    await keep_redeemed_grant(store)
    successor = refresh_token("next", generation=1)
    assert await store.rotate_refresh_token(successor, now=NOW + 10)
    assert await store.find_refresh_token(digest("next")) == (
        successor,
        evolve(grant(), generation=1, rotated_at=NOW + 10),
    )


async def test_rotated_token_is_remembered_with_its_generation(store: Store) -> None:
    """RFC 9700 section 4.14.2: a token presented after its rotation must be recognised."""
    await keep_redeemed_grant(store)
    await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW + 10)
    assert await store.find_refresh_token(digest("refresh")) == (
        refresh_token(),
        evolve(grant(), generation=1, rotated_at=NOW + 10),
    )


@pytest.mark.parametrize("generation", [0, 2])
async def test_only_the_next_generation_rotates(store: Store, generation: int) -> None:
    await keep_redeemed_grant(store)
    assert not await store.rotate_refresh_token(refresh_token("next", generation=generation), now=NOW)
    assert await store.find_refresh_token(digest("next")) is None
    assert await store.find_grant("grant") == grant()


async def test_revoked_grant_does_not_rotate(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.revoke_grant("grant", now=NOW)
    assert not await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)


async def test_grant_past_its_absolute_end_does_not_rotate(store: Store) -> None:
    await keep_redeemed_grant(store)
    assert not await store.rotate_refresh_token(refresh_token("next", generation=1), now=grant().expires_at)


async def test_unknown_refresh_token_is_none(store: Store) -> None:
    assert await store.find_refresh_token(digest("refresh")) is None


async def _rotated(store: Store) -> None:
    await keep_redeemed_grant(store)
    assert await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW + 10)


async def test_sibling_joins_the_current_generation(store: Store) -> None:
    await _rotated(store)
    sibling = refresh_token("sibling", generation=1)
    assert await store.add_sibling(sibling, window=0, limit=2, now=NOW + 10)
    assert await store.find_refresh_token(digest("sibling")) == (
        sibling,
        evolve(grant(), generation=1, rotated_at=NOW + 10),
    )


async def test_no_sibling_before_the_first_rotation(store: Store) -> None:
    await keep_redeemed_grant(store)
    assert not await store.add_sibling(refresh_token("sibling"), window=NOW, limit=9, now=NOW)


async def test_no_sibling_after_the_overlap(store: Store) -> None:
    await _rotated(store)
    assert not await store.add_sibling(refresh_token("sibling", generation=1), window=9, limit=9, now=NOW + 20)


async def test_no_sibling_for_a_rotation_that_is_still_to_come(store: Store) -> None:
    """Row O7: a clock that is set back opens no window for a token that was rotated an hour ago."""
    await _rotated(store)
    assert not await store.add_sibling(refresh_token("sibling", generation=1), window=30, limit=9, now=NOW - 3600)


async def test_clocks_of_two_processes_may_differ_by_seconds(store: Store) -> None:
    """Row O7: by no more than that, however long the window is."""
    await _rotated(store)
    assert not await store.add_sibling(
        refresh_token("sibling", generation=1), window=120, limit=9, now=NOW + 10 - SKEW - 1
    )
    assert await store.add_sibling(refresh_token("sibling", generation=1), window=120, limit=9, now=NOW + 10 - SKEW)


async def test_no_sibling_once_the_grant_moved_on(store: Store) -> None:
    await _rotated(store)
    await store.rotate_refresh_token(refresh_token("third", generation=2), now=NOW + 11)
    assert not await store.add_sibling(refresh_token("sibling", generation=1), window=30, limit=9, now=NOW + 11)


async def test_no_sibling_beyond_the_limit(store: Store) -> None:
    await _rotated(store)
    assert not await store.add_sibling(refresh_token("sibling", generation=1), window=30, limit=1, now=NOW + 10)
    assert await store.find_refresh_token(digest("sibling")) is None


async def test_no_sibling_in_a_revoked_grant(store: Store) -> None:
    await _rotated(store)
    await store.revoke_grant("grant", now=NOW + 11)
    assert not await store.add_sibling(refresh_token("sibling", generation=1), window=30, limit=9, now=NOW)


async def test_tokens_of_other_grants_do_not_count_against_the_limit(store: Store) -> None:
    await _rotated(store)
    await keep_grant(store, "other")
    await store.add_grant(grant("third"), code("third", "third"))
    await store.rotate_refresh_token(refresh_token("of other", grant_id="other", generation=1), now=NOW)
    assert await store.add_sibling(refresh_token("sibling", generation=1), window=30, limit=2, now=NOW + 10)
