"""Chapter N of the attack catalogue, what concerns authorization: N3, N4, N6 and N10.

Each limit is asked twice: whether it bounds what a stranger costs, and whether a stranger can use it to shut others
out.
"""

import asyncio
import json
import tracemalloc
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import web
from attrs import evolve, frozen
from joserfc.jwk import RSAKey

from mcpserver.cache import SizedCache
from mcpserver.compose.service import Service
from mcpserver.fetching import FetchError
from mcpserver.network import Network
from mcpserver.oauth.authorize.pushed import PREFIX
from mcpserver.oauth.keys.public_keys import read_keys, usable_keys
from mcpserver.oauth.limits.fetch_queue import FetchQueue, NoPlace, Places
from mcpserver.oauth.limits.quota import Quota
from mcpserver.oauth.protocol.errors import TooManyRequests
from mcpserver.oauth.resource.token_cache import KnownToken, KnownTokens
from mcpserver.principal import User
from mcpserver.secrets import SecretKind, digest
from mcpserver.settings import Settings
from mcpserver.store import open_store
from mcpserver.web.authorization.par import PUSH_LIMITS
from mcpserver.web.endpoints.device_authorization import DEVICE_AUTHORIZATION

from ..asker import REDIRECT_URI, Answer, Asker
from ..conftest import AddUser, Clock, ServiceClient, SignIn
from ..network.place import Line, Place, said, serving
from ..prover import Prover
from ..signer import Signer
from ..store.samples import client as sample_client

HOSTS = "*.client.example"
WITH_SECRET = {"token_endpoint_auth_method": "client_secret_post"}
RSA = RSAKey.generate_key(2048)


def number(value: int) -> str:
    """RFC 7518 section 2: Base64urlUInt."""
    return urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()


def rsa(**changes: Any) -> dict[str, Any]:
    return {**RSA.as_dict(private=False), **changes}


@pytest.fixture
def settings() -> Settings:
    """A proxy in front, so that a test can come from anywhere."""
    return Settings(port=0, database="sqlite://", trusted_proxies=("127.0.0.1",), max_unused_clients=6)


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """Where clients say what they are: each at a host of its own."""
    async with serving(described, host=HOSTS) as place:
        yield place


@pytest.fixture
async def line(place: Place) -> Line:
    return Line(place.fetcher(deadline=60))


@pytest.fixture
def network(line: Line) -> Network:
    return Network(strangers=line)


async def described(request: web.BaseRequest) -> web.Response:
    """The document of whoever was asked for."""
    document = {
        "client_id": f"https://{request.host}{request.path_qs}",
        "client_name": "Example",
        "redirect_uris": [REDIRECT_URI],
    }
    return await said(json.dumps(document))


@frozen
class Visitor:
    """Somebody without an account, who comes from ``address``."""

    asker: Asker
    address: str

    async def send(self, method: str, path: str, **more: Any) -> Answer:
        return await self.asker.send(method, path, headers={"X-Forwarded-For": self.address}, **more)

    async def name(self, client_id: str) -> Answer:
        """Begin an authorization request of that client."""
        return await self.send("GET", "/authorize?" + urlencode(self.asker.request(client_id=client_id)))

    async def register(self, **metadata: Any) -> Answer:
        document = {
            "client_name": self.address,
            "redirect_uris": [REDIRECT_URI],
            "token_endpoint_auth_method": "none",
            **metadata,
        }
        return await self.send("POST", "/register", json=document)

    async def form(self, path: str, **form: str) -> Answer:
        return await self.send("POST", path, data=form)


@pytest.fixture
async def anybody(client: ServiceClient, service: Service) -> Visitor:
    return Visitor(Asker(client, service), "192.0.2.1")


@pytest.fixture
async def other(anybody: Visitor) -> Visitor:
    return evolve(anybody, address="198.51.100.7")


