"""A client manages its own registration (RFC 7592)."""

from typing import Any

import pytest

from mcpserver.compose.service import Service
from mcpserver.secrets import SecretKind, digest

from ..asker import REDIRECT_URI, Answer, Asker
from ..conftest import ServiceClient
from ..signer import Signer

METADATA = {"client_name": "Asker", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "client_secret_post"}


class Managed:
    """A confidential client that holds its registration access token."""

    def __init__(self, asker: Asker, registered: dict[str, Any]) -> None:
        self.asker, self.registered = asker, registered
        self.token = registered["registration_access_token"]
        self.path = registered["registration_client_uri"].removeprefix(asker.service.settings.issuer)

    async def send(self, method: str, *, token: str | None = None, path: str | None = None, **more: Any) -> Answer:
        return await self.asker.send(
            method, path or self.path, headers={"Authorization": f"Bearer {token or self.token}"}, **more
        )

    async def change(self, **metadata: Any) -> Answer:
        return await self.send("PUT", json={**METADATA, "client_id": self.asker.client_id, **metadata})


@pytest.fixture
async def managed(asker: Asker) -> Managed:
    return Managed(asker, (await asker.register(**METADATA)).json)


async def test_confidential_client_is_told_where_and_with_what(managed: Managed) -> None:
    """RFC 7592 section 3."""
    assert (
        managed.registered["registration_client_uri"]
        == f"{managed.asker.service.settings.issuer}/register/{managed.asker.client_id}"
    )
    assert len(managed.token) > 40


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "private_key_jwt"])
async def test_each_confidential_client_is_one_of_a_kind(asker: Asker, method: str) -> None:
    """Whoever repeats what another client said of itself must not get that client's token."""
    keys = {"jwks": {"keys": [Signer().public]}} if method == "private_key_jwt" else {}
    first, second = [(await asker.register(token_endpoint_auth_method=method, **keys)).json for _ in range(2)]
    assert first["client_id"] != second["client_id"]
    assert first["registration_access_token"] != second["registration_access_token"]


async def test_shared_id_of_a_public_client_is_nobodys_to_manage(asker: Asker, managed: Managed) -> None:
    """RFC 7591 section 3.2.1: the same public metadata is the same client, so a token for it would be everybody's."""
    answer = await asker.register()
    assert not {"registration_access_token", "registration_client_uri"} & set(answer.json)
    assert (await managed.send("GET", path=f"/register/{asker.client_id}")).status == 401


async def test_token_is_not_kept_as_it_is(managed: Managed) -> None:
    """OAuth 2.1 section 7.3."""
    kept = digest(SecretKind.MANAGEMENT, managed.token)
    assert await managed.asker.service.store.find_managed_client(managed.asker.client_id, kept) is not None


async def test_registration_is_read_without_the_secret(managed: Managed) -> None:
    """RFC 7592 section 2.1."""
    answer = await managed.send("GET")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    unsaid = ("client_secret", "client_secret_expires_at")
    assert answer.json == {name: value for name, value in managed.registered.items() if name not in unsaid}


async def test_change_replaces_and_does_not_add(managed: Managed) -> None:
    """RFC 7592 section 2.2: what is left out is deleted; the secret and the token stay."""
    assert (await managed.change(client_uri="https://c.example")).json["client_uri"] == "https://c.example"
    changed = await managed.change(client_name="New", redirect_uris=["https://c.example/new"])
    assert changed.status == 200
    assert (changed.json["client_name"], changed.json["redirect_uris"]) == ("New", ["https://c.example/new"])
    assert "client_uri" not in changed.json
    assert "client_secret" not in changed.json
    assert changed.json["registration_access_token"] == managed.token
    assert changed.json == (await managed.send("GET")).json
    page = await managed.asker.ask(redirect_uri="https://c.example/new")
    code = (await managed.asker.decide(page)).redirect["code"]
    assert (await managed.asker.redeem(code, redirect_uri="https://c.example/new")).status == 200
    assert (await managed.asker.ask()).is_page_without_redirect


async def test_answer_can_be_sent_back_as_it_came(managed: Managed) -> None:
    """RFC 7592 section 2.2: a client should leave out what only the server says; one that does not means no harm."""
    assert (await managed.send("PUT", json=managed.registered)).status == 200


async def test_client_that_signs_from_now_on_has_no_secret_any_more(managed: Managed) -> None:
    changed = await managed.change(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [Signer().public]})
    assert changed.json["token_endpoint_auth_method"] == "private_key_jwt"
    assert (await managed.asker.refresh("x")).refusal == (401, "invalid_client")
    back = await managed.change()
    assert back.json["client_secret_expires_at"] == 0
    managed.asker.client_secret = back.json["client_secret"]
    assert (await managed.asker.refresh("x")).refusal == (400, "invalid_grant")


async def test_removal_ends_every_token_at_once(managed: Managed) -> None:
    """RFC 7592 section 2.3."""
    tokens = await managed.asker.tokens()
    assert await managed.asker.is_live(tokens["access_token"])
    answer = await managed.send("DELETE")
    assert (answer.status, answer.text) == (204, "")
    assert not await managed.asker.is_live(tokens["access_token"])
    assert (await managed.asker.refresh(tokens["refresh_token"])).refusal == (401, "invalid_client")
    for method in ("GET", "DELETE"):
        assert (await managed.send(method)).status == 401


async def test_browsers_may_manage_and_read_the_refusal(client: ServiceClient, service: Service) -> None:
    """The Fetch standard, CORS protocol."""
    asker = Asker(client, service)
    preflight = await asker.send("OPTIONS", "/register/x")
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, PUT, DELETE, OPTIONS, HEAD"
    assert (await asker.send("GET", "/register/x")).headers["Access-Control-Allow-Origin"] == "*"
