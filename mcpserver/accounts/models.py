"""People and their browser sessions. Instants are epoch seconds."""

from attrs import field, frozen


@frozen
class Account:
    """A person who can sign in. ``username`` and ``email`` are unique without regard to case."""

    id: str
    username: str
    name: str
    created_at: int
    password_hash: str = field(repr=False)
    email: str | None = None
    admin: bool = False
    disabled_at: int | None = None


@frozen
class Session:
    """A browser session as the store sees it: the cookie's value is known only by its digest.

    ``id`` is how people and grants refer to it, no secret, and the same after they signed in again in that browser.
    ``browser`` is what it said it was, in words for people. ``created_at`` is when the person last signed in,
    ``seen_at`` about when they were last here.
    """

    digest: bytes = field(repr=False)
    user_id: str
    created_at: int
    expires_at: int
    id: str
    browser: str = ""
    seen_at: int = 0


@frozen
class Identity:
    """Somebody as an identity provider knows them (OpenID Connect Core section 2): ``issuer``, ``tenant`` and
    ``subject`` together are unique.

    ``email`` only where the provider does not say that it is unverified.
    """

    issuer: str
    subject: str
    tenant: str = ""
    email: str | None = None
    name: str | None = None
