"""Tokens bound to a key, with npm's openid-client, a certified client that nobody here wrote."""

import asyncio
from pathlib import Path

import pytest

from tests import provision
from tests.interop.browser import Person
from tests.interop.callback import listening
from tests.interop.program import telling
from tests.ports import free_port
from tests.processes import running, start_service

PROGRAM = Path(__file__).parent / "relying.mjs"
DEADLINE = 60
"""Seconds for the whole flow."""


@pytest.mark.parametrize(
    "settings",
    [{}, {"dpop": "required"}, {"dpop": "required", "dpop_nonces": "on"}],
    ids=["optional", "required", "nonces"],
)
async def test_certified_client_gets_tokens_that_only_it_can_use(
    database: Path, ada: Person, settings: dict[str, object]
) -> None:
    """RFC 9449 sections 5, 7, 8, 9 and 10: code, refresh and resource, with ``dpop_jkt``, and nonces where they are
    asked for.
    """
    module = provision.need(provision.openid_client)
    with running(start_service(database, port=free_port(), settings=settings)) as service:
        async with (
            listening() as callback,
            asyncio.timeout(DEADLINE),
            telling(PROGRAM, str(module), service.url, callback.url) as program,
        ):
            program.tell(await ada.consent((await program.heard())["open"]))
            assert await program.heard() == {"types": ["dpop", "dpop"], "owner": 200, "thief": 401}
