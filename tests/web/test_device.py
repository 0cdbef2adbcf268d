"""The journey of a device that asks by a code, and of the person who decides (RFC 8628 sections 3.1 to 3.5)."""

import logging
import re

import pytest

from mcpserver.oauth.authorize.device_authorization import DEVICE_REQUEST_LIFETIME, INTERVAL
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.oauth.protocol.models import Client, ClientKind

from ..asker import Asker
from ..conftest import PASSWORD, AddUser, Clock
from ..device import Device, decide, enter


@pytest.fixture
async def device(asker: Asker, clock: Clock) -> Device:
    await asker.register(
        client_name="Wall display",
        client_uri="https://c.example/about",
        redirect_uris=[],
        grant_types=[DEVICE_CODE, "refresh_token"],
    )
    return await Device.begin(asker, clock, scope="notes:read notes:write")


async def test_answer_has_what_a_device_needs(device: Device) -> None:
    """RFC 8628 section 3.2."""
    issuer, code = device.asker.service.settings.issuer, device.codes["user_code"]
    assert device.codes == {
        "device_code": device.codes["device_code"],
        "user_code": code,
        "verification_uri": f"{issuer}/device",
        "verification_uri_complete": f"{issuer}/device?user_code={code}",
        "expires_in": DEVICE_REQUEST_LIFETIME,
        "interval": INTERVAL,
    }


async def test_person_allows_and_the_device_gets_what_was_allowed(asker: Asker, device: Device) -> None:
    """RFC 8628 sections 3.3 to 3.5; the tokens are as good as any."""
    assert (await device.poll()).refusal == (400, "authorization_pending")
    page = await enter(asker, device.codes["user_code"].lower().replace("-", " "))
    for text in ("Wall display", "https://c.example/about", "Read your notes", "Add and delete your notes", "ada"):
        assert text in page.text
    assert "profile" not in page.text
    assert "Go back to your device" in (await decide(asker, page, scopes=["notes:read"])).text
    answer = await device.wait_and_poll()
    assert (answer.json["scope"], answer.json["token_type"]) == ("notes:read", "Bearer")
    assert await asker.is_live(answer.json["access_token"])
    assert (await asker.refresh(answer.json["refresh_token"])).status == 200


@pytest.mark.parametrize("choice", [{"decision": "deny"}, {"scopes": []}, {"scopes": ["profile"]}])
async def test_person_allows_nothing(asker: Asker, device: Device, choice: dict[str, object]) -> None:
    """RFC 8628 section 3.5: by the button, by ticking nothing, by ticking what was not asked for."""
    answer = await decide(asker, await enter(asker, device.codes["user_code"]), **choice)  # type: ignore[arg-type]
    assert "Access denied" in answer.text
    assert (await device.poll()).refusal == (400, "access_denied")


async def test_sign_in_comes_first_and_leads_back_with_the_code(
    visitor: Asker, add_user: AddUser, clock: Clock
) -> None:
    """RFC 8628 section 3.3.1: the code of the link survives the sign-in."""
    await add_user("ada")
    await visitor.register(grant_types=["authorization_code", DEVICE_CODE])
    device = await Device.begin(visitor, clock)
    page = await visitor.send(
        "GET", device.codes["verification_uri_complete"].removeprefix(visitor.service.settings.issuer)
    )
    form = {"csrf": page.field("csrf"), "next": page.field("next"), "login": "ada", "password": PASSWORD}
    answer = await visitor.send("POST", "/login", data=form)
    assert answer.location == f"/device?user_code={device.codes['user_code']}"
    assert device.codes["user_code"] in (await visitor.send("GET", answer.location)).text


async def test_page_says_what_was_allowed_before(asker: Asker, device: Device, clock: Clock) -> None:
    """As the consent page of the other flow does."""
    await decide(asker, await enter(asker, device.codes["user_code"]), scopes=["notes:read"])
    again = await Device.begin(asker, clock, scope="notes:read notes:write")
    page = (await enter(asker, again.codes["user_code"])).text
    assert page.count("You allowed this before") == 1
    assert re.search(r"<code>notes:read</code> · You allowed this before", page)


