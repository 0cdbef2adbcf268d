"""People at rest."""

import pytest
from attrs import evolve

from mcpserver.store import Store, UnstorableValue

from ..sample import notes_in
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


async def test_account_comes_back_as_it_was_kept(store: Store) -> None:
    ann = account("ann", email="Ann@Example.org", admin=True)
    assert await store.add_account(ann)
    assert await store.find_account("ann") == ann
    assert await store.list_accounts() == [ann]


async def test_password_hash_does_not_print() -> None:
    assert "argon2" not in repr(account())


@pytest.mark.parametrize("login", ["Ann", "aNN", "ANN@example.ORG"])
async def test_person_is_found_by_name_or_address_in_any_case(store: Store, login: str) -> None:
    ann = account("1", username="ann", email="Ann@Example.org")
    await store.add_account(ann)
    assert await store.find_account_by_login(login) == ann


async def test_case_is_not_only_that_of_english(store: Store) -> None:
    await store.add_account(account("1", username="Jürgen"))
    assert await store.find_account_by_login("JÜRGEN") is not None


@pytest.mark.parametrize("login", ["bob", "", "an", "ann%", "_nn", "a\0nn", "\ud800"])
async def test_other_logins_find_nobody(store: Store, login: str) -> None:
    await store.add_account(account("ann"))
    assert await store.find_account_by_login(login) is None


@pytest.mark.parametrize(
    "second",
    [
        account("2", username="ANN"),
        account("2", username="bob", email="ann@EXAMPLE.org"),
        account("2", username="Ann@example.org"),
        account("2", username="bob", email="ann"),
        account("1", username="bob"),
    ],
    ids=["username", "address", "username like an address", "address like a username", "id"],
)
async def test_login_that_is_taken_is_refused_and_nothing_of_it_kept(store: Store, second: object) -> None:
    """A username that is another's address would receive what is meant for them."""
    first = account("1", username="ann", email="Ann@Example.org")
    await store.add_account(first)
    assert not await store.add_account(second)  # type: ignore[arg-type]
    assert await store.list_accounts() == [first]
    assert await store.find_account_by_login("bob") is None


async def test_own_address_may_be_the_username(store: Store) -> None:
    assert await store.add_account(account("1", username="ann@example.org", email="Ann@example.org"))


async def test_name_that_no_database_can_hold_is_refused(store: Store) -> None:
    with pytest.raises(UnstorableValue, match="username"):
        await store.add_account(account("1", username="ann\ud800"))


async def test_disabled_person_loses_sessions_and_grants_at_once(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.add_session(session())
    assert await store.disable_account("ann", now=NOW + 5)
    assert await store.find_account("ann") == evolve(account(), disabled_at=NOW + 5)
    assert await store.find_session(digest("session"), now=NOW) is None
    assert await store.find_grant("grant") == evolve(grant(), revoked_at=NOW + 5)
    assert await announced(store) == ["grant"]


async def test_disabling_again_keeps_the_first_instant(store: Store) -> None:
    await store.add_account(account())
    assert await store.disable_account("ann", now=NOW)
    assert await store.disable_account("ann", now=NOW + 5)
    assert await store.find_account("ann") == evolve(account(), disabled_at=NOW)


async def test_enabling_does_not_bring_back_what_was_revoked(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.add_session(session())
    await store.disable_account("ann", now=NOW)
    assert await store.enable_account("ann")
    assert await store.find_account("ann") == account()
    assert await store.find_session(digest("session"), now=NOW) is None
    assert not await store.rotate_refresh_token(refresh_token("next", generation=1), now=NOW)
    assert await store.add_grant(grant("again"), code("again", "again"))


async def test_other_people_keep_what_is_theirs(store: Store) -> None:
    await keep_grant(store)
    await keep_grant(store, "of bob", user_id="bob")
    await store.add_session(session("of bob", "bob"))
    await store.disable_account("ann", now=NOW)
    await store.remove_account("ann", now=NOW)
    assert await store.find_session(digest("of bob"), now=NOW) is not None
    assert await store.spend_code(digest("code of of bob"), refresh_token=None, now=NOW)


async def test_removed_person_leaves_nothing_but_the_announcement(store: Store) -> None:
    await keep_redeemed_grant(store)
    await store.add_session(session())
    await notes_in(store).add_note("ann", "a note", now=NOW)
    assert await store.remove_account("ann", now=NOW)
    assert await store.find_account("ann") is None
    assert await store.find_account_by_login("ann") is None
    assert await store.find_session(digest("session"), now=NOW) is None
    assert await store.find_refresh_token(digest("refresh")) is None
    assert await store.find_code(digest("code of grant")) is None
    assert await notes_in(store).list_notes("ann") == []
    assert await announced(store) == ["grant"]


async def test_name_of_a_removed_person_is_free_again(store: Store) -> None:
    await store.add_account(account("1", username="ann"))
    await store.remove_account("1", now=NOW)
    assert await store.add_account(account("2", username="Ann"))


async def test_unknown_people_are_not_changed(store: Store) -> None:
    await store.add_client(client())
    assert await store.find_account("nobody") is None
    assert not await store.disable_account("nobody", now=NOW)
    assert not await store.enable_account("nobody")
    assert not await store.remove_account("nobody", now=NOW)
    assert not await store.set_password("nobody", "hash")
    assert not await store.replace_password_hash("nobody", old="old", new="new")


async def test_new_password_ends_the_sessions(store: Store) -> None:
    """OWASP ASVS 5 section 7.4.3: a changed credential ends the other sessions."""
    await store.add_account(account())
    await store.add_session(session())
    assert await store.set_password("ann", "new hash")
    assert await store.find_account("ann") == evolve(account(), password_hash="new hash")
    assert await store.find_session(digest("session"), now=NOW) is None


async def test_rehash_of_the_same_password_keeps_the_sessions(store: Store) -> None:
    await store.add_account(account())
    await store.add_session(session())
    assert await store.replace_password_hash("ann", old=account().password_hash, new="stronger")
    assert await store.find_session(digest("session"), now=NOW) == (
        session(),
        evolve(account(), password_hash="stronger"),
    )


async def test_rehash_does_not_undo_a_change_of_password_meanwhile(store: Store) -> None:
    await store.add_account(account())
    await store.set_password("ann", "changed")
    assert not await store.replace_password_hash("ann", old=account().password_hash, new="stronger")
    assert await store.find_account("ann") == evolve(account(), password_hash="changed")


async def test_new_password_revokes_grants_only_when_asked_to(store: Store) -> None:
    """Who forgot a password need not connect every client anew; who lost it to somebody must be able to end what
    that one connected.
    """
    await keep_redeemed_grant(store)
    assert await store.set_password("ann", "new hash")
    assert await announced(store) == []
    assert await store.set_password("ann", "newer hash", revoke_at=NOW + 5)
    kept = await store.find_grant("grant")
    assert kept is not None
    assert kept.revoked_at == NOW + 5
    assert await announced(store) == ["grant"]
