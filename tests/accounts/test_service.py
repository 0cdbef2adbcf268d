"""People: made, signed in and out, and what of theirs is refused."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from argon2 import PasswordHasher
from attrs import define, evolve

from mcpbase.sign_in.errors import Throttled, TooBusy
from mcpbase.sign_in.passwords import LONGEST, WAITING, Passwords
from mcpbase.sign_in.throttle import PAIR
from mcpserver.accounts.errors import AccountError, SignInRefused, TooLong
from mcpserver.accounts.models import Account
from mcpserver.accounts.service import Accounts
from mcpserver.store import Store

from ..conftest import PASSWORD, Clock
from .conftest import LIFETIME

HOME = "192.0.2.1"
EMAIL = "ada@example.com"


@pytest.fixture
async def ada(accounts: Accounts) -> Account:
    return await accounts.add("ada", PASSWORD, name="Ada Lovelace", email=EMAIL)


async def sign_in(
    accounts: Accounts, login: str = "ada", password: str = PASSWORD, *, former: str | None = None
) -> str:
    return await accounts.sign_in(login, password, address=HOME, former=former)


async def test_account_is_kept_as_it_was_given(accounts: Accounts, store: Store, clock: Clock) -> None:
    made = await accounts.add("ada", PASSWORD, name="Ada Lovelace", email=EMAIL, admin=True)
    assert (made.username, made.name, made.email, made.admin, made.created_at) == (
        "ada",
        "Ada Lovelace",
        EMAIL,
        True,
        clock.now,
    )
    assert await store.find_account(made.id) == made
    assert PASSWORD not in repr(made)
    assert made.password_hash not in repr(made)


async def test_name_is_the_username_when_none_is_given(accounts: Accounts) -> None:
    assert (await accounts.add("ada", PASSWORD)).name == "ada"


@pytest.mark.parametrize("username", ["a", "A", "7", "ada.lovelace", "ada_1-x", "x" * 64])
async def test_usernames_that_hold(accounts: Accounts, username: str) -> None:
    assert (await accounts.add(username, PASSWORD)).username == username


@pytest.mark.parametrize(
    "username",
    [
        "",
        "x" * 65,
        ".ada",
        "ada-",
        "ada lovelace",
        "ada@example.com",
        "ada\n",
        "ädä",
        "\u0430da",
        "ada\x00",
        "../ada",
        "<b>",
    ],
)
async def test_usernames_that_do_not(accounts: Accounts, username: str) -> None:
    """Without @, so that a name is nobody's address; ASCII, so that no two look the same."""
    with pytest.raises(AccountError, match="letters, digits"):
        await accounts.add(username, PASSWORD)


@pytest.mark.parametrize(
    "name",
    [" ", "x" * 101, "Ada\nLovelace", "Ada\u202eecalevoL", "Ada\u200b", "\ud800", "Ada\x00", "Ada\u2028Lovelace"],
)
async def test_names_that_hide_something_are_refused(accounts: Accounts, name: str) -> None:
    """Unicode Technical Report 36 section 2.5: the name stands on the consent page."""
    with pytest.raises(AccountError, match="full name"):
        await accounts.add("ada", PASSWORD, name=name)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a da@example.com",
        "ada@example.com\n",
        "a@b@c",
        "ada@exam\x00ple.com",
        "x" * 65 + "@y",
        "a\u202e@b.c",
    ],
)
async def test_addresses_that_are_none_are_refused(accounts: Accounts, email: str) -> None:
    """RFC 5321 section 4.5.3.1.1: 64 characters before the @."""
    with pytest.raises(AccountError, match="e-mail address"):
        await accounts.add("ada", PASSWORD, email=email)


@pytest.mark.parametrize(
    ("username", "email"), [("ada", None), ("ADA", None), ("other", EMAIL), ("other", "ADA@Example.com")]
)
async def test_login_belongs_to_one_person(accounts: Accounts, ada: Account, username: str, email: str | None) -> None:
    with pytest.raises(AccountError, match="taken"):
        await accounts.add(username, PASSWORD, email=email)


async def test_two_spellings_of_an_address_are_one_person(accounts: Accounts) -> None:
    """Unicode Standard Annex 15: composed and decomposed text look the same."""
    await accounts.add("rene", PASSWORD, email="ren\u00e9@example.com")
    with pytest.raises(AccountError, match="taken"):
        await accounts.add("other", PASSWORD, email="rene\u0301@example.com")
    assert await sign_in(accounts, "Rene\u0301@example.com")


