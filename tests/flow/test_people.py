"""Both programs as one installation: the service is the provider at which people sign in to the web client's pages
(OpenID Connect Core).
"""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.flow.conftest import PASSWORD, knows_the_way
from tests.ports import free_port
from tests.processes import add_client, add_user, running, start_service, start_webclient
from tests.webclient.browser import SESSION


async def test_people_sign_in_to_the_pages_at_the_service(page: Page, tmp_path: Path) -> None:
    """In, add the same service as an integration, out; in another browser nothing of it is left behind."""
    database, ports = tmp_path / "service.db", (free_port(), free_port())
    add_user(database, "ada", PASSWORD, name="Ada Lovelace", email="ada@example.com")
    pages = f"http://127.0.0.1:{ports[1]}"
    client = add_client(database, f"{pages}/sign-in/callback", "--confidential")
    settings = {
        "sign_in_issuer": f"http://127.0.0.1:{ports[0]}",
        "sign_in_client_id": client["client_id"],
        "sign_in_client_secret": client["client_secret"],
    }
    with (
        running(start_service(database, port=ports[0], settings={"openid": True})),
        running(start_webclient(tmp_path / "client.db", port=ports[1], settings=settings)) as program,
    ):
        await knows_the_way(page, program.home)
        await page.goto(f"{program.home}/add")
        await page.get_by_role("button", name="Continue to sign in").click()
        await page.get_by_label("Name or e-mail address").fill("ada")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("button", name="Allow").click()
        await expect(page.get_by_text("Ada Lovelace")).to_be_visible()
        await expect(page.get_by_label("Server URL")).to_be_visible()
        names = [cookie.get("name", "") for cookie in await page.context.cookies(program.home)]
        assert len([name for name in names if SESSION.fullmatch(name)]) == 1
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await page.goto(f"{program.home}/add")
        await expect(page.get_by_role("button", name="Continue to sign in")).to_be_visible()
