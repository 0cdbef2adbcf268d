"""The official suite's server scenarios that need no tools of the suite's own making, against the protected endpoint."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.bearer import standing
from tests.conformance.suite import Suite
from tests.interop.browser import Person
from tests.interop.callback import listening
from tests.interop.sdk import Application
from tests.processes import free_port, running, start_service

MODERN = ["server-stateless", "tools-list", "dns-rebinding-protection", "http-header-validation", "caching"]
HANDSHAKE = ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"]
SCENARIOS = [("2026-07-28", name) for name in MODERN] + [("2025-11-25", name) for name in HANDSHAKE]


@pytest.fixture
async def endpoint(database: Path, ada: Person) -> AsyncIterator[str]:
    """The MCP endpoint as the suite reaches it, with a token which Ada granted."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    with running(start_service(database, port=free_port(), settings={"public_url": public_url})) as program:
        async with standing(port, program.url) as door, listening() as callback:
            application = Application(f"{public_url}/mcp", ada, callback)
            async with application.connect("auto"):
                door.token = application.wallet.kept[-1].access_token
            yield application.mcp_url


@pytest.mark.parametrize(("revision", "scenario"), SCENARIOS)
async def test_server_scenario_passes(suite: Suite, endpoint: str, revision: str, scenario: str) -> None:
    """MCP at the named revision, as the official suite reads it, wire schema included."""
    checks = await suite.run("server", "--url", endpoint, "--scenario", scenario, "--spec-version", revision)
    assert [check for check in checks if check.status not in {"SUCCESS", "INFO"}] == []
