"""Several protected resources (RFC 8707): others than the MCP endpoint take tokens from here, each only those that
are for it.
"""

import json
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest

from mcpbase.settings.loader import SettingError
from mcpserver.compose.service import Service
from mcpserver.configuration import load
from mcpserver.notes.scopes import SCOPES
from mcpserver.oauth.protocol.errors import InvalidGrant
from mcpserver.oauth.protocol.grant_types import TOKEN_EXCHANGE
from mcpserver.oauth.protocol.resources import Resources
from mcpserver.oauth.protocol.scopes import ScopeCatalog
from mcpserver.oauth.tokens.grants.token_exchange import ACCESS_TOKEN
from mcpserver.oauth.tokens.introspection import INTROSPECTS
from mcpserver.settings import Settings
from mcpserver.sources import Sources

from ..asker import Answer, Asker
from ..conftest import ServiceClient
from ..sample import create_app
from .test_client_credentials import SECRET, nightly_job

BILLS, MAIL = "https://bills.example/api", "urn:example:mail"


@pytest.fixture
def settings() -> Settings:
    resources = {
        BILLS: {"bills": "See your bills", "profile": "See your name"},
        MAIL: {"mail": "Send mail in your name"},
    }
    return load({"port": "0", "database": "sqlite://", "resources": json.dumps(resources)}, {})


@pytest.fixture
def own(service: Service) -> str:
    return service.settings.resource


def claims(answer: Any) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(urlsafe_b64decode(answer["access_token"].split(".")[1] + "=="))
    return said


async def test_metadata_name_all_resources_and_scopes(client: ServiceClient, own: str) -> None:
    """RFC 9728 section 4 (protected_resources); what the MCP endpoint says of itself names its own scopes alone (RFC
    9728 section 2).
    """
    document = await (await client.get("/.well-known/oauth-authorization-server")).json()
    assert document["protected_resources"] == [own, BILLS, MAIL]
    assert {"bills", "mail", "notes:read"} <= set(document["scopes_supported"])
    of_endpoint = await (await client.get("/.well-known/oauth-protected-resource/mcp")).json()
    assert of_endpoint["resource"] == own
    assert not {"bills", "mail"} & set(of_endpoint["scopes_supported"])


async def test_token_for_another_resource_is_for_that_one_alone(asker: Asker, client: ServiceClient) -> None:
    """RFC 8707 section 2.2, RFC 9068 section 2.2: without a scope, what the resource has; the MCP endpoint refuses
    it (RFC 9068 section 4).
    """
    page = await asker.ask(resource=BILLS)
    assert "bills.example" in page.text
    assert "See your bills" in page.text
    tokens = (await asker.redeem((await asker.decide(page)).redirect["code"])).json
    assert (claims(tokens)["aud"], tokens["scope"]) == (BILLS, "profile bills")
    assert not await asker.is_live(tokens["access_token"])
    call = await asker.send(
        "POST",
        "/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "ping"},
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
    )
    assert call.status == 401
    assert 'error="invalid_token"' in call.headers["WWW-Authenticate"]


async def test_without_a_resource_the_token_is_for_the_endpoint_here(asker: Asker, own: str) -> None:
    page = await asker.ask()
    assert "Also access to" not in page.text
    tokens = (await asker.redeem((await asker.decide(page)).redirect["code"])).json
    assert (claims(tokens)["aud"], await asker.is_live(tokens["access_token"])) == (own, True)
    assert not {"bills", "mail"} & set(tokens["scope"].split())


