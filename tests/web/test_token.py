"""The token endpoint (OAuth 2.1 section 3.2)."""

from base64 import urlsafe_b64decode
from json import loads

from ..asker import Asker


async def test_token_answer_is_what_clients_wait_for(asker: Asker) -> None:
    """OAuth 2.1 section 3.2.3."""
    answer = await asker.redeem(await asker.code(scope="notes:read offline_access"))
    assert (answer.status, answer.headers["Cache-Control"], answer.headers["Pragma"]) == (200, "no-store", "no-cache")
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (answer.json["token_type"], answer.json["expires_in"], answer.json["scope"]) == (
        "Bearer",
        3600,
        "notes:read offline_access",
    )


async def test_access_token_says_who_and_for_what(asker: Asker) -> None:
    """RFC 9068 section 2.2."""
    token = (await asker.tokens(scope="notes:read"))["access_token"]
    header, claims = (loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    settings = asker.service.settings
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert (claims["iss"], claims["aud"], claims["client_id"], claims["scope"]) == (
        settings.issuer,
        settings.resource,
        asker.client_id,
        "notes:read",
    )
    assert claims["exp"] - claims["iat"] == 3600


async def test_request_without_scope_gets_the_default(asker: Asker) -> None:
    """OAuth 2.1 section 1.4.1."""
    for scope in (None, "", " "):
        assert (await asker.tokens(scope=scope))["scope"] == "profile notes:read notes:write"


async def test_offline_access_comes_along_with_what_was_allowed(asker: Asker) -> None:
    """OpenID Connect Core section 11: about the connection, so that nobody ticks it."""
    page = await asker.ask(scope="notes:read offline_access")
    assert 'value="offline_access"' not in page.text
    assert (await asker.redeem((await asker.decide(page)).redirect["code"])).json[
        "scope"
    ] == "notes:read offline_access"


async def test_browser_clients_may_ask_and_read_the_answer(asker: Asker) -> None:
    """Fetch: the preflight is answered before the client says who it is, and errors are readable."""
    origin = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    for path in ("/token", "/revoke", "/register"):
        preflight = await asker.send("OPTIONS", path, headers=origin)
        assert (preflight.status, preflight.headers["Access-Control-Allow-Origin"]) == (204, "*")
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
        assert {"Authorization", "Content-Type"} <= set(preflight.headers["Access-Control-Allow-Headers"].split(", "))
        assert (await asker.send("POST", path, headers=origin)).headers["Access-Control-Allow-Origin"] == "*"
