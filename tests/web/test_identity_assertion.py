"""Assertions of an identity provider about people (MCP extension enterprise-managed-authorization; ID-JAG)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import define
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from joserfc.jwk import ECKey

from mcpserver.accounts.models import Account, Identity
from mcpserver.compose.service import Service
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.secrets import SecretKind, digest
from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import AddUser, Clock, ServiceClient
from ..holders import base64url, signature, signing_input
from ..prover import Prover
from ..signer import Issuer, Signer, issuing

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SECRET = "secret_of-the-assistant"


@pytest.fixture
async def provider() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
def settings(provider: Issuer) -> Settings:
    return Settings(port=0, database="sqlite://", identity_providers=(provider.url, f"{provider.url}#acme"))


def assistant(**changes: Any) -> Client:
    """As the operator writes one in."""
    details: dict[str, Any] = {
        "id": "client_assistant",
        "name": "Assistant",
        "redirect_uris": (),
        "kind": ClientKind.OPERATOR,
        "created_at": 1,
        "auth_method": "client_secret_basic",
        "secret_digest": digest(SecretKind.CLIENT_SECRET, SECRET),
        "grant_types": (JWT_BEARER,),
    }
    return Client(**details | changes)


@define
class Employee:
    """An assistant's client and what the provider says of the person who uses it."""

    asker: Asker
    provider: Issuer
    clock: Clock

    def claims(self, **changes: Any) -> dict[str, Any]:
        settings = self.asker.service.settings
        return {
            "iss": self.provider.url,
            "sub": "U019488227",
            "aud": settings.issuer,
            "resource": settings.resource,
            "client_id": "client_assistant",
            "jti": "9e43f81b64a33f20116179",
            "iat": self.clock.now,
            "exp": self.clock.now + 300,
            "email": "grace@acme.example",
            "name": "Grace Hopper",
        } | changes

    def assertion(self, *, header: dict[str, Any] | None = None, signer: Signer | None = None, **changes: Any) -> str:
        return (signer or self.provider).sign(self.claims(**changes), **{"typ": "oauth-id-jag+jwt"} | (header or {}))

    async def show(self, assertion: str, **form: Any) -> Answer:
        return await self.asker.token(**{"grant_type": JWT_BEARER, "assertion": assertion} | form)

    async def person(self, assertion: str | None = None, **form: Any) -> Any:
        """Whom the resource takes the bearer for."""
        answer = await self.show(assertion or self.assertion(), **form)
        assert answer.status == 200, answer.text
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
        headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
        headers |= {"Authorization": f"Bearer {answer.json['access_token']}"}
        result = await self.asker.send("POST", "/mcp", json=message, headers=headers)
        return result.json["result"]["structuredContent"]


@pytest.fixture
async def employee(client: ServiceClient, service: Service, provider: Issuer, clock: Clock) -> Employee:
    await service.store.add_client(assistant())
    return Employee(Asker(client, service, "client_assistant", SECRET), provider, clock)


async def test_word_of_the_provider_gives_a_token_and_an_account(employee: Employee) -> None:
    """The extension's section 5.2: without a refresh token; nobody was asked anything."""
    answer = await employee.show(employee.assertion())
    assert (answer.status, set(answer.json)) == (200, {"access_token", "token_type", "expires_in", "scope"})
    person = await employee.person()
    assert (person["username"], person["name"], person["email"]) == ("grace", "Grace Hopper", "grace@acme.example")
    assert len(await employee.asker.service.store.list_accounts()) == 1


async def test_same_assertion_may_be_shown_again_until_it_expires(employee: Employee, clock: Clock) -> None:
    """draft-ietf-oauth-identity-assertion-authz-grant, refresh token: it takes the place of one."""
    assertion = employee.assertion()
    for later in (0, 200, 100):
        clock.now += later
        assert (await employee.show(assertion)).status == 200
    clock.now += 60
    assert (await employee.show(assertion)).refusal == (400, "invalid_grant")