class TestN3:
    """What is kept is what is used, and no more of it than so many bytes."""

    async def test_n3_key_set_keeps_what_is_used_of_it(self, anybody: Visitor) -> None:
        """RFC 7591 section 2: unknown members are ignored; those beside the keys and within them, too."""
        signer = Signer()
        junk = {"x5c": ["A" * 5000], "ext": "x" * 5000, "key_ops": ["verify"] * 500, "more": {"deep": ["x" * 5000]}}
        jwks = {
            "keys": [{**signer.public, **junk}, {"kty": "EC", "crv": "P-521", "x": "A" * 5000, "y": "A"}],
            "junk": "x" * 20_000,
        }
        answer = await anybody.register(token_endpoint_auth_method="private_key_jwt", jwks=jwks, more="x" * 9000)
        assert answer.status == 201, answer.text
        assert answer.json["jwks"] == {"keys": [signer.public]}
        assert len(answer.text) < 1500
        (kept,) = await anybody.asker.service.store.list_clients()
        assert kept.metadata["jwks"] == {"keys": [signer.public]}

    async def test_n3_names_of_keys_are_short(self, anybody: Visitor) -> None:
        for name in ("kid", "alg", "use"):
            jwks = {"keys": [{**Signer().public, "use": None, name: "x" * 300}]}
            answer = await anybody.register(token_endpoint_auth_method="private_key_jwt", jwks=jwks)
            assert answer.refusal == (400, "invalid_client_metadata")

    async def test_n3_registration_has_a_largest_size(self, anybody: Visitor) -> None:
        uris = [f"https://c.example/{number}/" + "x" * 1900 for number in range(20)]
        answer = await anybody.register(redirect_uris=uris)
        assert answer.refusal == (400, "invalid_client_metadata")
        assert "16384 bytes" in answer.json["error_description"]

    async def test_n3_rows_of_many_large_clients_take_bounded_memory(self) -> None:
        """The same row is parsed once, as long as there is room for it: 8 MiB, where these would take 60."""
        store = await open_store("sqlite://")
        for count in range(600):
            await store.add_client(
                evolve(
                    sample_client(f"large {count}"),
                    metadata={"client_uri": f"https://c.example/{count}/" + "x" * 15_000},
                )
            )
        tracemalloc.start()
        for count in range(600):
            assert await store.find_client(f"large {count}") is not None
        now, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await store.close()
        assert now < 12 * 1024 * 1024

    async def test_n3_pushed_request_keeps_what_the_endpoint_knows(self, anybody: Visitor) -> None:
        """OAuth 2.1 section 3.1: what is not recognized is ignored; it is not kept either."""
        asker = anybody.asker
        await asker.register()
        junk = {f"junk{count}": "x" * 700 for count in range(60)}
        answer = await anybody.form("/par", **dict(asker.request()), **junk, login_hint="x" * 900)
        assert answer.status == 201, answer.text
        service = asker.service
        opened = await service.store.open_pushed_request(
            digest(SecretKind.REQUEST, answer.json["request_uri"].removeprefix(PREFIX)),
            client_id=asker.client_id,
            now=service.sources.now(),
            until=0,
        )
        assert opened is not None
        assert {name for name, _ in opened.parameters} == {name for name, _ in asker.request()} | {"login_hint"}

    @pytest.mark.parametrize(
        "name", ["response_type", "prompt", "scope", "login_hint", "resource", "state", "nonce", "code_challenge"]
    )
    async def test_n3_pushed_parameters_are_bounded(self, anybody: Visitor, name: str) -> None:
        asker = anybody.asker
        await asker.register()
        answer = await anybody.form("/par", **dict(asker.request(**{name: "x" * 17_000})))
        assert answer.refusal == (400, "invalid_request")
        assert f"The parameter {name} is longer than" in answer.json["error_description"]

    async def test_n3_sign_in_page_and_consent_form_carry_no_junk(self, anybody: Visitor) -> None:
        """What comes back in a form is what the endpoint knows."""
        await anybody.asker.register()
        page = await anybody.send(
            "GET", "/authorize?" + urlencode([*anybody.asker.request(), ("junk", "canary" * 100)])
        )
        assert page.status == 200
        assert "canary" not in page.text

    @pytest.mark.parametrize("path", ["/par", "/device_authorization"])
    async def test_n3_address_that_has_much_kept_waits_and_others_do_not(
        self, anybody: Visitor, other: Visitor, service_app: web.Application, path: str, clock: Clock
    ) -> None:
        grant_types = ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]
        await anybody.asker.register(grant_types=grant_types)
        quota = (service_app[PUSH_LIMITS] if path == "/par" else service_app[DEVICE_AUTHORIZATION]).quota
        quota.take(anybody.address, quota.each - 100)
        form = dict(anybody.asker.request())
        refused = await anybody.form(path, **form)
        assert refused.refusal == (429, "temporarily_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert (await other.form(path, **form)).status in (200, 201)
        clock.now += 2 * quota.seconds
        assert (await anybody.form(path, **form)).status in (200, 201)

    def test_n3_total_is_shared_by_all_who_come(self, clock: Clock) -> None:
        """A hundred addresses that take all they can leave room for the next one; however many they are, twice the
        total is the end.
        """
        quota = Quota(clock.sources(), each=1000, total=10_000, least=20, seconds=60)
        taken = [_take_all(quota, f"192.0.{count // 250}.{count % 250}") for count in range(100)]
        assert (taken[0], min(taken)) == (580, 20)
        assert sum(taken) <= 12_000
        assert _take_all(quota, "198.51.100.7") == 20
        assert (
            sum(taken) + sum(_take_all(quota, f"203.0.{count // 250}.{count % 250}") for count in range(2000)) <= 20_000
        )
        clock.now += 120
        assert _take_all(quota, "198.51.100.7") == 580

    def test_n3_known_tokens_are_bounded_in_bytes_and_by_grant(self) -> None:
        """Another server's tokens may carry long names; one grant's tokens push out no others."""
        known = KnownTokens(10_000, Clock().sources())
        person = User("ada", "ada", "x" * 15_000, None, frozenset(), "client", "grant")
        known.remember("first", KnownToken(evolve(person, grant_id="first"), 2_000_000_000), forgettings=0)
        for count in range(2000):
            known.remember(f"token{count}", KnownToken(person, 2_000_000_000), forgettings=0)
        assert known.find("first") is not None
        assert len(known) <= 101
        for count in range(3000):
            known.remember(
                f"other{count}", KnownToken(evolve(person, grant_id=f"grant {count}"), 2_000_000_000), forgettings=0
            )
        assert known.size <= 17 * 1024 * 1024

    def test_n3_largest_things_push_out_nothing(self) -> None:
        cache: SizedCache[str, str] = SizedCache(100_000)
        for count in range(500):
            cache.put(str(count), "", 1000)
            assert cache.size <= 100_000
        kept = len(cache)
        cache.put("huge", "", 50_000)
        assert (cache.get("huge"), len(cache)) == (None, kept)


def _take_all(quota: Quota, address: str) -> int:
    """Bytes that an address gets, ten at a time."""
    taken = 0
    try:
        while True:
            quota.take(address, 10)
            taken += 10
    except TooManyRequests:
        return taken


class TestN4:
    """Strangers make us fetch: so much, in turn, and nobody who is known waits for it."""

    async def test_n4_one_address_makes_us_fetch_so_much(
        self, anybody: Visitor, other: Visitor, place: Place, clock: Clock
    ) -> None:
        answers = [
            await anybody.name(f"https://{count}.client.example:{place.port}/client.json") for count in range(25)
        ]
        assert [answer.status for answer in answers] == [200] * 20 + [429] * 5
        assert int(answers[-1].headers["Retry-After"]) > 0
        assert len(place.asked) == 20
        assert (await other.name(f"https://other.client.example:{place.port}/client.json")).status == 200
        assert (await anybody.name(f"https://1.client.example:{place.port}/client.json")).status == 200
        clock.now += 3
        assert (await anybody.name(f"https://new.client.example:{place.port}/client.json")).status == 200

    async def test_n4_many_addresses_make_us_fetch_so_much_of_one_host(
        self, anybody: Visitor, other: Visitor, place: Place
    ) -> None:
        """Thirty, and two for each address: whoever is new to a host is never shut out of it."""
        for visitor in [evolve(anybody, address=f"192.0.2.{count}") for count in range(12)]:
            for count in range(10):
                await visitor.name(f"https://victim.client.example:{place.port}/{visitor.address}/{count}")
        assert len(place.asked) <= 30 + 12 * 2
        assert (await other.name(f"https://victim.client.example:{place.port}/client.json")).status == 200

    async def test_n4_keys_of_clients_are_fetched_within_the_same_bounds(self, anybody: Visitor, place: Place) -> None:
        """RFC 7591 section 2: a jwks_uri is an address that a stranger chose, too."""
        service, statuses = anybody.asker.service, []
        for count in range(25):
            client_id = f"client_{count}"
            metadata: dict[str, object] = {"jwks_uri": f"https://{count}.client.example:{place.port}/keys"}
            await service.store.add_client(
                evolve(sample_client(client_id), auth_method="private_key_jwt", metadata=metadata)
            )
            assertion = Signer().sign(
                {"iss": client_id, "sub": client_id, "aud": service.settings.issuer, "exp": service.sources.now() + 60}
            )
            kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            statuses.append(
                (
                    await anybody.form("/token", grant_type="x", client_assertion_type=kind, client_assertion=assertion)
                ).status
            )
        assert statuses == [503] * 20 + [429] * 5
        assert len(place.asked) == 20

    async def test_n4_failed_address_rests(self, anybody: Visitor, place: Place, clock: Clock) -> None:
        """Nothing of what it said is kept (CIMD section 4.4); it is asked again ten seconds later."""
        place.answer = lambda request: said("no", status=404)
        url = f"https://broken.client.example:{place.port}/client.json"
        for _ in range(5):
            assert (await anybody.name(url)).status == 400
        assert len(place.asked) == 1
        clock.now += 10
        place.answer = described
        assert (await anybody.name(url)).status == 200

    async def test_n4_slow_documents_of_strangers_hold_up_nobody(
        self, anybody: Visitor, other: Visitor, place: Place
    ) -> None:
        """Three strangers with twelve silent hosts each: more than there are places, and no place of anybody else's."""
        never, all_begun, silent = asyncio.Event(), asyncio.Event(), []

        async def some_are_silent(request: web.BaseRequest) -> web.StreamResponse:
            if "slow" in request.host:
                silent.append(request.host)
                if len(silent) == 12:
                    all_begun.set()
                await never.wait()
            return await described(request)

        place.answer = some_are_silent
        strangers = [evolve(anybody, address=f"192.0.2.{count}") for count in range(1, 4)]
        hanging = [
            asyncio.create_task(each.name(f"https://slow{each.address[-1]}-{n}.client.example:{place.port}/x"))
            for each in strangers
            for n in range(12)
        ]
        async with asyncio.timeout(20):
            await all_begun.wait()
            assert (await other.name(f"https://fine.client.example:{place.port}/client.json")).status == 200
            assert not any(each.done() for each in hanging)
        assert len(silent) == 12
        never.set()
        await asyncio.gather(*hanging)

    async def test_n4_kept_document_serves_where_a_newer_one_is_slow(
        self, anybody: Visitor, place: Place, clock: Clock
    ) -> None:
        url = f"https://kept.client.example:{place.port}/client.json"
        assert (await anybody.name(url)).status == 200
        clock.now += 700
        never = asyncio.Event()

        async def silent(request: web.BaseRequest) -> web.StreamResponse:
            await never.wait()
            return await described(request)

        place.answer = silent
        async with asyncio.timeout(20):
            assert (await anybody.name(url)).status == 200
            assert len(place.asked) == 2
        never.set()

    async def test_n4_kept_document_serves_an_address_that_caused_too_much(
        self, anybody: Visitor, place: Place, clock: Clock
    ) -> None:
        url = f"https://kept.client.example:{place.port}/client.json"
        assert (await anybody.name(url)).status == 200
        clock.now += 700
        for count in range(25):
            last = await anybody.name(f"https://{count}.client.example:{place.port}/client.json")
        assert last.status == 429
        assert (await anybody.name(url)).status == 200

    async def test_n4_waiting_for_a_place_takes_nothing_of_the_time_to_fetch(self, place: Place, clock: Clock) -> None:
        """One place: the first fetch ends at its deadline of a second, and the second still has a whole one."""
        silent = asyncio.Event()

        async def first_is_silent(request: web.BaseRequest) -> web.StreamResponse:
            if request.path == "/silent":
                await silent.wait()
            return await said("{}")

        place.answer = first_is_silent
        queue, fetcher = FetchQueue(clock.sources(), Places(total=1)), place.fetcher(deadline=1)

        async def fetch(path: str) -> int:
            async with queue.place(place.url.replace("*", "a") + path, "192.0.2.1"):
                return (await fetcher.get(place.url.replace("*", "a") + path, max_size=100)).status

        silenced, answered = await asyncio.gather(fetch("/silent"), fetch("/fine"), return_exceptions=True)
        assert isinstance(silenced, FetchError)
        assert answered == 200
        silent.set()
        await fetcher.close()

    async def test_n4_line_is_bounded_and_the_last_of_the_greediest_leaves_it(self, clock: Clock) -> None:
        queue = FetchQueue(clock.sources(), Places(total=1, waiting=3))
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(queue.place("https://a.example/", "192.0.2.1"))

            async def wait(url: str, visitor: str) -> str:
                async with queue.place(url, visitor):
                    return url

            waiting = [asyncio.create_task(wait(f"https://{name}.example/", "192.0.2.1")) for name in "bcd"]
            await asyncio.sleep(0)
            waiting.append(asyncio.create_task(wait("https://e.example/", "198.51.100.7")))
            await asyncio.sleep(0)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(ended[2], NoPlace)
        assert [each for each in ended if isinstance(each, str)] == [
            "https://b.example/",
            "https://c.example/",
            "https://e.example/",
        ]

    async def test_n4_whoever_wants_the_same_is_not_bound_to_a_strangers_turn(self, clock: Clock) -> None:
        """A stranger names the address of somebody else behind many slow ones of theirs: the other's turn comes by
        the other's place.
        """
        queue = FetchQueue(clock.sources(), Places(per_visitor=1))
        async with queue.place("https://slow.example/", "192.0.2.1"):
            begun = asyncio.Event()

            async def fetch() -> None:
                async with queue.place("https://wanted.example/", "192.0.2.1"):
                    begun.set()

            task = asyncio.create_task(fetch())
            await asyncio.sleep(0)
            assert not begun.is_set()
            queue.join("https://wanted.example/", "198.51.100.7")
            async with asyncio.timeout(2):
                await begun.wait()
            await task


class TestN6:
    """Registrations within the limits. Only clients that authenticate take a place before somebody consents."""

    async def test_n6_flood_from_one_address_refuses_nobody_else(self, anybody: Visitor, other: Visitor) -> None:
        """Six unused clients are kept here, and a stranger has made them all: who comes from elsewhere takes the
        place of one of them.
        """
        answers = [await anybody.register(**WITH_SECRET, client_name=f"Flood {count}") for count in range(8)]
        assert [answer.status for answer in answers] == [201] * 6 + [429] * 2
        for count in range(2):
            assert (await other.register(**WITH_SECRET, client_name=f"Honest {count}")).status == 201
        names = {client.name for client in await anybody.asker.service.store.list_clients()}
        assert {"Honest 0", "Honest 1"} <= names
        assert len(names) == 6
        assert (await anybody.register(**WITH_SECRET, client_name="Flood again")).status == 429
        assert {client.name for client in await anybody.asker.service.store.list_clients()} == names

    async def test_n6_flood_from_many_addresses_leaves_everybody_their_part(
        self, anybody: Visitor, other: Visitor
    ) -> None:
        for count in range(1, 4):
            for n in range(4):
                await evolve(anybody, address=f"192.0.2.{count}").register(
                    **WITH_SECRET, client_name=f"Flood {count} {n}"
                )
        assert (await other.register(**WITH_SECRET, client_name="Honest")).status == 201
        for count in range(1, 4):
            await evolve(anybody, address=f"192.0.2.{count}").register(
                **WITH_SECRET, client_name=f"Flood {count} again"
            )
        assert "Honest" in {client.name for client in await anybody.asker.service.store.list_clients()}

    async def test_n6_loopback_ports_make_one_client(self, anybody: Visitor) -> None:
        """RFC 8252 section 7.3: a program takes whatever port is free, and each time it is the same client."""
        answers = [
            await anybody.register(redirect_uris=[f"http://127.0.0.1:{40_000 + count}/cb", "https://c.example/cb"])
            for count in range(20)
        ]
        assert {answer.status for answer in answers} == {201}
        assert len({answer.json["client_id"] for answer in answers}) == 1
        assert [answer.json["redirect_uris"][0] for answer in answers] == [
            f"http://127.0.0.1:{40_000 + count}/cb" for count in range(20)
        ]
        assert await anybody.asker.service.store.list_clients() == []
        anybody.asker.client_id = answers[0].json["client_id"]
        assert (await anybody.asker.ask(redirect_uri="http://127.0.0.1:1234/cb")).status == 200
        assert (await anybody.asker.ask(redirect_uri="http://127.0.0.1:1234/other")).is_page_without_redirect

    async def test_n6_success_shuts_nobody_out(self, anybody: Visitor, add_user: AddUser, sign_in: SignIn) -> None:
        """Registrations as a popular server receives them: most are one program at changing ports, the others programs
        of their own, which some people allow something. Six unused clients are kept here; 300 come.
        """
        await add_user("ada")
        await sign_in(anybody.asker.http, "ada")
        used = set()
        for count in range(300):
            visitor = evolve(anybody, address=f"203.0.{count % 100}.1")
            popular = count % 11 != 0
            answer = await visitor.register(
                client_name="Popular" if popular else f"Program {count}",
                redirect_uris=[f"http://127.0.0.1:{20_000 + count}/cb", REDIRECT_URI],
            )
            assert answer.status == 201, answer.text
            if count == 1 or count % 44 == 0:
                anybody.asker.client_id = answer.json["client_id"]
                await anybody.asker.tokens()
                used.add(anybody.asker.client_id)
        assert len(used) == 8
        assert {client.id for client in await anybody.asker.service.store.list_clients()} == used

    async def test_n6_program_with_any_port_says_which(self, anybody: Visitor) -> None:
        """Without its redirect_uri nobody knows at which port it listens."""
        anybody.asker.client_id = (await anybody.register(redirect_uris=["http://localhost:4711/cb"])).json["client_id"]
        assert (await anybody.asker.ask(redirect_uri=None)).is_page_without_redirect


EXPONENTS = {
    "giant": number(2**2047 + 1),
    "long": number(2**32 + 1),
    "even": number(65538),
    "one": number(1),
    "empty": "",
    "text": "!!",
    "huge": "A" * 100_000,
}
MODULI = {"short": number(2**1023 + 1), "long": number(2**8191 + 1), "even": number(2**2047), "huge": "A" * 1_000_000}


class TestN10:
    """What a stranger chose is measured before anything is reckoned with it."""

    @pytest.mark.parametrize(
        "changes",
        [*({"e": value} for value in EXPONENTS.values()), *({"n": value} for value in MODULI.values())],
        ids=[*EXPONENTS, *MODULI],
    )
    def test_n10_rsa_key_that_nobody_uses_is_no_key(self, changes: dict[str, Any]) -> None:
        """RFC 7518 sections 3.3 and 6.3.1: 2048 to 4096 bits, an odd exponent below 2^32."""
        assert read_keys({"keys": [rsa(**changes)]}) == ()
        assert usable_keys({"keys": [rsa(**changes), rsa()]}) == [rsa()]

    @pytest.mark.parametrize("bits", [2048, 3072, 4096])
    def test_n10_usual_rsa_keys_are_taken(self, bits: int) -> None:
        modulus = 2**bits - 189
        assert len(read_keys({"keys": [rsa(n=number(modulus)), rsa(n=number(modulus), e=number(3))]})) == 2

    @pytest.mark.parametrize(
        "changes", [{"crv": "secp256k1"}, {"crv": "P-521"}, {"x": "A" * 44}, {"y": "A" * 100_000}, {"crv": ["P-256"]}]
    )
    def test_n10_key_on_no_known_curve_is_no_key(self, changes: dict[str, Any]) -> None:
        assert read_keys({"keys": [{**Signer().public, **changes}]}) == ()

    async def test_n10_registration_with_such_a_key_is_refused(self, anybody: Visitor) -> None:
        for key in (rsa(e=EXPONENTS["giant"]), rsa(n=MODULI["long"])):
            answer = await anybody.register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [key]})
            assert answer.refusal == (400, "invalid_client_metadata")

    async def test_n10_document_with_such_a_key_is_refused(self, anybody: Visitor, place: Place) -> None:
        async def strange(request: web.BaseRequest) -> web.StreamResponse:
            document = json.loads((await described(request)).text or "")
            return await said(
                json.dumps(
                    {
                        **document,
                        "token_endpoint_auth_method": "private_key_jwt",
                        "jwks": {"keys": [rsa(e=EXPONENTS["giant"])]},
                    }
                )
            )

        place.answer = strange
        assert (await anybody.name(f"https://a.client.example:{place.port}/client.json")).status == 400

    async def test_n10_proof_with_such_a_key_is_refused(self, anybody: Visitor) -> None:
        """RFC 9449 section 4.3; the algorithms of proofs have no RSA key."""
        issuer, prover = anybody.asker.service.settings.issuer, Prover(anybody.asker.service.sources.now())
        await anybody.asker.register()
        for jwk in (rsa(e=EXPONENTS["giant"]), {**prover.key.as_dict(private=False), "x": "A" * 600}):
            anybody.asker.headers = {"DPoP": prover.proof("POST", f"{issuer}/token", header={"jwk": jwk})}
            assert (await anybody.asker.redeem("code_none")).refusal == (400, "invalid_dpop_proof")

    async def test_n10_oversized_proofs_and_assertions_are_refused_unread(self, anybody: Visitor) -> None:
        """By their length, whole and header alone: what is in them is not even decoded."""
        service, prover, signer = anybody.asker.service, Prover(anybody.asker.service.sources.now()), Signer()
        jwks = {"keys": [signer.public]}
        await service.store.add_client(
            evolve(sample_client("client_s"), auth_method="private_key_jwt", metadata={"jwks": jwks})
        )
        claims = {
            "iss": "client_s",
            "sub": "client_s",
            "aud": service.settings.issuer,
            "exp": service.sources.now() + 60,
        }
        form = {"grant_type": "x", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        assert (await anybody.form("/token", **form, client_assertion=signer.sign(claims))).refusal == (
            400,
            "unsupported_grant_type",
        )
        for large in (signer.sign({**claims, "more": "x" * 20_000}), signer.sign(claims, kid="x" * 6200)):
            answer = await anybody.form("/token", **form, client_assertion=large)
            assert answer.refusal == (401, "invalid_client")
            assert answer.json["error_description"] == "The assertion is not a signed JWT."
        await anybody.asker.register()
        for changes in ({"more": "x" * 5000}, {"header": {"kid": "x" * 3100}}):
            anybody.asker.headers = {"DPoP": prover.proof("POST", f"{service.settings.issuer}/token", **changes)}
            answer = await anybody.asker.redeem("code_none")
            assert answer.refusal == (400, "invalid_dpop_proof")
            assert answer.json["error_description"] == "The proof is malformed."
