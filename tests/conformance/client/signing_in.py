"""The scenarios that need a sign-in: connect(), with a person who agrees to everything."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import aiohttp

from webclient import Backing, Credentials, Preferences, connect
from webclient.errors import NeedsScope, Untrusted
from webclient.oauth.signing import read_key

from .person import context

DOCUMENT = "https://conformance-test.local/client-metadata.json"
"""The client ID metadata document that the suite knows; nobody serves it."""
Scenario = Callable[[str], Coroutine[Any, Any, None]]


async def agree(url: str) -> None:
    """A person's browser: goes to the consent page, and comes back."""
    async with aiohttp.ClientSession() as browser, browser.get(url):
        pass


async def use(url: str, *, tool: bool = True, **options: Any) -> None:
    async with connect(url, open_browser=agree, client_metadata_url=DOCUMENT, **options) as client:
        await client.list_tools()
        if tool:
            await client.call_tool("test-tool")


async def sign_in(url: str) -> None:
    """Everything by itself."""
    await use(url)


def refusing(*errors: type[Exception]) -> Scenario:
    """The engine has to stop, for this reason and no other."""

    async def run(url: str) -> None:
        try:
            await use(url)
        except errors:
            return
        raise AssertionError("The client did not refuse.")

    return run


async def pre_registered(url: str) -> None:
    given = context()
    await use(url, tool=False, credentials=Credentials(given["client_id"], given["client_secret"]))


async def client_credentials_basic(url: str) -> None:
    given = context()
    credentials = Credentials(given["client_id"], given["client_secret"])
    await use(url, tool=False, credentials=credentials, preferences=Preferences(grant="client_credentials"))


async def client_credentials_jwt(url: str) -> None:
    given = context()
    credentials = Credentials(
        given["client_id"], key=read_key(given["private_key_pem"], given.get("signing_algorithm", ""))
    )
    await use(url, tool=False, credentials=credentials, preferences=Preferences(grant="client_credentials"))


async def enterprise(url: str) -> None:
    """The identity provider gives an assertion, the authorization server a token for it."""
    given = context()
    credentials = Credentials(given["client_id"], given["client_secret"])
    idp = Credentials(given["idp_client_id"])
    backing = Backing(
        token_endpoint=given["idp_token_endpoint"],
        issuer=given["idp_issuer"],
        credentials=idp,
        id_token=given["idp_id_token"],
    )
    await use(url, tool=False, credentials=credentials, preferences=Preferences(grant="enterprise"), backing=backing)


async def workload(url: str) -> None:
    given = context()
    backing = Backing(assertion=given["valid_jwt"])
    await use(
        url,
        tool=False,
        credentials=Credentials(given["client_id"]),
        preferences=Preferences(grant="workload"),
        backing=backing,
    )


SCENARIOS: Mapping[str, Scenario] = {
    **dict.fromkeys(
        (
            "auth/metadata-default",
            "auth/metadata-var1",
            "auth/metadata-var2",
            "auth/metadata-var3",
            "auth/basic-cimd",
            "auth/scope-from-www-authenticate",
            "auth/scope-from-scopes-supported",
            "auth/scope-omitted-when-undefined",
            "auth/scope-step-up",
            "auth/token-endpoint-auth-basic",
            "auth/token-endpoint-auth-post",
            "auth/token-endpoint-auth-none",
            "auth/2025-03-26-oauth-metadata-backcompat",
            "auth/2025-03-26-oauth-endpoint-fallback",
            "auth/offline-access-scope",
            "auth/offline-access-not-supported",
            "auth/authorization-server-migration",
            "auth/iss-supported",
            "auth/iss-not-advertised",
            "auth/dpop",
            "auth/dpop-nonce",
        ),
        sign_in,
    ),
    **dict.fromkeys(
        (
            "auth/resource-mismatch",
            "auth/iss-supported-missing",
            "auth/iss-wrong-issuer",
            "auth/iss-unexpected",
            "auth/iss-normalized",
            "auth/metadata-issuer-mismatch",
        ),
        refusing(Untrusted),
    ),
    "auth/scope-retry-limit": refusing(NeedsScope),
    "auth/pre-registration": pre_registered,
    "auth/client-credentials-basic": client_credentials_basic,
    "auth/client-credentials-jwt": client_credentials_jwt,
    "auth/enterprise-managed-authorization": enterprise,
    "auth/wif-jwt-bearer": workload,
}
