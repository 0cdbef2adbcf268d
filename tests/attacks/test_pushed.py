"""Chapter V of the attack catalogue, continued: pushed authorization requests (RFC 9126)."""

import asyncio
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web

from mcpserver.oauth.authorize.pushed import PREFIX, open_pushed
from mcpserver.oauth.protocol.parameters import Parameters
from mcpserver.settings import Settings
from mcpserver.web.authorization.par import PUSH_LIMITS

from ..asker import REDIRECT_URI, Answer, Asker
from ..conftest import PASSWORD, AddUser, Clock
from ..prover import Prover


async def push(asker: Asker, **changes: Any) -> Answer:
    """POST /par, with an authorization request that holds."""
    return await asker.token(path="/par", **dict(asker.request(**changes)))


async def pushed(asker: Asker, **changes: Any) -> str:
    """The request_uri of a pushed request."""
    answer = await push(asker, **changes)
    assert answer.status == 201, answer.text
    return str(answer.json["request_uri"])


async def bring(asker: Asker, request_uri: str, **more: str) -> Answer:
    """The browser comes with the reference."""
    return await asker.send(
        "GET", "/authorize?" + urlencode({"client_id": asker.client_id, "request_uri": request_uri} | more)
    )


async def test_v2_pushed_request_is_answered_as_any(asker: Asker) -> None:
    """RFC 9126 sections 2.2 and 4."""
    answer = await push(asker, scope="notes:read", state="kept")
    assert (answer.status, answer.json["expires_in"], answer.headers["Cache-Control"]) == (201, 60, "no-store")
    assert answer.json["request_uri"].startswith(PREFIX)
    back = (await asker.decide(await bring(asker, answer.json["request_uri"]))).redirect
    assert back["state"] == "kept"
    assert (await asker.redeem(back["code"])).json["scope"] == "notes:read"


async def test_v2_parameters_beside_the_reference_change_nothing(asker: Asker) -> None:
    """RFC 9126 section 4, RFC 9101 section 6.3: what was pushed is the request."""
    uri = await pushed(asker, scope="notes:read")
    page = await bring(asker, uri, scope="notes:write", state="other", redirect_uri="https://evil.example/cb")
    assert 'value="notes:write"' not in page.text
    assert (await asker.decide(page)).redirect["state"] == "xyz"


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_v2_reference_is_spent_by_the_decision(asker: Asker, decision: str) -> None:
    """RFC 9126 sections 4 and 7.3: one-time use, except for loading the page again."""
    uri = await pushed(asker)
    pages = [await bring(asker, uri), await bring(asker, uri)]
    other = "deny" if decision == "allow" else "allow"
    answer = await asker.decide(pages[0], decision=decision)
    assert answer.status == 303
    assert (await bring(asker, uri)).is_page_without_redirect
    assert (await asker.decide(pages[1], decision=other)).is_page_without_redirect
    assert (await asker.decide(pages[1], decision=decision)).location == answer.location


async def test_v2_of_many_decisions_at_once_one_counts(asker: Asker) -> None:
    """RFC 9126 section 4: each from a page of its own."""
    uri = await pushed(asker)
    pages = [await bring(asker, uri) for _ in range(8)]
    answers = await asyncio.gather(*(asker.decide(page) for page in pages))
    assert len({answer.redirect["code"] for answer in answers}) == 1


async def test_v2_reference_expires(asker: Asker, clock: Clock) -> None:
    """RFC 9126 section 4: a minute for a browser to come, ten for the person."""
    late, used = await pushed(asker), await pushed(asker)
    clock.now += 59
    page = await bring(asker, used)
    clock.now += 1
    assert (await bring(asker, late)).is_page_without_redirect
    assert (await bring(asker, used)).status == 200
    clock.now += 598
    assert (await bring(asker, used)).status == 200
    assert (await asker.decide(page)).status == 303
    clock.now += 1
    assert (await bring(asker, used)).is_page_without_redirect


async def test_v2_reference_survives_the_sign_in(visitor: Asker, add_user: AddUser, clock: Clock) -> None:
    """RFC 9126 section 4: the person may take their time."""
    await add_user("ada")
    page = await bring(visitor, await pushed(visitor))
    clock.now += 300
    form = {"csrf": page.field("csrf"), "next": page.field("next"), "login": "ada", "password": PASSWORD}
    signed_in = await visitor.send("POST", "/login", data=form)
    assert signed_in.location is not None
    assert "code" in (await visitor.decide(await visitor.send("GET", signed_in.location))).redirect


async def test_v2_reference_is_its_clients_own(asker: Asker) -> None:
    """RFC 9126 section 2.2: bound to the client that pushed it."""
    uri = await pushed(asker)
    await asker.register(client_name="Another")
    page = await bring(asker, uri)
    assert page.is_page_without_redirect
    assert "another application" in unescape(page.text)
    assert "has expired" not in page.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"request_uri": PREFIX + "another"}, "invalid_request"),
        ({"request_uri": "https://c.example/request"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"scope": "unknown"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"resource": "https://other.example/mcp"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
    ],
)
async def test_v2_everything_is_looked_at_when_it_is_pushed(asker: Asker, changes: dict[str, Any], error: str) -> None:
    """RFC 9126 sections 2.1 and 2.3: JSON, never a redirect."""
    assert (await push(asker, **changes)).refusal == (400, error)


