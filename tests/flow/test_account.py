"""A laptop is lost while it is signed in: its owner ends that from another browser, with all that was connected
there.
"""

import re
from urllib.parse import urlencode

from aiohttp import ClientSession
from playwright.async_api import Page, expect
from yarl import URL

from tests.asker import CHALLENGE, VERIFIER
from tests.flow.conftest import PASSWORD, Pair
from tests.flow.test_journey import sign_in
from tests.interop.browser import Person

REDIRECT_URI = "https://c.example/cb"


async def connected(http: ClientSession, laptop: Person, url: str) -> dict[str, str]:
    """The token of an application that was allowed on the laptop."""
    metadata = {"client_name": "Assistant", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none"}
    async with http.post(f"{url}/register", json=metadata) as answer:
        client_id = (await answer.json())["client_id"]
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    page = await laptop.open(f"{url}/authorize?{urlencode(asked)}")
    page = await laptop.submit(
        page, page.form("password").filled(login=laptop.username, password=laptop.password), page.form("password")
    )
    location = await laptop.leave(page, [*page.form("request").fields, ("decision", "allow")], page.form("request"))
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": URL(location).query["code"],
        "code_verifier": VERIFIER,
    }
    async with http.post(f"{url}/token", data=form) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def test_lost_laptop_is_signed_out_with_all_that_was_connected_there(page: Page, pair: Pair) -> None:
    """OWASP ASVS 7.5.2, RFC 7009 section 2.1: two clicks, and neither the browser nor its application gets in any
    more.
    """
    url = pair.service.url
    async with Person("ada", PASSWORD) as laptop, ClientSession() as http:
        token = await connected(http, laptop, url)
        await page.goto(f"{url}/account")
        await sign_in(page)
        entries = page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
        await expect(entries).to_have_count(2)
        lost = entries.filter(has_text="Assistant")
        await expect(lost).not_to_contain_text("This browser")
        await lost.get_by_role("button", name=re.compile("disconnect")).click()
        await expect(entries).to_have_count(1)
        await expect(page.get_by_text("No applications are connected.")).to_be_visible()
        async with http.get(f"{url}/api/notes", headers=token) as answer:
            assert answer.status == 401
        assert (await laptop.open(f"{url}/account")).has("password")
