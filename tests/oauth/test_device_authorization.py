"""The device authorization request by value (RFC 8628 section 3.1)."""

from collections.abc import AsyncIterator, Iterator

import pytest

from mcpbase.seal import Seal
from mcpserver.oauth.authorize.device_authorization import begin
from mcpserver.oauth.protocol.errors import TemporarilyUnavailable
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.oauth.protocol.parameters import Parameters
from mcpserver.oauth.protocol.resources import Resources
from mcpserver.oauth.protocol.scopes import PROFILE, ScopeCatalog
from mcpserver.sources import Sources
from mcpserver.store import Store, open_store

CLIENT = Client("display", "Display", (), ClientKind.OPERATOR, 1, grant_types=(DEVICE_CODE,))


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    store = await open_store("sqlite://")
    await store.add_client(CLIENT)
    yield store
    await store.close()


def chance(*user_codes: int) -> Sources:
    """Device codes that differ, and these numbers in place of random ones for the user codes, in their order."""
    device_codes, numbers = iter(range(100)), iter(user_codes)

    def token_bytes(size: int) -> bytes:
        source: Iterator[int] = device_codes if size == 32 else numbers
        return next(source).to_bytes(size)

    return Sources(now=lambda: 1_700_000_000, token_bytes=token_bytes)


async def begin_with(store: Store, sources: Sources) -> tuple[str, str]:
    resources = Resources("https://s.example/mcp", ScopeCatalog((PROFILE,)), {})
    return await begin(
        store, Seal(bytes(32)), CLIENT, Parameters(()), resources=resources, thumbprint=None, sources=sources
    )


async def test_user_code_that_is_taken_is_not_given_out_again(store: Store) -> None:
    """RFC 8628 section 3.2: unique, whatever chance says."""
    sources = chance(1, 1, 2)
    codes = [await begin_with(store, sources) for _ in range(2)]
    assert len({code for pair in codes for code in pair}) == 4


async def test_chance_that_insists_is_told_as_what_passes(store: Store) -> None:
    sources = chance(1, 1, 1, 1)
    await begin_with(store, sources)
    with pytest.raises(TemporarilyUnavailable):
        await begin_with(store, sources)
