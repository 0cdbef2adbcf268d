"""Chapter V of the attack catalogue: what is optional. Here: tokens bound to a key (DPoP, RFC 9449)."""

from typing import Any

import pytest
from pytest_aiohttp import AiohttpClient

from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import Clock
from ..holders import PUBLIC_URL, connect, install
from ..prover import Prover


@pytest.fixture
def prover(clock: Clock) -> Prover:
    return Prover(clock.now)


def at_token(asker: Asker, prover: Prover, **changes: Any) -> dict[str, str]:
    return {"DPoP": prover.proof("POST", asker.service.settings.issuer + "/token", **changes)}


async def bound_tokens(asker: Asker, prover: Prover, **changes: Any) -> dict[str, Any]:
    """A token answer for somebody who proves to hold a key."""
    asker.headers = at_token(asker, prover)
    answer = await asker.redeem(await asker.code(**changes))
    asker.headers = {}
    assert (answer.status, answer.json["token_type"]) == (200, "DPoP"), answer.text
    return dict(answer.json)


async def notes(asker: Asker, token: str, *proofs: str, scheme: str = "DPoP", path: str = "/api/notes") -> Answer:
    headers = [("Authorization", f"{scheme} {token}"), *(("DPoP", proof) for proof in proofs)]
    async with asker.http.get(path, headers=headers) as answer:
        body = await answer.text()
        return Answer(answer.status, answer.headers, body, await answer.json(content_type=None) if body else None)


def at_notes(asker: Asker, prover: Prover, token: str, **changes: Any) -> str:
    return prover.proof("GET", asker.service.settings.issuer + "/api/notes", token=token, **changes)


async def test_v1_bound_token_goes_with_its_key(asker: Asker, prover: Prover) -> None:
    """RFC 9449 sections 5, 6.1 and 7.1: at the REST API and at the MCP endpoint."""
    token = (await bound_tokens(asker, prover))["access_token"]
    assert (await notes(asker, token, at_notes(asker, prover, token))).status == 200
    url = asker.service.settings.resource
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    for proof, status in ((prover.proof("POST", url, token=token), 200), (prover.proof("GET", url, token=token), 401)):
        headers = {
            "Authorization": f"DPoP {token}",
            "DPoP": proof,
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-11-25",
        }
        answer = await asker.send("POST", "/mcp", json=message, headers=headers)
        assert answer.status == status, answer.text
    assert answer.headers["WWW-Authenticate"].startswith('DPoP error="invalid_dpop_proof"')
    assert 'algs="ES256 Ed25519 EdDSA"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer", "DPoP"])
async def test_v1_stolen_token_without_the_key(asker: Asker, prover: Prover, scheme: str) -> None:
    """RFC 9449 section 7.2: a bound token must not pass as a bearer token; section 7.1: nor without a proof."""
    token = (await bound_tokens(asker, prover))["access_token"]
    for _ in range(2):  # the second time the token is known already
        answer = await notes(asker, token, scheme=scheme)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("DPoP error=")