async def test_weak_password_makes_no_account(accounts: Accounts, store: Store) -> None:
    with pytest.raises(AccountError, match="too short"):
        await accounts.add("ada", "short")
    assert await store.list_accounts() == []


@pytest.mark.parametrize("login", ["ada", "ADA", "  ada ", EMAIL, "Ada@Example.COM"])
async def test_person_signs_in_by_name_or_address(accounts: Accounts, ada: Account, login: str) -> None:
    found = await accounts.find_session(await sign_in(accounts, login))
    assert found is not None
    assert found[1] == ada


@pytest.mark.parametrize(
    ("login", "password"),
    [("ada", "wrong"), ("ada", ""), ("nobody", PASSWORD), ("", PASSWORD), ("ada", PASSWORD + " ")],
)
async def test_wrong_name_and_wrong_password_are_one_refusal(
    accounts: Accounts, ada: Account, login: str, password: str
) -> None:
    """ASVS 6.3.8."""
    with pytest.raises(SignInRefused, match="The name or the password is wrong"):
        await sign_in(accounts, login, password)


async def test_disabled_person_is_refused_until_enabled(
    accounts: Accounts, store: Store, ada: Account, clock: Clock
) -> None:
    await store.disable_account(ada.id, now=clock.now)
    with pytest.raises(SignInRefused):
        await sign_in(accounts)
    await store.enable_account(ada.id)
    assert await sign_in(accounts)


@pytest.mark.parametrize(("login", "password"), [("x" * 257, PASSWORD), ("ada", "x" * (LONGEST + 1))])
async def test_what_is_too_long_is_said_and_not_counted(
    accounts: Accounts, ada: Account, login: str, password: str
) -> None:
    """ASVS 6.2.9: nothing is cut off; and what is counted by the name cannot be made large."""
    for _ in range(2 * PAIR.burst):
        with pytest.raises(TooLong):
            await sign_in(accounts, login, password)
    assert await sign_in(accounts)


async def test_many_guesses_at_once_get_no_further_than_one_after_the_other(accounts: Accounts, ada: Account) -> None:
    """ASVS 6.3.1: an attempt is counted before the password is looked at."""
    guesses = await asyncio.gather(
        *(sign_in(accounts, password=f"guess {number}") for number in range(15)), return_exceptions=True
    )
    assert sorted(type(guess).__name__ for guess in guesses) == ["SignInRefused"] * PAIR.burst + ["Throttled"] * (
        15 - PAIR.burst
    )


async def test_right_password_is_throttled_like_a_wrong_one(accounts: Accounts, ada: Account, clock: Clock) -> None:
    """Else the refusal would say that the password is wrong."""
    for _ in range(PAIR.burst):
        with pytest.raises(SignInRefused):
            await sign_in(accounts, password="wrong")
    with pytest.raises(Throttled):
        await sign_in(accounts)
    clock.now += PAIR.seconds
    assert await sign_in(accounts)


async def test_attempt_that_found_no_room_is_not_counted(
    accounts: Accounts, passwords: Passwords, ada: Account
) -> None:
    flood = [asyncio.ensure_future(passwords.verify(None, PASSWORD)) for _ in range(1 + WAITING)]
    await asyncio.sleep(0)
    for _ in range(2 * PAIR.burst):
        with pytest.raises(TooBusy):
            await sign_in(accounts)
    await asyncio.gather(*flood)
    assert await sign_in(accounts)


async def test_every_session_has_a_value_of_its_own(accounts: Accounts, ada: Account) -> None:
    """ASVS 7.2.3: 256 random bits."""
    first, second = await sign_in(accounts), await sign_in(accounts)
    assert first != second
    assert len(first.removeprefix("session_")) == 43


async def test_store_knows_a_session_by_its_digest_only(accounts: Accounts, ada: Account) -> None:
    value = await sign_in(accounts)
    found = await accounts.find_session(value)
    assert found is not None
    assert value.encode() not in found[0].digest
    assert len(found[0].digest) == 32
    assert "digest" not in repr(found[0])


@pytest.mark.parametrize("value", ["", "session_unknown", "\ud800", "x" * 10_000])
async def test_made_up_session_is_nobodys(accounts: Accounts, value: str) -> None:
    assert await accounts.find_session(value) is None


