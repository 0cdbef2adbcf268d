"""Many callers at once: of those who want the same thing, exactly one gets it (OWASP ASVS 5 section 2.3.4)."""

import asyncio
from collections.abc import Awaitable, Iterable

from attrs import evolve

from mcpserver.store import Store, open_store

from .rivals import Rival
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

CALLERS = 64
ROUNDS = 200


async def _winners(attempts: Iterable[Awaitable[bool]]) -> int:
    return sum(await asyncio.gather(*attempts))


async def test_code_is_spent_by_one_of_many(store: Store) -> None:
    """RFC 6749 section 4.1.2: the client must not use the code more than once."""
    await keep_grant(store)
    spent = digest("code of grant")
    assert (
        await _winners(store.spend_code(spent, refresh_token=refresh_token(f"of {n}"), now=NOW) for n in range(CALLERS))
        == 1
    )
    kept = [await store.find_refresh_token(digest(f"of {n}")) for n in range(CALLERS)]
    assert kept.count(None) == CALLERS - 1


async def test_refresh_token_is_rotated_by_one_of_many(store: Store) -> None:
    """RFC 9700 section 4.14.2."""
    await keep_redeemed_grant(store)
    assert (
        await _winners(
            store.rotate_refresh_token(refresh_token(f"of {n}", generation=1), now=NOW) for n in range(CALLERS)
        )
        == 1
    )
    kept = [await store.find_refresh_token(digest(f"of {n}")) for n in range(CALLERS)]
    assert kept.count(None) == CALLERS - 1


async def test_siblings_are_counted_also_when_they_come_at_once(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)
    attempts = (
        store.add_sibling(refresh_token(f"of {n}", generation=1), window=30, limit=5, now=NOW) for n in range(CALLERS)
    )
    assert await _winners(attempts) == 4


async def test_grant_is_revoked_by_one_of_many(store: Store) -> None:
    await keep_grant(store)
    assert await _winners(store.revoke_grant("grant", now=NOW) for _ in range(CALLERS)) == 1
    assert await announced(store) == ["grant"]


async def test_username_is_taken_by_one_of_many(store: Store) -> None:
    assert await _winners(store.add_account(account(str(n), username="Ann")) for n in range(CALLERS)) == 1
    assert len(await store.list_accounts()) == 1


async def test_registration_at_once_yields_one_client(store: Store) -> None:
    kept = await asyncio.gather(*(store.add_client(client(name=f"name {n}")) for n in range(CALLERS)))
    assert {each.name for each in kept} == {(await store.list_clients())[0].name}


async def test_nothing_is_left_of_a_session_that_ends_while_something_is_allowed_in_it(file_url: str) -> None:
    """Two processes on one database: whichever comes first, the grant is not kept, or it is revoked with the session
    (RFC 7009 section 2.1).
    """
    laptop, owner = await open_store(file_url), await open_store(file_url)
    await laptop.add_account(account())
    await laptop.add_client(client())
    outcomes = set()
    for n in range(ROUNDS):
        assert await laptop.add_session(session(f"s{n}"))
        allowed = evolve(grant(f"g{n}"), session_id=f"id of s{n}")
        first, second = laptop.add_grant(allowed), owner.end_session("ann", f"id of s{n}", revoke_at=NOW)
        added, ended = await asyncio.gather(first, second) if n % 2 else reversed(await asyncio.gather(second, first))
        kept = await owner.find_grant(allowed.id)
        assert ended
        assert (kept is not None) == added
        assert kept is None or kept.revoked_at is not None
        outcomes.add(added)
    assert outcomes == {True, False}
    for store in (laptop, owner):
        await store.close()


async def test_no_grant_slips_past_a_removal(store: Store) -> None:
    """Whatever the order: nothing that a removed person allowed is left."""
    await store.add_account(account())
    await store.add_client(client())
    allowed = [store.add_grant(grant(str(n)), code(str(n), str(n))) for n in range(CALLERS)]
    await asyncio.gather(*allowed[:32], store.disable_account("ann", now=NOW), *allowed[32:])
    grants = [await store.find_grant(str(n)) for n in range(CALLERS)]
    assert all(kept.revoked_at == NOW for kept in grants if kept)
    assert len(await announced(store)) == sum(kept is not None for kept in grants)


async def test_code_is_spent_by_one_of_two_stores_on_one_file(file_url: str) -> None:
    one, other = await open_store(file_url), await open_store(file_url)
    await keep_grant(one)
    spent = digest("code of grant")
    attempts = (
        (one, other)[n % 2].spend_code(spent, refresh_token=refresh_token(f"of {n}"), now=NOW) for n in range(CALLERS)
    )
    assert await _winners(attempts) == 1
    await one.close()
    await other.close()


async def test_code_is_spent_in_one_of_two_processes(file_url: str) -> None:
    """Twenty codes, each wanted by 32 callers in each of two processes."""
    store = await open_store(file_url)
    for n in range(20):
        await keep_grant(store, f"grant {n}")
    digests = [digest(f"code of grant {n}").hex() for n in range(20)]
    async with (
        Rival("spend", file_url, str(NOW), *digests) as one,
        Rival("spend", file_url, str(NOW), *digests) as other,
    ):
        await one.ready()
        await other.ready()
        one.go()
        other.go()
        wins = [[int(word) for word in (await rival.answer()).split()] for rival in (one, other)]
    assert [first + second for first, second in zip(*wins, strict=True)] == [1] * 20
    await store.close()
