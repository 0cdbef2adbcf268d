"""A running application with people in it, and the tokens they granted: what tests of the resource start from."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pytest_aiohttp import AiohttpClient

from mcpserver.accounts.models import Account
from mcpserver.compose.service import SERVICE, Service
from mcpserver.oauth.protocol.models import AuthorizationCode, Client, ClientKind, Grant
from mcpserver.settings import Settings

from .clock import Clock as Clock  # noqa: PLC0414 - what other tests import from here
from .sample import create_app

PUBLIC_URL = "http://127.0.0.1:8000"
HOST = "127.0.0.1:8000"
ALL_SCOPES = "profile notes:read notes:write"


@define
class Installation:
    """A service with Ada and Bob in it and one client that both may grant something."""

    app: Application
    clock: Clock
    grants: int = field(default=0)

    @property
    def service(self) -> Service:
        return self.app[SERVICE]

    async def grant(self, scope: str = ALL_SCOPES, *, user_id: str = "ada") -> Grant:
        self.grants += 1
        now = self.clock.now
        grant = Grant(f"grant{self.grants}", user_id, "client", scope, self.service.settings.resource, now, now + 86400)
        code = AuthorizationCode(grant.id.encode(), grant.id, "https://c.example/cb", "challenge", now + 60)
        assert await self.service.store.add_grant(grant, code)
        return grant

    async def token(self, scope: str = ALL_SCOPES, *, user_id: str = "ada") -> str:
        return self.service.access_tokens.issue(await self.grant(scope, user_id=user_id))

    async def bearer(self, scope: str = ALL_SCOPES, *, user_id: str = "ada") -> dict[str, str]:
        """The header that carries a new token."""
        return {"Authorization": f"Bearer {await self.token(scope, user_id=user_id)}"}


async def install(settings: Settings | None = None) -> Installation:
    """The whole application over a store in memory, which it closes when it ends."""
    clock = Clock()
    app = await create_app(settings or Settings(public_url=PUBLIC_URL, database="sqlite://"), sources=clock.sources())
    store = app[SERVICE].store
    for name in ("ada", "bob"):
        await store.add_account(
            Account(name, name, name.title(), clock.now, "no password", email=f"{name}@example.com")
        )
    await store.add_client(
        Client("client", "A client", ("https://c.example/cb",), ClientKind.SELF_REGISTERED, clock.now)
    )
    return Installation(app, clock)


async def connect(
    aiohttp_client: AiohttpClient, installation: Installation, *, host: str = HOST
) -> TestClient[Request, Application]:
    """A client on a real port that knows the service by its public name."""
    return await aiohttp_client(installation.app, headers={"Host": host})


def base64url(data: bytes) -> str:
    """RFC 7515 section 2: without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def signing_input(header: Mapping[str, object], claims: object) -> str:
    """RFC 7515 section 5.1, steps 1 to 5; floats are written as Python writes them."""
    return f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"


def signature(key: EllipticCurvePrivateKey, signed: str) -> bytes:
    """RFC 7518 section 3.4: ES256 as 64 bytes."""
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)