async def test_person_who_has_an_account_of_that_address_is_known_by_it_once_and_by_subject_ever_after(
    employee: Employee, add_user: AddUser
) -> None:
    """MCP, enterprise-managed authorization: account linking."""
    await add_user("ada", email="ada@example.com")
    assert (await employee.person(employee.assertion(email="Ada@Example.com")))["username"] == "ada"
    assert (await employee.person(employee.assertion(email="moved@example.com")))["username"] == "ada"
    assert (await employee.person(employee.assertion(email=None)))["username"] == "ada"


async def test_address_that_the_provider_has_not_verified_leads_to_nobodys_account(
    employee: Employee, add_user: AddUser
) -> None:
    """OpenID Connect Core section 5.7: whoever may write any address there must not become its owner."""
    await add_user("ada", email="ada@example.com")
    person = await employee.person(employee.assertion(email="ada@example.com", email_verified=False))
    assert (person["username"], person["email"]) == ("user", None)


async def test_people_of_the_same_name_get_accounts_of_their_own(employee: Employee, add_user: AddUser) -> None:
    await add_user("grace", email="other@example.com")
    names = {
        (await employee.person(employee.assertion(sub=sub, email=f"grace@{sub}.example")))["username"]
        for sub in ("one", "two")
    }
    assert len(names) == 2
    assert all(name.startswith("grace-") for name in names)


async def test_tenants_are_people_of_their_own(employee: Employee) -> None:
    """The draft's section "Subject Identifier Uniqueness with Tenants"; a tenant that the operator did not name is
    not trusted.
    """
    plain = await employee.person(employee.assertion(email=None))
    acme = await employee.person(employee.assertion(email=None, tenant="acme"))
    assert plain["username"] != acme["username"]
    assert (await employee.show(employee.assertion(tenant="evil"))).refusal == (400, "invalid_grant")
    assert (await employee.show(employee.assertion(tenant=7))).refusal == (400, "invalid_grant")


async def test_disabled_person_stays_out(employee: Employee) -> None:
    store = employee.asker.service.store
    await employee.person()
    (account,) = await store.list_accounts()
    await store.disable_account(account.id, now=employee.clock.now)
    assert (await employee.show(employee.assertion())).refusal == (400, "invalid_grant")
    assert (await employee.show(employee.assertion(sub="another", email=account.email))).refusal == (
        400,
        "invalid_grant",
    )
    assert len(await store.list_accounts()) == 1


async def test_account_without_a_password_cannot_be_signed_in_to(employee: Employee) -> None:
    await employee.person()
    page = await employee.asker.send("GET", "/login")
    form = {"csrf": page.field("csrf"), "login": "grace", "password": ""}
    for password in ("", " ", "no password"):
        answer = await employee.asker.send("POST", "/login", data=form | {"password": password})
        assert answer.status >= 400


async def test_scope_is_what_all_agree_on(employee: Employee) -> None:
    """The extension's section 4.3: the assertion's scope is a limit, and what the client asks for narrows it."""
    assertion = employee.assertion(scope="notes:read profile chat.read")
    assert (await employee.show(assertion)).json["scope"] == "profile notes:read"
    assert (await employee.show(assertion, scope="notes:read")).json["scope"] == "notes:read"
    assert (await employee.show(assertion, scope="notes:write")).refusal == (400, "invalid_scope")
    assert (await employee.show(employee.assertion(scope="chat.read"))).refusal == (400, "invalid_scope")
    assert (await employee.show(employee.assertion(scope="notes:read offline_access"))).json["scope"] == "notes:read"
    assert (await employee.show(employee.assertion())).json["scope"] == "profile notes:read notes:write"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"aud": None},
        {"aud": ["https://other.example", "OURS"]},
        {"resource": "https://other.example/mcp"},
        {"resource": None},
        {"client_id": "client_other"},
        {"client_id": None},
        {"iss": "https://idp.evil.example"},
        {"iss": None},
        {"iss": ["https://idp.evil.example"]},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"jti": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": 1},
        {"exp": 1e308},
        {"exp": True},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"tenant": ""},
    ],
    ids=str,
)
async def test_assertion_that_is_not_for_this_is_refused(employee: Employee, changes: dict[str, Any]) -> None:
    """The extension's section 5.1, RFC 7523 section 3."""
    if isinstance(changes.get("aud"), list):
        changes = {"aud": ["https://other.example", employee.asker.service.settings.issuer]}
    assert (await employee.show(employee.assertion(**changes))).refusal == (400, "invalid_grant")
    assert await employee.asker.service.store.list_accounts() == []


