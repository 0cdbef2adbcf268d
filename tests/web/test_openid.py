"""OpenID Connect: people sign in to other applications with their account here (Core, Discovery, RP-Initiated
Logout).
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from json import loads
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from attrs import evolve

from mcpserver.oauth.protocol.grant_types import DEVICE_CODE
from mcpserver.oauth.protocol.models import ClientKind
from mcpserver.oauth.tokens.id_token import context_class
from mcpserver.settings import Settings

from ..asker import Asker
from ..conftest import PASSWORD, AddUser, Clock, SignIn
from ..device import Device, decide, enter

AFTER = "https://c.example/signed-out"
SCOPE = "openid profile email"


@pytest.fixture
def settings() -> Settings:
    return Settings(port=0, database="sqlite://", openid=True)


def claims_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims = (loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return header, claims


async def id_token(asker: Asker, **changes: Any) -> str:
    return str((await asker.tokens(**{"scope": SCOPE} | changes))["id_token"])


async def test_id_token_says_who_signed_in_when_and_for_whom(asker: Asker, clock: Clock) -> None:
    """Core sections 2 and 3.1.3.6."""
    signed_in_at = clock.now
    clock.now += 100
    tokens = await asker.tokens(scope=SCOPE, nonce="n-0S6_WzA2Mj")
    header, claims = claims_of(tokens["id_token"])
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()
    (ada,) = await asker.service.store.list_accounts()
    assert (header["typ"], header["alg"]) == ("JWT", "RS256")
    assert claims == {
        "iss": asker.service.settings.issuer,
        "sub": ada.id,
        "aud": asker.client_id,
        "iat": clock.now,
        "exp": clock.now + 3600,
        "auth_time": signed_in_at,
        "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        "amr": ["pwd"],
        "nonce": "n-0S6_WzA2Mj",
        "at_hash": urlsafe_b64encode(digest[:16]).rstrip(b"=").decode(),
        "name": ada.name,
        "preferred_username": "ada",
        **({} if ada.email is None else {"email": ada.email}),
    }


@pytest.mark.parametrize(
    ("public_url", "name"),
    [
        ("https://mcp.example.org", "PasswordProtectedTransport"),
        ("http://127.0.0.1:8000", "Password"),
        ("http://localhost", "Password"),
    ],
)
def test_class_of_the_sign_in_is_true(public_url: str, name: str) -> None:
    """Core section 2, acr: the password went over TLS, or it did not."""
    assert context_class(Settings(public_url=public_url)) == f"urn:oasis:names:tc:SAML:2.0:ac:classes:{name}"


@pytest.mark.parametrize("asked", ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password", "urn:example:smartcard 0"])
async def test_class_that_is_asked_for_is_a_wish(asker: Asker, asked: str) -> None:
    """Core section 3.1.2.1: acr_values asks for a voluntary claim; what comes is what is true, and among those that
    discovery names.
    """
    _, claims = claims_of(await id_token(asker, acr_values=asked))
    assert [claims["acr"]] == (await asker.send("GET", "/.well-known/openid-configuration")).json[
        "acr_values_supported"
    ]


async def test_device_gets_an_id_token_as_well(asker: Asker, clock: Clock) -> None:
    """Core section 3.1.2.1: openid makes a request one of OpenID Connect, whatever the grant; it is about the person
    who decided, and their sign-in.
    """
    signed_in_at = clock.now
    clock.now += 100
    await asker.register(redirect_uris=[], grant_types=[DEVICE_CODE, "refresh_token"])
    device = await Device.begin(asker, clock, scope="openid notes:read")
    await decide(asker, await enter(asker, device.codes["user_code"]))
    answer = (await device.poll()).json
    _, claims = claims_of(answer["id_token"])
    (ada,) = await asker.service.store.list_accounts()
    assert (claims["sub"], claims["aud"], claims["auth_time"], claims["amr"]) == (
        ada.id,
        asker.client_id,
        signed_in_at,
        ["pwd"],
    )
    assert "nonce" not in claims
    _, again = claims_of((await asker.refresh(answer["refresh_token"])).json["id_token"])
    assert again["auth_time"] == signed_in_at


@pytest.mark.parametrize("asked", ["RS256", "ES256", "EdDSA", None])
async def test_client_says_how_its_id_tokens_are_signed(asker: Asker, asked: str | None) -> None:
    """Registration section 2: RS256 where it says nothing; access tokens are signed in the server's own way all the
    same.
    """
    answer = await asker.register(id_token_signed_response_alg=asked)
    assert (answer.status, answer.json.get("id_token_signed_response_alg")) == (201, asked)
    tokens = await asker.tokens(scope="openid")
    refreshed = (await asker.refresh(tokens["refresh_token"])).json
    keys = {key["kid"]: key["alg"] for key in (await asker.send("GET", "/jwks")).json["keys"]}
    for each in (tokens, refreshed):
        header, claims = claims_of(each["id_token"])
        assert header["alg"] == keys[header["kid"]] == (asked or "RS256")
        used = hashlib.sha512 if asked == "EdDSA" else hashlib.sha256
        digest = used(each["access_token"].encode()).digest()
        assert claims["at_hash"] == urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
        assert claims_of(each["access_token"])[0]["alg"] == "ES256"


@pytest.mark.parametrize("asked", ["none", "HS256", "RS512", "", 7, ["RS256"], {}])
async def test_algorithm_of_id_tokens_that_is_not_offered_is_refused_by_name(asker: Asker, asked: object) -> None:
    """Registration sections 2 and 3.3: none and the client's secret sign nothing here."""
    answer = await asker.register(id_token_signed_response_alg=asked)
    assert answer.refusal == (400, "invalid_client_metadata")
    assert "id_token_signed_response_alg" in answer.json["error_description"]


