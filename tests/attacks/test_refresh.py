"""Chapter F of the attack catalogue: refresh tokens and revocation."""

import asyncio

import pytest

from mcpserver.oauth.tokens.grants.refresh import SIBLINGS
from mcpserver.secrets import SecretKind, digest
from mcpserver.settings import DAY, Settings

from ..asker import Answer, Asker
from ..conftest import Clock

strict = pytest.mark.parametrize(
    "settings", [Settings(port=0, database="sqlite://", refresh_reuse_window=0)], ids=["strict"]
)
short = pytest.mark.parametrize(
    "settings",
    [Settings(port=0, database="sqlite://", refresh_token_lifetime=10 * DAY, grant_lifetime=25 * DAY)],
    ids=["short"],
)


async def refreshed(asker: Asker, refresh_token: str) -> str:
    """The next refresh token."""
    answer = await asker.refresh(refresh_token)
    assert answer.status == 200, answer.text
    return str(answer.json["refresh_token"])


async def test_f1_token_whose_successor_was_used_revokes_the_grant(asker: Asker) -> None:
    """OAuth 2.1 section 4.3.1."""
    tokens = await asker.tokens()
    second = await refreshed(asker, tokens["refresh_token"])
    third = await refreshed(asker, second)
    assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    assert (await asker.refresh(third)).refusal == (400, "invalid_grant")
    assert not await asker.is_live(tokens["access_token"])


async def test_f1_token_that_comes_back_after_the_window_revokes_the_grant(asker: Asker, clock: Clock) -> None:
    """OAuth 2.1 section 4.3.1."""
    tokens = await asker.tokens()
    second = await refreshed(asker, tokens["refresh_token"])
    clock.now += asker.service.settings.refresh_reuse_window + 1
    assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    assert (await asker.refresh(second)).refusal == (400, "invalid_grant")
    assert not await asker.is_live(tokens["access_token"])


@strict
async def test_f1_strict_window_allows_no_second_use_in_the_same_second(asker: Asker) -> None:
    """OAuth 2.1 section 4.3.1."""
    first = (await asker.tokens())["refresh_token"]
    second = await refreshed(asker, first)
    assert (await asker.refresh(first)).refusal == (400, "invalid_grant")
    assert (await asker.refresh(second)).refusal == (400, "invalid_grant")


@strict
async def test_f2_strict_window_lets_one_of_many_through(asker: Asker) -> None:
    """OAuth 2.1 section 4.3.1; the others are reuse, so that nothing survives."""
    first = (await asker.tokens())["refresh_token"]
    answers = await asyncio.gather(*(asker.refresh(first) for _ in range(20)))
    winners = [answer for answer in answers if answer.status == 200]
    assert len(winners) == 1
    assert {answer.refusal for answer in answers if answer.status != 200} == {(400, "invalid_grant")}
    assert (await asker.refresh(winners[0].json["refresh_token"])).refusal == (400, "invalid_grant")


