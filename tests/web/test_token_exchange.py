"""Token exchange (RFC 8693): a server gets a token of its own for what it does for the person who called it."""

from base64 import urlsafe_b64decode
from json import loads
from typing import Any

import pytest

from mcpserver.compose.service import Service
from mcpserver.oauth.protocol.grant_types import TOKEN_EXCHANGE
from mcpserver.oauth.tokens.grants.token_exchange import ACCESS_TOKEN
from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import Clock, ServiceClient
from ..prover import Prover
from .test_client_credentials import SECRET, nightly_job


@pytest.fixture
async def middle(client: ServiceClient, service: Service) -> Asker:
    """A server between the client and this one; the operator lets it read notes for people."""
    await service.store.add_client(
        nightly_job(id="client_middle", grant_types=(TOKEN_EXCHANGE,), scope="notes:read profile")
    )
    return Asker(client, service, "client_middle", SECRET)


async def exchange(middle: Asker, token: str, **form: Any) -> Answer:
    return await middle.token(
        **{"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN} | form
    )


def claims_of(answer: Answer) -> dict[str, Any]:
    claims: dict[str, Any] = loads(urlsafe_b64decode(answer.json["access_token"].split(".")[1] + "=="))
    return claims


async def test_token_is_for_the_same_person_and_names_who_acts(asker: Asker, middle: Asker, clock: Clock) -> None:
    """Sections 2.2.1 and 4.1; without a refresh token; what the person did not allow is not in it, nor what the
    operator did not.
    """
    token = (await asker.tokens(scope="notes:read notes:write offline_access"))["access_token"]
    clock.now += 600
    answer = await exchange(middle, token)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert {name: answer.json[name] for name in answer.json if name != "access_token"} == {
        "token_type": "Bearer",
        "issued_token_type": ACCESS_TOKEN,
        "expires_in": 3000,
        "scope": "notes:read",
    }
    claims = claims_of(answer)
    assert (claims["client_id"], claims["act"], claims["exp"]) == (
        "client_middle",
        {"sub": "client_middle"},
        clock.now + 3000,
    )
    assert claims["sub"].startswith("user_")
    assert await asker.is_live(answer.json["access_token"])


async def test_it_asks_for_less_and_never_for_more(asker: Asker, middle: Asker) -> None:
    """Section 2.1: scope."""
    tokens = await asker.tokens()
    token = (await asker.refresh(tokens["refresh_token"], scope="notes:read profile")).json["access_token"]
    assert (await exchange(middle, token, scope="profile")).json["scope"] == "profile"
    assert (await exchange(middle, token, scope="notes:write")).refusal == (400, "invalid_scope")
    assert (await exchange(middle, token, scope="everything")).refusal == (400, "invalid_scope")
    only_write = (await asker.refresh(tokens["refresh_token"], scope="notes:write")).json["access_token"]
    assert (await exchange(middle, only_write)).refusal == (400, "invalid_scope")


async def test_exchanged_token_ends_with_the_grant(asker: Asker, middle: Asker) -> None:
    """RFC 7009 section 2.1: the person's revocation reaches what was made of it; and what is over cannot be
    exchanged.
    """
    tokens = await asker.tokens()
    exchanged = (await exchange(middle, tokens["access_token"])).json["access_token"]
    assert await asker.is_live(exchanged)
    await asker.token(path="/revoke", token=tokens["refresh_token"])
    assert not await asker.is_live(exchanged)
    assert (await exchange(middle, tokens["access_token"])).refusal == (400, "invalid_request")


async def test_exchanged_token_may_be_exchanged_again_and_lasts_no_longer(
    asker: Asker, middle: Asker, clock: Clock
) -> None:
    token = (await asker.tokens())["access_token"]
    clock.now += 3590
    second = await exchange(middle, (await exchange(middle, token)).json["access_token"])
    assert second.json["expires_in"] == 10
    clock.now += 10
    assert (await exchange(middle, token)).refusal == (400, "invalid_request")


@pytest.mark.parametrize(
    "form",
    [
        {"subject_token": None},
        {"subject_token": "x"},
        {"subject_token": "a.b.c"},
        {"subject_token_type": None},
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x", "actor_token_type": ACCESS_TOKEN},
    ],
    ids=str,
)
async def test_what_is_not_exchanged_here_is_a_bad_request(asker: Asker, middle: Asker, form: dict[str, Any]) -> None:
    """Section 2.2.2."""
    token = (await asker.tokens())["access_token"]
    assert (await exchange(middle, token, **form)).refusal == (400, "invalid_request")


async def test_refresh_token_is_none_to_exchange(asker: Asker, middle: Asker) -> None:
    assert (await exchange(middle, (await asker.tokens())["refresh_token"])).refusal == (400, "invalid_request")


async def test_target_is_this_resource(asker: Asker, middle: Asker) -> None:
    """Sections 2.1 and 2.2.2: resource and audience."""
    token = (await asker.tokens())["access_token"]
    ours = asker.service.settings.resource
    assert (
        await exchange(middle, token, audience=ours, resource=ours, requested_token_type=ACCESS_TOKEN)
    ).status == 200
    for name in ("audience", "resource"):
        assert (await exchange(middle, token, **{name: "https://other.example"})).refusal == (400, "invalid_target")


async def test_only_servers_that_the_operator_allows_may(asker: Asker, middle: Asker) -> None:
    """RFC 6749 section 5.2; a client that anybody could be may not, whatever the database says."""
    token = (await asker.tokens())["access_token"]
    assert (await exchange(asker, token)).refusal == (400, "unauthorized_client")
    await middle.service.store.add_client(
        nightly_job(id="client_public", grant_types=(TOKEN_EXCHANGE,), auth_method="none", secret_digest=None)
    )
    assert (await exchange(Asker(middle.http, middle.service, "client_public"), token)).refusal == (
        400,
        "unauthorized_client",
    )


async def test_exchanged_token_can_be_bound_to_the_servers_key(asker: Asker, middle: Asker, clock: Clock) -> None:
    """RFC 9449 section 5."""
    token = (await asker.tokens())["access_token"]
    prover = Prover(clock.now)
    middle.headers = {"DPoP": prover.proof("POST", middle.service.settings.issuer + "/token")}
    answer = await exchange(middle, token)
    assert (answer.json["token_type"], claims_of(answer)["cnf"]) == ("DPoP", {"jkt": prover.thumbprint})


async def test_exchange_takes_no_binding_off(asker: Asker, middle: Asker, clock: Clock) -> None:
    """RFC 9449 section 5: what is made of a bound token is bound to the key of who acts, and its exchange in turn."""
    prover = Prover(clock.now)
    asker.headers = {"DPoP": prover.proof("POST", asker.service.settings.issuer + "/token")}
    token = (await asker.tokens())["access_token"]
    assert (await exchange(middle, token)).refusal == (400, "invalid_dpop_proof")
    own = Prover(clock.now)
    for _ in range(2):
        middle.headers = {"DPoP": own.proof("POST", middle.service.settings.issuer + "/token")}
        answer = await exchange(middle, token)
        assert (answer.json["token_type"], claims_of(answer)["cnf"]) == ("DPoP", {"jkt": own.thumbprint})
        token, middle.headers = answer.json["access_token"], {}
        assert (await exchange(middle, token)).refusal == (400, "invalid_dpop_proof")


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", token_exchange=False)

    async def test_v4_token_exchange_switched_off(self, asker: Asker, middle: Asker) -> None:
        """Neither advertised nor accepted."""
        assert (await exchange(middle, (await asker.tokens())["access_token"])).refusal == (
            400,
            "unsupported_grant_type",
        )
        metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
        assert TOKEN_EXCHANGE not in metadata["grant_types_supported"]


async def test_token_ends_with_the_client_that_holds_it(
    asker: Asker, middle: Asker, service: Service, clock: Clock
) -> None:
    """Section 4.1: it is the actor's.

    An operator who removes a server that is no longer trusted ends what it holds, at once.
    """
    token = (await asker.tokens(scope="notes:read"))["access_token"]
    exchanged = (await exchange(middle, token)).json["access_token"]
    assert await asker.is_live(exchanged)
    assert await service.store.remove_client("client_middle", now=clock.now)
    await service.resource_server.poll_revocations()
    assert not await asker.is_live(exchanged)
    service.resource_server.forget_all()
    assert not await asker.is_live(exchanged)
    assert await asker.is_live(token)


async def test_introspection_names_who_acts_and_answers_it(asker: Asker, middle: Asker, service: Service) -> None:
    """RFC 7662 section 2.2, RFC 8693 section 4.1."""
    await service.store.add_client(nightly_job(id="client_server", metadata={"introspects": True}))
    watcher = Asker(asker.http, service, "client_server", SECRET)
    token = (await asker.tokens(scope="notes:read"))["access_token"]
    exchanged = (await exchange(middle, token)).json["access_token"]
    for who in (middle, watcher):
        answer = (await who.token(path="/introspect", token=exchanged)).json
        assert (answer["active"], answer["client_id"], answer["act"]) == (
            True,
            "client_middle",
            {"sub": "client_middle"},
        )
    plain = (await watcher.token(path="/introspect", token=token)).json
    assert (plain["client_id"], "act" in plain) == (asker.client_id, False)
    assert (await middle.token(path="/introspect", token=token)).json == {"active": False}


async def test_exchanged_token_cannot_be_given_up_alone_and_says_so(asker: Asker, middle: Asker) -> None:
    """RFC 7009 section 2.2.1: the grant behind it is another's to end, and an answer of 200 would say that the token
    is gone.
    """
    token = (await asker.tokens(scope="notes:read"))["access_token"]
    exchanged = (await exchange(middle, token)).json["access_token"]
    assert (await middle.token(path="/revoke", token=exchanged)).refusal == (400, "unsupported_token_type")
    assert (await middle.token(path="/revoke", token=token)).status == 200
    assert (await asker.token(path="/revoke", token=exchanged)).status == 200
    assert await asker.is_live(exchanged)
    assert (await asker.token(path="/revoke", token=token)).status == 200
    assert not await asker.is_live(exchanged)
