"""Chapters P and C of the attack catalogue: PKCE and authorization codes."""

import asyncio

import pytest

from mcpserver.oauth.protocol.models import AuthorizationCode, Client, ClientKind, Grant
from mcpserver.secrets import SecretKind, digest

from ..asker import CHALLENGE, REDIRECT_URI, VERIFIER, Asker
from ..conftest import Clock

WITH_SECRET = {"token_endpoint_auth_method": "client_secret_post"}


@pytest.mark.parametrize("kind", [ClientKind.OPERATOR, ClientKind.SELF_REGISTERED])
async def test_p1_request_without_challenge_is_refused_for_every_client(asker: Asker, kind: ClientKind) -> None:
    """OAuth 2.1 section 4.1.1; MCP 2026-07-28, authorization: PKCE is not optional."""
    secret = digest(SecretKind.CLIENT_SECRET, "secret")
    await asker.service.store.add_client(
        Client("confidential", "C", (REDIRECT_URI,), kind, 1, "client_secret_post", secret)
    )
    asker.client_id = "confidential"
    answer = (await asker.ask(code_challenge=None)).redirect
    assert (answer["error"], "code" in answer) == ("invalid_request", False)


@pytest.mark.parametrize("method", [None, "", "plain", "s256", "S512", "S256 "])
async def test_p2_only_s256_is_a_method(asker: Asker, method: str | None) -> None:
    """ASVS 10.4.6; OAuth 2.1 section 4.1.1."""
    assert (await asker.ask(code_challenge_method=method)).redirect["error"] == "invalid_request"


@pytest.mark.parametrize(
    "challenge", ["a" * 42, "a" * 44, "a" * 129, "a" * 42 + "=", "a" * 42 + "+", "a" * 42 + "\n", "é" * 43, "\0" * 43]
)
async def test_p3_malformed_challenge_is_refused(asker: Asker, challenge: str) -> None:
    """RFC 7636 section 4.2."""
    assert (await asker.ask(code_challenge=challenge)).redirect["error"] == "invalid_request"


@pytest.mark.parametrize("verifier", [None, "", CHALLENGE, VERIFIER + "x", VERIFIER.upper(), VERIFIER[:-1]])
async def test_p4_wrong_verifier_redeems_nothing_and_leaves_the_code_alone(asker: Asker, verifier: str | None) -> None:
    """RFC 7636 section 4.6."""
    code = await asker.code()
    assert (await asker.redeem(code, code_verifier=verifier)).refusal == (400, "invalid_grant")
    assert (await asker.redeem(code)).status == 200


async def test_p5_verifier_without_a_recorded_challenge_is_refused(asker: Asker) -> None:
    """RFC 9700 section 4.8.2. No request makes such a code; this one is put into the store by hand."""
    now = asker.service.sources.now()
    account = (await asker.service.store.list_accounts())[0]
    grant = Grant("downgraded", account.id, asker.client_id, "profile", asker.service.settings.resource, now, now + 600)
    code = AuthorizationCode(digest(SecretKind.CODE, "code_x"), grant.id, REDIRECT_URI, "", now + 60)
    client = await asker.service.clients.find(asker.client_id)
    assert await asker.service.store.add_grant(grant, code, client=client)
    assert (await asker.redeem("code_x")).refusal == (400, "invalid_grant")
    assert (await asker.redeem("code_x", code_verifier="")).refusal == (400, "invalid_grant")


@pytest.mark.parametrize(
    "verifier", ["é" * 43, "\0" * 43, "a" * 129, "a" * 42, "a" * 43 + "\n", "🔑" * 50, "a" * 60000]
)
async def test_p6_verifier_of_characters_that_none_has_is_refused(asker: Asker, verifier: str) -> None:
    """RFC 7636 section 4.1."""
    assert (await asker.redeem(await asker.code(), code_verifier=verifier)).refusal == (400, "invalid_grant")