async def test_session_that_ended_meanwhile_is_signed_in_again(asker: Asker, device: Device) -> None:
    """Nothing is lost but the time: the page to sign in leads back to the code."""
    page = await enter(asker, device.codes["user_code"])
    session = asker.http.session.cookie_jar.filter_cookies(asker.http.make_url("/"))["mcpserver-session"].value
    await asker.service.accounts.sign_out(session)
    again = await asker.send(
        "POST", "/device", data={"csrf": page.field("csrf"), "user_code": device.codes["user_code"]}
    )
    assert again.field("next") == f"/device?user_code={device.codes['user_code']}"
    assert (await decide(asker, page)).field("next") == "/device"


async def test_operators_client_is_vouched_for(asker: Asker, clock: Clock) -> None:
    known = Client("display", "Display", (), ClientKind.OPERATOR, 1, grant_types=(DEVICE_CODE,))
    await asker.service.store.add_client(known)
    asker.client_id = "display"
    device = await Device.begin(asker, clock)
    page = await enter(asker, device.codes["user_code"])
    assert "Verified by the operator" in page.text
    assert "chose the name" not in page.text
    await decide(asker, page)
    assert "refresh_token" not in (await device.poll()).json


@pytest.mark.parametrize(
    "query", ["%ff", "%ed%a0%80", "%00%0a", "a" * 5000, "%3Cscript%3E", "%E2%80%AE", "&user_code=2"]
)
async def test_any_address_is_a_page(asker: Asker, visitor: Asker, query: str) -> None:
    """Whatever the link says: text, and not much of it."""
    for signed_in in (True, False):
        if not signed_in:
            asker.http.session.cookie_jar.clear()
        page = await asker.send("GET", f"/device?user_code={query}")
        assert page.status == 200
        assert "<script" not in page.text
        assert "a" * 65 not in page.text


async def test_device_alone_has_no_address_to_return_to(asker: Asker) -> None:
    """RFC 7591 section 2: who is never redirected registers no redirect URI and no response type; the authorization
    endpoint is closed to it.
    """
    answer = await asker.register(redirect_uris=None, grant_types=[DEVICE_CODE], response_types=[])
    assert answer.status == 201
    assert (answer.json["redirect_uris"], answer.json["response_types"], answer.json["grant_types"]) == (
        [],
        [],
        [DEVICE_CODE],
    )
    assert (await asker.ask()).is_page_without_redirect
    assert (await asker.ask(redirect_uri=None)).is_page_without_redirect


@pytest.mark.parametrize("grant_types", [None, ["authorization_code", DEVICE_CODE]])
async def test_redirect_uri_stays_a_must_for_whoever_is_redirected(asker: Asker, grant_types: list[str] | None) -> None:
    """RFC 7591 section 2."""
    assert (await asker.register(redirect_uris=[], grant_types=grant_types)).refusal == (400, "invalid_redirect_uri")


async def test_devices_redirect_uri_is_held_to_the_rules(asker: Asker) -> None:
    """RFC 7591 section 5: needed or not."""
    assert (await asker.register(redirect_uris=["javascript:alert(1)"], grant_types=[DEVICE_CODE])).refusal == (
        400,
        "invalid_redirect_uri",
    )


async def test_client_that_lists_nothing_gets_no_device_grant(asker: Asker) -> None:
    """RFC 7591 section 2: the default is the code grant; refreshing is a kindness, this would be a way in that
    nobody asked for.
    """
    assert (await asker.register()).json["grant_types"] == ["authorization_code", "refresh_token"]


async def test_waiting_is_nothing_to_warn_of(device: Device, caplog: pytest.LogCaptureFixture) -> None:
    """A device asks a hundred times; the log is for what is wrong."""
    with caplog.at_level(logging.INFO):
        await device.poll()
        assert "authorization_pending" not in caplog.text
        await device.poll()
    assert "slow_down" in caplog.text


async def test_codes_stand_in_no_log(asker: Asker, device: Device, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await decide(asker, await enter(asker, device.codes["user_code"]))
        await device.poll()
        await device.poll()
    assert device.codes["device_code"] not in caplog.text
    assert device.codes["user_code"] not in caplog.text
