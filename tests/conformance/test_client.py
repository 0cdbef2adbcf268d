"""Every client scenario of the official suite that needs no sign-in, at every revision it is for, against the web
client's engine.
"""

import sys
from pathlib import Path

import pytest

from tests.conformance.client import protocol
from tests.conformance.scenarios import EXTENSIONS, parse_listing
from tests.conformance.suite import Suite

REVISIONS = {
    "initialize": ("2025-06-18", "2025-11-25"),
    "tools_call": ("2025-06-18", "2025-11-25", "2026-07-28"),
    "elicitation-sep1034-client-defaults": ("2025-11-25",),
    "sse-retry": ("2025-11-25",),
    "request-metadata": ("2026-07-28",),
    "sep-2322-client-request-state": ("2026-07-28",),
    "http-standard-headers": ("2026-07-28",),
    "http-custom-headers": ("2026-07-28",),
    "http-invalid-tool-headers": ("2026-07-28",),
    "json-schema-ref-no-deref": ("2026-07-28",),
    "json-schema-2020-12-preservation": ("2025-11-25", "2026-07-28"),
    "sep-2640-client-no-prefetch": (EXTENSIONS,),
    "sep-2640-client-verify-digest": (EXTENSIONS,),
    "sep-2640-client-verify-size": (EXTENSIONS,),
    "sep-2640-client-verify-frontmatter": (EXTENSIONS,),
}
"""Scenario -> the revisions it is run at."""
EACH = [
    pytest.param(name, revision, id=f"{name}-{revision}")
    for name, revisions in REVISIONS.items()
    for revision in revisions
]
NOT_SENT = {"http-standard-headers": 2}
"""How many checks the suite skips: they are about initialize and its notification, which revision 2026-07-28 does
not have.
"""


def test_suite_has_the_scenarios_that_are_run(suite: Suite) -> None:
    """A new version of the suite brings nothing that nobody looks at."""
    listed = {
        name: revisions
        for name, revisions in parse_listing(suite.list_client_scenarios()).items()
        if not name.startswith("auth/")
    }
    assert listed == REVISIONS
    assert set(protocol.SCENARIOS) == set(REVISIONS)


@pytest.mark.parametrize(("scenario", "revision"), EACH)
async def test_scenario_passes(suite: Suite, scenario: str, revision: str) -> None:
    """MCP at the revision, as the official suite reads it, wire schema included; a warning is not good enough."""
    at = () if revision == EXTENSIONS else ("--spec-version", revision)
    checks = await suite.run(
        "client", "--command", f"{sys.executable} -m tests.conformance.client", "--scenario", scenario, *at
    )
    faults = [str(check) for check in checks if check.status not in {"SUCCESS", "INFO", "SKIPPED"}]
    assert not faults, "\n".join(faults)
    assert any(check.status == "SUCCESS" for check in checks)
    assert sum(check.status == "SKIPPED" for check in checks) == NOT_SENT.get(scenario, 0)


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
async def test_requirements_of_a_revision_are_met(suite: Suite, revision: str) -> None:
    """Everything that the suite holds a client of that revision to, and what it reports without counting it, sign-in
    included: not a failure, not a warning.
    """
    checks = await suite.run(
        "client", "--command", f"{sys.executable} -m tests.conformance.client", "--requirements", revision
    )
    faults = [str(check) for check in checks if check.status not in {"SUCCESS", "INFO", "SKIPPED"}]
    assert not faults, "\n".join(faults)
    assert sum(check.status == "SUCCESS" for check in checks) > 200


async def test_suite_notices_a_client_that_does_nothing(suite: Suite, tmp_path: Path) -> None:
    """Proof that silence does not pass for success here."""
    idle = tmp_path / "idle.py"
    idle.write_text("")
    checks = await suite.run("client", "--command", f"{sys.executable} {idle}", "--scenario", "tools_call")
    assert "FAILURE" in {check.status for check in checks}