async def test_f3_every_caller_within_the_window_gets_a_live_token(asker: Asker) -> None:
    """RFC 9700 section 4.14.2 leaves the recovery to the server: two tabs of one client must not end its connection."""
    first = (await asker.tokens())["refresh_token"]
    answers = await asyncio.gather(*(asker.refresh(first) for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4
    tokens = {answer.json["refresh_token"] for answer in answers}
    assert len(tokens) == 4
    assert (await asker.refresh(tokens.pop())).status == 200
    assert (await asker.refresh(tokens.pop())).status == 200


async def test_f3_only_so_many_callers_get_through_the_window(asker: Asker) -> None:
    """A stolen token is no well; who came before the one too many keeps what they got."""
    first = (await asker.tokens())["refresh_token"]
    given = [await refreshed(asker, first) for _ in range(SIBLINGS)]
    assert (await asker.refresh(first)).refusal == (400, "invalid_grant")
    assert (await asker.refresh(given[-1])).status == 200


@pytest.mark.parametrize("by", ["refresh_token", "access_token"])
async def test_f4_revoked_token_is_dead_within_the_window_too(asker: Asker, by: str) -> None:
    """RFC 7009 section 2.1."""
    tokens = await asker.tokens()
    second = await refreshed(asker, tokens["refresh_token"])
    assert (await asker.token(path="/revoke", token=tokens[by])).status == 200
    for token in (tokens["refresh_token"], second):
        assert (await asker.refresh(token)).refusal == (400, "invalid_grant")
    assert not await asker.is_live(tokens["access_token"])


async def test_f5_scope_cannot_grow(asker: Asker) -> None:
    """OAuth 2.1 section 4.3."""
    tokens = await asker.tokens(scope="notes:read")
    for scope in ("notes:write", "notes:read notes:write", "unknown", " "):
        assert (await asker.refresh(tokens["refresh_token"], scope=scope)).refusal == (400, "invalid_scope")
    assert (await asker.refresh(tokens["refresh_token"])).json["scope"] == "notes:read"


async def test_f5_narrower_scope_is_for_this_access_token_only(asker: Asker) -> None:
    """OAuth 2.1 section 4.3.1: the new refresh token keeps the scope of the one before."""
    tokens = await asker.tokens(scope="notes:read profile")
    narrow = (await asker.refresh(tokens["refresh_token"], scope="profile")).json
    assert narrow["scope"] == "profile"
    headers = {"Authorization": f"Bearer {narrow['access_token']}"}
    assert (await asker.send("GET", "/api/notes", headers=headers)).status == 403
    assert (await asker.refresh(narrow["refresh_token"])).json["scope"] == "profile notes:read"


async def test_f6_another_resource_rotates_nothing(asker: Asker) -> None:
    """RFC 8707 section 2.2."""
    first = (await asker.tokens())["refresh_token"]
    assert (await asker.refresh(first, resource="https://other.example/mcp")).refusal == (400, "invalid_target")
    before = await asker.service.store.find_refresh_token(digest(SecretKind.REFRESH_TOKEN, first))
    assert before is not None
    assert before[1].generation == 0
    assert (await asker.refresh(first, resource=asker.service.settings.resource)).status == 200


async def test_f7_token_of_another_client_is_refused_and_left_alone(asker: Asker) -> None:
    """OAuth 2.1 section 4.3.1: bound to the client it was issued to."""
    tokens, owner = await asker.tokens(), asker.client_id
    await asker.register(client_name="Thief")
    assert (await asker.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    asker.client_id = owner
    assert (await asker.refresh(tokens["refresh_token"])).status == 200


@short
async def test_f8_token_that_nobody_uses_ends(asker: Asker, clock: Clock) -> None:
    """ASVS 10.4.8."""
    first = (await asker.tokens())["refresh_token"]
    clock.now += 10 * DAY
    assert (await asker.refresh(first)).refusal == (400, "invalid_grant")


@short
async def test_f8_connection_that_is_used_ends_at_last(asker: Asker, clock: Clock) -> None:
    """ASVS 10.4.8."""
    token = (await asker.tokens())["refresh_token"]
    for _ in range(3):
        clock.now += 8 * DAY
        token = await refreshed(asker, token)
    clock.now += 1 * DAY
    assert (await asker.refresh(token)).refusal == (400, "invalid_grant")


async def test_f9_nothing_survives_a_revocation_that_races_a_refresh(asker: Asker) -> None:
    """RFC 7009 section 2.1."""
    for _ in range(10):
        tokens = await asker.tokens()
        race = (asker.refresh(tokens["refresh_token"]), asker.token(path="/revoke", token=tokens["refresh_token"]))
        answer, revoked = await asyncio.gather(*race)
        assert revoked.status == 200
        if answer.status == 200:
            assert not await asker.is_live(answer.json["access_token"])
            assert (await asker.refresh(answer.json["refresh_token"])).refusal == (400, "invalid_grant")


async def test_f10_replay_is_found_within_the_same_second_and_by_another_process(asker: Asker) -> None:
    """OAuth 2.1 section 4.3.1. The clock stands still, and nothing is remembered outside of the store."""
    first = (await asker.tokens())["refresh_token"]
    third = await refreshed(asker, await refreshed(asker, first))
    assert (await asker.refresh(first)).refusal == (400, "invalid_grant")
    assert (await asker.refresh(third)).refusal == (400, "invalid_grant")


async def test_f11_another_clients_token_cannot_be_revoked(asker: Asker) -> None:
    """RFC 7009 section 2.1: the answer is the same, and the token lives."""
    tokens, owner = await asker.tokens(), asker.client_id
    await asker.register(client_name="Thief")
    for token in (tokens["refresh_token"], tokens["access_token"], "unknown", "\0"):
        answer = await asker.token(path="/revoke", token=token)
        assert (answer.status, answer.text) == (200, "")
    assert await asker.is_live(tokens["access_token"])
    asker.client_id = owner
    assert (await asker.refresh(tokens["refresh_token"])).status == 200


async def test_f11_revocation_needs_the_client_to_say_who_it_is(asker: Asker) -> None:
    """RFC 7009 section 2.1."""
    tokens = await asker.tokens()
    answers: list[Answer] = [
        await asker.token(path="/revoke", token=tokens["refresh_token"], client_id=name) for name in ("nobody", None)
    ]
    assert [answer.refusal for answer in answers] == [(401, "invalid_client")] * 2
    assert await asker.is_live(tokens["access_token"])
