"""Chapter K of the attack catalogue: client authentication."""

import asyncio
import logging
from base64 import b64encode

import pytest
from aiohttp import FormData

from mcpserver.settings import Settings

from ..asker import FORM, VERIFIER, Answer, Asker
from ..conftest import Clock


@pytest.fixture
async def confidential(asker: Asker) -> Asker:
    """The same with a client that has a secret."""
    assert (await asker.register(token_endpoint_auth_method="client_secret_basic")).status == 201
    return asker


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


async def redeem(asker: Asker, *, headers: dict[str, str] | None = None, query: str = "", **form: str) -> Answer:
    """Redeem a code that nobody made, with these credentials and no others: who passes gets invalid_grant."""
    fields = {"grant_type": "authorization_code", "code": "none", "code_verifier": VERIFIER, **form}
    return await asker.send("POST", "/token" + query, data=FormData(fields), headers=headers or {})


PASSED = (400, "invalid_grant")


@pytest.mark.parametrize("name", ["client_secret", "client_assertion"])
async def test_k1_secret_in_the_address_is_refused_and_not_logged(
    confidential: Asker, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """OAuth 2.1 section 2.4.1."""
    caplog.set_level(logging.DEBUG)
    logged = "canary-6f1d"
    answer = await redeem(confidential, query=f"?{name}={logged}", client_id=confidential.client_id)
    assert answer.refusal == (400, "invalid_request")
    ours = [
        record.getMessage() for record in caplog.records if not record.name.startswith(("aiohttp.client", "asyncio"))
    ]
    assert not [line for line in ours if logged in line]


async def test_k2_two_ways_of_authentication_are_refused(confidential: Asker) -> None:
    """OAuth 2.1 section 2.4: not more than one in a request."""
    assert confidential.client_secret is not None
    header = basic(confidential.client_id, confidential.client_secret)
    assert (await redeem(confidential, headers=header)).refusal == PASSED
    assert (await redeem(confidential, headers=header, client_id=confidential.client_id)).refusal == PASSED
    assert (await redeem(confidential, headers=header, client_secret=confidential.client_secret)).refusal == (
        400,
        "invalid_request",
    )
    assert (await redeem(confidential, headers=header, client_id="another")).refusal == (400, "invalid_request")


async def test_k2_two_authorization_headers_are_refused(confidential: Asker) -> None:
    """OAuth 2.1 section 2.4; RFC 9110 section 5.3: the field is no list."""
    assert confidential.client_secret is not None
    one = basic(confidential.client_id, confidential.client_secret)["Authorization"]
    async with confidential.http.post(
        "/token", data={"grant_type": "authorization_code"}, headers=[("Authorization", one), ("Authorization", one)]
    ) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_request")
        assert "in one way" in (await answer.json())["error_description"]


async def test_k3_wrong_basic_credentials_name_the_scheme(confidential: Asker) -> None:
    """OAuth 2.1 section 3.2.4."""
    answer = await redeem(confidential, headers=basic(confidential.client_id, "wrong"))
    assert answer.refusal == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


async def test_k3_every_refusal_carries_a_challenge(confidential: Asker) -> None:
    """RFC 9110 section 15.5.2: a 401 has a WWW-Authenticate, however the client tried to prove who it is."""
    in_form = await redeem(confidential, client_id=confidential.client_id, client_secret="wrong")
    assert in_form.refusal == (401, "invalid_client")
    nobody = await redeem(confidential, client_id="client_0000")
    assert {answer.headers["WWW-Authenticate"] for answer in (in_form, nobody)} == {'Basic realm="token"'}


async def test_k3_either_way_of_showing_the_secret_will_do(confidential: Asker) -> None:
    """OAuth 2.1 section 2.4.1: the registered way is what the client said it would use, not a lock."""
    assert confidential.client_secret is not None
    assert (
        await redeem(confidential, client_id=confidential.client_id, client_secret=confidential.client_secret)
    ).refusal == PASSED


async def test_k4_unknown_client_and_wrong_secret_look_the_same(confidential: Asker) -> None:
    """OAuth 2.1 section 3.2.4: one digest is compared whatever was sent."""
    id_, nobody = confidential.client_id, "client_0000"
    pairs = [
        (
            await redeem(confidential, headers=basic(id_, "wrong")),
            await redeem(confidential, headers=basic(nobody, "wrong")),
        ),
        (
            await redeem(confidential, client_id=id_, client_secret="wrong"),
            await redeem(confidential, client_id=nobody, client_secret="wrong"),
        ),
    ]
    for known, unknown in pairs:
        assert (known.status, known.text) == (unknown.status, unknown.text)
        assert set(known.headers) == set(unknown.headers)


async def test_k5_confidential_client_must_show_its_secret(confidential: Asker) -> None:
    """OAuth 2.1 section 3.2.1."""
    assert (await redeem(confidential, client_id=confidential.client_id)).refusal == (401, "invalid_client")
    assert (await redeem(confidential, headers=basic(confidential.client_id, ""))).refusal == (401, "invalid_client")
    assert (await redeem(confidential)).refusal == (401, "invalid_client")


async def test_k5_public_client_must_not_show_one(asker: Asker) -> None:
    """OAuth 2.1 section 2.4: whoever sends a secret thinks it is somebody else."""
    assert (await redeem(asker, client_id=asker.client_id)).refusal == PASSED
    assert (await redeem(asker, headers=basic(asker.client_id, ""))).refusal == PASSED
    assert (await redeem(asker, client_id=asker.client_id, client_secret="x")).refusal == (401, "invalid_client")


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + b64encode(b"no-colon").decode(),
        "Basic " + b64encode(b":secret").decode(),
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic YTpi=",
        "Basic a",
        "Bearer abc",
        "Digest username=x",
        "é",
        "Basic " + "A" * 60000,
        "Basic " + b64encode(b"%ff:%ff").decode(),
    ],
)
async def test_k6_broken_credentials_are_refused(confidential: Asker, header: str) -> None:
    """RFC 7617 section 2; OAuth 2.1 section 3.2.4."""
    answer = await redeem(confidential, headers={"Authorization": header})
    assert answer.refusal == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


