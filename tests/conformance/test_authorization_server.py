"""The official suite's authorization-server scenarios: metadata endpoint and authorization code grant."""

from pathlib import Path

import pytest

from tests.conformance.suite import Check, Suite
from tests.interop.browser import Person
from tests.ports import free_port
from tests.processes import Program, add_client

PASSED = {Check("authorization-server-metadata", "SUCCESS"), Check("authorization-code-grant", "SUCCESS")}
METADATA_DOCUMENTS = Check("authorization-server-metadata-cimd", "SUCCESS")
"""A SHOULD since 2025-11-25, which the suite asks for from then on."""


@pytest.fixture
def arguments(service: Program, database: Path) -> list[str]:
    """The suite's options for this service and a public client that the operator registered."""
    port = free_port()
    client_id = add_client(database, f"http://127.0.0.1:{port}/callback")["client_id"]
    return ["authorization", "--url", service.url, "--client-id", client_id, "--port", str(port)]


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
async def test_authorization_server_scenarios_pass(
    suite: Suite, arguments: list[str], ada: Person, revision: str
) -> None:
    """RFC 8414 section 3 and OAuth 2.1 section 4.1, as the official suite reads them."""
    checks = await suite.run(*arguments, "--spec-version", revision, visit=ada.consent)
    assert set(checks) == PASSED | ({METADATA_DOCUMENTS} if revision >= "2025-11-25" else set())


async def test_authorization_code_grant_passes_with_a_resource_indicator(
    suite: Suite, arguments: list[str], service: Program, ada: Person
) -> None:
    """RFC 8707 section 2: the resource named in both requests."""
    checks = await suite.run(*arguments, "--resource", f"{service.url}/mcp", visit=ada.consent)
    assert set(checks) == PASSED | {METADATA_DOCUMENTS}


async def test_suite_notices_a_denied_consent(suite: Suite, arguments: list[str], ada: Person) -> None:
    """RFC 6749 section 4.1.2.1: proof that a refusal does not pass for success here."""

    async def deny(url: str) -> str:
        return await ada.consent(url, decision="deny")

    grant = [check for check in await suite.run(*arguments, visit=deny) if check.id == "authorization-code-grant"]
    assert [check.status for check in grant] == ["FAILURE"]
    assert "access_denied" in str(grant[0].message)
