"""Requests of devices (RFC 8628): one decision, one redemption, and haste that every process knows of."""

import asyncio
from collections.abc import Awaitable, Iterable

import pytest
from attrs import evolve

from mcpserver.oauth.protocol.models import ClientKind
from mcpserver.store import Store, open_store

from .samples import NOW, account, client, device_request, digest, grant, refresh_token

CALLERS = 64
DAY = 86400


@pytest.fixture
async def waiting(store: Store) -> Store:
    """Ann, a client, and its request ``device`` under the user code ``user code``."""
    return await _waiting(store)


@pytest.fixture
async def allowed(waiting: Store) -> Store:
    """The same, and Ann allowed it with the grant ``grant``."""
    assert await waiting.allow_device_request(digest("device"), grant(), now=NOW)
    return waiting


async def _waiting(store: Store) -> Store:
    await store.add_account(account())
    await store.add_client(client())
    assert await store.add_device_request(device_request())
    return store


async def _winners(attempts: Iterable[Awaitable[bool]]) -> int:
    return sum(await asyncio.gather(*attempts))


async def test_request_is_found_by_either_code_until_it_expires(waiting: Store) -> None:
    assert await waiting.find_device_request(digest("device")) == (device_request(), None)
    assert await waiting.find_device_request_by_user_code(digest("user code"), now=NOW) == device_request()
    assert await waiting.find_device_request_by_user_code(digest("user code"), now=NOW + 600) is None
    assert await waiting.find_device_request_by_user_code(digest("device"), now=NOW) is None
    assert await waiting.find_device_request(digest("user code")) is None


async def test_no_code_is_taken_twice(waiting: Store) -> None:
    """RFC 8628 section 3.2: the codes are unique."""
    assert not await waiting.add_device_request(device_request("device", "another code"))
    assert not await waiting.add_device_request(device_request("another device", "user code"))
    assert await waiting.add_device_request(device_request("another device", "another code"))


async def test_client_that_is_gone_is_allowed_nothing(waiting: Store) -> None:
    await waiting.remove_client("editor", now=NOW)
    assert not await waiting.allow_device_request(digest("device"), grant(), now=NOW)


async def test_client_that_is_known_by_its_document_is_kept_when_it_is_allowed_something(store: Store) -> None:
    """It may ask before anybody allowed it anything."""
    published = evolve(client("https://c.example/client"), kind=ClientKind.DOCUMENT)
    await store.add_account(account())
    assert await store.add_device_request(device_request(client_id=published.id))
    assert await store.find_client(published.id) is None
    assert await store.allow_device_request(digest("device"), grant(client_id=published.id), client=published, now=NOW)
    assert await store.find_client(published.id) == published


async def test_allowed_request_carries_its_grant_and_waits_no_more(allowed: Store) -> None:
    found = evolve(device_request(), decided_by="ann", grant_id="grant")
    assert await allowed.find_device_request(digest("device")) == (found, grant())
    assert await allowed.find_device_request_by_user_code(digest("user code"), now=NOW) is None


async def test_denied_request_says_who_denied_it(waiting: Store) -> None:
    assert await waiting.deny_device_request(digest("device"), user_id="ann", now=NOW)
    assert await waiting.find_device_request(digest("device")) == (evolve(device_request(), decided_by="ann"), None)


@pytest.mark.parametrize("first", ["allow", "deny"])
async def test_first_decision_holds(waiting: Store, first: str) -> None:
    """And whoever allows too late leaves no grant behind."""
    if first == "allow":
        assert await waiting.allow_device_request(digest("device"), grant(), now=NOW)
    else:
        assert await waiting.deny_device_request(digest("device"), user_id="ann", now=NOW)
    assert not await waiting.allow_device_request(digest("device"), grant("second"), now=NOW)
    assert not await waiting.deny_device_request(digest("device"), user_id="ann", now=NOW)
    assert await waiting.find_grant("second") is None


async def test_expired_request_is_not_decided_on(waiting: Store) -> None:
    assert not await waiting.allow_device_request(digest("device"), grant(), now=NOW + 600)
    assert not await waiting.deny_device_request(digest("device"), user_id="ann", now=NOW + 600)
    assert await waiting.find_grant("grant") is None


async def test_disabled_person_allows_nothing(waiting: Store) -> None:
    await waiting.disable_account("ann", now=NOW)
    assert not await waiting.allow_device_request(digest("device"), grant(), now=NOW)


