"""Many callers at once, at two services on one database: whoever wins, it is one of them, and what is over stays
over.
"""

import asyncio
import os
from typing import Any

from .conftest import Pair

ROUNDS = 200
ROUNDS_OF_A_THOUSAND = int(os.environ.get("ROUNDS_OF_A_THOUSAND", "10"))
"""All 200 take minutes; they run in one environment of the suite (tox.ini, e2e), and everywhere else a few do."""

Said = tuple[int, dict[str, Any]]


async def test_one_of_a_thousand_redeems_a_code(pair: Pair) -> None:
    """OAuth 2.1 section 4.1.3: once; the others are a replay, which ends what the code had given."""
    for _ in range(ROUNDS_OF_A_THOUSAND):
        code = await pair.code()
        await _require_one_dead_winner(pair, await asyncio.gather(*(pair.redeem(code, at=n % 2) for n in range(1000))))


async def test_one_of_several_redeems_a_code_in_every_round(pair: Pair) -> None:
    """OAuth 2.1 section 4.1.3, with few enough callers for every order of events."""
    for _ in range(ROUNDS):
        code = await pair.code()
        await _require_one_dead_winner(pair, await asyncio.gather(*(pair.redeem(code, at=n % 2) for n in range(4))))


async def _require_one_dead_winner(pair: Pair, answers: list[Said]) -> None:
    won = [said for status, said in answers if status == 200]
    assert len(won) == 1
    assert _refusals(answers) == {(400, "invalid_grant")}
    assert _refusals([await pair.refresh(won[0]["refresh_token"], at=at) for at in (0, 1)]) == {(400, "invalid_grant")}


def _refusals(answers: list[Said]) -> set[tuple[int, str]]:
    return {(status, said["error"]) for status, said in answers if status != 200}


async def test_refreshes_at_once_leave_one_grant_alive(pair: Pair) -> None:
    """RFC 9700 section 4.14.2 and our window: some of 64 get a token each, the rest are refused alone, and every
    token that was given is good.
    """
    _, first = await pair.redeem(await pair.code())
    token = first["refresh_token"]
    for round_ in range(ROUNDS):
        answers = await asyncio.gather(*(pair.refresh(token, at=n % 2) for n in range(64)))
        given = [answer["refresh_token"] for status, answer in answers if status == 200]
        assert 1 <= len(set(given)) == len(given) <= 11
        assert _refusals(answers) == {(400, "invalid_grant")}
        token = given[round_ % len(given)]


async def test_nothing_survives_a_revocation_that_races_refreshes(pair: Pair) -> None:
    """RFC 7009 section 2.1: whichever comes first, afterwards nothing of the grant is good, in either service."""
    for round_ in range(ROUNDS):
        _, first = await pair.redeem(await pair.code())
        refreshes = asyncio.gather(*(pair.refresh(first["refresh_token"], at=n % 2) for n in range(4)))
        answers, _ = await asyncio.gather(refreshes, pair.revoke(first["refresh_token"], at=round_ % 2))
        given = [first["refresh_token"], *(answer["refresh_token"] for status, answer in answers if status == 200)]
        assert [(await pair.refresh(token, at=at))[0] for token in given for at in (0, 1)] == [400] * 2 * len(given)
