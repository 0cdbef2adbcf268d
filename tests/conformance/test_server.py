"""The suite's server scenarios that need nothing of the suite's own making, against the service as it is: behind its
sign-in, with a person's token.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conformance.bearer import standing
from tests.conformance.suite import Suite
from tests.interop.browser import Person
from tests.interop.callback import listening
from tests.interop.sdk import Application
from tests.interop.stranger import Window
from tests.ports import free_port
from tests.processes import running, start_service

PASSING = [
    ("2025-06-18", "server-initialize"),
    ("2025-06-18", "ping"),
    ("2025-06-18", "tools-list"),
    ("2025-11-25", "server-initialize"),
    ("2025-11-25", "server-session-lifecycle"),
    ("2025-11-25", "ping"),
    ("2025-11-25", "tools-list"),
    ("2025-11-25", "dns-rebinding-protection"),
    ("2026-07-28", "tools-list"),
    ("2026-07-28", "dns-rebinding-protection"),
    ("2026-07-28", "http-header-validation"),
    ("2026-07-28", "server-sse-multiple-streams"),
]
# What the suite cannot exercise on a server of notes: tools, prompts and resources of its own making. Everything else
# must pass.
OUT_OF_REACH = {
    "server-stateless": {
        "sep-2575-http-server-no-independent-requests-on-stream",
        "sep-2575-missing-capability-http-400",
        "sep-2575-server-no-log-without-loglevel",
        "sep-2575-server-rejects-undeclared-capability",
        "sep-2575-server-sends-prompts-list-changed-on-subscription",
        "sep-2575-server-sends-tools-list-changed-on-subscription",
    },
    "caching": {
        "sep-2549-prompts-list-caching-hints",
        "sep-2549-resources-list-caching-hints",
        "sep-2549-resources-read-caching-hints",
        "sep-2549-resources-templates-list-caching-hints",
    },
}


@pytest.fixture
async def endpoint(database: Path, ada: Person) -> AsyncIterator[str]:
    """The MCP endpoint as the suite reaches it, with a token which Ada granted."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    with running(start_service(database, port=free_port(), settings={"public_url": public_url})) as program:
        async with standing(port, program.url) as door, listening() as callback:
            application = Application(f"{public_url}/mcp", Window(ada), callback)
            async with application.connect("auto"):
                door.token = application.wallet.kept[-1].access_token
            yield application.mcp_url


@pytest.mark.parametrize(("revision", "scenario"), PASSING)
async def test_server_scenario_passes(suite: Suite, endpoint: str, revision: str, scenario: str) -> None:
    """MCP at the named revision, as the official suite reads it, wire schema included."""
    checks = await suite.run("server", "--url", endpoint, "--scenario", scenario, "--spec-version", revision)
    assert [check for check in checks if check.status not in {"SUCCESS", "INFO"}] == []


@pytest.mark.parametrize("scenario", OUT_OF_REACH)
async def test_server_scenario_passes_as_far_as_it_reaches(suite: Suite, endpoint: str, scenario: str) -> None:
    """MCP 2026-07-28, basic and server/utilities: every check but those that need what this server does not offer."""
    checks = await suite.run("server", "--url", endpoint, "--scenario", scenario, "--spec-version", "2026-07-28")
    assert {check.id for check in checks if check.status not in {"SUCCESS", "INFO"}} == OUT_OF_REACH[scenario]
    assert any(check.status == "SUCCESS" for check in checks)
