"""Chapter L of the attack catalogue, continued: a consent form whose request was made up."""

import pytest

from ..asker import Asker

_HEADERS = {
    "nothing": "",
    "no JWE": "a.b.c",
    "objects where names belong": "eyJhbGciOnt9LCJlbmMiOnt9fQ.",
    "compression": "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwiemlwIjoiREVGIn0.",
}


@pytest.mark.parametrize("header", _HEADERS.values(), ids=_HEADERS.keys())
async def test_l9_made_up_request_is_forbidden(asker: Asker, header: str) -> None:
    """ASVS 2.3.1: no code for a step that was not shown, and no fault of ours either."""
    page = await asker.ask()
    answer = await asker.decide(page, request=header + ".AAAA.AAAA.AAAA")
    assert (answer.status, answer.location) == (403, None)


async def test_l7_lone_offline_access_shows_the_default_set_to_choose_from(asker: Asker) -> None:
    """MCP 2026-07-28, authorization, refresh tokens: clients may add it to a request that names nothing else."""
    page = await asker.ask(scope="offline_access")
    assert 'value="notes:read"' in page.text
    assert "offline_access" in (await asker.redeem((await asker.decide(page)).redirect["code"])).json["scope"].split()
