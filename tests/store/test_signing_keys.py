"""Signing keys at rest: of each algorithm exactly one signs (RFC 7517)."""

import asyncio

from attrs import evolve

from mcpserver.store import Store

from .samples import NOW, signing_key


async def test_new_key_retires_the_active_one(store: Store) -> None:
    assert await store.add_signing_key(signing_key("old"))
    assert await store.add_signing_key(signing_key("new", signs_from=NOW + 5))
    assert await store.list_signing_keys() == [
        signing_key("new", signs_from=NOW + 5),
        evolve(signing_key("old"), retired_at=NOW + 5),
    ]


async def test_first_key_is_made_once_by_programs_that_start_together(store: Store) -> None:
    added = await asyncio.gather(
        *(store.add_signing_key(signing_key(f"key {number}"), only_if_none=True) for number in range(16))
    )
    assert added.count(True) == 1
    assert len(await store.list_signing_keys()) == 1


async def test_rotations_at_once_leave_one_active_key(store: Store) -> None:
    assert all(await asyncio.gather(*(store.add_signing_key(signing_key(f"key {number}")) for number in range(16))))
    keys = await store.list_signing_keys()
    assert len(keys) == 16
    assert [key.retired_at for key in keys].count(None) == 1


async def test_active_key_comes_first_within_a_second(store: Store) -> None:
    for kid in ("z", "a", "m"):
        await store.add_signing_key(signing_key(kid))
    assert (await store.list_signing_keys())[0] == signing_key("m")


async def test_keys_of_another_algorithm_are_left_alone(store: Store) -> None:
    other = evolve(signing_key("other"), algorithm="RS256")
    assert [await store.add_signing_key(key, only_if_none=True) for key in (signing_key("old"), other, other)] == [
        True,
        True,
        False,
    ]
    await store.add_signing_key(signing_key("new", signs_from=NOW + 5), replacing="old")
    assert other in await store.list_signing_keys()
    for kid in ("old", "new", "unknown"):
        await store.retire_signing_key(kid, at=NOW + 6)
    assert {key.kid: key.retired_at for key in await store.list_signing_keys()} == {
        "old": NOW + 5,
        "new": NOW + 6,
        "other": None,
    }


async def test_no_keys_at_first(store: Store) -> None:
    assert await store.list_signing_keys() == []


async def test_key_that_is_to_follow_leaves_the_newest_signing_until_then(store: Store) -> None:
    await store.add_signing_key(signing_key("old"))
    assert await store.add_signing_key(signing_key("new", signs_from=NOW + 360), replacing="old")
    after, before = await store.list_signing_keys()
    assert [key.state(NOW) for key in (after, before)] == ["next", "active"]
    assert [key.state(NOW + 360) for key in (after, before)] == ["active", "retired"]


async def test_key_is_replaced_once(store: Store) -> None:
    """Programs that find at once that it is time to rotate."""
    await store.add_signing_key(signing_key("old"))
    added = await asyncio.gather(
        *(store.add_signing_key(signing_key(f"key {n}", signs_from=NOW + 360), replacing="old") for n in range(16))
    )
    assert added.count(True) == 1
    assert len(await store.list_signing_keys()) == 2


async def test_key_that_signs_at_once_ends_those_that_were_to(store: Store) -> None:
    await store.add_signing_key(signing_key("old"))
    await store.add_signing_key(signing_key("next", signs_from=NOW + 360), replacing="old")
    await store.add_signing_key(signing_key("urgent", signs_from=NOW + 1))
    for instant in (NOW + 1, NOW + 360):
        assert [key.kid for key in await store.list_signing_keys() if key.state(instant) == "active"] == ["urgent"]


async def test_retired_key_goes_a_day_after_its_last_token(store: Store) -> None:
    await store.add_signing_key(signing_key("old"))
    await store.add_signing_key(signing_key("new", signs_from=NOW + 360), replacing="old")
    await store.purge(NOW + 360 + 3600 + 86400 - 1, access_token_lifetime=3600)
    assert len(await store.list_signing_keys()) == 2
    await store.purge(NOW + 360 + 3600 + 86400, access_token_lifetime=3600)
    assert [key.kid for key in await store.list_signing_keys()] == ["new"]


async def test_only_a_key_that_has_retired_is_removed(store: Store) -> None:
    """What signs, or is to sign, has no other in its place."""
    for kid, signs_from in (("old", NOW), ("current", NOW + 5), ("next", NOW + 50)):
        await store.add_signing_key(signing_key(kid, signs_from=signs_from))
    assert not await store.remove_signing_key("old", now=NOW + 4)
    assert [await store.remove_signing_key(kid, now=NOW + 5) for kid in ("next", "current", "unknown", "old")] == [
        False,
        False,
        False,
        True,
    ]
    assert [key.kid for key in await store.list_signing_keys()] == ["next", "current"]
