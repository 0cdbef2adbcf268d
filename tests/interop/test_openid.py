"""People sign in to other applications with their account here: npm's openid-client and Authlib, unmodified."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests import provision
from tests.interop.browser import Person
from tests.interop.callback import listening
from tests.interop.program import telling
from tests.ports import free_port
from tests.processes import Program, command, running, start_service

PROGRAM = Path(__file__).parent / "signing.mjs"
DEADLINE = 60


@pytest.fixture(scope="module")
def provider(database: Path) -> Iterator[Program]:
    with running(start_service(database, port=free_port(), settings={"openid": "on"})) as program:
        yield program


async def test_certified_client_does_all_of_it(database: Path, provider: Program, ada: Person, tmp_path: Path) -> None:
    """private_key_jwt (RFC 7523), PAR (RFC 9126), code and ID token (Core 3.1), refresh, userinfo, introspection
    (RFC 7662), revocation (RFC 7009), logout.
    """
    module = provision.need(provision.openid_client)
    key = ECKey.generate_key("P-256")
    (tmp_path / "public.pem").write_bytes(key.as_pem(private=False))
    async with listening() as callback, asyncio.timeout(DEADLINE):
        client_id = written_in(database, callback.url, tmp_path / "public.pem")
        arguments = (str(module), provider.url, client_id, json.dumps(key.as_dict(private=True)), callback.url)
        async with telling(PROGRAM, *arguments) as program:
            asked = await program.heard()
            assert asked["pushed"] is True
            program.tell(await ada.consent(asked["open"]))
            told = await program.heard()
        assert told["person"] == {
            "sub": told["person"]["sub"],
            "name": "Ada Lovelace",
            "preferred_username": "ada",
            "email": "ada@example.com",
        }
        assert (told["told"], told["active"]) == ("ada@example.com", [True, False])
        left = await ada.open(told["leave"])
        assert left.url == f"{callback.url}?state=bye"
        assert (await ada.open(f"{provider.url}/login")).has("password")


async def test_authlib_signs_people_in(provider: Program, ada: Person) -> None:
    """Core section 3.1, with a client that registered itself: discovery, code with PKCE, the ID token by our
    published keys, userinfo.
    """
    async with listening() as callback, ClientSession() as http, asyncio.timeout(DEADLINE):
        metadata = await (await http.get(f"{provider.url}/.well-known/openid-configuration")).json()
        body = {
            "client_name": "Authlib",
            "redirect_uris": [callback.url],
            "token_endpoint_auth_method": "client_secret_basic",
        }
        registered = await (await http.post(metadata["registration_endpoint"], json=body)).json()
        keys = KeySet.import_key_set(await (await http.get(metadata["jwks_uri"])).json(content_type=None))
        about = {"redirect_uri": callback.url, "scope": "openid profile", "code_challenge_method": "S256"}
        client = AsyncOAuth2Client(registered["client_id"], registered["client_secret"], **about)
        verifier = generate_token(48)
        address, state = client.create_authorization_url(
            metadata["authorization_endpoint"], nonce="from Authlib", code_verifier=verifier
        )
        arrived = await ada.consent(address)
        token = await client.fetch_token(
            metadata["token_endpoint"], authorization_response=arrived, state=state, code_verifier=verifier
        )
        decoded = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
        wanted = {
            "iss": {"value": metadata["issuer"]},
            "aud": {"value": registered["client_id"]},
            "nonce": {"value": "from Authlib"},
        }
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options=wanted,
            params={"nonce": "from Authlib", "access_token": token["access_token"]},
        )
        claims.validate(now=int(time.time()))
        person = (await client.get(metadata["userinfo_endpoint"])).json()
        await client.aclose()
        assert person == {"sub": claims["sub"], "name": "Ada Lovelace", "preferred_username": "ada"}


def written_in(database: Path, redirect_uri: str, public_key: Path) -> str:
    """A client of the operator's that signs."""
    options = ("--redirect-uri", redirect_uri, "--after-logout", redirect_uri, "--public-key", str(public_key))
    return (
        command("client", "add", "--name", "Application", *options, database=database)
        .removeprefix("client_id: ")
        .strip()
    )
