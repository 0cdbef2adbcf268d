"""Authorization server metadata (RFC 8414)."""

import pytest

from mcpserver.oauth.protocol.grant_types import DEVICE_CODE, JWT_BEARER, TOKEN_EXCHANGE
from mcpserver.web.well_known.metadata import PATHS

from ..asker import Asker
from ..signer import Signer


@pytest.mark.parametrize("path", PATHS)
async def test_metadata_says_the_same_at_every_address_that_clients_try(visitor: Asker, path: str) -> None:
    """RFC 8414 sections 3 and 5; MCP 2026-07-28, authorization server metadata discovery."""
    answer = await visitor.send("GET", path)
    assert answer.json == (await visitor.send("GET", PATHS[0])).json
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (await visitor.send("HEAD", path)).status == 200


async def test_metadata_is_what_the_settings_say(visitor: Asker) -> None:
    """RFC 8414 section 2: the issuer is compared byte by byte."""
    issuer = visitor.service.settings.issuer
    metadata = (await visitor.send("GET", PATHS[0])).json
    assert metadata["issuer"] == issuer
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["scopes_supported"] == ["profile", "notes:read", "notes:write", "offline_access"]


@pytest.mark.parametrize(
    "name",
    [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
        "jwks_uri",
    ],
)
async def test_metadata_leads_to_endpoints_that_exist(visitor: Asker, name: str) -> None:
    """RFC 8414 section 2."""
    address = (await visitor.send("GET", PATHS[0])).json[name]
    assert address.startswith(visitor.service.settings.issuer + "/")
    assert (await visitor.send("GET", address.removeprefix(visitor.service.settings.issuer))).status in (200, 400, 405)


async def test_metadata_promises_only_methods_that_a_client_may_register(visitor: Asker) -> None:
    """RFC 8414 section 2; RFC 7591 section 2."""
    for method in (await visitor.send("GET", PATHS[0])).json["token_endpoint_auth_methods_supported"]:
        keys = {"jwks": {"keys": [Signer().public]}} if method == "private_key_jwt" else {}
        assert (await visitor.register(token_endpoint_auth_method=method, **keys)).json[
            "token_endpoint_auth_method"
        ] == method


async def test_client_that_registers_for_every_grant_gets_those_that_need_a_person(visitor: Asker) -> None:
    """RFC 7591 section 2: what the operator has to allow is left out of the registration, and the answer says so."""
    promised = (await visitor.send("GET", PATHS[0])).json["grant_types_supported"]
    assert (await visitor.register(grant_types=promised)).json["grant_types"] == [
        "authorization_code",
        "refresh_token",
        DEVICE_CODE,
    ]
    assert promised == [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        JWT_BEARER,
        DEVICE_CODE,
        TOKEN_EXCHANGE,
    ]


async def test_metadata_names_the_language_of_the_pages(asker: Asker) -> None:
    """RFC 8414 section 2; OpenID Connect Core section 3.1.2.1: asking for others is no error, and the page says
    which one it is in.
    """
    assert (await asker.send("GET", PATHS[0])).json["ui_locales_supported"] == ["en"]
    page = await asker.ask(ui_locales="fr-CA fr")
    assert page.status == 200
    assert '<html lang="en">' in page.text


async def test_metadata_promises_only_prompts_that_are_kept(asker: Asker) -> None:
    """OpenID Connect Core section 3.1.2.1, for a name that discovery has as well."""
    assert (await asker.send("GET", PATHS[1])).json["prompt_values_supported"] == [
        "none",
        "login",
        "consent",
        "select_account",
    ]
    assert (await asker.ask(prompt="consent")).status == 200
    for prompt in ("login", "select_account"):
        assert 'name="password"' in (await asker.ask(prompt=prompt)).text
    assert (await asker.ask(prompt="none")).redirect["error"] == "consent_required"
