"""Chapter V of the attack catalogue: what is optional. Here: devices that ask by a code (RFC 8628)."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from mcpbase.seal import Seal
from mcpserver.oauth.authorize.device_authorization import DEVICE_REQUEST_LIFETIME
from mcpserver.oauth.authorize.user_codes import digest_of_code, read_user_code
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.secrets import SecretKind, digest
from mcpserver.settings import Settings

from ..asker import REDIRECT_URI, Answer, Asker
from ..conftest import AddUser, Clock, SignIn
from ..device import Device, decide, enter
from ..prover import Prover

REFUSED = (400, "invalid_grant")
EVERYTHING = ["authorization_code", "refresh_token", DEVICE_CODE]


@pytest.fixture
async def device(asker: Asker, clock: Clock) -> Device:
    """A device that has just asked, beside Ada's browser."""
    await asker.register(grant_types=EVERYTHING)
    return await Device.begin(asker, clock)


@pytest.fixture
async def bob(server: TestServer, asker: Asker, add_user: AddUser, sign_in: SignIn) -> AsyncIterator[Asker]:
    """Somebody else at a browser of his own."""
    await add_user("bob")
    async with TestClient(server, cookie_jar=CookieJar(unsafe=True)) as client:
        await sign_in(client, "bob")
        yield Asker(client, asker.service)


def lesson(page: Answer) -> str:
    """What the page says is wrong."""
    return page.text.partition('role="alert">')[2].partition("<")[0]


async def test_v3_guessing_user_codes_is_slowed_down(asker: Asker, device: Device, clock: Clock) -> None:
    """RFC 8628 section 5.1: five at once, then one every two minutes; the right code does not come through either."""
    guesses = [await enter(asker, f"BBBB-BBB{letter}") for letter in "BCDFGHJ"]
    assert [page.status for page in guesses] == [404] * 5 + [429] * 2
    assert guesses[-1].headers["Retry-After"] == "120"
    assert (await enter(asker, device.codes["user_code"])).status == 429
    clock.now += 121
    assert (await enter(asker, device.codes["user_code"])).status == 200


async def test_v3_guessing_is_slowed_down_for_many_accounts_at_one_address(
    asker: Asker, device: Device, add_user: AddUser, sign_in: SignIn
) -> None:
    """RFC 8628 section 5.1. Each of them has guesses left."""
    statuses = []
    for number in range(11):
        await add_user(f"guesser{number}")
        asker.http.session.cookie_jar.clear()
        await sign_in(asker.http, f"guesser{number}")
        statuses += [(await enter(asker, f"BBBB-BBB{letter}")).status for letter in "BCDFG"]
    assert statuses == [404] * 50 + [429] * 5


async def test_v3_codes_of_ones_own_buy_no_more_guesses(asker: Asker, device: Device, clock: Clock) -> None:
    """RFC 8628 section 5.1: somebody who guesses can ask for as many right codes as they like."""
    for _ in range(5):
        assert (await enter(asker, "BBBB-BBBB")).status == 404
        own = await Device.begin(asker, clock)
        assert (await enter(asker, own.codes["user_code"])).status in (200, 429)
    assert (await enter(asker, "BBBB-BBBB")).status == 429


async def test_v3_flood_of_requests_is_slowed_down(asker: Asker, device: Device, clock: Clock) -> None:
    """RFC 6585 section 4: two hundred at once from one address, then one a second, whatever the client."""
    answers = [await asker.token(path="/device_authorization") for _ in range(200)]
    assert [answer.status for answer in answers] == [200] * 199 + [429]
    assert (answers[-1].refusal, answers[-1].headers["Retry-After"]) == ((429, "temporarily_unavailable"), "1")
    clock.now += 1
    assert (await asker.token(path="/device_authorization")).status == 200


async def test_v3_database_alone_tells_nobody_a_code(asker: Asker, device: Device) -> None:
    """RFC 8628 section 5.1: 34.5 bits are tried in minutes, so the digest is keyed with what is not in the database."""
    code = read_user_code(device.codes["user_code"])
    assert code is not None
    found = await asker.service.store.find_device_request_by_user_code(
        digest_of_code(asker.service.seal, code), now=asker.service.sources.now()
    )
    assert found is not None
    assert digest_of_code(Seal(b"another installation's secret, 32"), code) != found.user_code
    plain = (code, f"user\0{code}", device.codes["user_code"])
    assert found.user_code not in [hashlib.sha256(text.encode()).digest() for text in plain]