async def test_session_ends_at_its_second_however_much_it_is_used(
    accounts: Accounts, ada: Account, clock: Clock
) -> None:
    """ASVS 7.3.2."""
    value = await sign_in(accounts)
    for _ in range(4):
        assert await accounts.find_session(value) is not None
        clock.now += LIFETIME // 4
    assert await accounts.find_session(value) is None


async def test_sign_in_ends_the_session_that_the_browser_had(accounts: Accounts, ada: Account) -> None:
    """ASVS 7.2.4; the person's other browsers stay signed in."""
    elsewhere, former = await sign_in(accounts), await sign_in(accounts)
    value = await sign_in(accounts, former=former)
    assert await accounts.find_session(former) is None
    assert await accounts.find_session(value) is not None
    assert await accounts.find_session(elsewhere) is not None


async def test_refused_sign_in_ends_nothing(accounts: Accounts, ada: Account) -> None:
    former = await sign_in(accounts)
    with pytest.raises(SignInRefused):
        await sign_in(accounts, password="wrong", former=former)
    assert await accounts.find_session(former) is not None


async def test_sign_out_ends_this_session_alone(accounts: Accounts, ada: Account) -> None:
    """ASVS 7.4.1."""
    one, other = await sign_in(accounts), await sign_in(accounts)
    await accounts.sign_out(one)
    await accounts.sign_out(one)
    assert await accounts.find_session(one) is None
    assert await accounts.find_session(other) is not None


async def test_new_password_ends_the_sessions_and_replaces_the_old(accounts: Accounts, ada: Account) -> None:
    """ASVS 7.4.3."""
    value = await sign_in(accounts)
    await accounts.set_password(ada, "another good password")
    assert await accounts.find_session(value) is None
    with pytest.raises(SignInRefused):
        await sign_in(accounts)
    assert await sign_in(accounts, password="another good password")


async def test_weak_new_password_changes_nothing(accounts: Accounts, ada: Account) -> None:
    with pytest.raises(AccountError, match="easy to guess"):
        await accounts.set_password(ada, "password123")
    assert await sign_in(accounts)


@define
class Interrupted(Passwords):
    """Real passwords, and something that happens while one is verified."""

    meanwhile: Callable[[], Awaitable[object]]

    def __attrs_pre_init__(self) -> None:
        super().__init__(slots=1)

    async def verify(self, password_hash: str | None, password: str, *, known: bool = False) -> bool:
        matches = await super().verify(password_hash, password, known=known)
        await self.meanwhile()
        return matches


@pytest.mark.parametrize("change", ["password", "disabled", "removed"])
async def test_sign_in_under_way_when_sessions_end_begins_none(
    accounts: Accounts, store: Store, ada: Account, clock: Clock, change: str
) -> None:
    """ASVS 7.4.2 and 7.4.3: the change ends all sessions, and this one would be left over."""
    changes: dict[str, Callable[[], Awaitable[object]]] = {
        "password": lambda: store.set_password(ada.id, "another hash"),
        "disabled": lambda: store.disable_account(ada.id, now=clock.now),
        "removed": lambda: store.remove_account(ada.id, now=clock.now),
    }
    interrupted = Interrupted(changes[change])
    with pytest.raises(SignInRefused):
        await sign_in(evolve(accounts, passwords=interrupted))
    interrupted.close()


async def test_hash_that_finds_no_room_is_renewed_another_time(accounts: Accounts, store: Store, ada: Account) -> None:
    """The person is signed in all the same."""
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    await store.set_password(ada.id, weak)
    flood: list[asyncio.Future[str]] = []

    async def fill() -> None:
        flood.extend(asyncio.ensure_future(interrupted.hash(PASSWORD)) for _ in range(1 + WAITING))
        await asyncio.sleep(0)

    interrupted = Interrupted(fill)
    value = await sign_in(evolve(accounts, passwords=interrupted))
    assert await accounts.find_session(value) is not None
    kept = await store.find_account(ada.id)
    assert kept is not None
    assert kept.password_hash == weak
    await asyncio.gather(*flood)
    interrupted.close()


async def test_sign_in_renews_a_hash_of_other_parameters_once(accounts: Accounts, store: Store, ada: Account) -> None:
    """RFC 9106 section 4."""
    await store.set_password(ada.id, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD))
    value = await sign_in(accounts)
    renewed = await store.find_account(ada.id)
    assert renewed is not None
    assert not accounts.passwords.needs_rehash(renewed.password_hash)
    assert await accounts.find_session(value) is not None
    await sign_in(accounts)
    assert await store.find_account(ada.id) == evolve(ada, password_hash=renewed.password_hash)
