"""A device built on npm's openid-client, a certified client that nobody here wrote (RFC 8628)."""

import asyncio
from pathlib import Path

import pytest

from tests import provision
from tests.interop.browser import Person
from tests.interop.devices import decide, enter
from tests.interop.program import telling
from tests.processes import Program

PROGRAM = Path(__file__).parent / "device.mjs"
DEADLINE = 60
"""Seconds for the whole flow, of which the device waits five before it asks for the first time."""


@pytest.mark.parametrize(("method", "token_type"), [("none", "dpop"), ("client_secret_basic", "bearer")])
async def test_certified_client_waits_for_its_person_and_gets_its_tokens(
    service: Program, ada: Person, method: str, token_type: str
) -> None:
    """RFC 8628 sections 3.1 to 3.5; a public client's tokens are bound to its key (RFC 9449)."""
    module = provision.need(provision.openid_client)
    async with asyncio.timeout(DEADLINE), telling(PROGRAM, str(module), service.url, method) as device:
        page = await enter(ada, (await device.heard())["open"])
        assert "Wall display" in page.text
        assert (await decide(ada, page, "allow")).status == 200
        assert await device.heard() == {"type": token_type, "scope": "notes:read", "status": 200}


async def test_certified_client_understands_a_denial(service: Program, ada: Person) -> None:
    """RFC 8628 section 3.5."""
    module = provision.need(provision.openid_client)
    async with asyncio.timeout(DEADLINE), telling(PROGRAM, str(module), service.url, "client_secret_post") as device:
        await decide(ada, await enter(ada, (await device.heard())["open"]), "deny")
        assert await device.heard() == {"error": "access_denied"}