async def test_assertion_of_another_type_is_none_about_people(employee: Employee) -> None:
    """RFC 8725 section 3.11: an ID token of the same provider must not do."""
    for kind in ("JWT", None, "at+jwt", "x-oauth-id-jag+jwt"):
        assert (await employee.show(employee.assertion(header={"typ": kind}))).refusal == (400, "invalid_grant")


@pytest.mark.parametrize("kind", ["OAUTH-ID-JAG+JWT", "application/oauth-id-jag+jwt"])
async def test_type_is_a_media_type(employee: Employee, kind: str) -> None:
    """RFC 7515 section 4.1.9."""
    assert (await employee.show(employee.assertion(header={"typ": kind}))).status == 200


async def test_assertion_that_somebody_else_signed_is_refused(employee: Employee) -> None:
    """RFC 7523 section 3, item 9: the key decides, whatever the header says."""
    thief = Signer()
    for header in ({}, {"kid": None}, {"jwk": thief.public}, {"kid": "unknown"}):
        assert (await employee.show(employee.assertion(signer=thief, header=header))).refusal == (400, "invalid_grant")
    for text in ("", "x", "a.b.c", employee.assertion()[:-2], employee.assertion() + "." + "x", "x" * 20_000):
        assert (await employee.show(text)).refusal[0] == 400


async def test_assertion_that_asks_for_more_than_is_understood_is_refused(employee: Employee) -> None:
    """RFC 7515 section 4.1.11, RFC 7797 section 6: what must be understood is not passed over."""
    key = employee.provider.key.get_op_key("sign")
    assert isinstance(key, EllipticCurvePrivateKey)
    headers: list[dict[str, Any]] = [
        {"crit": ["b64"], "b64": False},
        {"crit": ["x"], "x": 1},
        {"alg": "none"},
        {"alg": ["ES256"]},
    ]
    for header in headers:
        signed = signing_input({"alg": "ES256", "kid": "first", "typ": "oauth-id-jag+jwt"} | header, employee.claims())
        assert (await employee.show(f"{signed}.{base64url(signature(key, signed))}")).refusal == (400, "invalid_grant")


async def test_issuer_that_is_not_trusted_is_not_even_asked(employee: Employee) -> None:
    async with issuing() as stranger:
        assert (await employee.show(employee.assertion(signer=stranger, iss=stranger.url))).refusal == (
            400,
            "invalid_grant",
        )
        assert stranger.asked == []


async def test_array_of_one_audience_and_of_resources_will_do(employee: Employee) -> None:
    """The draft's processing rules."""
    settings = employee.asker.service.settings
    answer = await employee.show(
        employee.assertion(aud=[settings.issuer], resource=["https://other.example", settings.resource])
    )
    assert answer.status == 200


async def test_new_key_of_the_provider_is_found_and_the_old_one_forgotten(employee: Employee, clock: Clock) -> None:
    """RFC 7517 section 4.5: a key id that is not known is a reason to ask again, but not at once for each."""
    provider = employee.provider
    assert (await employee.show(employee.assertion())).status == 200
    old, provider.key, provider.kid = employee.assertion(), ECKey.generate_key("P-256"), "second"
    provider.keys[:] = [provider.public]
    assert (await employee.show(employee.assertion())).refusal == (400, "invalid_grant")
    clock.now += 31
    assert (await employee.show(employee.assertion())).status == 200
    assert (await employee.show(old)).refusal == (400, "invalid_grant")
    assert provider.asked.count("/keys") == 2


