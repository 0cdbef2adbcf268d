"""Each known client registers, asks from every address it uses, redeems, calls, refreshes and comes again."""

from base64 import b64encode

import pytest

from mcpserver.compose.service import Service

from ..asker import Asker
from ..conftest import AddUser, ServiceClient, SignIn
from .known import CLIENTS, KnownClient

CONNECTIONS = [
    pytest.param(known, redirect, id=f"{known.name}: {redirect}") for known in CLIENTS for redirect in known.redirects
]
BY_NAME = pytest.mark.parametrize("known", CLIENTS, ids=lambda known: known.name)


@pytest.fixture
async def asker(client: ServiceClient, service: Service, add_user: AddUser, sign_in: SignIn) -> Asker:
    await add_user("ada")
    await sign_in(client, "ada")
    return Asker(client, service)


async def register(asker: Asker, known: KnownClient) -> None:
    answer = await asker.send("POST", "/register", json=known.registration)
    assert answer.status == 201, answer.text
    asker.client_id, asker.client_secret = answer.json["client_id"], answer.json.get("client_secret")
    assert answer.json["redirect_uris"] == known.registration["redirect_uris"]
    if known.basic:
        asker.headers = {
            "Authorization": "Basic " + b64encode(f"{asker.client_id}:{asker.client_secret}".encode()).decode()
        }
        asker.client_secret = None


@pytest.mark.parametrize(("known", "redirect"), CONNECTIONS)
async def test_known_client_connects_and_stays_connected(asker: Asker, known: KnownClient, redirect: str) -> None:
    """MCP 2026-07-28, authorization; OAuth 2.1 sections 4.1 and 4.3."""
    await register(asker, known)
    named = {"resource": asker.service.settings.resource} if known.resource else {}
    page = await asker.ask(redirect_uri=redirect, scope=known.scope, prompt=known.prompt, **named)
    answer = await asker.decide(page)
    assert answer.location is not None
    assert answer.location.startswith(redirect + "?")
    tokens = (await asker.redeem(answer.redirect["code"], redirect_uri=redirect, **named)).json
    assert set(tokens["scope"].split()) >= set((known.scope or "profile notes:read notes:write").split())
    again = (await asker.refresh(tokens["refresh_token"], **named)).json
    headers = {"Authorization": f"Bearer {again['access_token']}"}
    if "notes:read" in again["scope"]:
        asker.headers = {}
        assert (await asker.send("GET", "/api/notes", headers=headers)).status == 200


@BY_NAME
async def test_known_client_that_registers_again_is_the_same_client(asker: Asker, known: KnownClient) -> None:
    """RFC 7591 section 3.2.1; registrations do not pile up, but a new secret is a new client."""
    await register(asker, known)
    first = asker.client_id
    asker.headers = {}
    await register(asker, known)
    assert (asker.client_id == first) is (known.registration.get("token_endpoint_auth_method") == "none")


@BY_NAME
async def test_known_client_finds_out_that_it_was_forgotten(asker: Asker, known: KnownClient) -> None:
    """OAuth 2.1 section 3.2.4: invalid_client makes clients register again, invalid_grant makes them ask again.

    A public client is not forgotten as long as the service has its secret: its id has the registration in it.
    """
    await register(asker, known)
    assert (await asker.refresh("refresh_dead")).refusal == (400, "invalid_grant")
    await asker.service.store.remove_client(asker.client_id, now=asker.service.sources.now())
    if known.registration.get("token_endpoint_auth_method") == "none":
        assert (await asker.refresh("refresh_dead")).refusal == (400, "invalid_grant")
        asker.client_id = asker.client_id[:-4] + "AAAA"  # as one of an installation with another secret
    assert (await asker.refresh("refresh_dead")).refusal == (401, "invalid_client")