async def test_several_resources_share_one_grant_and_a_token_is_for_those_it_names(asker: Asker, own: str) -> None:
    """RFC 8707 section 2.2: the token request narrows the audience of this token, and the scope with it; the grant
    keeps all.
    """
    tokens = await asker.tokens(resource=[MAIL, own], scope="notes:read mail offline_access")
    assert (claims(tokens)["aud"], tokens["scope"]) == ([own, MAIL], "notes:read mail offline_access")
    assert await asker.is_live(tokens["access_token"])
    narrow = (await asker.refresh(tokens["refresh_token"], resource=MAIL)).json
    assert (claims(narrow)["aud"], narrow["scope"]) == (MAIL, "mail offline_access")
    assert not await asker.is_live(narrow["access_token"])
    whole = (await asker.refresh(narrow["refresh_token"])).json
    assert claims(whole)["aud"] == [own, MAIL]
    both = (await asker.refresh(whole["refresh_token"], resource=[own, MAIL])).json
    assert claims(both)["aud"] == [own, MAIL]


async def test_code_may_be_redeemed_for_one_of_them(asker: Asker, own: str) -> None:
    """RFC 8707 section 2.2, figure 4."""
    tokens = (
        await asker.redeem(await asker.code(resource=[own, BILLS], scope="notes:read bills"), resource=BILLS)
    ).json
    assert (claims(tokens)["aud"], tokens["scope"]) == (BILLS, "bills")


async def test_what_was_not_granted_is_refused_and_spends_nothing(asker: Asker, own: str) -> None:
    """RFC 8707 section 2: invalid_target, for a resource that is unknown, and for one that is known and was not
    granted.
    """
    code = await asker.code(resource=[own, BILLS], scope="notes:read bills offline_access")
    for wrong in (MAIL, "https://elsewhere.example", f"{BILLS}/", f"{own} {BILLS}"):
        assert (await asker.redeem(code, resource=wrong)).refusal == (400, "invalid_target")
    refresh = (await asker.redeem(code)).json["refresh_token"]
    assert (await asker.refresh(refresh, resource=MAIL)).refusal == (400, "invalid_target")
    assert (await asker.refresh(refresh, resource=BILLS, scope="notes:read")).refusal == (400, "invalid_scope")
    assert (await asker.refresh(refresh)).status == 200
    assert (await asker.ask(resource=[BILLS, "https://elsewhere.example"])).redirect["error"] == "invalid_target"


async def test_scope_of_another_resource_is_left_out_and_alone_refused(asker: Asker) -> None:
    """RFC 6749 section 3.3: less than was asked for is said in the answer."""
    assert (await asker.tokens(resource=BILLS, scope="bills notes:write"))["scope"] == "bills"
    assert (await asker.tokens(resource=MAIL, scope="offline_access"))["scope"] == "mail offline_access"
    assert (await asker.ask(resource=BILLS, scope="notes:write mail")).redirect["error"] == "invalid_scope"


async def test_consent_to_one_resource_is_none_to_another(asker: Asker, service: Service) -> None:
    """OpenID Connect Core section 3.1.2.1 (prompt=none): the same scope elsewhere is something else to allow."""
    await service.store.add_client(
        nightly_job(id="client_web", redirect_uris=("https://c.example/cb",), grant_types=("authorization_code",))
    )
    web = Asker(asker.http, service, "client_web", SECRET)
    await web.tokens(resource=BILLS, scope="profile")
    assert "code" in (await web.ask(resource=BILLS, scope="profile", prompt="none")).redirect
    assert (await web.ask(scope="profile", prompt="none")).redirect["error"] == "consent_required"


async def test_resource_server_asks_about_tokens_for_it(
    asker: Asker, client: ServiceClient, service: Service, own: str
) -> None:
    """RFC 7662 section 2.2 (aud), and RFC 7009: a token for somewhere else is revoked here."""
    await service.store.add_client(nightly_job(id="client_bills", grant_types=(), metadata={INTROSPECTS: True}))
    bills = Asker(client, service, "client_bills", SECRET)
    token = (await asker.tokens(resource=BILLS))["access_token"]
    assert (await bills.token(path="/introspect", token=token)).json["aud"] == BILLS
    both = (await asker.tokens(resource=[BILLS, own], scope="bills notes:read"))["access_token"]
    assert (await bills.token(path="/introspect", token=both)).json["aud"] == [own, BILLS]
    await asker.token(path="/revoke", token=token)
    assert (await bills.token(path="/introspect", token=token)).json == {"active": False}


