"""Every client scenario of the official suite that needs a sign-in, at every revision it is for, against the web
client's engine.
"""

import sys
from pathlib import Path

import pytest

from tests.conformance.client import protocol, signing_in
from tests.conformance.scenarios import EARLIER, EXTENSIONS, FORMER, MODERN, OLDEST, parse_listing
from tests.conformance.suite import Suite

COMMAND = f"{sys.executable} -m tests.conformance.client"
SINCE, EVER, NEW = (FORMER, MODERN), (EARLIER, FORMER, MODERN), (MODERN,)
REVISIONS = {
    "auth/metadata-default": SINCE,
    "auth/metadata-var1": SINCE,
    "auth/metadata-var2": SINCE,
    "auth/metadata-var3": SINCE,
    "auth/basic-cimd": SINCE,
    "auth/scope-from-www-authenticate": SINCE,
    "auth/scope-from-scopes-supported": SINCE,
    "auth/scope-omitted-when-undefined": SINCE,
    "auth/scope-step-up": SINCE,
    "auth/scope-retry-limit": SINCE,
    "auth/token-endpoint-auth-basic": EVER,
    "auth/token-endpoint-auth-post": EVER,
    "auth/token-endpoint-auth-none": EVER,
    "auth/pre-registration": SINCE,
    "auth/2025-03-26-oauth-metadata-backcompat": (OLDEST,),
    "auth/2025-03-26-oauth-endpoint-fallback": (OLDEST,),
    "auth/resource-mismatch": NEW,
    "auth/offline-access-scope": NEW,
    "auth/offline-access-not-supported": NEW,
    "auth/authorization-server-migration": NEW,
    "auth/iss-supported": NEW,
    "auth/iss-not-advertised": NEW,
    "auth/iss-supported-missing": NEW,
    "auth/iss-wrong-issuer": NEW,
    "auth/iss-unexpected": NEW,
    "auth/iss-normalized": NEW,
    "auth/metadata-issuer-mismatch": NEW,
    "auth/client-credentials-jwt": (EXTENSIONS,),
    "auth/client-credentials-basic": (EXTENSIONS,),
    "auth/enterprise-managed-authorization": (EXTENSIONS,),
    "auth/dpop": (EXTENSIONS,),
    "auth/dpop-nonce": (EXTENSIONS,),
    "auth/wif-jwt-bearer": (EXTENSIONS,),
}
"""Scenario -> the revisions it is run at."""
EACH = [
    pytest.param(name, revision, id=f"{name}-{revision}")
    for name, revisions in REVISIONS.items()
    for revision in revisions
]


def test_suite_has_the_scenarios_that_are_run(suite: Suite) -> None:
    """A new version of the suite brings nothing that nobody looks at."""
    listed = parse_listing(suite.list_client_scenarios())
    assert {name: revisions for name, revisions in listed.items() if name.startswith("auth/")} == REVISIONS
    assert set(signing_in.SCENARIOS) == set(REVISIONS)
    assert set(listed) == set(REVISIONS) | set(protocol.SCENARIOS)


@pytest.mark.parametrize(("scenario", "revision"), EACH)
async def test_scenario_passes(suite: Suite, scenario: str, revision: str) -> None:
    """MCP authorization at the revision, as the official suite reads it; a warning is not good enough, and nothing
    is skipped.
    """
    at = () if revision == EXTENSIONS else ("--spec-version", revision)
    checks = await suite.run("client", "--command", COMMAND, "--scenario", scenario, *at)
    faults = [str(check) for check in checks if check.status not in {"SUCCESS", "INFO"}]
    assert not faults, "\n".join(faults)
    assert any(check.status == "SUCCESS" for check in checks)


@pytest.mark.parametrize("revision", [FORMER, MODERN])
async def test_requirements_of_the_revision_are_met(suite: Suite, revision: str) -> None:
    """Everything that the suite froze as required of a client at the revision's release."""
    checks = await suite.run("client", "--command", COMMAND, "--requirements", revision)
    faults = [str(check) for check in checks if check.status not in {"SUCCESS", "INFO", "SKIPPED"}]
    assert not faults, "\n".join(faults)


async def test_suite_notices_a_client_that_does_nothing(suite: Suite, tmp_path: Path) -> None:
    """Proof that silence does not pass for success here."""
    idle = tmp_path / "idle.py"
    idle.write_text("")
    checks = await suite.run("client", "--command", f"{sys.executable} {idle}", "--scenario", "auth/metadata-default")
    assert "FAILURE" in {check.status for check in checks}
