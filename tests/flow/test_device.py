"""A device that asks by a code, as a person at a browser sees it (RFC 8628 section 3.3)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.async_api import Page, expect

from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from tests.flow.conftest import PASSWORD
from tests.flow.test_journey import sign_in
from tests.ports import free_port
from tests.processes import Program, add_user, running, start_service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Program]:
    add_user(tmp_path / "service.db", "ada", PASSWORD, name="Ada Lovelace", email="ada@example.com")
    with running(start_service(tmp_path / "service.db", port=free_port())) as service:
        yield service


def post(address: str, body: bytes, content_type: str) -> dict[str, Any]:
    """The JSON of the answer, whatever its status."""
    request = Request(address, body, {"Content-Type": content_type})
    try:
        with urlopen(request) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        return dict(json.load(error))


def begin(service: Program) -> dict[str, Any]:
    """What a device gets that has just registered; ``client_id`` among it."""
    metadata = {"client_name": "Wall display", "grant_types": [DEVICE_CODE], "token_endpoint_auth_method": "none"}
    client_id = post(f"{service.url}/register", json.dumps(metadata).encode(), "application/json")["client_id"]
    return send(service, "/device_authorization", client_id=client_id) | {"client_id": client_id}


def send(service: Program, path: str, **form: str) -> dict[str, Any]:
    return post(f"{service.url}{path}", urlencode(form).encode(), "application/x-www-form-urlencoded")


def poll(service: Program, codes: dict[str, Any]) -> dict[str, Any]:
    return send(
        service, "/token", grant_type=DEVICE_CODE, device_code=codes["device_code"], client_id=codes["client_id"]
    )


async def test_person_types_the_code_and_allows_part_of_what_is_asked(page: Page, service: Program) -> None:
    """By the keyboard alone, in small letters, with a slip at first."""
    codes = begin(service)
    await page.goto(codes["verification_uri"])
    await sign_in(page)
    await expect(page.get_by_label("Code")).to_be_focused()
    await page.keyboard.type("bbbbbbbb")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("This code is unknown")
    await page.get_by_label("Code").fill(codes["user_code"].lower())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Wall display")
    await expect(page.get_by_text("Continue only if you started this yourself")).to_be_visible()
    await page.locator("input[value='notes:write']").uncheck()
    await page.get_by_role("button", name="Allow").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your device is connected")
    assert poll(service, codes)["scope"] == "profile notes:read"


async def test_person_compares_the_code_of_a_link_and_denies(page: Page, service: Program) -> None:
    """RFC 8628 section 3.3.1: nothing is to be typed, but to be compared."""
    codes = begin(service)
    await page.goto(codes["verification_uri_complete"])
    await sign_in(page)
    await expect(page.get_by_label("Code")).to_have_value(codes["user_code"])
    await expect(page.get_by_text("Does your device show exactly this code?")).to_be_visible()
    await page.get_by_role("button", name="The codes match: continue").click()
    await expect(page.get_by_text(codes["user_code"])).to_be_visible()
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Access denied")
    assert poll(service, codes)["error"] == "access_denied"