async def test_c1_replayed_code_revokes_all_that_came_of_it(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.3."""
    code = await asker.code()
    tokens = (await asker.redeem(code)).json
    newer = (await asker.refresh(tokens["refresh_token"])).json
    assert await asker.is_live(newer["access_token"])
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
    assert not await asker.is_live(tokens["access_token"])
    assert not await asker.is_live(newer["access_token"])
    assert (await asker.refresh(newer["refresh_token"])).refusal == (400, "invalid_grant")


@pytest.mark.parametrize(
    "faults",
    [
        {"code_verifier": "wrong" * 10},
        {"redirect_uri": "https://evil.example/"},
        {"client_secret": "x"},
        {"client_id": "no"},
    ],
)
async def test_c2_replay_that_proves_nothing_revokes_nothing(asker: Asker, faults: dict[str, str]) -> None:
    """OAuth 2.1 section 7.5.3: else a leaked code would be enough to disconnect its owner."""
    code = await asker.code()
    tokens = (await asker.redeem(code)).json
    assert 400 <= (await asker.redeem(code, **faults)).status < 500
    assert await asker.is_live(tokens["access_token"])
    assert (await asker.refresh(tokens["refresh_token"])).status == 200


async def test_c3_code_of_another_client_is_refused_and_left_alone(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.3."""
    code, owner = await asker.code(), asker.client_id
    await asker.register(client_name="Thief")
    assert asker.client_id != owner
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
    asker.client_id = owner
    assert (await asker.redeem(code)).status == 200


async def test_c4_code_ends_after_a_minute(asker: Asker, clock: Clock) -> None:
    """ASVS 10.4.3."""
    early, late = await asker.code(), await asker.code()
    clock.now += 59
    assert (await asker.redeem(early)).status == 200
    clock.now += 1
    assert (await asker.redeem(late)).refusal == (400, "invalid_grant")


async def test_c5_one_of_many_concurrent_redemptions_succeeds(asker: Asker) -> None:
    """ASVS 2.3.4. The others are replays, so that what the one got ends."""
    code = await asker.code()
    answers = await asyncio.gather(*(asker.redeem(code) for _ in range(30)))
    assert sorted(answer.status for answer in answers) == [200] + [400] * 29
    assert {answer.json["error"] for answer in answers if answer.status == 400} == {"invalid_grant"}
    winner = next(answer.json for answer in answers if answer.status == 200)
    assert not await asker.is_live(winner["access_token"])


async def test_c6_code_of_a_disabled_person_is_refused(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.3."""
    code = await asker.code()
    account = (await asker.service.store.list_accounts())[0]
    await asker.service.store.disable_account(account.id, now=asker.service.sources.now())
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")


async def test_c6_code_of_a_removed_client_is_refused(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.3; a client that registers again gets nothing of the old one's."""
    await asker.register(**WITH_SECRET)
    code = await asker.code()
    await asker.service.store.remove_client(asker.client_id, now=asker.service.sources.now())
    assert (await asker.redeem(code)).refusal == (401, "invalid_client")
    await asker.register(**WITH_SECRET)
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")


async def test_c6_code_and_tokens_of_a_removed_public_client_are_refused(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.3; its id still describes the client, which may ask people again, as often as it likes."""
    for _ in range(2):
        tokens, code = await asker.tokens(), await asker.code()
        assert await asker.service.store.remove_client(asker.client_id, now=asker.service.sources.now())
        await asker.service.resource_server.poll_revocations()
        assert await asker.service.store.list_clients() == []
        assert not await asker.is_live(tokens["access_token"])
        assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
        assert (await asker.redeem(code)).refusal == (400, "invalid_grant")


async def test_c6_code_of_a_revoked_grant_is_refused(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.3."""
    code = await asker.code()
    found = await asker.service.store.find_code(digest(SecretKind.CODE, code))
    assert found is not None
    await asker.service.store.revoke_grant(found[1].id, now=asker.service.sources.now())
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")


async def test_c6_consent_for_a_client_that_was_removed_meanwhile_shares_nothing(asker: Asker) -> None:
    await asker.register(**WITH_SECRET)
    page = await asker.ask()
    await asker.service.store.remove_client(asker.client_id, now=asker.service.sources.now())
    assert (await asker.decide(page)).is_page_without_redirect


async def test_c7_one_kind_of_secret_never_passes_for_another(asker: Asker) -> None:
    """RFC 9700 section 2: a secret is good for one thing, whatever it looks like."""
    page = await asker.ask()
    tokens, code = await asker.tokens(), await asker.code()
    session = asker.http.session.cookie_jar.filter_cookies(asker.http.make_url("/"))["mcpserver-session"].value
    secrets = [
        code,
        tokens["refresh_token"],
        tokens["access_token"],
        session,
        page.field("csrf"),
        page.field("request"),
    ]
    for secret in secrets:
        if secret != code:
            assert (await asker.redeem(secret)).refusal == (400, "invalid_grant")
        if secret != tokens["refresh_token"]:
            assert (await asker.refresh(secret)).refusal == (400, "invalid_grant")
        if secret != tokens["access_token"]:
            assert not await asker.is_live(secret)
        if secret != page.field("csrf"):
            assert (await asker.decide(page, csrf=secret)).status == 403
        if secret != page.field("request"):
            assert (await asker.decide(page, request=secret)).status == 403
        assert (await asker.redeem(code, client_secret=secret)).status == 401
    assert (await asker.redeem(code)).status == 200


@pytest.mark.parametrize("swap", ["code", "refresh"])
async def test_c7_value_with_the_prefix_of_another_kind_is_refused(asker: Asker, swap: str) -> None:
    """The kind is part of the digest, so that renaming a secret does not help."""
    code, tokens = await asker.code(), await asker.tokens()
    if swap == "code":
        assert (await asker.refresh(code.replace("code_", "refresh_", 1))).refusal == (400, "invalid_grant")
    else:
        assert (await asker.redeem(tokens["refresh_token"].replace("refresh_", "code_", 1))).refusal == (
            400,
            "invalid_grant",
        )


async def test_o7_code_that_came_too_late_is_spent_by_that(asker: Asker, clock: Clock) -> None:
    """A clock that steps back revives no code that was seen dead; nobody has swept in between."""
    code = await asker.code()
    clock.now += 60
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
    clock.now -= 60
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")


async def test_o7_code_that_nobody_came_for_is_deleted_within_a_minute(asker: Asker, clock: Clock) -> None:
    code = await asker.code()
    clock.now += 60
    await asker.service.store.expire(clock.now)
    clock.now -= 60
    assert (await asker.redeem(code)).refusal == (400, "invalid_grant")
