"""Somebody else's authorization server in front of ours: npm's oidc-provider gives the tokens, the official SDK
brings them.
"""

import asyncio
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider

from tests import provision
from tests.interop.sdk import Wallet
from tests.interop.test_without_people import whoami
from tests.ports import free_port
from tests.processes import running, start_service

PROGRAM = Path(__file__).parent / "provider.mjs"
DEADLINE = 60


@asynccontextmanager
async def provider(resource: str, form: str, script: Path = PROGRAM) -> AsyncIterator[str]:
    """The issuer of a provider that runs until the test ends."""
    module, port = provision.need(provision.oidc_provider), free_port()
    program = await asyncio.create_subprocess_exec(
        str(provision.node()), str(script), str(module), str(port), resource, form, stdin=PIPE, stdout=PIPE
    )
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        async with asyncio.timeout(DEADLINE):
            line = await program.stdout.readline()
        assert line, "The provider ended; its last words are on standard error."
        yield json.loads(line)["listening"]
    finally:
        program.stdin.close()
        await program.wait()


@pytest.mark.parametrize("form", ["jwt", "opaque"])
async def test_tokens_of_an_independent_server_are_good_here(tmp_path: Path, form: str) -> None:
    """RFC 9728: the SDK is led there by our metadata.

    RFC 9068: JWTs are read by its keys; RFC 7662: others are asked about.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    async with provider(url, form) as issuer:
        asking = (
            {"introspection_client_id": "server", "introspection_client_secret": "server-secret"}
            if form == "opaque"
            else {}
        )
        settings = {"app": "tests.interop.greeter:server", "authorization_server": issuer, **asking}
        with running(start_service(tmp_path / "service.db", port=port, settings=settings)):
            auth = ClientCredentialsOAuthProvider(url, Wallet(), "job", "job-secret", scope="greet", issuer=issuer)
            person, _ = await whoami(url, auth)
            assert person == {"id": "job", "client": "job", "is_client": True}
