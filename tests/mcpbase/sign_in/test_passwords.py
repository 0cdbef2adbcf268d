"""Passwords at rest and on trial (RFC 9106; OWASP ASVS 5 chapters 6.2 and 11.4)."""

import asyncio
import time

import pytest
from argon2 import PasswordHasher, Type, extract_parameters

from mcpbase.sign_in.errors import TooBusy, WeakPassword
from mcpbase.sign_in.passwords import LONGEST, SHORTEST, WAITING, Passwords, require_password

PASSWORD = "correct horse battery staple"


async def test_hash_has_the_low_memory_profile(passwords: Passwords) -> None:
    """RFC 9106 section 4, second recommended option: Argon2id, 64 MiB, three passes, four lanes, 128-bit salt,
    256-bit tag.
    """
    hashed = extract_parameters(await passwords.hash(PASSWORD))
    assert (hashed.type, hashed.memory_cost, hashed.time_cost, hashed.parallelism) == (Type.ID, 64 * 1024, 3, 4)
    assert (hashed.salt_len, hashed.hash_len) == (16, 32)


async def test_same_password_never_hashes_to_the_same(passwords: Passwords) -> None:
    """RFC 9106 section 3.1: the salt is new for each."""
    assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)


@pytest.mark.parametrize(
    "password", [PASSWORD, "ünïcödé ✓ 密码", " spaces around ", "x" * LONGEST, "nul \0 inside", "lone \ud800 surrogate"]
)
async def test_every_character_counts(passwords: Passwords, password: str) -> None:
    """ASVS 6.2.8: compared exactly as typed: no trimming, no folding, no cut at 72 bytes or a NUL."""
    hashed = await passwords.hash(password)
    assert await passwords.verify(hashed, password)
    for other in (password[:-1], password + " ", password.strip() + "x", password.swapcase()):
        assert other == password or not await passwords.verify(hashed, other)


async def test_two_spellings_of_a_letter_are_two_passwords(passwords: Passwords) -> None:
    """ASVS 6.2.8: verified exactly as received."""
    assert not await passwords.verify(await passwords.hash("caf\u00e9 au lait"), "cafe\u0301 au lait")


async def test_nobodys_password_is_never_right_and_costs_as_much_as_somebodys(passwords: Passwords) -> None:
    """ASVS 6.3.8. Processor time of the whole process, which other programs do not change."""
    hashed = await passwords.hash(PASSWORD)

    async def cost(password_hash: str | None) -> float:
        began = time.process_time()
        assert not await passwords.verify(password_hash, "wrong password")
        return time.process_time() - began

    somebody = [await cost(hashed) for _ in range(3)]
    nobody = [await cost(None) for _ in range(3)]
    assert min(nobody) > 0.5 * min(somebody)


async def test_right_password_of_a_damaged_hash_is_wrong(passwords: Passwords) -> None:
    for damaged in ("", "no hash", (await passwords.hash(PASSWORD))[:-4]):
        assert not await passwords.verify(damaged, PASSWORD)


async def test_hash_of_other_parameters_is_to_be_renewed(passwords: Passwords) -> None:
    """RFC 9106 section 4: parameters grow with the machines."""
    weaker = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    assert await passwords.verify(weaker, PASSWORD)
    assert passwords.needs_rehash(weaker)
    assert not passwords.needs_rehash(await passwords.hash(PASSWORD))


async def test_event_loop_goes_on_while_a_password_is_hashed(passwords: Passwords) -> None:
    hashing = asyncio.ensure_future(passwords.hash(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10


async def test_line_is_bounded_and_moves_on(passwords: Passwords) -> None:
    """A flood of sign-ins waits in a line of known length; whoever comes after hears so at once."""
    room = 1 + WAITING
    attempts = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(2 * room)), return_exceptions=True)
    assert not [attempt for attempt in attempts[:room] if not isinstance(attempt, str)]
    assert [attempt for attempt in attempts[room:] if isinstance(attempt, TooBusy)] != []
    assert await passwords.hash(PASSWORD)


async def test_place_of_somebody_who_left_is_taken_until_the_thread_is_done(passwords: Passwords) -> None:
    """Else a flood of people who hang up would use more memory than there are slots for."""
    leaving = [asyncio.ensure_future(passwords.hash(PASSWORD)) for _ in range(1 + WAITING)]
    await asyncio.sleep(0)
    leaving[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving[0]
    with pytest.raises(TooBusy):
        await passwords.hash(PASSWORD)
    await asyncio.gather(*leaving[1:])
    assert await passwords.verify("no hash", PASSWORD) is False


@pytest.mark.parametrize("password", ["x" * SHORTEST, "x" * LONGEST, "ünïcödé ✓", "only small letters", "12 34 56 78"])
def test_any_characters_in_any_mixture_will_do(password: str) -> None:
    """ASVS 6.2.1 and 6.2.5: a length, and no rules about kinds of characters."""
    require_password(password, username="ada")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "at least 8"),
        ("x" * (SHORTEST - 1), "at least 8"),
        ("x" * (LONGEST + 1), "at most 1024"),
        ("password", "easy to guess"),
        ("IloveYou", "easy to guess"),
        ("Ada.Lovelace", "easy to guess"),
    ],
)
def test_refused_password_is_refused_with_the_rule(password: str, said: str) -> None:
    """ASVS 6.2.1, 6.2.4 and 6.2.9."""
    with pytest.raises(WeakPassword, match=said):
        require_password(password, username="ada.lovelace")
