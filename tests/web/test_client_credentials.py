"""Clients that act for themselves (OAuth 2.1 section 4.2; MCP extension oauth-client-credentials)."""

from base64 import b64encode, urlsafe_b64decode
from collections.abc import AsyncIterator
from json import dumps, loads
from typing import Any

import pytest
from aiohttp import web

from mcpserver.compose.service import Service
from mcpserver.network import Network
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.secrets import SecretKind, digest
from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import ServiceClient
from ..network.place import Place, said, serving
from ..signer import Signer

SECRET = "secret_of-the-nightly-job"


def nightly_job(**changes: Any) -> Client:
    """As the operator writes one in."""
    details: dict[str, Any] = {
        "id": "client_nightly",
        "name": "Nightly job",
        "redirect_uris": (),
        "kind": ClientKind.OPERATOR,
        "created_at": 1,
        "auth_method": "client_secret_basic",
        "secret_digest": digest(SecretKind.CLIENT_SECRET, SECRET),
        "grant_types": ("client_credentials",),
        "scope": "profile notes:read",
    }
    return Client(**details | changes)


@pytest.fixture
async def job(client: ServiceClient, service: Service) -> Asker:
    await service.store.add_client(nightly_job())
    return Asker(client, service, "client_nightly", SECRET)


async def ask(asker: Asker, **form: Any) -> Answer:
    return await asker.token(**{"grant_type": "client_credentials"} | form)


