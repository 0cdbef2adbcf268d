"""Somebody who signs JWTs: a client about itself, or an issuer on a real port that hands out its public keys."""

from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import copy
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from attrs import define, field
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.registry import Header

Key = ECKey | OKPKey | RSAKey


class _AnyHeader(JWSRegistry):
    max_header_length = 64 * 1024

    def check_header(self, header: Header) -> None:
        """Anything goes."""


def any_header(algorithm: str) -> JWSRegistry:
    """Signs whatever the header says; without joserfc's warning at the name EdDSA, which nearly everybody signs
    under (RFC 8037 section 3.1).
    """
    registry = _AnyHeader(algorithms=[algorithm])
    chosen = copy(registry.algorithms[algorithm])
    chosen.security_warning = None
    registry.algorithms = {algorithm: chosen}
    return registry


@define
class Signer:
    """``kid`` stands in every header, unless ``header`` says otherwise."""

    key: Key = field(factory=lambda: ECKey.generate_key("P-256"))
    algorithm: str = "ES256"
    kid: str = "first"

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A JWT; a claim or a header that is None is left out."""
        kept = {name: value for name, value in claims.items() if value is not None}
        head = {"alg": self.algorithm, "kid": self.kid, **header}
        return jwt.encode(
            {name: value for name, value in head.items() if value is not None},
            kept,
            self.key,
            registry=any_header(self.algorithm),
        )

    @property
    def public(self) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": self.algorithm}


@define
class Issuer(Signer):
    """Answers for its metadata and its keys. ``asked`` has the path of every request; ``down`` makes each of them fail.

    ``tokens`` are what it answers about when it is asked, ``credentials`` those that came with the questions.
    """

    url: str = ""
    keys: list[dict[str, Any]] = field(factory=list)
    asked: list[str] = field(factory=list)
    down: bool = False
    refuses: bool = False
    metadata: dict[str, Any] = field(factory=dict)
    cache_control: str | None = None
    tokens: dict[str, Any] = field(factory=dict)
    credentials: list[str] = field(factory=list)
    places: tuple[str, ...] = ("/.well-known/openid-configuration",)

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if self.down:
            return web.Response(status=503)
        if request.path == "/keys":
            headers = {} if self.cache_control is None else {"Cache-Control": self.cache_control}
            return web.json_response({"keys": self.keys}, headers=headers)
        if request.path in self.places:
            return web.json_response({"issuer": self.url, "jwks_uri": f"{self.url}/keys"} | self.metadata)
        if request.path == "/introspect" and self.refuses:
            return web.json_response({"error": "invalid_client"}, status=401)
        if request.path == "/introspect" and request.method == "POST":
            self.credentials.append(b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode())
            return web.json_response(self.tokens.get(str((await request.post())["token"]), {"active": False}))
        return web.Response(status=404)


@asynccontextmanager
async def issuing(**details: Any) -> AsyncIterator[Issuer]:
    """An issuer on a real port of loopback."""
    issuer = Issuer(**details)
    issuer.keys.append(issuer.public)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", issuer.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        issuer.url = f"http://127.0.0.1:{server.port}"
        yield issuer