async def test_v3_slip_of_the_finger_is_no_guess(asker: Asker, device: Device) -> None:
    """What cannot be a code is told so as often as it comes."""
    assert {(await enter(asker, "WDJB-MJH")).status for _ in range(9)} == {404}
    assert (await enter(asker, device.codes["user_code"])).status == 200


async def test_v3_unknown_expired_used_and_malformed_codes_are_told_apart_by_nobody(
    asker: Asker, device: Device, clock: Clock
) -> None:
    """RFC 8628 section 5.1."""
    used = await Device.begin(asker, clock)
    await decide(asker, await enter(asker, used.codes["user_code"]))
    pages = [await enter(asker, code) for code in ("BBBB-BBBB", "nonsense", used.codes["user_code"])]
    clock.now += DEVICE_REQUEST_LIFETIME
    pages.append(await enter(asker, device.codes["user_code"]))
    assert {page.status for page in pages} == {404}
    assert len({lesson(page) for page in pages}) == 1
    assert "unknown, has expired, or was already used" in lesson(pages[0])


async def test_v3_address_with_a_code_in_it_asks_before_it_looks(asker: Asker, device: Device) -> None:
    """RFC 8628 sections 3.3.1 and 5.4: the person compares first, and a link is no way around the limit."""
    right, wrong = [
        await asker.send("GET", f"/device?user_code={code}") for code in (device.codes["user_code"], "BBBB-BBBB")
    ]
    assert device.codes["user_code"] in right.text
    assert "Does your device show exactly this code?" in right.text
    assert right.text.replace(device.codes["user_code"], "") == wrong.text.replace("BBBB-BBBB", "")


async def test_v3_page_warns_of_codes_from_others(asker: Asker, device: Device) -> None:
    """RFC 8628 section 5.4: say that a device is authorized, show its code, ask whether it is here."""
    assert "If somebody sent you a code" in (await asker.send("GET", "/device")).text
    page = await enter(asker, device.codes["user_code"])
    for text in (
        "Continue only if you started this yourself",
        "on a device that is with you",
        device.codes["user_code"],
        "Unverified application",
    ):
        assert text in page.text


async def test_v3_asking_too_fast_makes_the_device_wait_longer_for_good(device: Device, clock: Clock) -> None:
    """RFC 8628 section 3.5: five seconds more, for this and every question to come; a well-behaved device is never
    told.
    """
    assert (await device.poll()).refusal == (400, "authorization_pending")
    assert (await device.wait_and_poll()).refusal == (400, "authorization_pending")
    for seconds, code in (
        (3, "slow_down"),
        (8, "slow_down"),
        (15, "authorization_pending"),
        (13, "slow_down"),
        (19, "authorization_pending"),
    ):
        clock.now += seconds
        assert (await device.poll()).refusal == (400, code)


async def test_v3_hasty_device_gets_its_tokens_all_the_same(asker: Asker, device: Device) -> None:
    """RFC 8628 section 3.5: slow_down is for requests that nobody decided on yet."""
    for _ in range(5):
        await device.poll()
    await decide(asker, await enter(asker, device.codes["user_code"]))
    assert (await device.poll()).status == 200


async def test_v3_second_confirmation_by_another_person_finds_nothing(asker: Asker, device: Device, bob: Asker) -> None:
    """RFC 8628 section 5.5: whoever else read the code comes too late, and the device is Ada's."""
    seen_by_bob = await enter(bob, device.codes["user_code"])
    assert (await decide(asker, await enter(asker, device.codes["user_code"]))).status == 200
    for decision in ("allow", "deny"):
        answer = await decide(bob, seen_by_bob, decision=decision)
        assert (answer.status, answer.location) == (404, None)
    token = (await device.poll()).json["access_token"]
    claims = await asker.service.access_tokens.verify(token)
    ada = await asker.service.store.find_account_by_login("ada")
    assert ada is not None
    assert claims.subject == ada.id


async def test_v3_form_of_another_person_decides_nothing(asker: Asker, device: Device, bob: Asker) -> None:
    """RFC 8628 section 5.4: nobody is made to allow what they were not shown."""
    shown_to_bob = (await enter(bob, device.codes["user_code"])).field("request")
    page = await enter(asker, device.codes["user_code"])
    for request in (shown_to_bob, "nonsense", ""):
        assert (await decide(asker, page, request=request)).status == 404
    assert (await device.poll()).refusal == (400, "authorization_pending")


async def test_v3_form_from_another_site_decides_nothing(asker: Asker, device: Device) -> None:
    """ASVS 3.5.1."""
    assert (await enter(asker, device.codes["user_code"], Origin="https://evil.example")).status == 403
    page = await enter(asker, device.codes["user_code"])
    assert (await decide(asker, page, csrf="wrong")).status == 403
    assert (await device.poll()).refusal == (400, "authorization_pending")


