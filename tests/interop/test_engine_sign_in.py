"""The web client's sign-in with oidc-provider, and with our own service as a real process at each of its settings
for proofs.
"""

from pathlib import Path

import pytest

from tests.interop.browser import Person
from tests.interop.test_elsewhere import provider
from tests.ports import free_port
from tests.processes import running, start_service, start_webclient
from webclient import Credentials, Preferences, connect

DEADLINE = 30
"""Seconds for a program to answer, or a person to come back."""


@pytest.mark.parametrize("dpop", [False, True])
async def test_job_gets_its_token_from_an_independent_server(tmp_path: Path, dpop: bool) -> None:
    """MCP extension OAuth Client Credentials, and RFC 9449, with npm's oidc-provider."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    async with provider(url, "jwt") as issuer:
        settings = {"app": "tests.interop.greeter:server", "authorization_server": issuer}
        with running(start_service(tmp_path / "service.db", port=port, settings=settings)):
            preferences = Preferences(grant="client_credentials", scopes=("greet",), dpop=dpop)
            async with connect(
                url, credentials=Credentials("job", "job-secret"), preferences=preferences, open_browser=None
            ) as client:
                assert (await client.call_tool("whoami"))["structuredContent"] == {
                    "id": "job",
                    "client": "job",
                    "is_client": True,
                }


MODES = pytest.mark.parametrize(
    "settings",
    [{}, {"dpop": "required"}, {"dpop": "required", "dpop_nonces": "on"}],
    ids=["bearer", "proofs", "nonces"],
)


@MODES
async def test_program_signs_in_here(database: Path, ada: Person, settings: dict[str, object]) -> None:
    """RFC 9449 sections 5 to 9: the server says what it wants, and the client does it without being told."""
    with running(start_service(database, port=free_port(), settings=settings)) as service:
        async with connect(f"{service.url}/mcp", open_browser=ada.consent, patience=DEADLINE) as client:
            assert (await client.call_tool("whoami"))["structuredContent"]["username"] == "ada"


@MODES
async def test_pages_sign_in_here(database: Path, tmp_path: Path, ada: Person, settings: dict[str, object]) -> None:
    """The same through the pages, as a person does it: add, sign in, agree, call a tool."""
    with (
        running(start_service(database, port=free_port(), settings=settings)) as service,
        running(start_webclient(tmp_path / "c.db", port=free_port())) as pages,
    ):
        page = await ada.open(f"{pages.home}/add")
        form = page.form("url")
        page = await ada.submit(page, form.filled(url=f"{service.url}/mcp"), form)
        form = page.form("password")
        page = await ada.submit(page, form.filled(login=ada.username, password=ada.password), form)
        form = page.form("request")
        page = await ada.submit(page, [*form.fields, ("decision", "allow")], form)
        form = page.form(
            "address"
        )  # the redirect URI is the plain address, from where a browser without scripts is shown the way
        page = await ada.submit(page, form.filled(address=pages.home), form)
        assert page.url.startswith(f"{pages.home}/integrations/")
        assert "Connected" in page.text
        assert ("dpop_jkt" in page.text) is ("dpop" in settings)