async def test_token_is_exchanged_for_one_of_its_resources(
    asker: Asker, client: ServiceClient, service: Service, own: str
) -> None:
    """RFC 8693 section 2.1: audience and resource; never beyond those of the token."""
    await service.store.add_client(nightly_job(id="client_middle", grant_types=(TOKEN_EXCHANGE,), scope=None))
    middle = Asker(client, service, "client_middle", SECRET)
    token = (await asker.tokens(resource=[own, BILLS], scope="notes:read bills"))["access_token"]

    async def exchange(**form: Any) -> Answer:
        return await middle.token(
            grant_type=TOKEN_EXCHANGE, subject_token=token, subject_token_type=ACCESS_TOKEN, **form
        )

    narrow = (await exchange(audience=BILLS)).json
    assert (claims(narrow)["aud"], narrow["scope"]) == (BILLS, "bills")
    assert claims((await exchange(resource=[own, BILLS])).json)["aud"] == [own, BILLS]
    assert (await exchange(resource=MAIL)).refusal == (400, "invalid_target")


async def test_job_gets_a_token_for_another_resource(client: ServiceClient, service: Service) -> None:
    """OAuth 2.1 section 4.2."""
    await service.store.add_client(nightly_job(id="client_job", scope="mail notes:read"))
    job = Asker(client, service, "client_job", SECRET)
    tokens = (await job.token(grant_type="client_credentials", resource=MAIL)).json
    assert (claims(tokens)["aud"], tokens["scope"]) == (MAIL, "mail")
    assert (await job.token(grant_type="client_credentials", resource=BILLS)).refusal == (400, "invalid_scope")


def test_resource_that_the_operator_took_away_gets_no_more_tokens() -> None:
    """A grant outlives the settings: what of it is left goes on, and a grant of nothing else asks for a new consent
    (RFC 6749 section 5.2).
    """
    here = Resources("https://s.example/mcp", ScopeCatalog.of(SCOPES), {})
    assert here.narrow([], granted=f"https://s.example/mcp {BILLS}", scope="notes:read") == (
        "https://s.example/mcp",
        "notes:read",
    )
    with pytest.raises(InvalidGrant):
        here.narrow([], granted=BILLS, scope="bills")


def test_file_has_a_table(tmp_path: Path) -> None:
    path = tmp_path / "mcpserver.toml"
    path.write_text(f'[resources."{BILLS}"]\nbills = "See your bills"\n')
    assert load({}, {}, str(path)).named_resources == {BILLS: {"bills": "See your bills"}}


@pytest.mark.parametrize(
    "value",
    [
        "https://api.example",
        "[]",
        "{",
        '{"/api": {"a": "b"}}',
        '{"https://a.example/#part": {"a": "b"}}',
        '{"https://a.example https://b.example": {"a": "b"}}',
        '{"https://a.example": {}}',
        '{"https://a.example": ["a"]}',
        '{"https://a.example": {"two words": "b"}}',
        '{"https://a.example": {"a": ""}}',
        '{"https://a.example": {"a": 1}}',
    ],
)
def test_setting_that_names_no_resource_is_refused(value: str) -> None:
    """RFC 8707 section 2: an absolute URI without a fragment; RFC 6749 section 3.3: the characters of a scope."""
    with pytest.raises(SettingError, match="resources"):
        load({"resources": value}, {})


async def test_own_endpoint_is_no_further_resource(settings: Settings, sources: Sources) -> None:
    """Its scopes are those that its tools name."""
    with pytest.raises(SettingError, match="resources"):
        await create_app(
            load({"database": "sqlite://", "resources": '{"http://127.0.0.1:8000/mcp": {"a": "b"}}'}, {}),
            sources=sources,
        )
