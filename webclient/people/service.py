"""Sign-in and sign-out of people. Sessions are random values in a cookie; the store has only their digests."""

from attrs import define, field

from mcpbase.sign_in import (
    LONGEST,
    NO_BROWSER,
    KnownBrowser,
    KnownBrowsers,
    Passwords,
    Throttle,
    Throttled,
    TooBusy,
    require_password,
)

from ..sources import Sources
from .person import LONGEST_NAME, Person, SignInRefused, TooManyGuesses, TooManySignIns
from .store import SQLitePeople

ABSOLUTE, IDLE, NOTED_AFTER = 30 * 86400, 7 * 86400, 3600
AT_ONCE = 2
"""Most passwords that are hashed at the same time."""
WRONG = SignInRefused("The name or the password is wrong.")


class NameTaken(ValueError):
    """The name is taken by another person."""


@define
class People:
    """The people who may use the pages. Durations in seconds: a session ends after 30 days, or 7 without use."""

    store: SQLitePeople
    sources: Sources
    passwords: Passwords = field(init=False)
    throttle: Throttle = field(init=False)
    browsers: KnownBrowsers = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.passwords = Passwords(AT_ONCE, self.sources.hasher)
        self.throttle = Throttle(self.sources)
        self.browsers = KnownBrowsers(self.store.vault.seals, self.sources)

    def _now(self) -> int:
        return int(self.sources.now())

    async def add(self, name: str, password: str) -> Person:
        """Add a person with a password. Raises NameTaken, WeakPassword, and ValueError for an unusable name."""
        shown = " ".join(name.split())
        if not shown or len(shown) > LONGEST_NAME or not shown.isprintable():
            raise ValueError(f"A name must have 1 to {LONGEST_NAME} visible characters.")
        require_password(password, username=shown)
        person = Person(self.sources.token()[:16], shown, shown.casefold(), await self.passwords.hash(password))
        if not await self.store.add(person, self._now()):
            raise NameTaken(f"There is a person named {shown} already.")
        return person

    async def set_password(self, person: Person, password: str) -> None:
        """Set another password, and end the person's sessions. Raises WeakPassword."""
        require_password(password, username=person.name)
        await self.store.set_password(person, await self.passwords.hash(password))

    async def find(self, name: str) -> Person | None:
        return await self.store.find_login(" ".join(name.split()).casefold())

    async def sign_in(
        self, name: str, password: str, *, address: str = "", browser: KnownBrowser = NO_BROWSER
    ) -> Person:
        """Verify a name and a password.

        Raises SignInRefused, with the same message and after the same time for a wrong name as for a wrong password;
        TooManyGuesses; TooManySignIns.

        A guess is counted before its password is verified, and stays counted only when it was wrong.
        """
        login = " ".join(name.split()).casefold()[:LONGEST_NAME]
        person = await self.store.find_login(login)
        place = browser.place_of(person.id) if person else None
        try:
            with self.throttle.attempt(login, address, place=place) as attempt:
                held = person.password if person else None
                fits = await self.passwords.verify(held, password[: LONGEST + 1], known=place is not None)
                if not fits or person is None:
                    attempt.confirm()
                    raise SignInRefused(str(WRONG))
        except Throttled as error:
            raise TooManyGuesses(error.retry_after) from None
        except TooBusy:
            raise TooManySignIns from None
        self.throttle.forgive(login, address, place=place)
        return person

    async def know(self, subject: str, name: str) -> Person:
        """The person with this subject at an OpenID provider, added when new and otherwise renamed to ``name``."""
        shown = "".join(each for each in " ".join(name.split()) if each.isprintable())[:LONGEST_NAME] or "Somebody"
        await self.store.add(Person(self.sources.token()[:16], shown, subject=subject), self._now())
        person = await self.store.find_subject(subject)
        assert person is not None
        return person

    async def open_session(self, digest: bytes, person: Person) -> None:
        """Open a session, and delete expired ones.

        Raises SignInRefused when the person was removed, or got another password, since the sign-in.
        """
        await self.store.purge(self._now() - ABSOLUTE, self._now() - IDLE)
        if not await self.store.add_session(digest, person, self._now()):
            raise SignInRefused(str(WRONG))

    async def find_session(self, digest: bytes) -> Person | None:
        found = await self.store.find_session(digest, self._now() - ABSOLUTE, self._now() - IDLE)
        if found is None:
            return None
        person, seen_at = found
        if self._now() - seen_at > NOTED_AFTER:
            await self.store.see_session(digest, self._now())
        return person
