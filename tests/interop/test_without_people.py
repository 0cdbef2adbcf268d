"""The official SDK's providers for those whom no person sends: client credentials, signing clients, and the word of
an identity provider.
"""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey
from mcp import Client
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.streamable_http import streamable_http_client

from tests.interop.sdk import Wallet
from tests.ports import free_port
from tests.processes import Program, command, running, start_service
from tests.signer import Issuer, issuing

DISCOVERED = (
    "io.modelcontextprotocol/oauth-client-credentials",
    "io.modelcontextprotocol/enterprise-managed-authorization",
)


@pytest.fixture
async def provider() -> AsyncIterator[Issuer]:
    """An identity provider that the service trusts."""
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
async def trusting(database: Path, provider: Issuer) -> AsyncIterator[Program]:
    with running(start_service(database, port=free_port(), settings={"identity_providers": provider.url})) as program:
        yield program


def written_in(database: Path, *options: str) -> dict[str, str]:
    """A client of the operator's, as ``mcpserver client add`` prints it."""
    printed = command("client", "add", "--name", "Nightly job", *options, database=database)
    return dict(line.split(": ", 1) for line in printed.splitlines())


async def whoami(url: str, auth: httpx2.Auth, mode: Any = "auto") -> tuple[Any, Any]:
    """Whom the server takes the SDK for, and the extensions that it names."""
    async with (
        httpx2.AsyncClient(auth=auth, timeout=20) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        result = await client.call_tool("whoami", {})
        capabilities = client.server_capabilities
        assert capabilities is not None
        return result.structured_content, capabilities.model_dump(by_alias=True).get("extensions")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_client_acts_for_itself_with_a_secret(service: Program, database: Path, method: Any, mode: str) -> None:
    """MCP extension oauth-client-credentials."""
    made = written_in(database, "--acts-for-itself", "--scope", "profile")
    issuer = service.url
    auth = ClientCredentialsOAuthProvider(
        f"{issuer}/mcp", Wallet(), made["client_id"], made["client_secret"], method, "profile", issuer
    )
    person, extensions = await whoami(f"{issuer}/mcp", auth, mode)
    assert (person["username"], person["name"]) == (made["client_id"], "Nightly job")
    assert DISCOVERED[0] in extensions


async def test_client_acts_for_itself_by_signing(service: Program, database: Path, tmp_path: Path) -> None:
    """MCP extension oauth-client-credentials: JWT authentication, which it recommends."""
    key = ECKey.generate_key("P-256")
    (tmp_path / "public.pem").write_bytes(key.as_pem(private=False))
    made = written_in(database, "--acts-for-itself", "--scope", "profile", "--public-key", str(tmp_path / "public.pem"))
    client_id, issuer = made["client_id"], service.url
    signing = SignedJWTParameters(
        issuer=client_id, subject=client_id, signing_key=key.as_pem(private=True).decode(), signing_algorithm="ES256"
    )
    auth = PrivateKeyJWTOAuthProvider(
        f"{issuer}/mcp", Wallet(), client_id, signing.create_assertion_provider(), "profile", issuer
    )
    assert (await whoami(f"{issuer}/mcp", auth))[0]["username"] == client_id


async def test_identity_provider_sends_its_people(trusting: Program, database: Path, provider: Issuer) -> None:
    """MCP extension enterprise-managed-authorization: nobody sees a page."""
    made = written_in(database, "--enterprise-managed")
    issuer = trusting.url

    async def assertion(audience: str, resource: str) -> str:
        return provider.sign(id_jag(provider, made["client_id"], audience, resource), typ="oauth-id-jag+jwt")

    auth = IdentityAssertionOAuthProvider(
        f"{issuer}/mcp", Wallet(), made["client_id"], made["client_secret"], issuer, assertion
    )
    person, extensions = await whoami(f"{issuer}/mcp", auth)
    assert person["email"] == "grace@acme.example"
    assert set(DISCOVERED) <= set(extensions)


def id_jag(provider: Issuer, client_id: str, audience: str, resource: str) -> dict[str, Any]:
    """The claims of the extension's section 4.3."""
    now = int(time.time())
    return {
        "iss": provider.url,
        "sub": "U019488227",
        "aud": audience,
        "resource": resource,
        "client_id": client_id,
        "jti": "9e43f81b64a33f20116179",
        "iat": now,
        "exp": now + 300,
        "scope": "profile notes:read",
        "email": "grace@acme.example",
    }
