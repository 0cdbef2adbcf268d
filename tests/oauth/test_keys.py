"""Sealing and signing keys over a real store (RFC 7516, RFC 7517)."""

from collections.abc import AsyncIterator

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.oauth.keys import KeyRing
from mcpserver.seal import Seal, SealBroken
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

SEAL = Seal(b"k" * 32)
OVERLAP = 3600


@define
class Clock:
    now: int = 1_790_000_000


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = await open_store("sqlite://")
    yield store
    await store.close()


async def ring(store: Store, clock: Clock, seal: Seal = SEAL) -> KeyRing:
    return await KeyRing.load(store, seal, Sources(now=lambda: clock.now), overlap=OVERLAP)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=10, alphabet="abcdef"))
def test_what_is_sealed_opens_for_its_purpose_only(data: bytes, purpose: str) -> None:
    """RFC 5869 section 3.2: the purpose makes the key."""
    sealed = SEAL.seal(data, purpose=purpose)
    assert SEAL.open(sealed, purpose=purpose) == data
    for seal, other in ((SEAL, purpose + "x"), (Seal(b"l" * 32), purpose)):
        with pytest.raises(SealBroken):
            seal.open(sealed, purpose=other)


@given(st.text(max_size=80) | st.from_regex(r"\A[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*\.[\w-]*\Z"))
def test_what_was_not_sealed_does_not_open(text: str) -> None:
    """RFC 7516 section 5.2."""
    for spoilt in (text, SEAL.seal(b"x", purpose="p").partition(".")[0] + "." + text):
        with pytest.raises(SealBroken):
            SEAL.open(spoilt, purpose="p")


def test_same_thing_is_never_sealed_alike() -> None:
    """NIST SP 800-38D section 8: a nonce is used once."""
    assert SEAL.seal(b"x", purpose="p") != SEAL.seal(b"x", purpose="p")


async def test_first_start_makes_a_key_and_the_next_finds_it(store: Store) -> None:
    clock = Clock()
    first = await ring(store, clock)
    assert (await ring(store, clock)).active[0] == first.active[0]
    assert len(await store.list_signing_keys()) == 1


async def test_two_that_start_at_once_share_one_key(store: Store) -> None:
    clock = Clock()
    one, other = KeyRing(store, SEAL, Sources(), overlap=OVERLAP), await ring(store, clock)
    assert not await store.add_signing_key(one._new_key(), only_if_none=True)
    await one.refresh()
    assert one.active[0] == other.active[0]


async def test_keys_do_not_open_with_another_secret(store: Store) -> None:
    clock = Clock()
    await ring(store, clock)
    with pytest.raises(SealBroken):
        await ring(store, clock, Seal(b"another secret of thirty-two by."))


async def test_key_of_another_process_is_found_when_its_token_comes(store: Store) -> None:
    """RFC 7517 section 4.5; a look every five seconds at most, so that junk ids cost nothing."""
    clock = Clock()
    here, there = await ring(store, clock), await ring(store, clock)
    kid = await there.rotate()
    assert await here.find_fresh(kid) is None
    clock.now += 5
    assert await here.find_fresh(kid) is not None
    assert here.active[0] == kid


async def test_retired_key_verifies_for_the_overlap_and_no_longer(store: Store) -> None:
    clock = Clock()
    keys = await ring(store, clock)
    old = keys.active[0]
    new = await keys.rotate()
    clock.now += OVERLAP - 1
    assert keys.find(old) is not None
    clock.now += 1
    assert keys.find(old) is None
    assert keys.find(new) is not None


async def test_private_keys_do_not_rest_or_print(store: Store) -> None:
    """ASVS 11.2.1; RFC 7517 section 9.2."""
    await ring(store, Clock())
    (kept,) = await store.list_signing_keys()
    assert '"d"' not in kept.sealed
    assert kept.sealed not in repr(kept)