async def whoami(asker: Asker, token: str) -> Any:
    """What the resource takes the bearer for."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }
    answer = await asker.send("POST", "/mcp", json=message, headers=headers)
    return answer.status if answer.status != 200 else answer.json["result"]["structuredContent"]


async def test_client_gets_a_token_for_itself(job: Asker) -> None:
    """OAuth 2.1 section 4.2.3: without a refresh token; RFC 9068 section 2.2: the subject is the client."""
    answer = await ask(job)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.json["scope"] == "profile notes:read"
    claims = loads(urlsafe_b64decode(answer.json["access_token"].split(".")[1] + "=="))
    assert (claims["sub"], claims["client_id"], claims["aud"]) == (
        "client_nightly",
        "client_nightly",
        job.service.settings.resource,
    )
    assert await whoami(job, answer.json["access_token"]) == {
        "username": "client_nightly",
        "name": "Nightly job",
        "email": None,
        "scopes": ["notes:read", "profile"],
    }


async def test_secret_comes_in_the_header_too(job: Asker) -> None:
    """MCP, oauth-client-credentials: client authentication methods."""
    credentials = b64encode(f"client_nightly:{SECRET}".encode()).decode()
    asker = Asker(job.http, job.service, headers={"Authorization": f"Basic {credentials}"})
    assert (await ask(asker, client_id=None, resource=job.service.settings.resource)).status == 200


async def test_client_asks_for_less_and_never_for_more(job: Asker) -> None:
    """OAuth 2.1 section 1.4.1; ``offline_access`` means nothing without a person who leaves."""
    assert (await ask(job, scope="notes:read offline_access")).json["scope"] == "notes:read"
    assert (await ask(job, scope="notes:write")).refusal == (400, "invalid_scope")
    assert (await ask(job, scope="offline_access")).json["scope"] == "profile notes:read"
    assert (await ask(job, scope="everything")).refusal == (400, "invalid_scope")


async def test_client_without_an_allowance_may_use_everything(client: ServiceClient, service: Service) -> None:
    await service.store.add_client(nightly_job(scope=None))
    answer = await ask(Asker(client, service, "client_nightly", SECRET), scope="notes:write offline_access")
    assert answer.json["scope"] == "notes:write"


async def test_wrong_secret_is_refused(job: Asker) -> None:
    """RFC 6749 section 5.2."""
    assert (await ask(job, client_secret="wrong")).refusal == (401, "invalid_client")
    assert (await ask(job, client_secret=None)).refusal == (401, "invalid_client")


async def test_resource_is_this_one_or_none(job: Asker) -> None:
    """RFC 8707 section 2."""
    assert (await ask(job, resource="https://other.example/mcp")).refusal == (400, "invalid_target")


async def test_client_that_may_not_act_for_itself_is_told(visitor: Asker) -> None:
    """RFC 6749 section 5.2: nobody registers for this grant alone, the operator allows it."""
    assert (await ask(visitor)).refusal == (400, "unauthorized_client")
    registered = await visitor.register(
        grant_types=["authorization_code", "client_credentials"], token_endpoint_auth_method="client_secret_post"
    )
    assert registered.json["grant_types"] == ["authorization_code"]
    assert (await ask(visitor)).refusal == (400, "unauthorized_client")


async def test_client_without_credentials_cannot_act_for_itself(client: ServiceClient, service: Service) -> None:
    """OAuth 2.1 section 4.2, whatever the database says."""
    await service.store.add_client(nightly_job(auth_method="none", secret_digest=None))
    assert (await ask(Asker(client, service, "client_nightly"))).refusal == (400, "unauthorized_client")


async def test_it_sends_nobody_to_the_authorization_endpoint(job: Asker) -> None:
    """OAuth 2.1 section 4.1.1: it has no redirect URI to answer to."""
    assert (await job.ask()).is_page_without_redirect


async def test_revoked_token_ends_alone(job: Asker) -> None:
    """RFC 7009 section 2.1: other workers of the same client go on."""
    one, other = [(await ask(job)).json["access_token"] for _ in range(2)]
    assert await job.is_live(one)
    assert (await job.token(path="/revoke", token=one)).status == 200
    assert not await job.is_live(one)
    assert await job.is_live(other)


async def test_removed_client_is_out_at_once(job: Asker) -> None:
    """Its tokens were known already: removal is announced like any revocation."""
    token = (await ask(job)).json["access_token"]
    assert await job.is_live(token)
    await job.service.store.remove_client("client_nightly", now=job.service.sources.now())
    await job.service.resource_server.poll_revocations()
    assert not await job.is_live(token)
    assert (await ask(job)).refusal == (401, "invalid_client")


class TestRemovalMeanwhile:
    """The operator removes a client while its token request waits for the keys that verify its assertion."""

    @pytest.fixture
    async def place(self) -> AsyncIterator[Place]:
        async with serving(lambda request: said("{}")) as place:
            yield place

    @pytest.fixture
    def network(self, place: Place) -> Network:
        return Network(strangers=place.fetcher())

    async def test_client_that_is_removed_while_it_asks_gets_nothing(
        self, client: ServiceClient, service: Service, place: Place
    ) -> None:
        """RFC 6749 section 5.2: it was authenticated, and is unknown when the token would be issued."""
        keys = {"auth_method": "private_key_jwt", "metadata": {"jwks_uri": f"{place.url}/keys"}}
        await service.store.add_client(nightly_job(secret_digest=None, **keys))
        signer, now = Signer(), service.sources.now()

        async def answer(request: web.BaseRequest) -> web.Response:
            await service.store.remove_client("client_nightly", now=now)
            return await said(dumps({"keys": [signer.public]}))

        place.answer = answer
        claims = {"iss": "client_nightly", "sub": "client_nightly", "aud": service.settings.issuer, "exp": now + 60}
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        assertion = signer.sign({**claims, "jti": "once"})
        refused = await ask(
            Asker(client, service, "client_nightly"), client_assertion_type=kind, client_assertion=assertion
        )
        assert refused.refusal == (401, "invalid_client")
        assert refused.json["error_description"] == "The client is no longer active."


async def test_notes_belong_to_people(client: ServiceClient, service: Service) -> None:
    """A client that acts for itself has none, and is told so instead of failing."""
    await service.store.add_client(nightly_job(scope=None))
    token = (await ask(Asker(client, service, "client_nightly", SECRET))).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    asker = Asker(client, service, headers=headers)
    assert (await asker.send("GET", "/api/notes")).json["notes"] == []
    refused = await asker.send("POST", "/api/notes", json={"text": "a note"})
    assert (refused.status, refused.json["error"]) == (403, "account_gone")


async def test_discovery_names_the_extension(job: Asker) -> None:
    """MCP, oauth-client-credentials: advertise support."""
    assert "io.modelcontextprotocol/oauth-client-credentials" in await extensions(job)
    metadata = (await job.send("GET", "/.well-known/oauth-authorization-server")).json
    assert "client_credentials" in metadata["grant_types_supported"]
    assert "client_secret_basic" in metadata["token_endpoint_auth_methods_supported"]


async def extensions(asker: Asker) -> Any:
    token = (await ask(asker)).json.get("access_token")
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    message = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "server/discover",
    }
    return (
        (await asker.send("POST", "/mcp", json=message, headers=headers))
        .json["result"]["capabilities"]
        .get("extensions", {})
    )


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", client_credentials=False)

    async def test_v4_client_credentials_switched_off(self, job: Asker) -> None:
        """Neither advertised nor accepted."""
        assert (await ask(job)).refusal == (400, "unsupported_grant_type")
        metadata = (await job.send("GET", "/.well-known/oauth-authorization-server")).json
        assert "client_credentials" not in metadata["grant_types_supported"]