async def test_v1_stolen_token_with_the_thiefs_key(asker: Asker, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 4.3, item 12: the key of the proof is the key of the token."""
    token = (await bound_tokens(asker, prover))["access_token"]
    answer = await notes(asker, token, at_notes(asker, Prover(clock.now), token))
    assert answer.refusal == (401, "invalid_token")


async def test_v1_proof_on_its_way_again(asker: Asker, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 11.1: not twice, not elsewhere, not for another token, all in the same second; and not later."""
    token, other = [(await bound_tokens(asker, prover, state=state))["access_token"] for state in ("1", "2")]
    proof = at_notes(asker, prover, token)
    assert (await notes(asker, token, proof)).status == 200
    elsewhere, late = (
        at_notes(asker, prover, token, htu="https://elsewhere.example/api/notes"),
        at_notes(asker, prover, token),
    )
    for refused in (
        (token, proof),
        (token, elsewhere),
        (other, at_notes(asker, prover, token)),
        (token, proof, late),
        (token,),
    ):
        assert (await notes(asker, *refused)).refusal == (401, "invalid_dpop_proof")
    clock.now += 61
    assert (await notes(asker, token, late)).refusal == (401, "invalid_dpop_proof")
    assert (await notes(asker, token, at_notes(asker, prover, token, iat=clock.now))).status == 200


async def test_o7_used_proof_is_not_fresh_again_after_a_step_back(asker: Asker, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 11.1: while the clock is not to be trusted, a proof carries a value that the server gave out,
    whose age it knows.
    """
    token = (await bound_tokens(asker, prover))["access_token"]
    used = at_notes(asker, prover, token)
    assert (await notes(asker, token, used)).status == 200
    clock.now += 600
    assert (await notes(asker, token, used)).status == 401
    clock.step(-600)
    refused = await notes(asker, token, used)
    assert refused.status == 401
    assert "use_dpop_nonce" in refused.headers["WWW-Authenticate"]
    assert (
        await notes(asker, token, at_notes(asker, prover, token, nonce=refused.headers["DPoP-Nonce"]))
    ).status == 200


async def test_v1_bearer_token_dressed_up(asker: Asker, prover: Prover) -> None:
    """RFC 9449 section 7.1: a token that is bound to nothing proves nothing under the scheme DPoP."""
    token = (await asker.tokens())["access_token"]
    assert (await notes(asker, token, at_notes(asker, prover, token))).refusal == (401, "invalid_token")
    assert (await notes(asker, token, scheme="Bearer")).status == 200


@pytest.mark.parametrize(
    "changes", [{"htm": "GET"}, {"htu": "https://elsewhere.example/token"}, {"iat": 1}, {"jti": None}]
)
async def test_v1_broken_proof_at_the_token_endpoint_costs_nothing(
    asker: Asker, prover: Prover, changes: dict[str, Any]
) -> None:
    """RFC 9449 section 5; the code is not spent by it."""
    code = await asker.code()
    asker.headers = at_token(asker, prover, **changes)
    assert (await asker.redeem(code)).refusal == (400, "invalid_dpop_proof")
    asker.headers = at_token(asker, prover)
    assert (await asker.redeem(code)).json["token_type"] == "DPoP"


async def test_v1_public_clients_refresh_token_without_its_key(asker: Asker, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 5: bound to the key, and who tries without it ends nothing for the owner."""
    refresh_token = (await bound_tokens(asker, prover))["refresh_token"]
    for headers in ({}, at_token(asker, Prover(clock.now))):
        asker.headers = headers
        assert (await asker.refresh(refresh_token)).refusal == (400, "invalid_grant")
    asker.headers = at_token(asker, prover)
    answer = await asker.refresh(refresh_token)
    asker.headers = {}
    assert (answer.status, answer.json["token_type"]) == (200, "DPoP")
    token = answer.json["access_token"]
    assert (await notes(asker, token, at_notes(asker, prover, token))).status == 200


async def test_v1_confidential_client_may_change_its_key(asker: Asker, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 5: its refresh token is bound to its credentials."""
    await asker.register(token_endpoint_auth_method="client_secret_post")
    refresh_token = (await bound_tokens(asker, prover))["refresh_token"]
    asker.headers = at_token(asker, Prover(clock.now))
    assert (await asker.refresh(refresh_token)).json["token_type"] == "DPoP"


async def test_v1_code_in_the_hands_of_another_key(asker: Asker, prover: Prover, clock: Clock) -> None:
    """RFC 9449 section 10."""
    code = await asker.code(dpop_jkt=prover.thumbprint)
    for headers in ({}, at_token(asker, Prover(clock.now))):
        asker.headers = headers
        assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
    asker.headers = at_token(asker, prover)
    assert (await asker.redeem(code)).status == 200


@pytest.mark.parametrize("thumbprint", ["x", "a" * 42 + "=", "ä" * 43])
async def test_v1_code_asked_for_with_a_thumbprint_that_is_none(asker: Asker, thumbprint: str) -> None:
    assert (await asker.ask(dpop_jkt=thumbprint)).redirect["error"] == "invalid_request"


async def test_v1_client_that_registered_to_be_bound_forgets_its_proof(asker: Asker, prover: Prover) -> None:
    """RFC 9449 section 5.2."""
    registered = await asker.register(dpop_bound_access_tokens=True)
    assert registered.json["dpop_bound_access_tokens"] is True
    code = await asker.code()
    assert (await asker.redeem(code)).refusal == (400, "invalid_dpop_proof")
    asker.headers = at_token(asker, prover)
    assert (await asker.redeem(code)).json["token_type"] == "DPoP"
    asker.headers = {}
    assert (await asker.register(dpop_bound_access_tokens="yes")).refusal == (400, "invalid_client_metadata")


async def test_what_is_offered_is_advertised(asker: Asker) -> None:
    """RFC 9449 section 5.1; RFC 9728 section 2."""
    server = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
    resource = (await asker.send("GET", "/.well-known/oauth-protected-resource")).json
    assert (
        server["dpop_signing_alg_values_supported"]
        == resource["dpop_signing_alg_values_supported"]
        == ["ES256", "Ed25519", "EdDSA"]
    )
    assert resource["dpop_bound_access_tokens_required"] is False


class TestRequired:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", dpop="required", dpop_nonces=True)

    async def test_v1_everybody_must_prove_a_key(self, asker: Asker, prover: Prover) -> None:
        """RFC 9449 sections 7.1, 8 and 9: with a nonce of ours, at both ends."""
        code = await asker.code(scope="notes:read")
        assert (await asker.redeem(code)).refusal == (400, "invalid_dpop_proof")
        asker.headers = at_token(asker, prover)
        asked = await asker.redeem(code)
        assert asked.refusal == (400, "use_dpop_nonce")
        nonce = asked.headers["DPoP-Nonce"]
        assert "DPoP-Nonce" in asked.headers["Access-Control-Expose-Headers"]
        asker.headers = at_token(asker, prover, nonce=nonce)
        token = (await asker.redeem(code)).json["access_token"]
        asker.headers = {
            "DPoP": prover.proof("DELETE", asker.service.settings.issuer + "/api/notes/1", token=token, nonce=nonce)
        }
        limited = await asker.send("DELETE", "/api/notes/1", headers={"Authorization": f"DPoP {token}"})
        assert (limited.refusal, limited.headers["WWW-Authenticate"][:5]) == ((403, "insufficient_scope"), "DPoP ")
        asker.headers = {}
        without = await notes(asker, token, at_notes(asker, prover, token))
        assert without.refusal == (401, "use_dpop_nonce")
        assert without.headers["WWW-Authenticate"].startswith('DPoP error="use_dpop_nonce"')
        assert (
            await notes(asker, token, at_notes(asker, prover, token, nonce=without.headers["DPoP-Nonce"]))
        ).status == 200

    async def test_v1_bearer_token_from_before_the_setting(self, aiohttp_client: AiohttpClient) -> None:
        installation = await install(Settings(public_url=PUBLIC_URL, database="sqlite://", dpop="required"))
        client = await connect(aiohttp_client, installation)
        async with client.get("/api/notes", headers=await installation.bearer()) as answer:
            assert (answer.status, (await answer.json())["error"]) == (401, "invalid_token")
            assert answer.headers["WWW-Authenticate"].startswith("DPoP error=")

    async def test_stranger_is_told_the_scheme(self, asker: Asker) -> None:
        challenge = (await asker.send("GET", "/api/notes")).headers["WWW-Authenticate"]
        assert challenge.startswith("DPoP resource_metadata=")
        assert (await asker.send("GET", "/.well-known/oauth-protected-resource")).json[
            "dpop_bound_access_tokens_required"
        ] is True


class TestOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", dpop="off")

    async def test_v4_what_is_off_is_neither_advertised_nor_accepted(self, asker: Asker, prover: Prover) -> None:
        """A proof is a header like any unknown one: the answer says Bearer, so a client that needs more can tell
        (RFC 9449 section 5).
        """
        server = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
        resource = (await asker.send("GET", "/.well-known/oauth-protected-resource")).json
        assert not [name for name in (*server, *resource) if "dpop" in name]
        assert "dpop_bound_access_tokens" not in (await asker.register(dpop_bound_access_tokens=True)).json
        code = await asker.code(dpop_jkt=prover.thumbprint)
        asker.headers = at_token(asker, prover)
        tokens = (await asker.redeem(code)).json
        asker.headers = {}
        assert tokens["token_type"] == "Bearer"
        assert (
            await notes(asker, tokens["access_token"], at_notes(asker, prover, tokens["access_token"]))
        ).refusal == (401, "unauthorized")

    async def test_v4_bound_token_from_before_the_setting(self, aiohttp_client: AiohttpClient, prover: Prover) -> None:
        """What was bound stays bound: switching a protection off must not hand old tokens to thieves."""
        installation = await install(Settings(public_url=PUBLIC_URL, database="sqlite://", dpop="off"))
        token = installation.service.access_tokens.issue(await installation.grant(), thumbprint=prover.thumbprint)
        client = await connect(aiohttp_client, installation)
        proof = prover.proof("GET", PUBLIC_URL + "/api/notes", token=token)
        for scheme in ("Bearer", "DPoP"):
            async with client.get(
                "/api/notes", headers={"Authorization": f"{scheme} {token}", "DPoP": proof}
            ) as answer:
                assert answer.status == 401
