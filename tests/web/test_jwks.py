"""The public keys (RFC 7517)."""

from mcpserver.compose.service import REFRESH_KEYS

from ..asker import Asker
from ..conftest import Clock


async def test_keys_are_public_and_say_what_they_are_for(visitor: Asker) -> None:
    """RFC 7517 sections 4 and 5; RFC 7518 section 6.2.1."""
    answer = await visitor.send("GET", "/jwks")
    assert answer.headers["Content-Type"].startswith("application/jwk-set+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (key,) = answer.json["keys"]
    assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")


async def test_retired_key_is_shown_while_its_tokens_live(asker: Asker, clock: Clock) -> None:
    """RFC 7517 section 5; MCP 2026-07-28: a rotation breaks no token under way."""
    tokens = await asker.tokens()
    old = asker.service.keys.active.kid
    new = (await asker.service.keys.rotate()).kid
    assert [key["kid"] for key in (await asker.send("GET", "/jwks")).json["keys"]] == [new, old]
    assert await asker.is_live(tokens["access_token"])
    clock.now += (
        asker.service.settings.access_token_lifetime + REFRESH_KEYS - 1
    )  # another process may have signed with it until then
    assert [key["kid"] for key in (await asker.send("GET", "/jwks")).json["keys"]] == [new, old]
    clock.now += 1
    assert [key["kid"] for key in (await asker.send("GET", "/jwks")).json["keys"]] == [new]
