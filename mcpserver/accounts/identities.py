"""People whom an identity provider vouches for: known by issuer and subject, at first by e-mail address, or made an
account for.

MCP extension enterprise-managed-authorization, for authorization servers: account linking.
"""

import re

from attrs import frozen

from ..secrets import random_text
from ..sources import Sources
from .models import Account, Identity
from .store import IdentityStore

NO_PASSWORD = ""
"""Stands in place of a hash: no password matches it, and checking one takes as long as usual."""
_ATTEMPTS = 5
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


@frozen
class Identities:
    """``makes_accounts``: new people get an account. Otherwise only people with an account of the same e-mail address
    may sign in.
    """

    store: IdentityStore
    sources: Sources
    makes_accounts: bool

    async def find_person(self, identity: Identity) -> str | None:
        """The id of the account; None when there is none, or it is disabled."""
        account = await self.store.find_account_of_identity(identity) or await self._linked(identity)
        if account is None and self.makes_accounts:
            account = await self._made(identity)
        return None if account is None or account.disabled_at is not None else account.id

    async def _linked(self, identity: Identity) -> Account | None:
        """The account of the same e-mail address, linked to issuer and subject. A disabled account is not linked."""
        account = None if identity.email is None else await self.store.find_account_by_login(identity.email)
        if account is None or account.disabled_at is not None:
            return account
        await self.store.add_identity(identity, account.id, now=self.sources.now())
        return await self.store.find_account_of_identity(identity)

    async def _made(self, identity: Identity) -> Account | None:
        for attempt in range(_ATTEMPTS):
            account = self._new_account(identity, plain=attempt == 0)
            if await self.store.add_account_of_identity(account, identity):
                return account
            if other := await self.store.find_account_of_identity(
                identity
            ):  # made by a request that came at the same time
                return other
        return None

    def _new_account(self, identity: Identity, *, plain: bool) -> Account:
        """A new account, without a password. Its name is the local part of the address, with a random suffix where that
        is taken.
        """
        base = _UNFIT.sub("", (identity.email or "user").partition("@")[0]).strip("._-")[:40] or "user"
        return Account(
            id=f"user_{random_text(self.sources, 12)}",
            username=base if plain else f"{base}-{self.sources.token_bytes(3).hex()}",
            name=identity.name or identity.email or base,
            email=identity.email,
            created_at=self.sources.now(),
            password_hash=NO_PASSWORD,
        )
