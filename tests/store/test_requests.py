"""Pushed requests and decisions at rest, the same over every driver. Instants in epoch seconds."""

import asyncio

from attrs import evolve

from mcpserver.oauth.protocol.models import DecisionKey, PushedRequest
from mcpserver.store import Store

from .samples import NOW, account, client, code, digest, grant, keep_grant, keep_redeemed_grant, session

PAIRS = (("state", "a"), ("resource", "one"), ("resource", "two"))


def pushed(name: str = "pushed") -> PushedRequest:
    return PushedRequest(digest(name), "editor", PAIRS, NOW + 60)


async def opened(store: Store, *, client_id: str = "editor", now: int) -> PushedRequest | None:
    return await store.open_pushed_request(digest("pushed"), client_id=client_id, now=now, until=now + 600)


async def test_first_to_open_a_request_makes_it_last(store: Store) -> None:
    await store.add_pushed_request(pushed())
    assert await opened(store, client_id="another", now=NOW) is None
    for now in (NOW + 59, NOW + 600):
        found = await opened(store, now=now)
        assert found is not None
        assert (found.parameters, found.expires_at) == (PAIRS, NOW + 659)
    assert await opened(store, now=NOW + 659) is None


async def test_request_that_somebody_came_for_too_late_is_forgotten(store: Store) -> None:
    await store.add_pushed_request(pushed())
    assert await opened(store, now=NOW + 60) is None
    assert await opened(store, now=NOW) is None


async def test_one_of_many_decides(store: Store) -> None:
    once = DecisionKey(digest("pushed"), NOW + 600)
    await store.add_pushed_request(pushed())
    assert sorted(await asyncio.gather(*(store.decide(once) for _ in range(20)))) == [False] * 19 + [True]
    assert await store.find_answer(once.digest) == ""
    assert await opened(store, now=NOW) is None


async def test_grant_of_a_request_that_was_decided_is_not_kept(store: Store) -> None:
    await store.add_account(account())
    await store.add_client(client())
    once = DecisionKey(digest("form"), NOW + 600)
    assert await store.add_grant(grant("first"), code("first", "first"), once=once)
    assert not await store.add_grant(grant("second"), code("second", "second"), once=once)
    assert await store.find_grant("second") is None


async def test_grant_that_cannot_be_kept_decides_nothing(store: Store) -> None:
    """Both or neither: here the person is gone."""
    once = DecisionKey(digest("form"), NOW + 600)
    assert not await store.add_grant(grant(), code(), once=once)
    assert await store.find_answer(once.digest) is None


async def test_scopes_of_live_grants_are_found(store: Store) -> None:
    await keep_grant(store, "an identity provider's word")
    await store.add_session(session())
    for name in ("one", "two"):
        assert await store.add_grant(evolve(grant(name), session_id="id of session"))
    find = grant().user_id, grant().client_id, grant().resource
    assert await store.find_granted_scopes(*find, now=NOW) == ["notes:read", "notes:read"]  # type: ignore[arg-type]
    await store.revoke_grant("one", now=NOW)
    assert await store.find_granted_scopes(*find, now=NOW) == ["notes:read"]  # type: ignore[arg-type]
    assert await store.find_granted_scopes(*find, now=NOW + 86400) == []  # type: ignore[arg-type]
    assert await store.find_granted_scopes("ann", "editor", "https://elsewhere.example", now=NOW) == []


async def test_expired_codes_go_soon_and_spent_ones_stay(store: Store) -> None:
    """RFC 6749 section 4.1.2: a spent code that comes again must still be known."""
    await keep_grant(store, "unspent")
    await keep_redeemed_grant(store, "spent")
    await store.expire(NOW + 59)
    assert await store.find_code(digest("code of unspent")) is not None
    await store.expire(NOW + 60)
    assert await store.find_code(digest("code of unspent")) is None
    assert await store.find_code(digest("code of spent")) is not None


async def test_only_an_expired_unspent_code_is_dropped(store: Store) -> None:
    await keep_grant(store, "unspent")
    await keep_redeemed_grant(store, "spent")
    for name in ("unspent", "spent"):
        await store.drop_expired_code(digest(f"code of {name}"), now=NOW + 59)
        assert await store.find_code(digest(f"code of {name}")) is not None
        await store.drop_expired_code(digest(f"code of {name}"), now=NOW + 60)
        assert (await store.find_code(digest(f"code of {name}")) is None) is (name == "unspent")


async def test_decisions_and_requests_are_purged(store: Store) -> None:
    once = DecisionKey(digest("form"), NOW + 600, "sealed")
    await store.decide(once)
    await store.add_pushed_request(pushed())
    await store.purge(NOW + 600 + 86399)
    assert await store.find_answer(once.digest) == "sealed"
    await store.purge(NOW + 600 + 86400)
    assert await store.find_answer(once.digest) is None
    assert await opened(store, now=NOW) is None