async def test_v3_same_form_twice_keeps_the_first_decision(asker: Asker, device: Device) -> None:
    """A person who presses twice, or goes back and changes their mind, reads what holds."""
    page = await enter(asker, device.codes["user_code"])
    answers = [await decide(asker, page, decision=decision) for decision in ("allow", "allow", "deny")]
    assert {(answer.status, "is connected" in answer.text) for answer in answers} == {(200, True)}
    assert (await device.poll()).status == 200


async def test_v3_device_code_is_redeemed_by_one_of_many(asker: Asker, device: Device) -> None:
    """ASVS 2.3.4. One that comes again ends nothing: section 3.5 of RFC 8628 has a device repeat what got no answer."""
    await decide(asker, await enter(asker, device.codes["user_code"]))
    answers = await asyncio.gather(*(device.poll() for _ in range(20)))
    (tokens,) = [answer.json for answer in answers if answer.status == 200]
    assert {answer.refusal for answer in answers if answer.status != 200} == {REFUSED}
    assert (await device.poll()).refusal == REFUSED
    assert await asker.is_live(tokens["access_token"])
    assert (await asker.refresh(tokens["refresh_token"])).status == 200


async def test_v3_device_code_of_another_client_is_refused(asker: Asker, device: Device) -> None:
    """RFC 8628 section 3.4: and its owner goes on."""
    owner = asker.client_id
    await asker.register(grant_types=EVERYTHING, client_name="Thief")
    assert (await device.poll()).refusal == REFUSED
    asker.client_id = owner
    assert (await device.poll()).refusal == (400, "authorization_pending")


async def test_v3_expired_and_denied_requests_end(asker: Asker, device: Device, clock: Clock) -> None:
    """RFC 8628 section 3.5, also when the request was allowed but the device came too late."""
    denied, late = await Device.begin(asker, clock), await Device.begin(asker, clock)
    answer = await decide(asker, await enter(asker, denied.codes["user_code"]), decision="deny")
    assert "Access denied" in answer.text
    await decide(asker, await enter(asker, late.codes["user_code"]))
    assert (await denied.poll()).refusal == (400, "access_denied")
    page = await enter(asker, device.codes["user_code"])
    clock.now += DEVICE_REQUEST_LIFETIME
    assert (await device.poll()).refusal == (400, "expired_token")
    assert (await late.poll()).refusal == (400, "expired_token")
    assert (await decide(asker, page)).status == 404


@pytest.mark.parametrize("gone", ["person", "client", "grant"])
async def test_v3_code_whose_person_client_or_grant_is_gone(asker: Asker, device: Device, gone: str) -> None:
    """RFC 6749 section 5.2."""
    await decide(asker, await enter(asker, device.codes["user_code"]))
    store, now = asker.service.store, asker.service.sources.now()
    ada = await store.find_account_by_login("ada")
    assert ada is not None
    if gone == "person":
        await store.disable_account(ada.id, now=now)
    elif gone == "client":
        await store.remove_client(asker.client_id, now=now)
    else:
        found = await store.find_device_request(digest(SecretKind.DEVICE_CODE, device.codes["device_code"]))
        assert found is not None
        assert found[1] is not None
        await store.revoke_grant(found[1].id, now=now)
    assert (await device.poll()).refusal == REFUSED


async def test_v3_code_whose_client_with_a_secret_is_gone(asker: Asker, clock: Clock) -> None:
    """RFC 6749 section 5.2. Of a public client the id still says what it is."""
    await asker.register(grant_types=EVERYTHING, token_endpoint_auth_method="client_secret_post")
    device = await Device.begin(asker, clock)
    await decide(asker, await enter(asker, device.codes["user_code"]))
    await asker.service.store.remove_client(asker.client_id, now=asker.service.sources.now())
    assert (await device.poll()).refusal == (401, "invalid_client")


async def test_v3_client_that_goes_while_the_page_is_open(asker: Asker, clock: Clock) -> None:
    """Nothing is shared with somebody who is gone."""
    await asker.register(grant_types=EVERYTHING, token_endpoint_auth_method="client_secret_post")
    device = await Device.begin(asker, clock)
    page = await enter(asker, device.codes["user_code"])
    await asker.service.store.remove_client(asker.client_id, now=asker.service.sources.now())
    assert (await decide(asker, page)).status == 404


