"""The composition root, and what goes on beside the requests."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from attrs import evolve

from mcpserver.compose.app import LOOK_FOR_KEYS
from mcpserver.compose.background import every
from mcpserver.compose.service import PUBLISH_KEYS, SERVICE, Service
from mcpserver.oauth.keys.key_ring import KeyRing, KeyRules
from mcpserver.oauth.protocol.errors import BearerError
from mcpserver.settings import Settings
from mcpserver.sources import Sources
from mcpserver.store import StoreBusy, open_store

from .conftest import PASSWORD, AddUser, Clock, ServiceClient, SignIn
from .sample import create_app
from .store import samples


async def test_state_of_8_kb_comes_through(client: ServiceClient) -> None:
    """RFC 6749 section 4.1.1 sets no limit to it; percent-encoded it is three times as long."""
    answer = await client.get("/authorize?state=" + "%C3" * 8192)
    assert answer.status == 400
    assert "text/html" in answer.headers["Content-Type"]


async def test_person_signs_in_and_sees_their_notes(client: ServiceClient, add_user: AddUser, sign_in: SignIn) -> None:
    await add_user("ada", PASSWORD, name="Ada Lovelace")
    await sign_in(client, "ada")
    page = await client.get("/notes")
    assert page.status == 200
    assert "Ada Lovelace" in await page.text()


async def test_store_that_is_handed_in_stays_open() -> None:
    store = await open_store("sqlite://")
    async with TestServer(await create_app(Settings(database="sqlite://"), store=store)):
        await store.ping()
    await store.ping()
    await store.close()


async def test_store_that_was_opened_closes_with_the_application() -> None:
    app = await create_app(Settings(database="sqlite://"))
    store = app[SERVICE].store
    async with TestServer(app):
        await store.ping()
    with pytest.raises(StoreBusy):
        await store.ping()


async def test_tools_of_ones_own_take_the_place_of_the_notes() -> None:
    """They stand behind the same sign-in, and know who is calling."""
    settings = Settings(database="sqlite://")
    app = await create_app(settings, server=example("greetings").server)
    headers = {"Host": "127.0.0.1:8000", "MCP-Protocol-Version": "2025-11-25"}
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "greet", "arguments": {"greeting": "Good day"}},
    }
    async with TestClient(TestServer(app), headers=headers) as client:
        assert (await client.post("/mcp", json=call)).status == 401
        bearer = {"Authorization": f"Bearer {await token_of_ada(app[SERVICE])}"}
        answer = await client.post("/mcp", json=call, headers=bearer)
        assert "Good day, Ada Lovelace!" in await answer.text()


async def token_of_ada(service: Service) -> str:
    """What a client gets that she allowed to know her profile."""
    ada = await service.accounts.add("ada", PASSWORD, name="Ada Lovelace")
    await service.store.add_client(samples.client("editor"))
    grant = evolve(
        samples.grant(user_id=ada.id, client_id="editor"), scope="profile", resource=service.settings.resource
    )
    assert await service.store.add_grant(grant, samples.code())
    return service.access_tokens.issue(grant)


async def test_what_is_past_use_is_deleted_by_itself(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, sources: Sources
) -> None:
    """An hour is long for a test, so that the pause is none here."""
    monkeypatch.setattr("mcpserver.compose.housekeeping.KEEP_HOUSE", 0)
    app = await create_app(Settings(database="sqlite://"), sources=sources)
    store = app[SERVICE].store
    await store.add_account(samples.account())
    await store.add_session(samples.session(expires_at=clock.now + 60))
    async with TestServer(app), asyncio.timeout(10):
        assert await store.find_session(samples.digest("session"), now=0) is not None
        clock.now += 60
        while await store.find_session(samples.digest("session"), now=0) is not None:
            pass


async def test_next_key_is_published_by_itself(monkeypatch: pytest.MonkeyPatch, clock: Clock, sources: Sources) -> None:
    """RFC 7517 section 5. A test does not wait, so that the pause is none here."""
    monkeypatch.setattr("mcpserver.compose.app.LOOK_FOR_KEYS", 0)
    app = await create_app(Settings(database="sqlite://", key_rotation=86400), sources=sources)
    ring = app[SERVICE].keys
    first = ring.active.kid
    async with TestServer(app), asyncio.timeout(10):
        clock.now += 86400 - PUBLISH_KEYS
        while len(published(ring)) == 1:
            await app[SERVICE].store.ping()
        assert ring.active.kid == first
        clock.now += PUBLISH_KEYS
        assert [ring.active.kid, first] == published(ring)


async def test_key_of_another_process_signs_within_seconds(clock: Clock, sources: Sources) -> None:
    """`mcpserver key rotate --now`: somebody may know the old key, so that a minute of signing with it is long."""
    app = await create_app(Settings(database="sqlite://"), sources=sources)
    service = app[SERVICE]
    other = await KeyRing.load(service.store, service.seal, sources, KeyRules(3600))
    async with TestServer(app), asyncio.timeout(30):
        key = await other.rotate()
        while service.keys.active.kid != key.kid:
            await service.store.ping()
    assert LOOK_FOR_KEYS <= 5


async def test_tokens_of_a_removed_key_are_not_remembered(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, sources: Sources
) -> None:
    """Known tokens cost no second look at the key, so that its removal has to end them.

    A test does not wait, so that the pause is none here.
    """
    monkeypatch.setattr("mcpserver.compose.app.LOOK_FOR_KEYS", 0)
    app = await create_app(Settings(database="sqlite://"), sources=sources)
    service = app[SERVICE]
    await samples.keep_grant(service.store)
    grant = await service.store.find_grant("grant")
    assert grant is not None
    token = service.access_tokens.issue(evolve(grant, resource=service.settings.resource))
    old = service.keys.active.kid
    async with TestServer(app), asyncio.timeout(10):
        assert (await service.resource_server.authenticate([f"Bearer {token}"], ())).id == "ann"
        await service.keys.rotate()
        clock.now += 1
        assert await service.store.remove_signing_key(old, now=clock.now)
        with pytest.raises(BearerError):
            await use_for_ever(service, token)


async def use_for_ever(service: Service, token: str) -> None:
    while True:
        await service.resource_server.authenticate([f"Bearer {token}"], ())
        await service.store.ping()


async def test_start_publishes_the_key_that_became_due_while_the_service_was_off(
    clock: Clock, sources: Sources
) -> None:
    """RFC 7517 section 5."""
    store = await open_store("sqlite://")
    settings = Settings(database="sqlite://", secret="s" * 32, key_rotation=86400)
    first = (await create_app(settings, store=store, sources=sources))[SERVICE].keys.active.kid
    clock.now += 86400
    ring = (await create_app(settings, store=store, sources=sources))[SERVICE].keys
    assert len(published(ring)) == 2
    assert ring.active.kid == first
    await store.close()


def published(ring: KeyRing) -> list[str]:
    return [key["kid"] for key in cast(list[dict[str, str]], ring.public_jwks()["keys"])]


async def test_work_is_repeated_until_the_application_ends(caplog: pytest.LogCaptureFixture) -> None:
    """A busy database and even a bug do not end it, for nobody else would notice."""
    turns: list[int] = []
    enough = asyncio.Event()

    async def work() -> None:
        turns.append(len(turns))
        if len(turns) == 1:
            raise StoreBusy("locked")
        if len(turns) == 2:
            raise RuntimeError("a bug")
        enough.set()

    await _run(work, until=enough)
    assert len(turns) >= 3
    levels = [record.levelno for record in caplog.records if record.name == "mcpserver.compose.background"]
    assert levels == [logging.WARNING, logging.ERROR]
    count = len(turns)
    await asyncio.sleep(0)
    assert len(turns) == count


def example(name: str) -> ModuleType:
    """A module of examples/, which is no package."""
    spec = spec_from_file_location(name, Path(__file__).parent.parent / "examples" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def _run(work: Callable[[], Awaitable[None]], *, until: asyncio.Event) -> None:
    app = web.Application()
    app.cleanup_ctx.append(every(0, work))
    async with TestServer(app):
        await asyncio.wait_for(until.wait(), 10)
