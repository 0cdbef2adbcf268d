"""Token introspection (RFC 7662)."""

from typing import Any

import pytest

from mcpserver.compose.service import Service
from mcpserver.oauth.tokens.introspection import INTROSPECTS
from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import AddUser, Clock, ServiceClient, SignIn
from ..prover import Prover
from .test_client_credentials import SECRET, nightly_job

INACTIVE = {"active": False}


@pytest.fixture
async def owner(asker: Asker) -> Asker:
    """A client with a secret that Ada allows something."""
    assert (await asker.register(token_endpoint_auth_method="client_secret_post")).status == 201
    return asker


@pytest.fixture
async def resource(client: ServiceClient, service: Service) -> Asker:
    """A resource server that may ask about any token."""
    await service.store.add_client(nightly_job(id="client_resource", grant_types=(), metadata={INTROSPECTS: True}))
    return Asker(client, service, "client_resource", SECRET)


async def ask(asker: Asker, token: str, **form: Any) -> Answer:
    return await asker.token(path="/introspect", token=token, **form)


async def test_access_token_says_all_that_it_is(owner: Asker, resource: Asker, clock: Clock) -> None:
    """Section 2.2."""
    token = (await owner.tokens(scope="notes:read"))["access_token"]
    answer = await ask(resource, token, token_type_hint="access_token")
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    said = answer.json
    assert len(said.pop("jti")) > 10
    assert said.pop("sub").startswith("user_")
    assert said == {
        "active": True,
        "iss": owner.service.settings.issuer,
        "aud": owner.service.settings.resource,
        "client_id": owner.client_id,
        "username": "ada",
        "scope": "notes:read",
        "token_type": "Bearer",
        "iat": clock.now,
        "exp": clock.now + 3600,
    }


async def test_refresh_token_is_active_until_it_is_rotated(owner: Asker, clock: Clock) -> None:
    """Section 2.1: a client may ask about its own."""
    first = (await owner.tokens(scope="notes:read offline_access"))["refresh_token"]
    said = (await ask(owner, first)).json
    assert (said["active"], said["scope"], said["username"], said["exp"]) == (
        True,
        "notes:read offline_access",
        "ada",
        clock.now + 30 * 86400,
    )
    second = (await owner.refresh(first)).json["refresh_token"]
    assert (await ask(owner, first)).json == INACTIVE
    assert (await ask(owner, second)).json["active"] is True
    clock.now += 31 * 86400
    assert (await ask(owner, second)).json == INACTIVE


async def test_token_that_is_bound_to_a_key_says_so(owner: Asker, resource: Asker, clock: Clock) -> None:
    """RFC 9449 section 6.2."""
    prover = Prover(clock.now)
    owner.headers = {"DPoP": prover.proof("POST", owner.service.settings.issuer + "/token")}
    token = (await owner.tokens())["access_token"]
    said = (await ask(resource, token)).json
    assert (said["token_type"], said["cnf"]) == ("DPoP", {"jkt": prover.thumbprint})


async def test_token_of_a_client_that_acts_for_itself_has_no_username(resource: Asker) -> None:
    await resource.service.store.add_client(nightly_job())
    job = Asker(resource.http, resource.service, "client_nightly", SECRET)
    token = (await job.token(grant_type="client_credentials")).json["access_token"]
    said = (await ask(resource, token)).json
    assert (said["active"], said["sub"], "username" in said) == (True, "client_nightly", False)


async def test_whatever_is_not_good_is_not_active_and_nothing_more_is_told(
    owner: Asker, resource: Asker, clock: Clock
) -> None:
    """Section 2.2."""
    tokens = await owner.tokens()
    code = await owner.code()
    for token in ("x", "a.b.c", code, tokens["access_token"][:-2] + "xx", tokens["refresh_token"] + "x"):
        assert (await ask(resource, token)).json == INACTIVE
    clock.now += 3600
    assert (await ask(resource, tokens["access_token"])).json == INACTIVE


async def test_revoked_token_is_not_active(owner: Asker, resource: Asker) -> None:
    tokens = await owner.tokens()
    assert (await owner.token(path="/revoke", token=tokens["refresh_token"])).status == 200
    for kind in ("access_token", "refresh_token"):
        assert (await ask(resource, tokens[kind])).json == INACTIVE


async def test_tokens_of_a_disabled_person_are_not_active(owner: Asker, resource: Asker, clock: Clock) -> None:
    tokens = await owner.tokens()
    (ada,) = await owner.service.store.list_accounts()
    await owner.service.store.disable_account(ada.id, now=clock.now)
    for kind in ("access_token", "refresh_token"):
        assert (await ask(resource, tokens[kind])).json == INACTIVE


async def test_another_clients_token_is_none_of_its_business(
    owner: Asker, client: ServiceClient, service: Service, add_user: AddUser, sign_in: SignIn
) -> None:
    """Section 4: not active for who may not know."""
    tokens = await owner.tokens()
    stranger = Asker(client, service)
    await stranger.register(token_endpoint_auth_method="client_secret_post", client_name="A stranger", introspects=True)
    for kind in ("access_token", "refresh_token"):
        assert (await ask(stranger, tokens[kind])).json == INACTIVE


async def test_only_clients_with_credentials_may_ask(asker: Asker) -> None:
    """Section 2.1: some form of authorization, which a public client has not."""
    token = (await asker.tokens())["access_token"]
    assert (await ask(asker, token)).refusal == (401, "invalid_client")
    assert (await ask(asker, token, client_id=None)).refusal == (401, "invalid_client")


async def test_request_without_a_token_is_malformed(resource: Asker) -> None:
    assert (await resource.token(path="/introspect")).refusal == (400, "invalid_request")
    assert (await resource.send("GET", "/introspect")).status == 405


async def test_pages_of_other_origins_have_no_business_here(resource: Asker) -> None:
    answer = await resource.send("POST", "/introspect", headers={"Origin": "https://app.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_endpoint_is_advertised(resource: Asker) -> None:
    """RFC 8414 section 2."""
    metadata = (await resource.send("GET", "/.well-known/oauth-authorization-server")).json
    assert metadata["introspection_endpoint"] == resource.service.settings.issuer + "/introspect"
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert "introspection_endpoint_auth_signing_alg_values_supported" in metadata


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", introspection=False)

    async def test_v4_introspection_switched_off(self, resource: Asker) -> None:
        """Neither advertised nor accepted."""
        assert (await ask(resource, "x")).status == 404
        metadata = (await resource.send("GET", "/.well-known/oauth-authorization-server")).json
        assert not [name for name in metadata if name.startswith("introspection")]
