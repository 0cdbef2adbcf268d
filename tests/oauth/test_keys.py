"""Sealing and signing keys over a real store (RFC 7516, RFC 7517)."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import cast

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt import PyJWKSet

from mcpbase.seal import Seal, SealBroken
from mcpserver.oauth.keys.key_ring import KeyRing, KeyRules
from mcpserver.oauth.keys.signing import SIGNING_ALGORITHMS, BadSignature
from mcpserver.store import Store, open_store

from ..clock import Clock

SEAL = Seal(b"k" * 32)
OVERLAP = 3600
ROTATION = 30 * 86400
LEAD = 360
ROTATING = KeyRules(OVERLAP, ROTATION, LEAD)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = await open_store("sqlite://")
    yield store
    await store.close()


async def ring(store: Store, clock: Clock, seal: Seal = SEAL, rules: KeyRules = KeyRules(OVERLAP)) -> KeyRing:  # noqa: B008 - frozen
    return await KeyRing.load(store, seal, clock.sources(), rules)


async def started(store: Store, clock: Clock, algorithm: str) -> KeyRing:
    """The ring of a process that starts with that setting."""
    keys = await ring(store, clock, rules=KeyRules(OVERLAP, algorithm=algorithm))
    await keys.adopt_algorithms()
    return keys


def kids(keys: KeyRing) -> list[object]:
    published = keys.public_jwks()["keys"]
    assert isinstance(published, list)
    return [key["kid"] for key in published]


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
    assert (await ring(store, clock)).active.kid == first.active.kid
    assert len(await store.list_signing_keys()) == 1


async def test_two_that_start_at_once_share_one_key(store: Store) -> None:
    clock = Clock()
    one, other = await asyncio.gather(ring(store, clock), ring(store, clock))
    assert one.active.kid == other.active.kid
    assert len(await store.list_signing_keys()) == 1


async def test_keys_do_not_open_with_another_secret(store: Store) -> None:
    clock = Clock()
    await ring(store, clock)
    with pytest.raises(SealBroken):
        await ring(store, clock, Seal(b"another secret of thirty-two by."))


async def test_key_of_another_process_is_found_when_its_token_comes(store: Store) -> None:
    """RFC 7517 section 4.5; a look every five seconds at most, so that junk ids cost nothing."""
    clock = Clock()
    here, there = await ring(store, clock), await ring(store, clock)
    kid = (await there.rotate()).kid
    assert await here.find_fresh(kid) is None
    clock.now += 5
    assert await here.find_fresh(kid) is not None
    assert here.active.kid == kid


async def test_retired_key_verifies_for_the_overlap_and_no_longer(store: Store) -> None:
    clock = Clock()
    keys = await ring(store, clock)
    old = keys.active.kid
    new = (await keys.rotate()).kid
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


async def test_next_key_is_published_before_it_signs(store: Store) -> None:
    """RFC 7517 section 5: nobody meets a token of a key that was not there to be read before."""
    clock = Clock()
    keys = await ring(store, clock, rules=ROTATING)
    first = keys.active.kid
    clock.now += ROTATION - LEAD - 1
    await keys.renew()
    assert kids(keys) == [first]
    clock.now += 1
    await keys.renew()
    second, _ = kids(keys)
    clock.now += LEAD - 1
    assert keys.active.kid == first
    clock.now += 1
    assert keys.active.kid == second
    clock.now += OVERLAP - 1
    assert kids(keys) == [second, first]
    clock.now += 1
    assert kids(keys) == [second]


async def test_rotation_that_is_overdue_publishes_first_all_the_same(store: Store) -> None:
    """A service that was off for a year."""
    clock = Clock()
    first = (await ring(store, clock)).active.kid
    clock.now += 365 * 86400
    keys = await ring(store, clock, rules=ROTATING)
    await keys.renew()
    clock.now += LEAD - 1
    assert keys.active.kid == first
    clock.now += 1
    assert keys.active.kid != first


async def test_processes_change_over_to_one_key_at_once(store: Store) -> None:
    clock = Clock()
    here, there = await ring(store, clock, rules=ROTATING), await ring(store, clock, rules=ROTATING)
    first = here.active.kid
    clock.now += ROTATION - LEAD
    await asyncio.gather(here.renew(), there.renew())
    assert kids(here) == kids(there)
    assert len(kids(here)) == 2
    clock.now += LEAD
    assert here.active.kid == there.active.kid != first


async def test_keys_stay_when_they_are_not_to_rotate(store: Store) -> None:
    clock = Clock()
    keys = await ring(store, clock)
    clock.now += 100 * ROTATION
    await keys.renew()
    assert len(kids(keys)) == 1


async def test_keys_never_follow_faster_than_they_are_published(store: Store) -> None:
    clock = Clock()
    keys = await ring(store, clock, rules=KeyRules(OVERLAP, 1, LEAD))
    for _ in range(3):
        await keys.renew()
        clock.now += LEAD // 3 - 1
    assert len(kids(keys)) == 2


async def test_clock_that_is_set_back_leaves_a_key_to_sign_with(store: Store) -> None:
    clock = Clock()
    keys = await ring(store, clock, rules=ROTATING)
    first = keys.active.kid
    await keys.rotate(lead=LEAD)
    clock.now -= 3600
    assert keys.active.kid == first


async def test_key_that_was_deleted_is_dropped_at_the_next_look(store: Store) -> None:
    clock = Clock()
    here, there = await ring(store, clock), await ring(store, clock)
    old = here.active.kid
    await there.rotate()
    clock.now += 2 * 86400
    await store.purge(clock.now, access_token_lifetime=OVERLAP)
    await here.refresh()
    assert old not in kids(here)
    assert len(await store.list_signing_keys()) == 1
    assert old not in here._signers


@pytest.mark.parametrize(
    ("algorithm", "members"), [("ES256", ("EC", "P-256")), ("EdDSA", ("OKP", "Ed25519")), ("RS256", ("RSA", None))]
)
async def test_key_says_what_it_is_for(store: Store, algorithm: str, members: tuple[str, str | None]) -> None:
    """RFC 7517 section 4.4; RFC 7518 section 3.3; RFC 8037 section 2; RFC 8725 section 3.1."""
    keys = await started(store, Clock(), algorithm)
    (jwk,) = cast(list[dict[str, str]], keys.public_jwks()["keys"])
    assert (jwk["kty"], jwk.get("crv")) == members
    assert jwk["alg"] == algorithm
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(jwk)
    assert algorithm != "RS256" or len(jwk["n"]) >= 2048 // 6


@pytest.mark.parametrize("algorithm", SIGNING_ALGORITHMS)
async def test_independent_library_verifies_with_the_published_key(store: Store, algorithm: str) -> None:
    """RFC 7515 section 5.2; PyJWT knows Ed25519 by the name EdDSA only (RFC 8037 section 3.1)."""
    keys = await started(store, Clock(), algorithm)
    token = keys.active.sign({"sub": "ada"}, type_="at+jwt")
    (jwk,) = PyJWKSet.from_dict(keys.public_jwks()).keys
    assert pyjwt.decode(token, jwk, algorithms=[algorithm]) == {"sub": "ada"}
    assert pyjwt.get_unverified_header(token) == {"alg": algorithm, "typ": "at+jwt", "kid": keys.active.kid}


async def test_start_with_another_algorithm_makes_a_key_for_it_and_keeps_the_old_one(store: Store) -> None:
    clock = Clock()
    before = await started(store, clock, "ES256")
    old, token = before.active, before.active.sign({"sub": "ada"}, type_="at+jwt")
    one, other = await asyncio.gather(started(store, clock, "RS256"), started(store, clock, "RS256"))
    assert one.active.kid == other.active.kid
    assert one.active.algorithm == "RS256"
    kept = one.find(old.kid)
    assert kept is not None
    assert kept.read(token) == {"sub": "ada"}
    assert len(await store.list_signing_keys()) == 2


async def test_process_whose_algorithm_nobody_else_needs_any_more_goes_on_with_a_key_of_its_own(store: Store) -> None:
    """While a change of the setting is rolled out, old and new processes sign each in their way, and each verifies
    what the other signed.
    """
    clock = Clock()
    before = await started(store, clock, "ES256")
    old = before.active.kid
    after = await started(store, clock, "EdDSA")
    await before.refresh()
    assert before.active.kid == old
    await before.renew()
    assert (before.active.algorithm, before.active.kid == old) == ("ES256", False)
    await after.renew()
    assert after.active.algorithm == "EdDSA"
    for here, there in ((before, after), (after, before)):
        assert here.find(there.active.kid) is not None


SEVERAL = KeyRules(OVERLAP, ROTATION, LEAD, "EdDSA", ("RS256", "ES256", "EdDSA"))


async def test_keys_of_several_algorithms_live_side_by_side_and_each_is_rotated(store: Store) -> None:
    """OpenID Connect Core section 10.1.1: each next key is published before it signs, and each old one stays for the
    overlap.
    """
    clock = Clock()
    one, other = await asyncio.gather(ring(store, clock, rules=SEVERAL), ring(store, clock, rules=SEVERAL))
    await asyncio.gather(one.adopt_algorithms(), other.adopt_algorithms())
    await one.refresh()
    first = {algorithm: one.signer(algorithm).kid for algorithm in SEVERAL.algorithms}
    assert {one.signer(algorithm).algorithm for algorithm in SEVERAL.algorithms} == set(SEVERAL.algorithms)
    assert one.active.kid == other.active.kid == first["EdDSA"]
    assert len(await store.list_signing_keys()) == 3
    clock.now += ROTATION - LEAD
    await asyncio.gather(one.renew(), other.renew())
    await one.refresh()
    assert len(kids(one)) == 6
    assert {algorithm: one.signer(algorithm).kid for algorithm in SEVERAL.algorithms} == first
    clock.now += LEAD
    assert not {one.signer(algorithm).kid for algorithm in SEVERAL.algorithms} & set(first.values())
    clock.now += OVERLAP
    assert len(kids(one)) == 3


async def test_rotation_of_one_algorithm_leaves_the_others_alone(store: Store) -> None:
    keys = await ring(store, Clock(), rules=SEVERAL)
    await keys.adopt_algorithms()
    before = {algorithm: keys.signer(algorithm).kid for algorithm in SEVERAL.algorithms}
    new = await keys.rotate("ES256")
    assert {algorithm: keys.signer(algorithm).kid for algorithm in SEVERAL.algorithms} == before | {"ES256": new.kid}


async def test_keys_of_an_algorithm_that_is_not_needed_any_more_are_retired_at_a_start(store: Store) -> None:
    clock = Clock()
    await (await ring(store, clock, rules=SEVERAL)).adopt_algorithms()
    keys = await started(store, clock, "ES256")
    assert keys.algorithms == ["ES256"]
    assert len(kids(keys)) == 3
    clock.now += OVERLAP
    assert len(kids(keys)) == 1


@pytest.mark.parametrize("header", ["EdDSA", "RS256", "none", "HS256"])
async def test_header_does_not_choose_the_algorithm(store: Store, header: str) -> None:
    """RFC 8725 section 3.1: the key does."""
    signer = (await ring(store, Clock())).active
    _, payload, signature = signer.sign({"sub": "ada"}, type_="at+jwt").split(".")
    forged = (
        urlsafe_b64encode(json.dumps({"alg": header, "typ": "at+jwt", "kid": signer.kid}).encode())
        .rstrip(b"=")
        .decode()
    )
    with pytest.raises(BadSignature):
        signer.read(f"{forged}.{payload}.{signature}")


async def test_removed_key_verifies_nothing_any_more_and_its_loss_is_told_once(store: Store) -> None:
    """For a key that somebody else may know: what it signed must not stay good until it expires, in no process."""
    clock = Clock()
    here, there = await ring(store, clock), await ring(store, clock)
    old = here.active.kid
    await here.rotate()
    clock.now += 1
    assert not await there.look()
    assert there.find(old) is not None
    assert await here.remove(old)
    assert here.find(old) is None
    await there.refresh()
    assert there.find(old) is None
    assert [await there.look(), await there.look()] == [True, False]
    assert not await here.remove(here.active.kid)


async def test_key_that_was_done_with_is_no_loss(store: Store) -> None:
    clock = Clock()
    keys = await ring(store, clock)
    await keys.rotate()
    clock.now += OVERLAP + 90_000
    await store.purge(clock.now)
    assert not await keys.look()
    assert len(kids(keys)) == 1