async def test_k6_text_that_no_database_holds_is_refused(confidential: Asker) -> None:
    assert 400 <= (await redeem(confidential, headers=basic("%00", "x"))).status < 500
    assert 400 <= (await redeem(confidential, client_id="\0")).status < 500
    assert 400 <= (await redeem(confidential, headers=basic("a\0b", "x"))).status < 500


class TestGuessing:
    """With a proxy in front, so that a test can come from anywhere."""

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", trusted_proxies=("127.0.0.1",))

    async def show(self, asker: Asker, secret: str | None, *, at: str, client_id: str | None = None) -> Answer:
        return await redeem(asker, headers={**basic(client_id or asker.client_id, secret or ""), "X-Forwarded-For": at})

    async def test_k7_guesser_is_told_to_wait_and_is_not_looked_at_any_more(
        self, confidential: Asker, clock: Clock
    ) -> None:
        """OAuth 2.1 section 2.4.1; RFC 6585 section 4: ten guesses at once, then one in half a minute."""
        answers = [await self.show(confidential, f"guess {number}", at="192.0.2.1") for number in range(12)]
        assert [answer.status for answer in answers] == [401] * 10 + [429] * 2
        assert answers[-1].refusal == (429, "temporarily_unavailable")
        assert int(answers[-1].headers["Retry-After"]) == 30
        assert (await self.show(confidential, confidential.client_secret, at="192.0.2.1")).status == 429
        clock.now += 30
        assert (await self.show(confidential, confidential.client_secret, at="192.0.2.1")).refusal == PASSED

    async def test_k7_guesses_at_once_are_counted_one_by_one(self, confidential: Asker) -> None:
        answers = await asyncio.gather(
            *(self.show(confidential, f"guess {number}", at="192.0.2.1") for number in range(40))
        )
        assert sorted(answer.status for answer in answers) == [401] * 10 + [429] * 30

    async def test_k7_owner_gets_in_whatever_strangers_guess(self, confidential: Asker) -> None:
        """From elsewhere at any time; and from the very address of the stranger, where the client was at home
        before.
        """
        assert (await self.show(confidential, confidential.client_secret, at="198.51.100.7")).refusal == PASSED
        for address in ("192.0.2.1", "198.51.100.7"):
            for number in range(20):
                await self.show(confidential, f"guess {number}", at=address)
        for address in ("198.51.100.7", "203.0.113.5"):
            assert (await self.show(confidential, confidential.client_secret, at=address)).refusal == PASSED

    async def test_k7_other_clients_of_the_same_address_go_on(self, confidential: Asker) -> None:
        """A vendor's clients share an address; a public client has no secret, and nothing to be kept out for."""
        for number in range(130):
            await self.show(confidential, "wrong", at="192.0.2.1", client_id=f"client_{number}")
        assert (await self.show(confidential, "wrong", at="192.0.2.1")).status == 429
        assert (await self.show(confidential, confidential.client_secret, at="192.0.2.1")).refusal == PASSED
        await confidential.register()
        for _ in range(12):
            await self.show(confidential, "wrong", at="192.0.2.1")
        assert (
            await redeem(confidential, headers={"X-Forwarded-For": "192.0.2.1"}, client_id=confidential.client_id)
        ).refusal == PASSED

    async def test_k4_unknown_client_and_wrong_secret_look_the_same_to_a_guesser(self, confidential: Asker) -> None:
        """OAuth 2.1 section 3.2.4."""
        for _ in range(11):
            known = await self.show(confidential, "wrong", at="192.0.2.1")
            unknown = await self.show(confidential, "wrong", at="192.0.2.1", client_id="client_0000")
            assert (known.status, known.text) == (unknown.status, unknown.text)
            assert known.headers.get("Retry-After") == unknown.headers.get("Retry-After")


