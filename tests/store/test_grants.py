"""Grants, and the codes that begin them (RFC 6749 section 4.1)."""

from attrs import evolve

from mcpserver.store import Store

from .samples import NOW, account, announced, client, code, digest, grant, keep_grant, refresh_token


async def test_grant_and_code_come_back_as_they_were_kept(store: Store) -> None:
    await keep_grant(store)
    assert await store.find_grant("grant") == grant()
    assert await store.find_code(digest("code of grant")) == (code("code of grant"), grant())


async def test_unknown_grant_and_code_are_none(store: Store) -> None:
    assert await store.find_grant("grant") is None
    assert await store.find_code(digest("code")) is None


async def test_no_grant_for_a_person_who_is_gone(store: Store) -> None:
    await store.add_client(client())
    assert not await store.add_grant(grant(), code())
    assert await store.find_code(digest("code")) is None


async def test_no_grant_for_a_disabled_person(store: Store) -> None:
    await store.add_account(account())
    await store.add_client(client())
    await store.disable_account("ann", now=NOW)
    assert not await store.add_grant(grant(), code())
    assert await store.find_grant("grant") is None


async def test_no_grant_for_a_client_that_is_gone(store: Store) -> None:
    await store.add_account(account())
    assert not await store.add_grant(grant(), code())


async def test_client_that_acts_for_itself_has_grants_without_a_person(store: Store) -> None:
    """OAuth 2.1 section 4.2: nobody consents, and no code is redeemed."""
    kept = evolve(grant(), user_id=None)
    assert not await store.add_grant(kept)
    await store.add_client(client())
    assert await store.add_grant(kept)
    assert await store.find_grant("grant") == kept
    assert kept.subject == "editor"
    assert await store.remove_client("editor", now=NOW)
    assert await store.find_grant("grant") is None
    assert await announced(store) == ["grant", "editor"]


async def test_code_is_spent_once(store: Store) -> None:
    """RFC 6749 section 4.1.2: a code must not be used more than once."""
    await keep_grant(store)
    assert await store.spend_code(digest("code of grant"), refresh_token=refresh_token("first"), now=NOW + 5)
    assert not await store.spend_code(digest("code of grant"), refresh_token=refresh_token("second"), now=NOW + 5)
    assert await store.find_refresh_token(digest("first")) == (refresh_token("first"), grant())
    assert await store.find_refresh_token(digest("second")) is None


async def test_spent_code_is_remembered_with_its_instant(store: Store) -> None:
    """RFC 6749 section 4.1.2: whoever presents it again must be recognised, to revoke what came of it."""
    await keep_grant(store)
    await store.spend_code(digest("code of grant"), refresh_token=None, now=NOW + 5)
    found = await store.find_code(digest("code of grant"))
    assert found is not None
    assert found[0] == evolve(code("code of grant"), spent_at=NOW + 5)


async def test_code_is_dead_at_the_second_it_expires(store: Store) -> None:
    """RFC 6749 section 4.1.2: a code must expire shortly after it is issued."""
    await keep_grant(store)
    assert not await store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW + 60)
    assert await store.find_refresh_token(digest("refresh")) is None
    assert await store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW + 59)


async def test_unknown_code_cannot_be_spent(store: Store) -> None:
    assert not await store.spend_code(digest("code"), refresh_token=None, now=NOW)


async def test_code_of_a_revoked_grant_cannot_be_spent(store: Store) -> None:
    await keep_grant(store)
    await store.revoke_grant("grant", now=NOW)
    assert not await store.spend_code(digest("code of grant"), refresh_token=refresh_token(), now=NOW)


async def test_code_of_an_ended_grant_cannot_be_spent(store: Store) -> None:
    await keep_grant(store)
    assert await store.add_grant(grant("short", expires_at=NOW + 10), code("code of short", "short"))
    assert not await store.spend_code(digest("code of short"), refresh_token=None, now=NOW + 10)


async def test_grant_is_revoked_once_and_announced_once(store: Store) -> None:
    await keep_grant(store)
    assert await store.revoke_grant("grant", now=NOW + 7)
    assert not await store.revoke_grant("grant", now=NOW + 9)
    assert await store.find_grant("grant") == evolve(grant(), revoked_at=NOW + 7)
    assert await announced(store) == ["grant"]


async def test_unknown_grant_cannot_be_revoked(store: Store) -> None:
    assert not await store.revoke_grant("grant", now=NOW)
    assert await announced(store) == []


async def test_revocations_are_told_from_the_cursor_on(store: Store) -> None:
    for name in ("one", "two", "three"):
        await keep_grant(store, name)
    await store.revoke_grant("two", now=NOW)
    ((number, told),) = await store.revocations_since(0)
    assert told == "two"
    assert await store.revocations_since(number) == []
    await store.revoke_grant("one", now=NOW)
    await store.revoke_grant("three", now=NOW)
    later = await store.revocations_since(number)
    assert [told for _, told in later] == ["one", "three"]
    assert number < later[0][0] < later[1][0]