async def test_decision_is_made_by_one_of_many(waiting: Store) -> None:
    attempts = [waiting.allow_device_request(digest("device"), grant(str(n)), now=NOW) for n in range(CALLERS)]
    denials = [waiting.deny_device_request(digest("device"), user_id="ann", now=NOW) for _ in range(CALLERS)]
    assert await _winners([*attempts, *denials]) == 1
    found = await waiting.find_device_request(digest("device"))
    assert found is not None
    assert [await waiting.find_grant(str(n)) for n in range(CALLERS)].count(None) == CALLERS - (found[1] is not None)


async def test_device_code_is_spent_once_with_its_refresh_token_and_key(allowed: Store) -> None:
    assert await allowed.spend_device_code(digest("device"), refresh_token=refresh_token(), thumbprint="key", now=NOW)
    assert await allowed.find_refresh_token(digest("refresh")) == (refresh_token(), evolve(grant(), thumbprint="key"))
    assert not await allowed.spend_device_code(digest("device"), refresh_token=refresh_token("another"), now=NOW)
    assert await allowed.find_refresh_token(digest("another")) is None


async def test_device_code_is_spent_in_time_only(allowed: Store) -> None:
    assert not await allowed.spend_device_code(digest("device"), refresh_token=refresh_token(), now=NOW + 600)
    assert await allowed.find_refresh_token(digest("refresh")) is None
    assert await allowed.spend_device_code(digest("device"), refresh_token=None, now=NOW + 599)


async def test_device_code_of_a_revoked_grant_is_not_spent(allowed: Store) -> None:
    await allowed.revoke_grant("grant", now=NOW)
    assert not await allowed.spend_device_code(digest("device"), refresh_token=None, now=NOW)


async def test_device_code_that_nobody_allowed_is_not_spent(waiting: Store) -> None:
    assert not await waiting.spend_device_code(digest("device"), refresh_token=None, now=NOW)


async def test_device_code_is_spent_by_one_of_two_stores_on_one_file(file_url: str) -> None:
    one, other = await _waiting(await open_store(file_url)), await open_store(file_url)
    assert await one.allow_device_request(digest("device"), grant(), now=NOW)
    attempts = (
        (one, other)[n % 2].spend_device_code(digest("device"), refresh_token=refresh_token(f"of {n}"), now=NOW)
        for n in range(CALLERS)
    )
    assert await _winners(attempts) == 1
    kept = [await other.find_refresh_token(digest(f"of {n}")) for n in range(CALLERS)]
    assert kept.count(None) == CALLERS - 1
    await one.close()
    await other.close()


async def test_haste_is_known_to_two_stores_on_one_file(file_url: str) -> None:
    """RFC 8628 section 3.5: the longer interval holds from then on, wherever the device asks next."""
    one, other = await _waiting(await open_store(file_url)), await open_store(file_url)
    assert await one.poll_device_request(digest("device"), grace=1, now=NOW)
    assert not await other.poll_device_request(digest("device"), grace=1, now=NOW + 3)
    await other.slow_device_request(digest("device"), seconds=5, now=NOW + 3)
    assert not await one.poll_device_request(digest("device"), grace=1, now=NOW + 3 + 8)
    assert await one.poll_device_request(digest("device"), grace=1, now=NOW + 3 + 9)
    await one.close()
    await other.close()


async def test_of_many_questions_at_once_one_is_in_time(waiting: Store) -> None:
    assert await _winners(waiting.poll_device_request(digest("device"), grace=1, now=NOW) for _ in range(CALLERS)) == 1


async def test_clock_that_was_set_back_is_not_taken_for_haste(waiting: Store) -> None:
    assert await waiting.poll_device_request(digest("device"), grace=1, now=NOW)
    assert await waiting.poll_device_request(digest("device"), grace=1, now=NOW - 3600)


async def test_request_is_known_for_a_day_after_it_expired(allowed: Store) -> None:
    """RFC 8628 section 3.5: a device that slept hears that its code expired. Its grant stays as long as any."""
    await allowed.purge(NOW + 600 + DAY - 1)
    assert await allowed.find_device_request(digest("device")) is not None
    await allowed.purge(NOW + 600 + DAY)
    assert await allowed.find_device_request(digest("device")) is None
