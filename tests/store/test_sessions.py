"""Browser sessions at rest (OWASP ASVS 5 chapter 7)."""

from mcpserver.store import Store

from .samples import NOW, account, digest, session


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