async def test_v3_one_kind_of_secret_never_passes_for_another(asker: Asker, device: Device) -> None:
    """RFC 9700 section 2: neither code of a device is good for anything else, nor is anything else good for them."""
    await decide(asker, await enter(asker, device.codes["user_code"]))
    for secret in (device.codes["user_code"], await asker.code(), "", "device_x"):
        assert (await device.poll(device_code=secret or None)).status == 400
    for secret in (device.codes["device_code"], device.codes["user_code"]):
        assert (await asker.redeem(secret)).refusal == REFUSED
        assert (await asker.refresh(secret)).refusal == REFUSED
    assert (await enter(asker, device.codes["device_code"])).status == 404


async def test_v3_client_that_did_not_register_for_it(asker: Asker) -> None:
    """RFC 8628 section 3.2, RFC 6749 section 5.2."""
    await asker.register(grant_types=["authorization_code"])
    assert (await asker.token(path="/device_authorization")).refusal == (400, "unauthorized_client")
    assert (await asker.token(grant_type=DEVICE_CODE, device_code="x")).refusal == (400, "unauthorized_client")


async def test_v3_confidential_client_must_authenticate(asker: Asker, clock: Clock) -> None:
    """RFC 8628 section 3.1: as at the token endpoint, at both."""
    await asker.register(grant_types=EVERYTHING, token_endpoint_auth_method="client_secret_post")
    assert (await asker.token(path="/device_authorization", client_secret="wrong")).refusal == (401, "invalid_client")
    device = await Device.begin(asker, clock)
    assert (await device.poll(client_secret=None)).refusal == (401, "invalid_client")
    assert (await device.poll()).refusal == (400, "authorization_pending")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"scope": "unknown"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"client_id": None}, "invalid_client"),
    ],
)
async def test_v3_request_that_asks_for_what_is_not_here(
    asker: Asker, device: Device, form: dict[str, str | None], code: str
) -> None:
    """RFC 8628 section 3.1, RFC 8707 section 2: told at once, not when a person has typed a code."""
    assert (await asker.token(path="/device_authorization", **form)).json["error"] == code


async def test_v3_device_that_proved_a_key_is_held_to_it(asker: Asker, device: Device, clock: Clock) -> None:
    """RFC 9449 section 10, as for a code: nobody redeems it without the key, and asking so costs nothing."""
    prover, issuer = Prover(clock.now), asker.service.settings.issuer
    asker.headers = {"DPoP": prover.proof("POST", f"{issuer}/device_authorization")}
    bound = await Device.begin(asker, clock)
    asker.headers = {}
    await decide(asker, await enter(asker, bound.codes["user_code"]))
    assert (await bound.poll()).refusal == REFUSED
    asker.headers = {"DPoP": Prover(clock.now).proof("POST", f"{issuer}/token")}
    assert (await bound.poll()).refusal == REFUSED
    asker.headers = {"DPoP": prover.proof("POST", f"{issuer}/token")}
    tokens = (await bound.poll()).json
    asker.headers = {}
    assert tokens["token_type"] == "DPoP"
    assert (await asker.refresh(tokens["refresh_token"])).refusal == REFUSED


async def test_v3_device_that_proves_a_key_when_it_redeems_is_bound_from_then_on(
    asker: Asker, device: Device, clock: Clock
) -> None:
    """RFC 9449 section 5: so is a public client's refresh token."""
    prover = Prover(clock.now)
    await decide(asker, await enter(asker, device.codes["user_code"]))
    asker.headers = {"DPoP": prover.proof("POST", asker.service.settings.issuer + "/token")}
    tokens = (await device.poll()).json
    asker.headers = {}
    assert tokens["token_type"] == "DPoP"
    assert (await asker.refresh(tokens["refresh_token"])).refusal == REFUSED


class TestOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", device_authorization=False)

    async def test_v4_devices_are_off(self, asker: Asker) -> None:
        """Neither advertised nor accepted: no endpoint, no page, no grant, nothing to register for."""
        metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
        assert "device_authorization_endpoint" not in metadata
        assert DEVICE_CODE not in metadata["grant_types_supported"]
        assert (await asker.register(grant_types=EVERYTHING)).json["grant_types"] == EVERYTHING[:2]
        assert (await asker.register(grant_types=[DEVICE_CODE], redirect_uris=[REDIRECT_URI])).refusal == (
            400,
            "invalid_client_metadata",
        )
        assert (await asker.token(path="/device_authorization")).status == 404
        assert (await asker.send("GET", "/device")).status == 404
        assert (await asker.token(grant_type=DEVICE_CODE, device_code="x")).refusal == (400, "unsupported_grant_type")
