"""People: making accounts, signing in and out, changing passwords."""

import re
import unicodedata
from contextlib import suppress

from attrs import evolve, frozen

from mcpbase.sign_in import (
    LONGEST,
    NO_BROWSER,
    KnownBrowser,
    Passwords,
    Throttle,
    TooBusy,
    WeakPassword,
    require_password,
)

from ..secrets import SecretKind, digest, mint, random_text
from ..sources import Sources
from .errors import AccountError, SignInRefused, TooLong
from .models import Account, Session
from .store import AccountStore

_USERNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")
_NAME_LIMIT = 100
_LOGIN_LIMIT = 256
"""Characters; the longest address has fewer. What is counted by the login stays small."""
_SEEN_EVERY = 600
"""Seconds between two records of the use of a session, at least: each is a write."""


@frozen
class Accounts:
    """``session_lifetime`` is in seconds, from sign-in; using a session does not prolong it."""

    store: AccountStore
    passwords: Passwords
    throttle: Throttle
    sources: Sources
    session_lifetime: int

    async def add(
        self, username: str, password: str, *, name: str = "", email: str | None = None, admin: bool = False
    ) -> Account:
        """Make an account. Raises AccountError with the rule that is broken."""
        account = Account(
            id=f"user_{random_text(self.sources, 12)}",
            username=_require_username(username),
            name=_require_name(name or username),
            email=_require_email(email),
            admin=admin,
            created_at=self.sources.now(),
            password_hash="",
        )
        _require_strong(password, username)
        account = evolve(account, password_hash=await self.passwords.hash(password))
        if not await self.store.add_account(account):
            raise AccountError(f"The name {username} or the e-mail address is taken.")
        return account

    async def set_password(self, account: Account, password: str, *, disconnect: bool = False) -> None:
        """Change the password and end the person's sessions (ASVS 7.4.3), with ``disconnect`` their clients' grants
        too. Raises AccountError.
        """
        _require_strong(password, account.username)
        hashed = await self.passwords.hash(password)
        await self.store.set_password(account.id, hashed, revoke_at=self.sources.now() if disconnect else None)

    async def sign_in(
        self,
        login: str,
        password: str,
        *,
        address: str,
        former: str | None = None,
        browser: str = "",
        known_browser: KnownBrowser = NO_BROWSER,
    ) -> str:
        """Begin a session and end the browser's ``former`` one; returns the value of its cookie, new at every sign-in
        (ASVS 7.2.4).

        ``browser`` is what people will recognize the session by, ``known_browser`` says who signed in there before. An
        attempt counts only when the password was looked at and is wrong. Raises SignInRefused, TooLong, Throttled or
        TooBusy.
        """
        login = _normal(login.strip()).casefold()
        _require_readable(login, password)
        account = await self.store.find_account_by_login(login)
        place = None if account is None else known_browser.place_of(account.id)
        with self.throttle.attempt(login, address, place=place) as attempt:
            try:
                account = await self._require_password(account, password, known=place is not None)
                value = await self._begin(account, former=former, browser=browser)
            except SignInRefused:
                attempt.confirm()
                raise
        self.throttle.forgive(login, address, place=place)
        if former is not None:
            await self.sign_out(former)
        await self._rehash(account, password)
        return value

    async def find_session(self, value: str) -> tuple[Session, Account] | None:
        """The live session behind a cookie's value, and whose it is."""
        return await self.store.find_session(digest(SecretKind.SESSION, value), now=self.sources.now())

    async def note_seen(self, session: Session) -> None:
        """Record that a session is in use, at most once in ten minutes."""
        now = self.sources.now()
        if now - session.seen_at >= _SEEN_EVERY:
            await self.store.note_session(session.digest, seen_at=now)

    async def list_sessions(self, account: Account) -> list[Session]:
        return await self.store.list_sessions(account.id, now=self.sources.now())

    async def end_session(self, account: Account, session_id: str, *, disconnect: bool) -> bool:
        """End one of a person's sessions, with ``disconnect`` what they allowed in it too; false when there was
        neither.
        """
        return await self.store.end_session(
            account.id, session_id, revoke_at=self.sources.now() if disconnect else None
        )

    async def sign_out(self, value: str) -> None:
        """End a session on the server (ASVS 7.4.1)."""
        await self.store.remove_session(digest(SecretKind.SESSION, value))

    async def _require_password(self, account: Account | None, password: str, *, known: bool) -> Account:
        """The account with this password.

        The check takes equally long for unknown and disabled people, and those without a password.
        """
        password_hash = account.password_hash if account and account.disabled_at is None else None
        if not await self.passwords.verify(password_hash, password, known=known) or account is None:
            raise SignInRefused
        return account

    async def _begin(self, account: Account, *, former: str | None, browser: str) -> str:
        """The cookie of a new session."""
        value, now = mint(SecretKind.SESSION, self.sources), self.sources.now()
        known_as = await self._known_as(account, former)
        session = Session(
            digest(SecretKind.SESSION, value), account.id, now, now + self.session_lifetime, known_as, browser, now
        )
        # Not when the account was disabled or the password changed in this very moment: that ends all sessions, and
        # this one would be left over.
        if not await self.store.add_session(session, password_hash=account.password_hash):
            raise SignInRefused
        return value

    async def _known_as(self, account: Account, former: str | None) -> str:
        """The id of the browser's former session, which the new one keeps: what was allowed in it still belongs to
        it.
        """
        found = None if former is None else await self.find_session(former)
        return random_text(self.sources, 12) if found is None or found[1].id != account.id else found[0].id

    async def _rehash(self, account: Account, password: str) -> None:
        """Hash the password again where the parameters have changed; at the next sign-in when all hashing slots are
        busy.
        """
        if self.passwords.needs_rehash(account.password_hash):
            with suppress(TooBusy):
                await self.store.replace_password_hash(
                    account.id, old=account.password_hash, new=await self.passwords.hash(password)
                )


def _require_username(username: str) -> str:
    if not _USERNAME.fullmatch(username):
        raise AccountError(
            "A name to sign in with has 1 to 64 letters, digits, dots, hyphens or underscores, and begins and ends "
            "with a letter or digit."
        )
    return username


def _require_strong(password: str, username: str) -> None:
    try:
        require_password(password, username=username)
    except WeakPassword as error:
        raise AccountError(str(error)) from None


def _require_readable(login: str, password: str) -> None:
    if len(login) > _LOGIN_LIMIT or len(password) > LONGEST:
        raise TooLong


def _require_name(name: str) -> str:
    name = _normal(name.strip())
    if not 0 < len(name) <= _NAME_LIMIT or _hides(name):
        raise AccountError(f"A full name has 1 to {_NAME_LIMIT} characters, none of them control characters.")
    return name


def _require_email(email: str | None) -> str | None:
    if email is None:
        return None
    if not _EMAIL.fullmatch(email) or _hides(email):
        raise AccountError("The e-mail address must look like name@example.com.")
    return _normal(email)


def _normal(text: str) -> str:
    """One spelling for what looks the same: é has two (Unicode Standard Annex 15)."""
    return unicodedata.normalize("NFC", text)


def _hides(text: str) -> bool:
    """Whether it holds characters that cannot be seen, or that turn the line around."""
    return any(unicodedata.category(character) in ("Cc", "Cs", "Cf", "Zl", "Zp") for character in text)
