"""Clients that register themselves, at rest (RFC 7591, RFC 7592)."""

import asyncio

import pytest
from attrs import evolve

from mcpserver.oauth.protocol.models import Client
from mcpserver.oauth.protocol.registration_store import InitialAccessToken, Room
from mcpserver.store import Store

from .samples import NOW, account, announced, client, digest, grant, keep_grant

DAY = 86400
ROOM = Room(limit=2, displaced_before=NOW - DAY)


async def register(
    store: Store, client_id: str, *, at: int = NOW, room: Room = ROOM, management: bytes | None = None
) -> Client | None:
    return await store.add_registration(evolve(client(client_id), created_at=at), management=management, room=room)


async def ids(store: Store) -> set[str]:
    return {kept.id for kept in await store.list_clients()}


def initial_access_token(name: str = "first", *, uses: int = 1, expires_at: int = NOW + DAY) -> InitialAccessToken:
    return InitialAccessToken(name, digest(name), "for the build", NOW, expires_at, uses)


async def test_the_same_id_is_the_client_that_was_kept_first(store: Store) -> None:
    """RFC 7591 section 3.2.1."""
    first = await register(store, "a")
    assert await register(store, "a", at=NOW + 1) == first
    assert await register(store, "a", at=NOW + 2 * DAY) == first


async def test_there_is_room_for_so_many_that_nobody_uses(store: Store) -> None:
    assert [await register(store, name) is not None for name in "abca"] == [True, True, False, True]
    assert await ids(store) == {"a", "b"}


async def test_the_oldest_makes_room_when_it_had_its_time(store: Store) -> None:
    await register(store, "a", at=NOW - 2 * DAY)
    await register(store, "b", at=NOW - 3 * DAY)
    assert await register(store, "c") is not None
    assert await ids(store) == {"a", "c"}


async def test_clients_with_a_grant_take_no_room_and_make_none(store: Store) -> None:
    await register(store, "used", at=NOW - 9 * DAY)
    await keep_grant(store, client_id="used")
    await register(store, "a", at=NOW - DAY + 1)
    assert await register(store, "b") is not None
    assert await register(store, "c") is None
    await store.purge(NOW)
    assert await register(store, "c") is None
    assert await ids(store) == {"used", "a", "b"}


async def test_room_is_right_whatever_became_of_those_who_took_it(store: Store) -> None:
    """Written in by the operator, kept twice, displaced, used, removed by themselves, by the operator, or for want
    of use.
    """
    await store.add_client(client("written in"))
    await register(store, "displaced", at=NOW - 2 * DAY)
    for name in ("used", "removed", "removed"):
        await register(store, name, management=digest(name))
    await keep_grant(store, client_id="used")
    await store.purge(NOW)
    assert await store.remove_registration("removed", digest("removed"), now=NOW)
    assert await register(store, "reaped", at=NOW - 1) is not None
    assert await register(store, "taken away") is not None
    assert await register(store, "too many") is None
    assert await store.remove_client("taken away", now=NOW)
    await store.purge(NOW + 9 * DAY, unused_client_lifetime=9 * DAY + 1)
    for _ in range(2):
        assert [await register(store, name) is not None for name in "abc"] == [True, True, False]


async def test_registering_again_begins_the_time_anew(store: Store) -> None:
    """Whoever comes with the same metadata in the last hour must not lose the client under their hands."""
    await register(store, "a")
    await register(store, "a", at=NOW + 29 * DAY)
    await store.purge(NOW + 30 * DAY)
    assert await ids(store) == {"a"}
    await store.purge(NOW + 59 * DAY)
    assert await ids(store) == set()


@pytest.mark.parametrize(("lifetime", "kept"), [(DAY, set()), (DAY + 1, {"a"})])
async def test_clients_that_nobody_uses_go_after_their_time(store: Store, lifetime: int, kept: set[str]) -> None:
    await register(store, "a")
    await store.purge(NOW + DAY, unused_client_lifetime=lifetime)
    assert await ids(store) == kept


async def test_a_client_that_had_a_grant_once_stays_for_good(store: Store) -> None:
    """Its grants end, expire and are deleted; the client is somebody's all the same."""
    await register(store, "a")
    await keep_grant(store, client_id="a")
    await store.purge(NOW + 999 * DAY)
    assert await store.find_grant("grant") is None
    await store.purge(NOW + 1999 * DAY)
    assert await ids(store) == {"a"}


