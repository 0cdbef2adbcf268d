"""Chapter F of the attack catalogue, continued: more callers at once than a refresh token has siblings."""

import asyncio

from mcpserver.oauth.tokens.grants.refresh import SIBLINGS

from ..asker import Asker
from ..conftest import Clock


async def test_f3_crowd_is_bounded_and_every_answer_carries_live_tokens(asker: Asker) -> None:
    """RFC 9700 section 4.14.2: one caller too many is refused, and does not end the connection of those who came
    before.
    """
    first = (await asker.tokens())["refresh_token"]
    answers = await asyncio.gather(*(asker.refresh(first) for _ in range(SIBLINGS * 3)))
    through = [answer.json for answer in answers if answer.status == 200]
    assert len(through) == SIBLINGS
    assert {answer.refusal for answer in answers if answer.status != 200} == {(400, "invalid_grant")}
    for tokens in through:
        assert await asker.is_live(tokens["access_token"])
        assert (await asker.refresh(tokens["refresh_token"])).status == 200


async def test_f1_crowd_that_comes_back_after_the_window_is_reuse(asker: Asker, clock: Clock) -> None:
    """OAuth 2.1 section 4.3.1: the grant is revoked however many siblings there were."""
    first = (await asker.tokens())["refresh_token"]
    answers = [await asker.refresh(first) for _ in range(SIBLINGS + 1)]
    assert [answer.status for answer in answers] == [200] * SIBLINGS + [400]
    clock.now += asker.service.settings.refresh_reuse_window + 1
    assert (await asker.refresh(first)).refusal == (400, "invalid_grant")
    assert (await asker.refresh(answers[0].json["refresh_token"])).refusal == (400, "invalid_grant")
    assert not await asker.is_live(answers[0].json["access_token"])
