"""Chapter K of the attack catalogue, for clients that sign instead of showing a secret (private_key_jwt, RFC 7523)."""

from typing import Any

import pytest
from attrs import evolve
from joserfc.jwk import ECKey, OKPKey, RSAKey

from mcpserver.compose.service import Service
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import Clock, ServiceClient
from ..signer import Key, Signer

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS: dict[str, Key] = {
    "ES256": ECKey.generate_key("P-256"),
    "Ed25519": OKPKey.generate_key("Ed25519"),
    "EdDSA": OKPKey.generate_key("Ed25519"),
    "RS256": RSAKey.generate_key(2048),
    "PS256": RSAKey.generate_key(2048),
}


def signing_client(*signers: Signer, client_id: str = "client_signing") -> Client:
    return Client(
        client_id,
        "A client that signs",
        (),
        ClientKind.OPERATOR,
        1,
        auth_method="private_key_jwt",
        grant_types=("client_credentials",),
        scope="notes:read",
        metadata={"jwks": {"keys": [signer.public for signer in signers]}},
    )


@pytest.fixture
def signer() -> Signer:
    return Signer()


@pytest.fixture
async def asker(client: ServiceClient, service: Service, signer: Signer) -> Asker:
    await service.store.add_client(signing_client(signer))
    return Asker(client, service)


def claims(asker: Asker, **changes: Any) -> dict[str, Any]:
    now = asker.service.sources.now()
    ours = {
        "iss": "client_signing",
        "sub": "client_signing",
        "aud": asker.service.settings.issuer,
        "iat": now,
        "exp": now + 300,
        "jti": "one",
    }
    return ours | changes


async def present(asker: Asker, assertion: str, **form: Any) -> Answer:
    signed = {"client_assertion_type": TYPE, "client_assertion": assertion, "client_id": None}
    return await asker.token(**{"grant_type": "client_credentials"} | signed | form)


@pytest.mark.parametrize(("registered", "holds"), [("RS256", True), ("PS256", False)])
async def test_k8_client_that_said_how_it_signs_is_held_to_it(visitor: Asker, registered: str, holds: bool) -> None:
    """RFC 8725 section 3.1; OpenID Connect Dynamic Client Registration section 2, token_endpoint_auth_signing_alg."""
    signer = Signer(KEYS["RS256"], "RS256")
    public = {name: value for name, value in signer.public.items() if name != "alg"}
    document = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": registered,
        "jwks": {"keys": [public]},
    }
    assert (await visitor.register(**document)).json["token_endpoint_auth_signing_alg"] == registered
    own = claims(visitor, iss=visitor.client_id, sub=visitor.client_id)
    answer = await present(visitor, signer.sign(own), grant_type="refresh_token", refresh_token="x")
    assert answer.refusal == ((400, "invalid_grant") if holds else (401, "invalid_client"))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "", 7, ["ES256"]])
async def test_k8_client_cannot_register_to_sign_in_a_way_that_proves_nothing(
    visitor: Asker, algorithm: object
) -> None:
    document = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": algorithm,
        "jwks": {"keys": [Signer().public]},
    }
    assert (await visitor.register(**document)).refusal == (400, "invalid_client_metadata")


@pytest.mark.parametrize("algorithm", ["HS256", "none", "ES384", "RS512", "ES256K", "RS256"])
async def test_k8_key_whose_algorithm_would_never_be_taken_is_no_key(visitor: Asker, algorithm: str) -> None:
    """RFC 7517 sections 4.4 and 5: a client learns of it when it registers, not when its assertions are refused;
    RS256 is for another kind of key.
    """
    unusable, usable = Signer().public | {"alg": algorithm}, Signer(kid="second").public
    answer = await visitor.register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [unusable]})
    assert answer.refusal == (400, "invalid_client_metadata")
    assert "alg" in answer.json["error_description"]
    answer = await visitor.register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [unusable, usable]})
    assert [key["kid"] for key in answer.json["jwks"]["keys"]] == ["second"]


async def test_k8_key_registers_when_its_assertions_are_taken_and_not_otherwise(visitor: Asker) -> None:
    """RFC 8037: EdDSA is a name of what Ed25519 (RFC 9864) is another of."""
    signer = Signer(KEYS["Ed25519"], "EdDSA")
    answer = await visitor.register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [signer.public]})
    if answer.status == 201:
        own = claims(visitor, iss=visitor.client_id, sub=visitor.client_id)
        assert (await present(visitor, signer.sign(own), grant_type="refresh_token", refresh_token="x")).refusal == (
            400,
            "invalid_grant",
        )
    else:
        assert answer.refusal == (400, "invalid_client_metadata")


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "private_key_jwt"])
async def test_k8_algorithm_of_assertions_is_kept_or_refused_by_name_whatever_the_method(
    visitor: Asker, method: str
) -> None:
    document = {"token_endpoint_auth_method": method, "jwks": {"keys": [Signer().public]}}
    assert (await visitor.register(**document, token_endpoint_auth_signing_alg="ES256")).json[
        "token_endpoint_auth_signing_alg"
    ] == "ES256"
    answer = await visitor.register(**document, token_endpoint_auth_signing_alg="HS256")
    assert answer.refusal == (400, "invalid_client_metadata")
    assert "token_endpoint_auth_signing_alg" in answer.json["error_description"]