async def test_a_client_stays_when_its_one_person_leaves(store: Store) -> None:
    await register(store, "a")
    await keep_grant(store, client_id="a")
    await store.remove_account("ann", now=NOW)
    assert await store.find_grant("grant") is None
    await store.purge(NOW + 999 * DAY)
    assert await ids(store) == {"a"}


async def test_clients_of_the_operator_are_never_reaped(store: Store) -> None:
    await store.add_client(client("written in"))
    await store.purge(NOW + 999 * DAY)
    assert await ids(store) == {"written in"}


async def test_client_is_found_with_its_own_token_only(store: Store) -> None:
    """RFC 7592 section 2."""
    kept = await register(store, "a", management=digest("a"))
    await register(store, "b", management=digest("b"))
    assert await store.find_managed_client("a", digest("a")) == kept
    assert await store.find_managed_client("a", digest("b")) is None
    assert await store.find_managed_client("gone", digest("a")) is None


async def test_changed_registration_is_kept_whole(store: Store) -> None:
    """RFC 7592 section 2.2; who it is and since when does not change."""
    await register(store, "a", management=digest("a"))
    changed = evolve(
        client("a", name="new"),
        redirect_uris=("https://a.example/cb",),
        auth_method="client_secret_post",
        secret_digest=digest("secret"),
        grant_types=("authorization_code",),
        metadata={"client_uri": "https://a.example"},
    )
    assert not await store.change_registration(changed, digest("b"))
    assert await store.change_registration(changed, digest("a"))
    assert await store.find_client("a") == changed


async def test_removed_registration_ends_its_grants_and_nobody_elses(store: Store) -> None:
    """RFC 7592 section 2.3; all or nothing."""
    await register(store, "a", management=digest("a"))
    await keep_grant(store, client_id="a")
    await store.add_client(client("b"))
    assert await store.add_grant(grant("other", client_id="b"))
    assert not await store.remove_registration("a", digest("b"), now=NOW)
    assert await announced(store) == []
    assert await store.remove_registration("a", digest("a"), now=NOW)
    assert await ids(store) == {"b"}
    assert await announced(store) == ["grant"]
    assert await store.find_grant("other") is not None


async def test_initial_access_token_is_used_so_many_times_and_no_more(store: Store) -> None:
    """RFC 7591 section 3; each use is one conditional statement, together with the client."""
    await store.add_initial_access_token(initial_access_token(uses=3))
    coming = [
        store.add_registration_by_token(
            client(str(number)), management=None, initial_access_token=digest("first"), now=NOW
        )
        for number in range(10)
    ]
    assert sum(kept is not None for kept in await asyncio.gather(*coming)) == 3
    assert len(await ids(store)) == 3
    assert not await store.has_initial_access_token(digest("first"), now=NOW)


async def test_initial_access_token_ends(store: Store) -> None:
    await store.add_initial_access_token(initial_access_token())
    assert await store.has_initial_access_token(digest("first"), now=NOW + DAY - 1)
    assert not await store.has_initial_access_token(digest("first"), now=NOW + DAY)
    assert (
        await store.add_registration_by_token(
            client("a"), management=None, initial_access_token=digest("first"), now=NOW + DAY
        )
        is None
    )
    assert await ids(store) == set()
    await store.purge(NOW + DAY)
    assert await store.list_initial_access_tokens() == []


async def test_client_with_initial_access_token_needs_no_room_and_is_reaped_like_others(store: Store) -> None:
    await store.add_initial_access_token(initial_access_token())
    for name in "ab":
        await register(store, name)
    assert (
        await store.add_registration_by_token(
            client("c"), management=None, initial_access_token=digest("first"), now=NOW
        )
        is not None
    )
    await store.purge(NOW + 30 * DAY)
    assert await ids(store) == set()


async def test_initial_access_tokens_are_listed_and_removed(store: Store) -> None:
    kept = [initial_access_token("first"), evolve(initial_access_token("second", uses=7), created_at=NOW + 1)]
    for each in reversed(kept):
        await store.add_initial_access_token(each)
    assert await store.list_initial_access_tokens() == kept
    assert await store.remove_initial_access_token("first")
    assert not await store.remove_initial_access_token("first")
    assert await store.list_initial_access_tokens() == kept[1:]
    assert "digest" not in repr(kept[0])


async def test_account_that_is_removed_marks_nobody_elses_clients(store: Store) -> None:
    await register(store, "a")
    await store.add_account(account())
    await store.remove_account("ann", now=NOW)
    await store.purge(NOW + 30 * DAY)
    assert await ids(store) == set()