async def test_scopes_decide_what_it_says(asker: Asker) -> None:
    """Core section 5.4; and no ID token without openid."""
    _, claims = claims_of((await asker.tokens(scope="openid"))["id_token"])
    assert not {"name", "preferred_username", "email", "nonce"} & set(claims)


@pytest.mark.parametrize(
    "scope",
    ["openid email groups", "groups openid address phone email", "openid https://graph.example/User.Read email"],
)
async def test_scopes_that_nobody_knows_end_no_sign_in(asker: Asker, scope: str) -> None:
    """Core section 3.1.2.1: what is not understood is ignored; libraries send fixed lists.

    So at the other doors that lead to a consent.
    """
    tokens = await asker.tokens(scope=scope)
    assert sorted(tokens["scope"].split()) == ["email", "openid"]
    assert (await asker.refresh(tokens["refresh_token"], scope=scope)).status == 200
    assert (await asker.token(path="/par", **dict(asker.request(scope=scope)))).status == 201


async def test_device_may_ask_for_scopes_that_nobody_knows_as_well(asker: Asker, clock: Clock) -> None:
    await asker.register(redirect_uris=[], grant_types=[DEVICE_CODE])
    device = await Device.begin(asker, clock, scope="openid groups")
    await decide(asker, await enter(asker, device.codes["user_code"]))
    assert (await device.poll()).json["scope"] == "openid"


@pytest.mark.parametrize("scope", ["email groups", 'openid "groups"', "openid  email"])
async def test_unknown_scope_without_a_sign_in_and_a_malformed_one_are_refused(asker: Asker, scope: str) -> None:
    """OAuth 2.1 sections 1.4.1 and 4.1.2.1."""
    assert (await asker.ask(scope=scope)).redirect["error"] == "invalid_scope"


