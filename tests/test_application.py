"""An application with a table, a page and an endpoint of its own, as any author can write one
(``mcpserver.application``).
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from attrs import evolve

from mcpbase.settings import SettingError
from mcpserver import MCPServer
from mcpserver.application import Application, Host, Link
from mcpserver.compose.app import create_app
from mcpserver.compose.mount import mount
from mcpserver.compose.service import SERVICE
from mcpserver.notes import open_notes
from mcpserver.settings import Settings
from mcpserver.store import Statement, Store, StoreBusy, StoreError, open_store
from mcpserver.web.pages.rendering import render

from .fetchers import closing_network

HOST = {"Host": "127.0.0.1:8000"}


async def open_visits(host: Host, templates: Path) -> Application:
    """Counts how often its page was asked for."""
    await host.database.apply(Statement("CREATE TABLE IF NOT EXISTS visits (path TEXT NOT NULL)"))

    async def visit(request: web.Request) -> web.StreamResponse:
        await host.database.apply(Statement("INSERT INTO visits VALUES (:path)", {"path": request.path}))
        row = await host.database.fetch_one("SELECT COUNT(*) FROM visits")
        return render(request, "visits.html", {"count": row and row[0]})

    server = MCPServer("visits", scopes={"visits:read": "See how many visits there were"})
    return Application(
        server, (web.get("/visits", visit),), templates, "Every visit counts", (Link("/visits", "Visit"),)
    )


async def test_application_brings_its_table_routes_templates_scopes_and_links(tmp_path: Path) -> None:
    (tmp_path / "visits.html").write_text('{% extends "base.html" %}{% block main %}{{ count }} visits{% endblock %}')
    settings = Settings(database=f"sqlite:///{tmp_path}/service.db")
    for count in (1, 2):  # the second time after a restart
        app = await create_app(settings, server=lambda host: open_visits(host, tmp_path))
        assert [scope.name for scope in app[SERVICE].resources.own_scopes] == ["profile", "visits:read"]
        async with TestServer(app) as server, ClientSession(server.make_url("/"), headers=HOST) as browser:
            async with browser.get("/") as answer:
                front = await answer.text()
            assert "<h1>Every visit counts</h1>" in front
            assert '<a class="button primary" href="/visits">Visit</a>' in front
            async with browser.get("/visits") as answer:
                assert f"{count} visits" in await answer.text()
            async with browser.get("/notes") as answer:
                assert answer.status == 404


async def test_server_alone_brings_no_page(tmp_path: Path) -> None:
    app = await create_app(Settings(database="sqlite://", name="Greetings"), server=MCPServer("greetings"))
    async with TestServer(app) as server, ClientSession(server.make_url("/"), headers=HOST) as browser:
        async with browser.get("/") as answer:
            assert "<h1>Greetings in any MCP client</h1>" in await answer.text()
        for path in ("/notes", "/api/notes"):
            async with browser.get(path) as answer:
                assert answer.status == 404


async def test_start_beside_a_process_that_writes(tmp_path: Path) -> None:
    """Nothing has to be written, by the service or by the notes, once everything is there."""
    settings = Settings(database=f"sqlite:///{tmp_path}/service.db")
    store = await open_store(settings.database, busy_timeout=0.05)
    await create_app(settings, server=open_notes, store=store)
    with closing(sqlite3.connect(tmp_path / "service.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await create_app(settings, server=open_notes, store=store)
    await store.close()


async def test_database_that_is_busy_is_told_in_a_sentence(tmp_path: Path) -> None:
    """An application that has to make its table cannot start while another process writes."""
    settings = Settings(public_url="https://app.example/visits", database=f"sqlite:///{tmp_path}/service.db")
    store = await open_store(settings.database, busy_timeout=0.05)
    await create_app(settings, server=MCPServer("visits"), store=store)
    with closing(sqlite3.connect(tmp_path / "service.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for start in (create_app(settings, server=open_busy, store=store), mounted(settings, store)):
            with pytest.raises(StoreError, match=r"at the moment .database is locked"):
                await start
    await store.close()


async def mounted(settings: Settings, store: Store) -> None:
    await mount(web.Application(), settings, server=open_busy, store=store)


async def open_busy(host: Host) -> Application:
    return await open_visits(host, Path(__file__).parent)


async def test_application_is_opened_when_the_service_may_start(tmp_path: Path) -> None:
    """It may change tables, which a wrong secret or setting must not come to."""
    settings = Settings(database=f"sqlite:///{tmp_path}/service.db", secret="s" * 32)
    opened: list[Host] = []

    async def opening(host: Host) -> Application:
        opened.append(host)
        return Application(MCPServer("visits"))

    async with TestServer(await create_app(settings, server=opening)):
        assert len(opened) == 1
    resources = ((settings.resource, (("visits:read", "See how many visits there were"),)),)
    for wrong, reason in (
        (evolve(settings, secret="t" * 32), "setting secret"),
        (evolve(settings, resources=resources), "setting resources"),
    ):
        with pytest.raises(SettingError, match=reason):
            await create_app(wrong, server=opening)
    assert len(opened) == 1


async def test_application_is_closed_before_the_store(tmp_path: Path) -> None:
    counted: list[object] = []

    async def open_counted(host: Host) -> Application:
        async def close() -> None:
            counted.append(await host.database.fetch("SELECT 1"))

        return Application(MCPServer("counted"), close=close)

    app = await create_app(Settings(database="sqlite://"), server=open_counted)
    async with TestServer(app):
        assert counted == []
    assert counted == [[(1,)]]
    with pytest.raises(StoreBusy, match="closed"):
        await app[SERVICE].store.ping()


async def test_store_closes_even_if_the_application_cannot() -> None:
    async def close() -> None:
        raise RuntimeError("a bug")

    async def opening(host: Host) -> Application:
        return Application(MCPServer("visits"), close=close)

    app = await create_app(Settings(database="sqlite://"), server=opening)
    server = TestServer(app)
    await server.start_server()
    with pytest.raises(RuntimeError, match="a bug"):
        await server.close()
    with pytest.raises(StoreBusy, match="closed"):
        await app[SERVICE].store.ping()


@pytest.mark.parametrize("fault", ["scopes", "routes"])
async def test_what_was_opened_is_closed_when_the_start_fails(tmp_path: Path, fault: str) -> None:
    """The application while the store is open, then the store, which folds its log into the database, and the
    network.
    """
    closed: list[str] = []
    log = tmp_path / "service.db-wal"

    async def visit(request: web.Request) -> web.Response:
        return web.Response()

    async def opening(host: Host) -> Application:
        async def close() -> None:
            assert log.exists()
            assert await host.database.fetch("SELECT 1") == [(1,)]
            closed.append("application")

        server = MCPServer("wrong", scopes={"no scope": ""} if fault == "scopes" else {})
        return Application(server, () if fault == "scopes" else (web.get("no slash", visit),), close=close)

    settings = Settings(database=f"sqlite:///{tmp_path}/service.db")
    with pytest.raises((SettingError, ValueError)):
        await create_app(settings, server=opening, network=closing_network(closed))
    assert closed == ["application", "strangers", "trusted"]
    assert not log.exists()
