"""Values to keep, and a store that has the usual ones."""

from mcpserver.accounts.models import Account, Session
from mcpserver.oauth.protocol.models import (
    AuthorizationCode,
    Client,
    ClientKind,
    DeviceRequest,
    Grant,
    RefreshToken,
    SigningKey,
)
from mcpserver.store import Store

NOW = 1_700_000_000
"""An instant in epoch seconds."""


def account(
    user_id: str = "ann", *, username: str | None = None, email: str | None = None, admin: bool = False
) -> Account:
    return Account(user_id, username or user_id, user_id.title(), NOW, f"$argon2id$of-{user_id}", email, admin)


def session(name: str = "session", user_id: str = "ann", *, expires_at: int = NOW + 3600) -> Session:
    return Session(digest(name), user_id, NOW, expires_at, f"id of {name}", "Firefox on Linux", NOW)


def client(client_id: str = "editor", *, name: str = "An editor") -> Client:
    return Client(client_id, name, ("http://127.0.0.1/callback",), ClientKind.SELF_REGISTERED, NOW)


def grant(
    grant_id: str = "grant", *, user_id: str = "ann", client_id: str = "editor", expires_at: int = NOW + 86400
) -> Grant:
    return Grant(grant_id, user_id, client_id, "notes:read", "https://notes.example/mcp", NOW, expires_at)


def code(name: str = "code", grant_id: str = "grant", *, expires_at: int = NOW + 60) -> AuthorizationCode:
    return AuthorizationCode(digest(name), grant_id, "http://127.0.0.1:4711/callback", "challenge", expires_at)


def refresh_token(
    name: str = "refresh", *, grant_id: str = "grant", generation: int = 0, expires_at: int = NOW + 3600
) -> RefreshToken:
    return RefreshToken(digest(name), grant_id, generation, expires_at)


def device_request(
    name: str = "device", user_code: str = "user code", *, client_id: str = "editor", expires_at: int = NOW + 600
) -> DeviceRequest:
    return DeviceRequest(
        digest(name), digest(user_code), client_id, "notes:read", "https://notes.example/mcp", expires_at, interval=5
    )


def signing_key(kid: str = "key", *, signs_from: int = NOW) -> SigningKey:
    return SigningKey(kid, f"sealed {kid}", NOW, signs_from)


def digest(name: str) -> bytes:
    """Stands for SHA-256: 32 bytes that begin with the name."""
    return name.encode().ljust(32, b"\0")


async def keep_grant(store: Store, name: str = "grant", *, user_id: str = "ann", client_id: str = "editor") -> None:
    """A grant, with its person, its client and its code ``code of <name>``; what is there already stays."""
    await store.add_account(account(user_id))
    await store.add_client(client(client_id))
    assert await store.add_grant(grant(name, user_id=user_id, client_id=client_id), code(f"code of {name}", name))


async def keep_redeemed_grant(store: Store, name: str = "grant") -> None:
    """The same, and its code was spent for the refresh token ``refresh``."""
    await keep_grant(store, name)
    assert await store.spend_code(digest(f"code of {name}"), refresh_token=refresh_token(grant_id=name), now=NOW)


async def announced(store: Store) -> list[str]:
    """Ids of the grants and clients whose end the processes are told of."""
    return [grant_id for _, grant_id in await store.revocations_since(0)]
