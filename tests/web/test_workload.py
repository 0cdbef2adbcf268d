"""Programs that their platform vouches for (workload identity federation, SEP-1933; RFC 7523 section 2.1)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mcpserver.compose.service import Service
from mcpserver.oauth.clients.workload import Workload
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.settings import Settings

from ..asker import Answer, Asker
from ..conftest import Clock, ServiceClient
from ..signer import Issuer, Signer, issuing

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
async def platform() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


async def add_client(service: Service, client_id: str, *workloads: Workload, scope: str = "notes:read") -> None:
    details: dict[str, Any] = {"grant_types": (JWT_BEARER,), "scope": scope}
    await service.store.add_client(
        Client(client_id, client_id.removeprefix("client_").title(), (), ClientKind.OPERATOR, 1, **details)
    )
    for workload in workloads:
        assert await service.store.add_workload(workload)


@pytest.fixture
async def asker(client: ServiceClient, service: Service, platform: Issuer) -> Asker:
    """A pipeline of one repository may act as the client; it has no secret of ours."""
    await add_client(service, "client_ci", Workload(platform.url, "repo:acme/app:*", "client_ci"))
    return Asker(client, service)


def word(asker: Asker, platform: Issuer, *, signer: Signer | None = None, **changes: Any) -> str:
    now = asker.service.sources.now()
    claims = {
        "iss": platform.url,
        "sub": "repo:acme/app:ref:refs/heads/main",
        "aud": asker.service.settings.issuer,
        "iat": now,
        "exp": now + 300,
    }
    return (signer or platform).sign(claims | changes)


async def show(asker: Asker, assertion: str, **form: Any) -> Answer:
    return await asker.token(**{"grant_type": JWT_BEARER, "assertion": assertion, "client_id": None} | form)


async def test_program_acts_as_its_client_without_a_secret(asker: Asker, platform: Issuer) -> None:
    """RFC 7521 section 4.1: the client_id may be left out; the platform hands out one assertion for a while, so it
    may be shown again.
    """
    assertion = word(asker, platform)
    for client_id in (None, "client_ci"):
        answer = await show(asker, assertion, client_id=client_id)
        assert (answer.status, answer.json["scope"], "refresh_token" in answer.json) == (200, "notes:read", False)
        assert await asker.is_live(answer.json["access_token"])


async def test_other_programs_of_the_platform_get_nothing(asker: Asker, platform: Issuer) -> None:
    """SEP-1933: the platform vouches for all of its customers."""
    for subject in ("repo:evil/app:ref:refs/heads/main", "repo:acme/app", "", None, 7):
        assert (await show(asker, word(asker, platform, sub=subject))).refusal == (400, "invalid_grant")
        assert (await show(asker, word(asker, platform, sub=subject), client_id="client_ci")).refusal == (
            400,
            "invalid_grant",
        )


@pytest.mark.parametrize(
    "changes",
    [{"aud": "https://other.example"}, {"aud": None}, {"exp": 1}, {"exp": None}, {"nbf": 9_000_000_000}],
    ids=str,
)
async def test_word_that_is_not_for_us_or_not_now_is_refused(
    asker: Asker, platform: Issuer, changes: dict[str, Any]
) -> None:
    """RFC 7523 section 3."""
    assert (await show(asker, word(asker, platform, **changes))).refusal == (400, "invalid_grant")


async def test_forged_word_is_refused(asker: Asker, platform: Issuer) -> None:
    """RFC 7523 section 3, item 9."""
    assert (await show(asker, word(asker, platform, signer=Signer()))).refusal == (400, "invalid_grant")
    for text in ("x", "a.b.c", "e30.e30.e30"):
        assert (await show(asker, text)).refusal == (400, "invalid_grant")
    assert (await asker.token(grant_type=JWT_BEARER, client_id="client_ci")).refusal == (400, "invalid_request")


async def test_platform_that_no_client_names_is_not_asked(asker: Asker) -> None:
    async with issuing() as stranger:
        assert (await show(asker, word(asker, stranger))).refusal == (400, "invalid_grant")
        assert (await show(asker, word(asker, stranger), client_id="client_ci")).refusal == (400, "invalid_grant")
        assert stranger.asked == []


async def test_rule_that_says_the_most_decides(asker: Asker, platform: Issuer) -> None:
    service = asker.service
    await add_client(
        service,
        "client_release",
        Workload(platform.url, "repo:acme/app:ref:refs/tags/*", "client_release"),
        scope="notes:write",
    )
    await add_client(
        service,
        "client_main",
        Workload(platform.url, "repo:acme/app:ref:refs/heads/main", "client_main"),
        scope="profile",
    )
    scopes = {"refs/tags/v1": "notes:write", "refs/heads/main": "profile", "refs/heads/other": "notes:read"}
    for ref, scope in scopes.items():
        assert (await show(asker, word(asker, platform, sub=f"repo:acme/app:ref:{ref}"))).json["scope"] == scope
    assert (await show(asker, word(asker, platform), client_id="client_ci")).refusal == (400, "invalid_grant")


async def test_word_cannot_be_used_as_another_client(asker: Asker, platform: Issuer) -> None:
    await add_client(asker.service, "client_other")
    assert (await show(asker, word(asker, platform), client_id="client_other")).refusal == (400, "invalid_grant")


async def test_client_may_ask_for_less_and_not_for_more(asker: Asker, platform: Issuer) -> None:
    """OAuth 2.1 section 1.4.1."""
    assert (await show(asker, word(asker, platform), scope="notes:read")).json["scope"] == "notes:read"
    assert (await show(asker, word(asker, platform), scope="notes:write")).refusal == (400, "invalid_scope")


async def test_outage_of_the_platform_is_told_as_one(asker: Asker, platform: Issuer, clock: Clock) -> None:
    platform.down = True
    assert (await show(asker, word(asker, platform))).refusal == (503, "temporarily_unavailable")
    platform.down = False
    clock.now += 10
    assert (await show(asker, word(asker, platform))).status == 200


async def test_platform_with_metadata_of_oauth_alone_is_found_once(
    asker: Asker, platform: Issuer, clock: Clock
) -> None:
    """RFC 8414 section 3.1: what was found is not looked for again."""
    platform.places = ("/.well-known/oauth-authorization-server",)
    for _ in range(3):
        assert (await show(asker, word(asker, platform))).status == 200
    assert platform.asked == ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/keys"]
    clock.now += 86_401
    assert (await show(asker, word(asker, platform))).status == 200
    assert platform.asked[3:] == ["/.well-known/oauth-authorization-server", "/keys"]


async def test_removed_client_takes_its_programs_along(asker: Asker, platform: Issuer, clock: Clock) -> None:
    token = (await show(asker, word(asker, platform))).json["access_token"]
    await asker.service.store.remove_client("client_ci", now=clock.now)
    await asker.service.resource_server.poll_revocations()
    assert not await asker.is_live(token)
    assert (await show(asker, word(asker, platform))).refusal == (400, "invalid_grant")


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", workload_identities=False)

    async def test_v4_workloads_switched_off(self, asker: Asker, platform: Issuer) -> None:
        """Neither advertised nor accepted."""
        assert (await show(asker, word(asker, platform))).refusal == (401, "invalid_client")
        assert (await show(asker, word(asker, platform), client_id="client_ci")).refusal == (
            400,
            "unsupported_grant_type",
        )
        metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
        assert JWT_BEARER not in metadata["grant_types_supported"]
        assert platform.asked == []


class TestWithIdentityProvidersAlone:
    @pytest.fixture
    def settings(self, platform: Issuer) -> Settings:
        return Settings(port=0, database="sqlite://", workload_identities=False, identity_providers=(platform.url,))

    async def test_assertions_about_programs_are_not_those_about_people(self, asker: Asker, platform: Issuer) -> None:
        """RFC 8725 section 3.11."""
        assert (await show(asker, word(asker, platform), client_id="client_ci")).refusal == (
            400,
            "unsupported_grant_type",
        )


async def test_assertions_about_people_are_refused_where_no_provider_is_trusted(asker: Asker, platform: Issuer) -> None:
    now = asker.service.sources.now()
    claims = {"iss": platform.url, "sub": "repo:acme/app:x", "aud": asker.service.settings.issuer, "exp": now + 60}
    assertion = platform.sign(claims, typ="oauth-id-jag+jwt")
    assert (await show(asker, assertion, client_id="client_ci")).refusal == (400, "unsupported_grant_type")