async def test_v2_client_must_prove_itself(visitor: Asker) -> None:
    """RFC 9126 section 2: as at the token endpoint."""
    await visitor.register(token_endpoint_auth_method="client_secret_post")
    assert (await push(visitor, client_secret="wrong")).refusal == (401, "invalid_client")
    assert (await push(visitor)).status == 201
    assert (await visitor.send("GET", "/par")).status == 405


async def test_v2_proof_at_the_push_binds_the_code(asker: Asker, clock: Clock) -> None:
    """RFC 9449 section 10.1."""
    prover, other = Prover(clock.now), Prover(clock.now)
    issuer = asker.service.settings.issuer
    asker.headers = {"DPoP": prover.proof("POST", issuer + "/par")}
    assert (await push(asker, dpop_jkt=other.thumbprint)).refusal == (400, "invalid_dpop_proof")
    asker.headers = {"DPoP": prover.proof("POST", issuer + "/par")}
    uri = await pushed(asker)
    asker.headers = {}
    code = (await asker.decide(await bring(asker, uri))).redirect["code"]
    for key, status in ((other, 400), (prover, 200)):
        asker.headers = {"DPoP": key.proof("POST", issuer + "/token")}
        assert (await asker.redeem(code)).status == status


@pytest.mark.parametrize("uri", [PREFIX, PREFIX + "request_unknown", PREFIX + "\0", PREFIX + "é"])
async def test_a5_reference_that_was_never_given_out_is_a_page(asker: Asker, uri: str) -> None:
    """RFC 9126 section 4: nothing of the request is proven, so nobody is redirected."""
    answer = await asker.ask(request_uri=uri)
    assert (answer.status, answer.location) == (400, None)


async def test_a5_two_references_are_ambiguous(asker: Asker) -> None:
    """OAuth 2.1 section 3.1."""
    assert (await asker.ask(request_uri=[await pushed(asker), await pushed(asker)])).is_page_without_redirect


async def test_o7_clock_that_steps_back_revives_no_pushed_request(asker: Asker, clock: Clock) -> None:
    """What expired is forgotten, when somebody comes for it or within a minute: nothing is left to revive."""
    asked_for, purged = await pushed(asker), await pushed(asker)
    clock.now += 60
    assert (await bring(asker, asked_for)).is_page_without_redirect
    await asker.service.store.expire(clock.now)
    clock.now -= 60
    assert (await bring(asker, asked_for)).is_page_without_redirect
    assert (await bring(asker, purged)).is_page_without_redirect


def with_pushing(setting: str) -> Settings:
    return Settings(port=0, database="sqlite://", pushed_requests=setting)


@pytest.mark.parametrize("settings", [with_pushing("off")])
async def test_v4_pushing_that_is_off_is_neither_offered_nor_taken(asker: Asker) -> None:
    """RFC 8414 section 2."""
    metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
    assert not [name for name in metadata if "pushed" in name]
    assert (await push(asker)).status == 404
    assert (await asker.ask(request_uri=PREFIX + "x")).redirect["error"] == "request_uri_not_supported"
    assert (
        "require_pushed_authorization_requests"
        not in (await asker.register(require_pushed_authorization_requests=True)).json
    )
    assert (await asker.ask()).status == 200


@pytest.mark.parametrize("settings", [with_pushing("required")])
async def test_v2_server_may_demand_that_requests_are_pushed(asker: Asker) -> None:
    """RFC 9126 sections 4 and 5."""
    metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
    assert metadata["require_pushed_authorization_requests"] is True
    assert metadata["pushed_authorization_request_endpoint"] == asker.service.settings.issuer + "/par"
    assert (await asker.ask()).redirect["error"] == "invalid_request"
    assert (await bring(asker, await pushed(asker))).status == 200


async def test_v2_client_may_bind_itself_to_pushing(asker: Asker) -> None:
    """RFC 9126 section 6."""
    assert (await asker.register(require_pushed_authorization_requests="yes")).refusal == (
        400,
        "invalid_client_metadata",
    )
    assert (await asker.register(require_pushed_authorization_requests=True)).json[
        "require_pushed_authorization_requests"
    ] is True
    assert (await asker.ask()).redirect["error"] == "invalid_request"
    assert (await bring(asker, await pushed(asker))).status == 200


async def test_v2_flood_of_requests_is_slowed_down(asker: Asker, service_app: web.Application, clock: Clock) -> None:
    """RFC 6585 section 4: a thousand at once from one address, then one a second, whatever the client; each is a row
    for a minute.
    """
    for _ in range(1000):
        with service_app[PUSH_LIMITS].throttle.attempt("", "127.0.0.1") as attempt:
            attempt.confirm()
    answer = await push(asker)
    assert (answer.refusal, answer.headers["Retry-After"]) == ((429, "temporarily_unavailable"), "1")
    clock.now += 1
    assert (await push(asker)).status == 201


async def test_v2_request_is_kept_whole(asker: Asker) -> None:
    """RFC 9126 section 2.1: the same parameters as in the browser; credentials are none of them."""
    await asker.register(
        token_endpoint_auth_method="client_secret_post", redirect_uris=[REDIRECT_URI, "https://c.example/two"]
    )
    answer = await push(asker, redirect_uri="https://c.example/two")
    uri = answer.json["request_uri"]
    kept, _ = await open_pushed(
        asker.service.store,
        Parameters({"client_id": asker.client_id, "request_uri": uri}.items()),
        asker.service.sources,
    )
    assert dict(kept.pairs()) == dict(asker.request(redirect_uri="https://c.example/two"))
    assert "https://c.example/two" in (await asker.decide(await bring(asker, uri))).headers["Location"]