async def test_outage_of_the_provider_is_told_as_one_and_passes(employee: Employee, clock: Clock) -> None:
    employee.provider.down = True
    assert (await employee.show(employee.assertion())).refusal == (503, "temporarily_unavailable")
    employee.provider.down = False
    clock.now += 10
    assert (await employee.show(employee.assertion())).status == 200
    employee.provider.down = True
    clock.now += 7200
    assert (await employee.show(employee.assertion())).status == 200


async def test_metadata_of_another_issuer_is_not_believed(employee: Employee) -> None:
    """RFC 8414 section 3.3."""
    employee.provider.metadata = {"issuer": "https://other.example"}
    assert (await employee.show(employee.assertion())).refusal == (503, "temporarily_unavailable")


async def test_public_client_cannot_use_what_it_finds(employee: Employee) -> None:
    """The draft's section "Client Authentication"."""
    await employee.asker.service.store.add_client(assistant(id="client_public", auth_method="none", secret_digest=None))
    asker = Asker(employee.asker.http, employee.asker.service, "client_public")
    answer = await asker.token(grant_type=JWT_BEARER, assertion=employee.assertion(client_id="client_public"))
    assert answer.refusal == (400, "unauthorized_client")


async def test_assertion_that_is_bound_to_a_key_goes_with_it(employee: Employee, clock: Clock) -> None:
    """The draft's section "Proof-of-Possession During ID-JAG Exchange"."""
    prover = Prover(clock.now)
    assertion = employee.assertion(cnf={"jkt": prover.thumbprint, "kc-jkt-type": "dpop"})
    for bound in (assertion, employee.assertion(cnf={"x5t#S256": "x"}), employee.assertion(cnf={})):
        assert (await employee.show(bound)).refusal == (400, "invalid_grant")
    url = employee.asker.service.settings.issuer + "/token"
    employee.asker.headers = {"DPoP": prover.proof("POST", url)}
    assert (await employee.show(assertion)).json["token_type"] == "DPoP"
    employee.asker.headers = {"DPoP": Prover(clock.now).proof("POST", url)}
    assert (await employee.show(assertion)).refusal == (400, "invalid_grant")


async def test_metadata_and_discovery_name_the_profile(employee: Employee) -> None:
    """The draft's section "Resource Authorization Server Metadata"; MCP, enterprise-managed authorization."""
    metadata = (await employee.asker.send("GET", "/.well-known/oauth-authorization-server")).json
    assert metadata["authorization_grant_profiles_supported"] == ["urn:ietf:params:oauth:grant-profile:id-jag"]
    assert JWT_BEARER in metadata["grant_types_supported"]


class TestKnownPeopleOnly:
    @pytest.fixture
    def settings(self, provider: Issuer) -> Settings:
        return Settings(port=0, database="sqlite://", identity_providers=(provider.url,), identity_accounts=False)

    async def test_somebody_new_gets_no_account(self, employee: Employee, add_user: AddUser) -> None:
        assert (await employee.show(employee.assertion())).refusal == (400, "invalid_grant")
        await add_user("grace", email="grace@acme.example")
        assert (await employee.person())["username"] == "grace"


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", workload_identities=False)

    async def test_v4_identity_providers_switched_off(self, employee: Employee) -> None:
        """Neither advertised nor accepted."""
        assert (await employee.show(employee.assertion())).refusal == (400, "unsupported_grant_type")
        metadata = (await employee.asker.send("GET", "/.well-known/oauth-authorization-server")).json
        assert JWT_BEARER not in metadata["grant_types_supported"]
        assert "authorization_grant_profiles_supported" not in metadata
        assert employee.provider.asked == []


async def test_identity_that_is_taken_between_two_requests_leads_to_one_account(service: Service) -> None:
    """Two first requests at the same time: one change wins, the other finds what it made."""
    identity = Identity("https://idp.example", "U1", email="grace@acme.example")
    store = service.store
    one, other = (Account(f"user_{number}", f"grace{number}", "Grace", 1, "") for number in (1, 2))
    assert await store.add_account_of_identity(one, identity)
    assert not await store.add_account_of_identity(other, identity)
    assert await store.find_account("user_2") is None
    assert await store.find_account_of_identity(identity) == one