@pytest.mark.parametrize("algorithm", KEYS)
async def test_k8_client_that_signs_is_who_it_says(client: ServiceClient, service: Service, algorithm: str) -> None:
    """RFC 7523 section 2.2; RFC 7521 section 4.2: its client_id may be said again, or not."""
    signer = Signer(KEYS[algorithm], algorithm)
    await service.store.add_client(signing_client(Signer(), signer))
    asker = Asker(client, service)
    assert (await present(asker, signer.sign(claims(asker)))).status == 200
    assert (
        await present(
            asker, signer.sign(claims(asker, jti="two"), typ="client-authentication+jwt"), client_id="client_signing"
        )
    ).status == 200
    assert (await present(asker, signer.sign(claims(asker, jti="three"), kid=None))).status == 200


@pytest.mark.parametrize(
    ("registered", "named", "signed"),
    [("EdDSA", "Ed25519", "Ed25519"), ("Ed25519", "EdDSA", "Ed25519"), ("Ed25519", "Ed25519", "EdDSA")],
)
async def test_two_names_of_one_algorithm_are_the_same(
    client: ServiceClient, service: Service, registered: str, named: str, signed: str
) -> None:
    """RFC 8037 section 3.1, RFC 9864: whatever the key, the registration and the header call it."""
    signer = Signer(KEYS["Ed25519"], signed)
    known = signing_client(Signer(KEYS["Ed25519"], registered))
    await service.store.add_client(evolve(known, metadata={**known.metadata, "token_endpoint_auth_signing_alg": named}))
    asker = Asker(client, service)
    assert (await present(asker, signer.sign(claims(asker)))).status == 200


@pytest.mark.parametrize(
    "header", [{"nonce": "n"}, {"pi.atm": "1"}, {"iss": "x", "tty": 7}, {"x5c": ["A" * 1500] * 3}, {"x5t": 7}]
)
async def test_what_is_not_known_in_a_header_is_ignored(asker: Asker, signer: Signer, header: dict[str, Any]) -> None:
    """RFC 7515 section 4."""
    assert (await present(asker, signer.sign(claims(asker), **header))).status == 200


@pytest.mark.parametrize("header", [{"crit": ["nonce"], "nonce": "n"}, {"crit": []}, {"filler": "x" * 6200}])
async def test_critical_members_and_huge_headers_are_refused(
    asker: Asker, signer: Signer, header: dict[str, Any]
) -> None:
    """RFC 7515 section 4.1.11."""
    assert (await present(asker, signer.sign(claims(asker), **header))).refusal == (401, "invalid_client")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "TOKEN ENDPOINT"},
        {"aud": ["ISSUER", "https://other.example"]},
        {"aud": "https://other.example"},
        {"aud": None},
        {"iss": "client_other"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"exp": "1"},
        {"exp": 9_000_000_000},
        {"nbf": 9_000_000_000},
        {"iat": 9_000_000_000},
        {"iat": True},
    ],
    ids=str,
)
async def test_k8_assertion_that_is_not_for_us_or_not_now(
    asker: Asker, signer: Signer, changes: dict[str, Any]
) -> None:
    """draft-ietf-oauth-rfc7523bis section 4: the issuer is the sole audience, and the token endpoint is none; RFC
    7523 section 3.
    """
    issuer = asker.service.settings.issuer
    places = {"TOKEN ENDPOINT": issuer + "/token", "ISSUER": issuer}
    audience = changes.get("aud")
    if isinstance(audience, list | str):
        named = [places.get(each, each) for each in ([audience] if isinstance(audience, str) else audience)]
        changes = {"aud": named if isinstance(audience, list) else named[0]}
    assert (await present(asker, signer.sign(claims(asker, **changes)))).refusal == (401, "invalid_client")


async def test_k8_assertion_on_its_way_again(asker: Asker, signer: Signer, clock: Clock) -> None:
    """RFC 7523 section 3, item 7: by its jti, and one without by all of it; also when what it came with was refused."""
    for changes in ({}, {"jti": None}, {"jti": 7}, {"jti": ""}):
        assertion = signer.sign(claims(asker, **changes))
        assert (await present(asker, assertion)).status == 200
        assert (await present(asker, assertion)).refusal == (401, "invalid_client")
        clock.now += 1
    assertion = signer.sign(claims(asker, jti="spent on a mistake"))
    assert (await present(asker, assertion, scope="notes:write")).refusal == (400, "invalid_scope")
    assert (await present(asker, assertion)).refusal == (401, "invalid_client")
    await asker.service.store.purge(clock.now)
    assert (await present(asker, assertion)).refusal == (401, "invalid_client")


