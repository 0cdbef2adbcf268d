"""Chapter D of the attack catalogue: who may register, how often, and who manages what was registered."""

import asyncio
import hashlib
from typing import Any

import pytest
from attrs import evolve

from mcpserver.compose.service import Service
from mcpserver.oauth.clients.initial_access import new_initial_access_token
from mcpserver.settings import Settings
from mcpserver.web.well_known.metadata import PATHS

from ..asker import REDIRECT_URI, Answer, Asker
from ..conftest import Clock, ServiceClient
from ..signer import Signer

DOCUMENT = {"client_name": "Asker", "redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "client_secret_post"}


WITH_SECRET = {"token_endpoint_auth_method": "client_secret_post"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_d7_a_flood_is_told_when_to_come_back(visitor: Asker, clock: Clock) -> None:
    """RFC 6585 section 4; nobody is kept out for good."""
    answers = [await visitor.send("POST", "/register", data=b"{") for _ in range(200)]
    assert {answer.status for answer in answers} == {400, 429}
    assert answers[-1].refusal == (429, "temporarily_unavailable")
    wait = int(answers[-1].headers["Retry-After"])
    assert 0 < wait <= 10
    clock.now += wait
    assert (await visitor.register()).status == 201


async def test_d7_a_crowd_behind_one_address_gets_in(visitor: Asker) -> None:
    """Vendors register for all their people from few addresses."""
    assert {(await visitor.register(client_name=f"Client {number}")).status for number in range(150)} == {201}


async def test_d7_registration_of_a_public_client_keeps_nothing(visitor: Asker) -> None:
    """However many register, nobody is shut out: a client is stored once somebody has consented to it."""
    for number in range(100):
        assert (await visitor.register(client_name=f"Client {number}")).status == 201
    assert await visitor.service.store.list_clients() == []


async def test_d7_client_with_a_long_registration_is_kept(visitor: Asker) -> None:
    """Its id would be too long for addresses; such clients have a limited number of places."""
    addresses = [f"https://app.example/{'x' * 200}/{number}" for number in range(6)]
    answer = await visitor.register(redirect_uris=addresses)
    assert len(answer.json["client_id"]) < 50
    assert [client.id for client in await visitor.service.store.list_clients()] == [answer.json["client_id"]]


class TestWithoutRoom:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", max_unused_clients=2)

    async def test_d7_more_clients_than_anybody_uses_are_not_kept(self, visitor: Asker, clock: Clock) -> None:
        """RFC 7591 section 5; whoever had a day and was used by nobody makes room."""
        answers = [await visitor.register(client_name=name, **WITH_SECRET) for name in "abc"]
        assert [answer.status for answer in answers] == [201, 201, 429]
        assert answers[-1].refusal == (429, "temporarily_unavailable")
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert (await visitor.register(client_name="c")).status == 201  # a public one takes no place
        clock.now += 86401
        assert (await visitor.register(client_name="c", **WITH_SECRET)).status == 201


class TestWithTokens:
    """``registration = "token"``."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", registration="token")

    @pytest.fixture
    async def guest(self, client: ServiceClient, service: Service) -> Asker:
        return Asker(client, service)

    async def issue(self, asker: Asker, *, uses: int = 1, lifetime: int = 60) -> str:
        kept, token = new_initial_access_token("a test", uses=uses, lifetime=lifetime, sources=asker.service.sources)
        await asker.service.store.add_initial_access_token(kept)
        return token

    async def test_d8_whoever_has_a_token_registers_as_often_as_it_says(self, guest: Asker) -> None:
        """RFC 7591 section 3."""
        token = await self.issue(guest, uses=2)
        assert [(await self.register(guest, bearer(token))).status for _ in range(3)] == [201, 201, 401]
        assert (await guest.send("GET", PATHS[0])).json[
            "registration_endpoint"
        ] == f"{guest.service.settings.issuer}/register"

    async def test_d8_one_use_is_one_client_however_many_come_at_once(self, guest: Asker) -> None:
        """RFC 7591 section 3: the use and the client are one change."""
        token = await self.issue(guest)
        answers = await asyncio.gather(*[self.register(guest, bearer(token)) for _ in range(20)])
        assert sorted(answer.status for answer in answers) == [201] + [401] * 19

    async def test_d8_nobody_registers_without_one(self, guest: Asker) -> None:
        """RFC 6750 section 3.1: without a token, no error is named."""
        answer = await self.register(guest, {})
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize("header", ["Bearer x", "bearer invitation_x", "Bearer \u00e9"])
    async def test_d8_wrong_tokens_are_told_so(self, guest: Asker, header: str) -> None:
        """RFC 7591 section 3; RFC 6750 section 3.1."""
        await self.issue(guest)
        answer = await self.register(guest, {"Authorization": header})
        assert answer.refusal == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')

    @pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "x"])
    async def test_d8_what_is_no_bearer_token_counts_as_none(self, guest: Asker, header: str) -> None:
        answer = await self.register(guest, {"Authorization": header})
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")

    async def test_d8_a_secret_of_another_kind_is_none(self, guest: Asker) -> None:
        """Attack C7, too: the kind is part of a digest."""
        registered = await self.register(guest, bearer(await self.issue(guest)))
        for secret in (registered.json["client_secret"], registered.json["registration_access_token"]):
            assert (await self.register(guest, bearer(secret))).status == 401

    async def test_d8_a_token_with_the_former_prefix_is_accepted(self, guest: Asker) -> None:
        """Tokens that were issued as ``invitation_...`` go on working."""
        kept, token = new_initial_access_token("a test", uses=1, lifetime=60, sources=guest.service.sources)
        former = f"invitation_{token.removeprefix('initial_access_')}"
        digest = hashlib.sha256(f"invitation\0{former}".encode()).digest()
        await guest.service.store.add_initial_access_token(evolve(kept, digest=digest))
        assert (await self.register(guest, bearer(former))).status == 201
        assert (await self.register(guest, bearer(token))).status == 401

    async def test_d8_an_old_token_is_none(self, guest: Asker, clock: Clock) -> None:
        token = await self.issue(guest, lifetime=60)
        clock.now += 60
        assert (await self.register(guest, bearer(token))).status == 401

    async def test_d8_a_token_outlives_a_registration_that_is_refused(self, guest: Asker) -> None:
        """Nothing is lost by a mistake; but who has no token is not told what is wrong."""
        token = await self.issue(guest)
        assert (await guest.send("POST", "/register", json={}, headers=bearer(token))).status == 400
        assert (await guest.send("POST", "/register", json={})).status == 401
        assert (await self.register(guest, bearer(token))).status == 201

    async def register(self, asker: Asker, headers: dict[str, str]) -> Answer:
        return await asker.send("POST", "/register", json=DOCUMENT, headers=headers)


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", registration="off", client_management=False)

    async def test_v4_registration_switched_off(self, client: ServiceClient, service: Service) -> None:
        """RFC 8414 section 2: what is not named is not there."""
        asker = Asker(client, service)
        assert "registration_endpoint" not in (await asker.send("GET", PATHS[0])).json
        for method, path in (
            ("POST", "/register"),
            ("OPTIONS", "/register"),
            ("GET", "/register/client_x"),
            ("DELETE", "/register/client_x"),
        ):
            assert (await asker.send(method, path)).status == 404


class TestUnmanaged:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", client_management=False)

    async def test_v4_management_switched_off(self, visitor: Asker) -> None:
        """RFC 7592 section 3: no token, no address; every confidential client is one of a kind all the same."""
        first, second = [(await visitor.register(**DOCUMENT)).json for _ in range(2)]
        assert first["client_id"] != second["client_id"]
        assert not {"registration_access_token", "registration_client_uri"} & set(first)
        assert (await visitor.send("GET", f"/register/{first['client_id']}")).status == 404


@pytest.fixture
async def registered(visitor: Asker) -> dict[str, Any]:
    return dict((await visitor.register(**DOCUMENT)).json)


METHODS = pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])


@METHODS
async def test_d9_another_clients_token_opens_nothing(visitor: Asker, registered: dict[str, Any], method: str) -> None:
    """RFC 7592 section 2: 401, the same for a client that there is and one that there is not."""
    other = (await visitor.register(**DOCUMENT)).json
    answers = [
        await visitor.send(
            method,
            f"/register/{client_id}",
            json={**DOCUMENT, "client_id": client_id},
            headers=bearer(other["registration_access_token"]),
        )
        for client_id in (registered["client_id"], "client_0000")
    ]
    assert {answer.refusal for answer in answers} == {(401, "invalid_token")}
    assert answers[0].text == answers[1].text
    assert answers[0].headers["WWW-Authenticate"] == answers[1].headers["WWW-Authenticate"]
    assert await visitor.service.store.find_client(registered["client_id"]) is not None


@METHODS
async def test_d9_without_a_token_nothing_opens(visitor: Asker, registered: dict[str, Any], method: str) -> None:
    """RFC 6750 section 3.1."""
    answer = await visitor.send(
        method, f"/register/{registered['client_id']}", json={**DOCUMENT, "client_id": registered["client_id"]}
    )
    assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://evil.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"client_name": "Ban\u202ek"}, "invalid_client_metadata"),
        ({"software_statement": "x"}, "invalid_software_statement"),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://127.0.0.1/jwks"},
            "invalid_client_metadata",
        ),
        (
            {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [Signer().key.as_dict(private=True)]}},
            "invalid_client_metadata",
        ),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
        ({"client_id": "client_0000"}, "invalid_client_metadata"),
        ({"client_id": None}, "invalid_client_metadata"),
        ({"client_secret": "mine"}, "invalid_client_metadata"),
        ({"client_secret": 7}, "invalid_client_metadata"),
    ],
)
async def test_d9_a_change_skips_no_check(
    visitor: Asker, registered: dict[str, Any], changes: dict[str, object], code: str
) -> None:
    """RFC 7592 section 2.2: as at registration, and a client can choose neither its id nor its secret."""
    before = await visitor.service.store.find_client(registered["client_id"])
    document = {**DOCUMENT, "client_id": registered["client_id"], **changes}
    answer = await visitor.send(
        "PUT",
        f"/register/{registered['client_id']}",
        json=document,
        headers=bearer(registered["registration_access_token"]),
    )
    assert answer.refusal == (400, code)
    assert await visitor.service.store.find_client(registered["client_id"]) == before


async def test_d9_a_change_promotes_nobody(visitor: Asker, registered: dict[str, Any]) -> None:
    """RFC 9700 section 4.15."""
    document = {
        **DOCUMENT,
        "client_id": registered["client_id"],
        "kind": "operator",
        "trusted": True,
        "grant_types": ["authorization_code", "client_credentials"],
    }
    answer = await visitor.send(
        "PUT",
        f"/register/{registered['client_id']}",
        json=document,
        headers=bearer(registered["registration_access_token"]),
    )
    assert answer.json["grant_types"] == ["authorization_code"]
    kept = await visitor.service.store.find_client(registered["client_id"])
    assert kept is not None
    assert not kept.verified


async def test_d9_tokens_are_digests_at_rest_and_in_no_log(visitor: Asker, caplog: pytest.LogCaptureFixture) -> None:
    """OAuth 2.1 section 7.3."""
    registered = (await visitor.register(**DOCUMENT)).json
    token = registered["registration_access_token"]
    await visitor.send("GET", f"/register/{registered['client_id']}", headers=bearer(token))
    await visitor.send("GET", "/register/client_0000", headers=bearer(token))
    assert token not in caplog.text
    rows = await visitor.service.store._database.fetch("SELECT * FROM clients")
    assert all(
        token not in str(row) and token.encode() not in [cell for cell in row if isinstance(cell, bytes)]
        for row in rows
    )
