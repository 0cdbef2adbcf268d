"""Servers of before 2026-07-28 (MCP 2025-11-25 lifecycle; MCP 2026-07-28 versioning, backward compatibility)."""

import pytest

from .browser import Browser
from .conftest import Running
from .foreign import Foreign


@pytest.mark.parametrize("sse", [False, True])
@pytest.mark.parametrize("sessions", [False, True])
async def test_old_server_is_met_with_the_handshake(
    browser: Browser, foreign: Foreign, sessions: bool, sse: bool
) -> None:
    foreign.lies.legacy, foreign.lies.legacy_sessions, foreign.lies.sse = True, sessions, sse
    page = await browser.add(foreign.url)
    assert "MCP 2025-11-25" in page.text
    assert foreign.methods()[-4:] == ["server/discover", "initialize", "notifications/initialized", "tools/list"]
    page = await browser.call(page, "whoami")
    assert "Ada" in page.text
    last = foreign.asked("/mcp")[-1]
    assert last.headers["MCP-Protocol-Version"] == "2025-11-25"
    assert ("Mcp-Session-Id" in last.headers) == sessions
    assert not any(name.startswith("io.modelcontextprotocol/") for name in last.json["params"].get("_meta", {}))


async def test_dropped_session_is_opened_anew(browser: Browser, foreign: Foreign) -> None:
    """MCP 2025-11-25, session management: 404 means a new initialize."""
    foreign.lies.legacy = True
    page = await browser.add(foreign.url)
    foreign.sessions.clear()
    assert "Ada" in (await browser.call(page, "whoami")).text
    assert foreign.methods()[-4:] == ["tools/call", "initialize", "notifications/initialized", "tools/call"]


async def test_restart_shakes_hands_again(browser: Browser, foreign: Foreign, client: Running) -> None:
    foreign.lies.legacy = True
    page = await browser.add(foreign.url)
    await client.stop()
    await client.start()
    assert "Ada" in (await browser.call(page, "whoami")).text


async def test_server_that_names_an_older_version_gets_the_handshake(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, versioning: the client selects a mutually supported version."""
    foreign.lies.only_version = "2025-06-18"
    page = await browser.add(foreign.url)
    assert "initialize" in foreign.methods()
    assert "Not working" in page.text


async def test_unknown_older_version_ends_politely(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.legacy, foreign.lies.legacy_version = True, "1999-01-01"
    assert "wants to use MCP 1999-01-01" in (await browser.add(foreign.url)).text


@pytest.mark.parametrize("publishes", [True, False])
async def test_server_of_before_protected_resource_metadata(
    browser: Browser, foreign: Foreign, publishes: bool
) -> None:
    """MCP 2025-03-26, server metadata discovery: its own authorization server at its origin, with the default
    endpoints when it publishes nothing.
    """
    foreign.lies.no_resource_metadata, foreign.lies.challenge, foreign.lies.no_issuer_metadata = True, "", not publishes
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    assert [each.form["resource"] for each in foreign.asked("/token")] == [foreign.url]
    assert ("Assume the default endpoints of 2025-03-26" in page.text) is not publishes
    [asked] = foreign.asked("/.well-known/oauth-authorization-server")
    assert asked.headers["MCP-Protocol-Version"] == "2025-03-26"
