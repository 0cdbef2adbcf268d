"""An application with a table, a page and an endpoint of its own, as any author can write one
(``mcpserver.application``).
"""

from pathlib import Path

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from mcpserver import MCPServer
from mcpserver.application import Application, Host, Link
from mcpserver.compose.app import create_app
from mcpserver.compose.service import SERVICE
from mcpserver.settings import Settings
from mcpserver.store import Statement
from mcpserver.web.pages.rendering import render

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
