"""Browser sessions at rest (OWASP ASVS 5 chapter 7)."""

from attrs import evolve

from mcpserver.store import Store

from .samples import NOW, account, announced, client, code, digest, grant, refresh_token, session


async def test_session_comes_with_its_person(store: Store) -> None:
    await store.add_account(account())
    assert await store.add_session(session())
    assert await store.find_session(digest("session"), now=NOW) == (session(), account())


async def test_session_is_dead_at_the_second_it_expires(store: Store) -> None:
    await store.add_account(account())
    await store.add_session(session(expires_at=NOW + 10))
    assert await store.find_session(digest("session"), now=NOW + 9) is not None
    assert await store.find_session(digest("session"), now=NOW + 10) is None


async def test_unknown_session_is_none(store: Store) -> None:
    assert await store.find_session(digest("session"), now=NOW) is None


async def test_no_session_for_a_person_who_is_gone_or_disabled(store: Store) -> None:
    assert not await store.add_session(session())
    await store.add_account(account())
    await store.disable_account("ann", now=NOW)
    assert not await store.add_session(session())


async def test_no_session_for_a_password_that_is_no_longer_the_persons(store: Store) -> None:
    """ASVS 7.4.3: a change of the password ends all sessions, the one that is about to begin among them."""
    await store.add_account(account())
    await store.set_password("ann", "new")
    assert not await store.add_session(session(), password_hash=account().password_hash)
    assert await store.find_session(digest("session"), now=NOW) is None
    assert await store.add_session(session(), password_hash="new")


async def test_removed_session_is_gone_once(store: Store) -> None:
    await store.add_account(account())
    await store.add_session(session())
    assert await store.remove_session(digest("session"))
    assert not await store.remove_session(digest("session"))
    assert await store.find_session(digest("session"), now=NOW) is None


async def test_persons_live_sessions_are_listed_the_one_used_last_first(store: Store) -> None:
    await store.add_account(account())
    await store.add_account(account("bob"))
    for each in (session("old"), session("new"), session("over", expires_at=NOW), session("of bob", "bob")):
        await store.add_session(each)
    await store.note_session(digest("new"), seen_at=NOW + 5)
    assert await store.list_sessions("ann", now=NOW) == [evolve(session("new"), seen_at=NOW + 5), session("old")]


async def keep_connection(
    store: Store, name: str, session_id: str | None, *, user_id: str = "ann", lasts: int = 3600
) -> None:
    """A grant that was allowed in a session, with a live refresh token."""
    assert await store.add_grant(
        evolve(grant(name, user_id=user_id), session_id=session_id), code(f"code of {name}", name)
    )
    token = refresh_token(f"refresh of {name}", grant_id=name, expires_at=NOW + lasts)
    assert await store.spend_code(digest(f"code of {name}"), refresh_token=token, now=NOW)


async def people_and_connections(store: Store) -> None:
    await store.add_account(account())
    await store.add_account(account("bob"))
    await store.add_client(client())
    for each in (session("laptop"), session("phone"), session("of bob", "bob")):
        assert await store.add_session(each)
    await keep_connection(store, "of the laptop", "id of laptop")
    await keep_connection(store, "of the phone", "id of phone")
    await keep_connection(store, "of nobody knows where", None)
    await keep_connection(store, "of bob", "id of of bob", user_id="bob")


async def connected(store: Store, user_id: str = "ann", *, now: int = NOW) -> list[str]:
    return [each.grant.id for each in await store.list_connections(user_id, now=now, tokens_since=now - 60)]


async def test_session_that_ends_leaves_what_was_allowed_in_it(store: Store) -> None:
    """What people expect of connectors: signing out is about the browser."""
    await people_and_connections(store)
    assert await store.end_session("ann", "id of laptop")
    assert await store.find_session(digest("laptop"), now=NOW) is None
    assert await store.find_session(digest("phone"), now=NOW) is not None
    assert await connected(store) == ["of nobody knows where", "of the laptop", "of the phone"]


async def test_session_that_ends_with_all_that_was_allowed_in_it_takes_nothing_else(store: Store) -> None:
    """RFC 7009 section 2.1: announced to every process, once."""
    await people_and_connections(store)
    assert await store.end_session("ann", "id of laptop", revoke_at=NOW + 1)
    assert await connected(store) == ["of nobody knows where", "of the phone"]
    assert await connected(store, "bob") == ["of bob"]
    assert await announced(store) == ["of the laptop"]
    assert not await store.end_session("ann", "id of laptop", revoke_at=NOW + 2)
    assert await announced(store) == ["of the laptop"]


async def test_session_that_is_over_can_still_take_along_what_was_allowed_in_it(store: Store) -> None:
    await people_and_connections(store)
    await store.remove_session(digest("laptop"))
    assert await store.end_session("ann", "id of laptop", revoke_at=NOW)
    assert "of the laptop" not in await connected(store)


async def test_nobody_ends_the_session_of_another(store: Store) -> None:
    await people_and_connections(store)
    assert not await store.end_session("bob", "id of laptop", revoke_at=NOW)
    assert await store.find_session(digest("laptop"), now=NOW) is not None
    assert "of the laptop" in await connected(store)


async def test_nothing_can_be_allowed_in_a_session_that_has_ended(store: Store) -> None:
    """Else what is decided in the very moment would outlive the session that was ended with all that was allowed in
    it.
    """
    await people_and_connections(store)
    await store.end_session("ann", "id of laptop", revoke_at=NOW)
    assert not await store.add_grant(evolve(grant("late"), session_id="id of laptop"), code("late", "late"))
    assert not await store.add_grant(evolve(grant("stolen"), session_id="id of of bob"), code("stolen", "stolen"))
    assert await store.add_grant(evolve(grant("in time"), session_id="id of phone"), code("in time", "in time"))


async def test_connection_is_what_can_still_be_used(store: Store) -> None:
    """By its refresh token, or for as long as an access token that was given may last."""
    await people_and_connections(store)
    await store.revoke_grant("of the phone", now=NOW)
    await keep_connection(store, "soon over", "id of phone", lasts=30)
    assert await connected(store, now=NOW + 40) == ["of nobody knows where", "of the laptop", "soon over"]
    assert await connected(store, now=NOW + 61) == ["of nobody knows where", "of the laptop"]
    assert await connected(store, now=NOW + 86400) == []