async def test_o7_used_assertion_is_refused_after_a_step_back_and_a_new_one_is_not(
    asker: Asker, signer: Signer, clock: Clock
) -> None:
    """RFC 7523 section 3: the clock that was set back may be right by now, and the client's is; what was used stays
    so all the same.
    """
    used = signer.sign(claims(asker))
    assert (await present(asker, used)).status == 200
    clock.now += 3600
    assert (await present(asker, used)).refusal == (401, "invalid_client")
    await asker.service.store.purge(clock.now)
    clock.step(-3600)
    assert (await present(asker, used)).refusal == (401, "invalid_client")
    fresh = signer.sign(claims(asker, iat=clock.now, exp=clock.now + 300, jti="another"))
    assert (await present(asker, fresh)).status == 200


async def test_o5_assertion_from_before_a_restore_is_refused(asker: Asker, signer: Signer, clock: Clock) -> None:
    """Nobody knows any more whether it was used."""
    before = signer.sign(claims(asker))
    await asker.service.store.void(clock.now)
    clock.now += 1
    assert (await present(asker, before)).refusal == (401, "invalid_client")
    assert (await present(asker, signer.sign(claims(asker, jti="another")))).status == 200


async def test_k8_assertion_of_somebody_elses_key(asker: Asker) -> None:
    """RFC 8725 section 3.1: nothing in the header leads to a key."""
    thief = Signer()
    headers: list[dict[str, Any]] = [{}, {"kid": None}, {"jwk": thief.public}, {"jku": "https://evil.example"}]
    for header in headers:
        assert (await present(asker, thief.sign(claims(asker), **header))).refusal == (401, "invalid_client")
    for text in ("x", "a.b.c", "e30.e30.e30", "é", "x" * 20_000):
        assert (await present(asker, text)).refusal == (401, "invalid_client")


async def test_k8_wrong_keys_tell_as_much_as_an_unknown_client(asker: Asker) -> None:
    """Row K4 for clients that sign: neither answer says whether the client exists."""
    unknown = await present(asker, Signer().sign(claims(asker, iss="client_x", sub="client_x")))
    assert unknown.refusal == (401, "invalid_client")


async def test_k8_secret_is_not_taken_from_a_client_that_signs(asker: Asker, signer: Signer) -> None:
    """OAuth 2.1 section 2.4: in the way it registered for, and in one way."""
    assert (await asker.token(grant_type="client_credentials", client_id="client_signing")).refusal == (
        401,
        "invalid_client",
    )
    assert (
        await asker.token(grant_type="client_credentials", client_id="client_signing", client_secret="")
    ).refusal == (401, "invalid_client")
    assertion = signer.sign(claims(asker))
    assert (await present(asker, assertion, client_secret="secret_x")).refusal == (400, "invalid_request")
    assert (await present(asker, assertion, client_id="client_other")).refusal == (400, "invalid_request")
    assert (await present(asker, assertion, client_assertion_type=None)).refusal == (400, "invalid_request")
    assert (await present(asker, assertion, client_assertion_type="urn:x")).refusal == (400, "invalid_request")
    assert (await present(asker, "", client_id="client_signing")).refusal == (400, "invalid_request")
    asker.headers = {"Authorization": "Basic Y2xpZW50X3NpZ25pbmc6eA=="}
    assert (await present(asker, assertion)).refusal == (400, "invalid_request")


async def test_k8_client_without_keys_cannot_sign(visitor: Asker, signer: Signer) -> None:
    """A public client's id is known to all: an assertion must not make it somebody."""
    assertion = signer.sign(claims(visitor, iss=visitor.client_id, sub=visitor.client_id))
    assert (await present(visitor, assertion, grant_type="refresh_token", refresh_token="x")).refusal == (
        401,
        "invalid_client",
    )


async def test_k1_assertion_in_the_query(asker: Asker, signer: Signer) -> None:
    """OAuth 2.1 section 2.4.1."""
    path = f"/token?client_assertion={signer.sign(claims(asker))}"
    assert (await asker.send("POST", path, data={"grant_type": "client_credentials"})).refusal == (
        400,
        "invalid_request",
    )


async def test_signing_is_advertised(asker: Asker) -> None:
    """RFC 8414 section 2; MCP, oauth-client-credentials: server metadata requirements."""
    metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    assert set(KEYS) == set(metadata["token_endpoint_auth_signing_alg_values_supported"])


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", client_assertions=False)

    async def test_v4_signing_switched_off(self, asker: Asker, signer: Signer) -> None:
        """Neither advertised nor accepted, for a client that was written in before either."""
        assert (await present(asker, signer.sign(claims(asker)))).refusal == (401, "invalid_client")
        metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
        assert "private_key_jwt" not in metadata["token_endpoint_auth_methods_supported"]
        assert "token_endpoint_auth_signing_alg_values_supported" not in metadata