@pytest.mark.parametrize("path", ["/token", "/revoke", "/register"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
async def test_k9_other_methods_are_refused_where_browsers_can_read_it(asker: Asker, path: str, method: str) -> None:
    """OAuth 2.1 section 3.2; RFC 9110 section 15.5.6: Allow names what is taken."""
    answer = await asker.send(method, path, headers={"Origin": "https://app.example"})
    assert answer.status == 405
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == {"POST", "OPTIONS"}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/token", "/revoke"])
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "application/x-www-form-urlencoded+x"],
)
async def test_k9_only_forms_are_read(asker: Asker, path: str, content_type: str) -> None:
    """OAuth 2.1 section 3.2.2."""
    answer = await asker.send(
        "POST", path, data=b'{"grant_type": "authorization_code"}', headers={"Content-Type": content_type}
    )
    assert answer.refusal == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/token", "/revoke", "/register"])
async def test_k9_body_of_any_size_or_encoding_gets_an_answer(asker: Asker, path: str) -> None:
    """RFC 9110 sections 15.5.1 and 15.5.14."""
    content_type = {"Content-Type": "application/json" if path == "/register" else FORM}
    large = await asker.send("POST", path, data=b"a=" + b"x" * 70000, headers=content_type)
    assert large.status == 413
    for body in (
        b"",
        b"\xff",
        b"a=%ff",
        b"a=%ED%A0%80",
        b"&" * 1000,
        b"%",
        b"=",
        b"grant_type=%00&client_id=%00&token=%00",
    ):
        assert 400 <= (await asker.send("POST", path, data=body, headers=content_type)).status < 500, body
    packed = await asker.send(
        "POST", path, data=b"not gzip at all", headers=content_type | {"Content-Encoding": "gzip"}
    )
    assert packed.status == 415


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": "password", "username": "ada", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "\0"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
    ],
)
async def test_k9_grant_types_that_do_not_exist_are_refused(asker: Asker, form: dict[str, str], code: str) -> None:
    """OAuth 2.1 section 3.2.4."""
    assert (await asker.token(**form)).refusal == (400, code)


async def test_k9_client_may_use_only_the_grant_types_it_registered_for(asker: Asker) -> None:
    """OAuth 2.1 section 3.2.4: unauthorized_client."""
    await asker.register(grant_types=["authorization_code"])
    tokens = await asker.tokens()
    assert "refresh_token" not in tokens
    assert (await asker.refresh("refresh_x")).refusal == (400, "unauthorized_client")
