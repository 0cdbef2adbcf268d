"""Public clients whose id contains their registration (RFC 7591), in every flow; the ids are as long as they may be."""

import re
from urllib.parse import urlencode

import pytest

from mcpserver.compose.service import Service
from mcpserver.oauth.clients.stateless import LONGEST, StatelessClients
from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.settings import Settings

from ..asker import REDIRECT_URI, Asker
from ..conftest import PASSWORD, AddUser, Clock, ServiceClient, SignIn
from ..device import Device, decide, enter
from ..prover import Prover

ADDRESSES = [REDIRECT_URI, "http://127.0.0.1:4711/cb", *(f"https://c.example/{n}/{'x' * 150}" for n in range(3))]


@pytest.fixture
async def program(asker: Asker) -> Asker:
    """A client with a long id, and a browser in which Ada is signed in."""
    await register(asker)
    return asker


async def register(asker: Asker) -> None:
    grants = ["authorization_code", "refresh_token", DEVICE_CODE]
    answer = await asker.register(client_name="Zoë's program", redirect_uris=ADDRESSES, grant_types=grants)
    assert answer.status == 201, answer.text
    assert 850 < len(asker.client_id) <= LONGEST


async def test_sign_in_page_names_the_client_and_leads_back_to_its_request(visitor: Asker, add_user: AddUser) -> None:
    """Nothing is stored at that moment; RFC 9700 section 4.11: the person sees for whom they sign in."""
    await add_user("ada")
    await register(visitor)
    page = await visitor.ask()
    assert "Zoë&#39;s program" in page.text
    form = {"csrf": page.field("csrf"), "next": page.field("next"), "login": "ada", "password": PASSWORD}
    answer = await visitor.send("POST", "/login", data=form)
    assert answer.location is not None
    consent = await visitor.send("GET", answer.location)
    assert "Zoë&#39;s program" in consent.text
    assert (await visitor.redeem((await visitor.decide(consent)).redirect["code"])).status == 200


async def test_client_is_stored_with_the_first_grant_and_no_earlier(program: Asker) -> None:
    """OAuth 2.1 section 4.1: neither a question nor a refusal by the person stores it."""
    store = program.service.store
    await program.decide(await program.ask(), decision="deny")
    assert await store.list_clients() == []
    code = await program.code()
    (stored,) = await store.list_clients()
    assert stored.id == program.client_id
    assert stored == await program.service.clients.find(program.client_id)
    await program.redeem(code)
    await program.tokens()
    assert await store.list_clients() == [stored]


async def test_consent_is_remembered_and_shown_on_the_account_page(program: Asker) -> None:
    """MCP 2026-07-28, authorization, step-up; OWASP ASVS 7.5.2."""
    tokens = await program.tokens(scope="notes:read")
    assert (await program.ask(scope="notes:write")).text.count("You allowed this before") == 1
    page = await program.send("GET", "/account")
    assert "Zoë&#39;s program" in page.text
    (path,) = re.findall(r'action="(/account/connections/[^"]+)"', page.text)
    assert (await program.send("POST", path, data={"csrf": page.field("csrf")})).status == 303
    assert (await program.refresh(tokens["refresh_token"])).refusal == (400, "invalid_grant")
    assert (await program.ask(scope="notes:write")).text.count("You allowed this before") == 0


async def test_any_loopback_port_and_no_other_address_works(program: Asker) -> None:
    """RFC 8252 section 7.3."""
    for port in (1, 4711, 65535):
        uri = f"http://127.0.0.1:{port}/cb"
        answer = await program.decide(await program.ask(redirect_uri=uri))
        assert str(answer.location).startswith(f"{uri}?")
        assert (await program.redeem(answer.redirect["code"], redirect_uri=uri)).status == 200
    for other in ("http://127.0.0.1:4711/other", "http://localhost:4711/cb", "https://c.example/0", None):
        assert (await program.ask(redirect_uri=other)).is_page_without_redirect


async def test_device_flow(program: Asker, clock: Clock) -> None:
    """RFC 8628 section 3."""
    device = await Device.begin(program, clock)
    page = await enter(program, device.codes["user_code"])
    assert "Zoë&#39;s program" in page.text
    assert await program.service.store.list_clients() == []
    await decide(program, page)
    assert [client.id for client in await program.service.store.list_clients()] == [program.client_id]
    tokens = (await device.poll()).json
    assert (await program.refresh(tokens["refresh_token"])).status == 200


async def test_pushed_request_bound_to_a_key(program: Asker, clock: Clock) -> None:
    """RFC 9126 section 2, RFC 9449 section 10.1."""
    issuer, prover = program.service.settings.issuer, Prover(clock.now)
    program.headers = {"DPoP": prover.proof("POST", f"{issuer}/par")}
    pushed = await program.send("POST", "/par", data=dict(program.request()))
    assert pushed.status == 201, pushed.text
    program.headers = {}
    query = urlencode({"client_id": program.client_id, "request_uri": pushed.json["request_uri"]})
    code = (await program.decide(await program.send("GET", f"/authorize?{query}"))).redirect["code"]
    program.headers = {"DPoP": prover.proof("POST", f"{issuer}/token")}
    tokens = (await program.redeem(code)).json
    assert tokens["token_type"] == "DPoP"
    program.headers = {"DPoP": prover.proof("POST", f"{issuer}/token")}
    assert (await program.refresh(tokens["refresh_token"])).status == 200


async def test_client_that_the_operator_vouches_for_is_what_is_stored(program: Asker) -> None:
    """The row goes before the id; without the row the client is unverified again."""
    store = program.service.store
    await program.tokens()
    assert await store.vouch_for_client(program.client_id, vouched=True)
    await register(program)
    assert "Verified by the operator of this server" in (await program.ask()).text
    await store.remove_client(program.client_id, now=program.service.sources.now())
    assert "Unverified application" in (await program.ask()).text


@pytest.mark.parametrize("registration", ["token", "off"])
class TestWithoutOpenRegistration:
    @pytest.fixture
    def settings(self, registration: str) -> Settings:
        return Settings(port=0, database="sqlite://", registration=registration)

    @pytest.fixture
    async def asker(self, client: ServiceClient, service: Service, add_user: AddUser, sign_in: SignIn) -> Asker:
        """Nobody can register."""
        await add_user("ada")
        await sign_in(client, "ada")
        return Asker(client, service)

    async def test_only_stored_clients_exist(self, asker: Asker) -> None:
        """RFC 7591 section 3: an id from before, of a client that was never used or was removed, is no way in."""
        service = asker.service
        issued = StatelessClients(service.seal, service.sources)
        client_id = issued.issue(
            {"name": "Before", "redirect_uris": (REDIRECT_URI,), "grant_types": ("authorization_code",), "metadata": {}}
        )
        assert client_id is not None
        client = issued.read(client_id)
        assert client is not None
        asker.client_id = client_id
        assert (await asker.ask()).is_page_without_redirect
        assert (await asker.redeem("code_x")).refusal == (401, "invalid_client")
        await service.store.add_client(client)
        assert (await asker.tokens())["token_type"] == "Bearer"
        await service.store.remove_client(client_id, now=service.sources.now())
        assert (await asker.ask()).is_page_without_redirect