async def test_no_id_token_for_who_did_not_ask(asker: Asker) -> None:
    """Core section 3.1.2.1: openid makes it a request of OpenID Connect; it is none of the default scopes."""
    tokens = await asker.tokens()
    assert "id_token" not in tokens
    assert "openid" not in tokens["scope"]
    assert (
        await asker.send("GET", "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    ).status == 403


async def test_refreshed_id_token_is_about_the_same_sign_in(asker: Asker, clock: Clock) -> None:
    """Core section 12.2: the same iss, sub, aud and auth_time; without a nonce."""
    tokens = await asker.tokens(scope=SCOPE, nonce="n")
    clock.now += 1000
    first, second = (
        claims_of(each)[1]
        for each in (tokens["id_token"], (await asker.refresh(tokens["refresh_token"])).json["id_token"])
    )
    assert {name: second[name] for name in ("iss", "sub", "aud", "auth_time")} == {
        name: first[name] for name in ("iss", "sub", "aud", "auth_time")
    }
    assert "nonce" not in second
    assert second["iat"] == clock.now


@pytest.mark.parametrize("settings", [Settings(port=0, database="sqlite://", openid=True, access_token_lifetime=60)])
async def test_key_of_an_id_token_is_published_until_the_id_token_expires(asker: Asker, clock: Clock) -> None:
    """Core section 10.1.1: a rotation leaves the old key there, for as long as what it signed, however short access
    tokens live.
    """
    header, claims = claims_of(await id_token(asker))
    await asker.service.keys.rotate("RS256")
    clock.now = claims["exp"] - 1
    assert header["kid"] in [key["kid"] for key in (await asker.send("GET", "/jwks")).json["keys"]]


async def test_id_token_is_no_access_token(asker: Asker) -> None:
    """RFC 9068 section 5, row J5."""
    assert not await asker.is_live(await id_token(asker))


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_userinfo_says_the_same_to_who_holds_the_access_token(asker: Asker, method: str) -> None:
    """Core section 5.3."""
    tokens = await asker.tokens(scope="openid profile")
    answer = await asker.send(method, "/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    _, claims = claims_of(tokens["id_token"])
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert answer.json == {"sub": claims["sub"], "name": claims["name"], "preferred_username": "ada"}
    assert (await asker.send(method, "/userinfo")).status == 401


async def test_nonce_comes_back_as_it_is_and_in_bounds(asker: Asker) -> None:
    """Core section 3.1.2.1."""
    for nonce in ("é\u2028", "<script>", "x" * 1024):
        assert claims_of(await id_token(asker, nonce=nonce))[1]["nonce"] == nonce
    assert (await asker.ask(nonce="x" * 1025)).redirect["error"] == "invalid_request"


async def test_request_names_where_to_return(asker: Asker) -> None:
    """Core section 3.1.2.1: redirect_uri is REQUIRED, whatever OAuth leaves to a client that registered one."""
    assert (await asker.ask(redirect_uri=None, scope="openid")).is_page_without_redirect
    assert (
        await asker.token(path="/par", **dict(asker.request(redirect_uri=None, scope="profile openid")))
    ).refusal == (400, "invalid_request")
    assert (await asker.ask(redirect_uri=None, scope="notes:read")).status == 200


async def test_discovery_says_what_there_is(asker: Asker) -> None:
    """Discovery section 3."""
    document = (await asker.send("GET", "/.well-known/openid-configuration")).json
    issuer = asker.service.settings.issuer
    assert (document["userinfo_endpoint"], document["end_session_endpoint"]) == (
        f"{issuer}/userinfo",
        f"{issuer}/end-session",
    )
    assert (document["subject_types_supported"], document["id_token_signing_alg_values_supported"]) == (
        ["public"],
        ["RS256", "ES256", "EdDSA"],
    )
    assert {"openid", "profile", "email", "offline_access"} <= set(document["scopes_supported"])
    resource = (await asker.send("GET", "/.well-known/oauth-protected-resource")).json
    assert not {"openid", "email"} & set(resource["scopes_supported"])


class TestOtherAlgorithms:
    @pytest.fixture(params=["EdDSA", "RS256"])
    def settings(self, request: pytest.FixtureRequest) -> Settings:
        return Settings(port=0, database="sqlite://", openid=True, signing_algorithm=request.param)

    async def test_algorithm_of_access_tokens_is_none_of_the_id_tokens(self, asker: Asker) -> None:
        """Core section 15.1: every provider supports RS256, and clients as they are shipped take nothing else."""
        tokens = await asker.tokens(scope="openid")
        assert claims_of(tokens["access_token"])[0]["alg"] == asker.service.settings.signing_algorithm
        assert claims_of(tokens["id_token"])[0]["alg"] == "RS256"
        assert (await asker.send("GET", "/.well-known/openid-configuration")).json[
            "id_token_signing_alg_values_supported"
        ][0] == "RS256"


@pytest.mark.parametrize(
    "name",
    [
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
        "userinfo_signed_response_alg",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
        "request_object_signing_alg",
        "request_object_encryption_alg",
        "request_object_encryption_enc",
        "authorization_signed_response_alg",
        "introspection_signed_response_alg",
    ],
)
async def test_signature_or_encryption_that_is_not_offered_is_refused_by_name(asker: Asker, name: str) -> None:
    """Registration section 2: nobody is left to believe that what comes to them is signed or encrypted."""
    answer = await asker.register(**{name: "RSA-OAEP"})
    assert answer.refusal == (400, "invalid_client_metadata")
    assert name in answer.json["error_description"]
    assert (await asker.register(**{name: None})).status == 201


async def test_request_about_somebody_is_answered_for_nobody_else(
    asker: Asker, add_user: AddUser, sign_in: SignIn
) -> None:
    """Core section 3.1.2.2: an error, such as login_required, where another person is signed in, and signs in."""
    hint = await id_token(asker)
    assert "code" in (await asker.decide(await asker.ask(scope=SCOPE, id_token_hint=hint))).redirect
    await add_user("bob")
    await sign_in(asker.http, "bob")
    assert (await asker.ask(scope=SCOPE, id_token_hint=hint, prompt="none")).redirect["error"] == "login_required"
    for login, consents in (("bob", False), ("ada", True)):
        page = await asker.ask(scope=SCOPE, id_token_hint=hint)
        assert 'name="password"' in page.text
        form = {"csrf": page.field("csrf"), "next": page.field("next"), "login": login, "password": PASSWORD}
        back = await asker.send("GET", str((await asker.send("POST", "/login", data=form)).location))
        assert ("Allow" in back.text) is consents
        assert consents or back.redirect["error"] == "login_required"


async def test_hint_that_has_expired_is_as_good(asker: Asker, clock: Clock) -> None:
    """Core section 3.1.2.2."""
    hint = await id_token(asker)
    clock.now += 86_400
    assert "Allow" in (await asker.ask(scope=SCOPE, id_token_hint=hint)).text


async def test_what_is_no_id_token_of_the_client_is_no_hint(asker: Asker) -> None:
    """Core section 3.1.2.2: the OP MUST validate that it was the issuer; and another client's would tell who is
    signed in here.
    """
    tokens = await asker.tokens(scope=SCOPE)
    mine = asker.client_id
    await asker.register(client_name="Another")
    others = await id_token(asker)
    asker.client_id = mine
    head, claims, _ = str(tokens["id_token"]).split(".")
    for hint in ("x", "a.b.c", "e30.e30.e30", f"{head}.{claims}.AAAA", tokens["access_token"], others):
        assert (await asker.ask(scope=SCOPE, id_token_hint=hint)).redirect["error"] == "invalid_request"
        assert (await asker.token(path="/par", **dict(asker.request(scope=SCOPE, id_token_hint=hint)))).refusal == (
            400,
            "invalid_request",
        )


@pytest.fixture
async def application(asker: Asker) -> Asker:
    """One that may lead people on after they signed out."""
    answer = await asker.register(client_name="Application", post_logout_redirect_uris=[AFTER])
    assert answer.json["post_logout_redirect_uris"] == [AFTER]
    return asker


async def is_signed_in(asker: Asker) -> bool:
    return "Allow" in (await asker.ask()).text


async def leave(asker: Asker, **parameters: str) -> Any:
    return await asker.send("GET", "/end-session?" + urlencode(parameters))


async def test_application_signs_out_the_person_it_means_at_once(application: Asker) -> None:
    """RP-Initiated Logout section 2: the hint is about who is signed in; state comes back."""
    hint = await id_token(application)
    answer = await leave(application, id_token_hint=hint, post_logout_redirect_uri=AFTER, state="xyz")
    assert (answer.status, answer.location) == (303, f"{AFTER}?state=xyz")
    assert not await is_signed_in(application)


async def test_nobody_is_led_anywhere_on_a_strangers_word(application: Asker) -> None:
    """RFC 9700 section 4.11: where nobody is signed in and no hint proves that somebody was, anybody who registers
    could send people on from here.
    """
    hint = await id_token(application)
    await leave(application, id_token_hint=hint)
    page = await leave(application, client_id=application.client_id, post_logout_redirect_uri=AFTER, state="xyz")
    assert (page.status, page.location) == (200, None)
    assert f'href="{AFTER}?state=xyz"' in page.text
    assert "c.example" in page.text
    page = await leave(application, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert (page.status, page.location) == (200, None)
    assert f'href="{AFTER}"' in page.text


async def test_form_of_another_site_takes_no_cookie_away(application: Asker) -> None:
    """A browser sends none along with it (SameSite), so nothing here knows whose it would be."""
    address = application.http.make_url("/end-session")
    async with (
        ClientSession(headers=application.http.session.headers) as other,
        other.post(address, data={"state": "x"}, allow_redirects=False) as answer,
    ):
        assert "Set-Cookie" not in answer.headers


async def test_old_hint_is_as_good(application: Asker, clock: Clock) -> None:
    """RP-Initiated Logout section 4: the OP should accept ID tokens that have expired."""
    hint = await id_token(application)
    clock.now += 86_400
    assert (await leave(application, id_token_hint=hint)).location == "/"
    assert not await is_signed_in(application)


@pytest.mark.parametrize("hint", ["", "x", "a.b.c", "e30.e30.e30", "W10.e30.e30"])
async def test_whoever_proves_nothing_has_the_person_asked(application: Asker, hint: str) -> None:
    """RP-Initiated Logout section 6: no link may sign people out behind their back."""
    page = await leave(
        application, id_token_hint=hint, client_id=application.client_id, post_logout_redirect_uri=AFTER, state="xyz"
    )
    assert page.status == 200
    assert "Sign out?" in page.text
    assert "c.example" in page.text
    assert await is_signed_in(application)
    form = {
        "csrf": page.field("csrf"),
        "client_id": application.client_id,
        "post_logout_redirect_uri": AFTER,
        "state": "xyz",
    }
    assert (await application.send("POST", "/end-session/confirm", data={**form, "csrf": "forged"})).status == 403
    assert await is_signed_in(application)
    assert (await application.send("POST", "/end-session/confirm", data=form)).location == f"{AFTER}?state=xyz"
    assert not await is_signed_in(application)


@pytest.mark.parametrize("disconnects", [True, False])
async def test_person_who_is_asked_may_end_what_they_allowed_as_well(application: Asker, disconnects: bool) -> None:
    """RP-Initiated Logout section 2 is about the session; what was allowed in it is the person's to say, and no
    application's.
    """
    token = (await application.tokens())["access_token"]
    assert await application.is_live(token)
    page = await leave(application, client_id=application.client_id, disconnect="yes")
    form = {
        "csrf": page.field("csrf"),
        "client_id": application.client_id,
        **({"disconnect": "yes"} if disconnects else {}),
    }
    assert (await application.send("POST", "/end-session/confirm", data=form)).location == "/"
    assert await application.is_live(token) is not disconnects


async def test_application_that_signs_out_ends_nothing_that_was_allowed(application: Asker) -> None:
    """It can give up its own tokens (RFC 7009), and nobody else's."""
    tokens = await application.tokens(scope="openid notes:read")
    await leave(application, id_token_hint=tokens["id_token"], disconnect="yes")
    assert not await is_signed_in(application)
    assert await application.is_live(tokens["access_token"])


async def test_hint_about_somebody_else_has_the_person_asked(
    application: Asker, add_user: AddUser, sign_in: SignIn
) -> None:
    """RP-Initiated Logout section 2."""
    hint = await id_token(application)
    await add_user("bob")
    await sign_in(application.http, "bob")
    assert "Sign out?" in (await leave(application, id_token_hint=hint)).text


async def test_access_token_is_no_hint(application: Asker) -> None:
    token = (await application.tokens(scope="openid"))["access_token"]
    assert "Sign out?" in (await leave(application, id_token_hint=token)).text


@pytest.mark.parametrize("uri", ["https://evil.example/", AFTER + "/", AFTER + "?x=1", "javascript:alert(1)"])
async def test_nobody_is_led_where_the_application_has_not_registered(application: Asker, uri: str) -> None:
    """RP-Initiated Logout section 3: else we were an open redirector."""
    for more in (
        {"id_token_hint": await id_token(application)},
        {"client_id": application.client_id},
        {"client_id": "nobody"},
        {},
    ):
        page = await leave(application, post_logout_redirect_uri=uri, **more)
        assert page.is_page_without_redirect
    assert await is_signed_in(application)


async def test_parameters_that_disagree_are_refused(application: Asker) -> None:
    """RP-Initiated Logout section 2: client_id and the hint must name the same client."""
    hint = await id_token(application)
    assert (await leave(application, id_token_hint=hint, client_id="client_other")).is_page_without_redirect
    assert (await application.send("GET", "/end-session?state=1&state=2")).is_page_without_redirect


async def test_who_is_not_signed_in_is_led_on_for_a_client_that_is_vouched_for(application: Asker) -> None:
    """RFC 9700 section 4.11: the operator answers for where such a client leads people."""
    client = await application.service.clients.find(application.client_id)
    assert client is not None
    application.client_id = "vouched"
    await application.service.store.add_client(evolve(client, id="vouched", kind=ClientKind.OPERATOR))
    hint = await id_token(application)
    for _ in range(2):
        assert (await leave(application, id_token_hint=hint, post_logout_redirect_uri=AFTER)).location == AFTER
    form = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER}
    assert (await application.send("POST", "/end-session", data=form)).location == AFTER


@pytest.mark.parametrize("hint", ["x", None])
async def test_request_that_names_no_client_is_told_so(application: Asker, hint: str | None) -> None:
    """RP-Initiated Logout section 3: a registered address is some client's; the page must not say that it is not
    registered.
    """
    more = {} if hint is None else {"id_token_hint": hint}
    page = await leave(application, post_logout_redirect_uri=AFTER, **more)
    assert page.is_page_without_redirect
    assert "does not name the application" in page.text
    assert "has not registered" not in page.text


async def test_front_page_says_once_that_somebody_is_signed_out(application: Asker) -> None:
    hint = await id_token(application)
    assert (await leave(application, id_token_hint=hint)).location == "/"
    assert "You are signed out." in (await application.send("GET", "/")).text
    assert "You are signed out." not in (await application.send("GET", "/")).text


@pytest.mark.parametrize(
    "uris",
    [
        ["http://evil.example/"],
        ["javascript:alert(1)"],
        "https://c.example/",
        [f"https://c.example/{n}" for n in range(21)],
    ],
    ids=["http", "script", "text", "many"],
)
async def test_addresses_after_sign_out_follow_the_rules_of_redirects(asker: Asker, uris: Any) -> None:
    """RP-Initiated Logout section 3.1."""
    assert (await asker.register(client_name="Another", post_logout_redirect_uris=uris)).status == 400


class TestSwitchedOff:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://")

    async def test_v4_openid_connect_switched_off(self, asker: Asker) -> None:
        """Neither advertised nor accepted."""
        assert (await asker.ask(scope="openid")).redirect["error"] == "invalid_scope"
        for path in ("/userinfo", "/end-session"):
            assert (await asker.send("GET", path)).status == 404
        document = (await asker.send("GET", "/.well-known/openid-configuration")).json
        assert not {"userinfo_endpoint", "end_session_endpoint", "id_token_signing_alg_values_supported"} & set(
            document
        )
        assert "openid" not in document["scopes_supported"]
        assert "id_token" not in await asker.tokens(nonce="n")
        unheard = {"id_token_signed_response_alg": "HS256", "userinfo_signed_response_alg": "RS256"}
        assert not set(unheard) & set((await asker.register(client_name="Unheard", **unheard)).json)
        assert (
            "post_logout_redirect_uris"
            not in (await asker.register(client_name="Another", post_logout_redirect_uris=[AFTER])).json
        )
