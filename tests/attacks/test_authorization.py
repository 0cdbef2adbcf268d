"""Chapters A and L of the attack catalogue: the authorization endpoint and the consent it asks for."""

import asyncio
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from yarl import URL

from mcpserver.oauth.protocol.models import Client, ClientKind

from ..asker import CHALLENGE, FORM, REDIRECT_URI, Answer, Asker
from ..conftest import PASSWORD, AddUser, Clock, SignIn


async def refused(asker: Asker, **changes: object) -> str:
    """The error code that went back to the client, with state and iss and without a code."""
    answer = (await asker.ask(**changes)).redirect
    assert answer["iss"] == asker.service.settings.issuer
    assert "code" not in answer
    return answer["error"]


@pytest.mark.parametrize("client_id", [None, "", "client_unknown", "' OR 1=1 --", "\0", "é"])
async def test_a1_unknown_client_gets_a_page_and_no_redirect(asker: Asker, client_id: str | None) -> None:
    """OAuth 2.1 section 4.1.2.1."""
    answer = await asker.ask(client_id=client_id)
    assert answer.status == 400
    assert answer.location is None


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a2_doubled_target_is_a_page(asker: Asker, name: str) -> None:
    """OAuth 2.1 section 3.1: no parameter twice."""
    value = dict(asker.request())[name]
    assert (await asker.ask(**{name: [value, value]})).is_page_without_redirect


@pytest.mark.parametrize(
    "name", ["state", "response_type", "code_challenge", "code_challenge_method", "scope", "prompt", "response_mode"]
)
async def test_a2_doubled_parameter_is_refused(asker: Asker, name: str) -> None:
    """OAuth 2.1 section 3.1."""
    assert await refused(asker, **{name: ["one", "two"]}) == "invalid_request"


async def test_a2_query_and_body_are_one_request(asker: Asker) -> None:
    """OAuth 2.1 section 3.1: a parameter that stands in both is there twice."""
    answer = await asker.send("POST", "/authorize?client_id=another", data=dict(asker.request()))
    assert answer.is_page_without_redirect


@pytest.mark.parametrize(
    ("name", "error"), [("code_challenge", "invalid_request"), ("response_type", "invalid_request")]
)
async def test_a3_empty_value_counts_as_absent(asker: Asker, name: str, error: str) -> None:
    """OAuth 2.1 section 3.1."""
    assert await refused(asker, **{name: ""}) == error


@pytest.mark.parametrize(
    ("response_type", "error"),
    [
        (None, "invalid_request"),
        ("token", "unsupported_response_type"),
        ("code token", "unsupported_response_type"),
        ("id_token", "unsupported_response_type"),
        ("CODE", "unsupported_response_type"),
    ],
)
async def test_a4_only_the_code_flow_exists(asker: Asker, response_type: str | None, error: str) -> None:
    """ASVS 10.4.4; OAuth 2.1 section 4.1.2.1."""
    assert await refused(asker, response_type=response_type) == error


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("request", "eyJhbGciOiJub25lIn0.e30.", "request_not_supported"),
        ("request_uri", "https://c.example/request", "request_uri_not_supported"),
        ("request_uri", "urn:ietf:params:oauth:request-uri:almost", "request_uri_not_supported"),
    ],
)
async def test_a5_request_objects_are_refused(asker: Asker, name: str, value: str, error: str) -> None:
    """RFC 9126 section 2.1 and OpenID Connect Core section 3.1.2.6."""
    assert await refused(asker, **{name: value}) == error


@pytest.mark.parametrize(
    "scope",
    ["unknown", "notes:read unknown", "notes:read  profile", 'no"quotes', "back\\slash", "é", "notes:read\tprofile"],
)
async def test_a6_unknown_or_malformed_scope_is_invalid(asker: Asker, scope: str) -> None:
    """OAuth 2.1 section 1.4.1."""
    assert await refused(asker, scope=scope) == "invalid_scope"


async def test_a6_scope_that_is_closed_to_the_client_is_left_out(asker: Asker) -> None:
    """OAuth 2.1 section 1.4.1: the server may give less than was asked."""
    await asker.service.store.add_client(
        Client("narrow", "Narrow", (REDIRECT_URI,), ClientKind.OPERATOR, 1, scope="notes:read")
    )
    asker.client_id = "narrow"
    assert (await asker.tokens(scope="notes:read notes:write"))["scope"] == "notes:read"
    assert await refused(asker, scope="notes:write") == "invalid_scope"


@pytest.mark.parametrize(
    "state",
    [
        "s" * 8192,
        "Zażółć 🔑 \u202e",
        "a\r\nSet-Cookie: x=1",
        "%0d%0aLocation: https://evil.example",
        "a&code=b#c",
        "\0",
    ],
)
async def test_a7_state_comes_back_exactly(asker: Asker, state: str) -> None:
    """OAuth 2.1 section 4.1.2."""
    answer = await asker.decide(await asker.ask(state=state))
    assert answer.redirect["state"] == state
    assert "Set-Cookie" not in answer.headers
    assert (await asker.ask(state=state, scope="unknown")).redirect["state"] == state


async def test_a7_state_without_end_is_refused_and_not_lost(asker: Asker) -> None:
    """OAuth 2.1 section 4.1.2.1: the error carries the state it got."""
    answer = (await asker.ask(state="s" * 16385)).redirect
    assert (answer["error"], len(answer["state"])) == ("invalid_request", 16385)


@pytest.mark.parametrize(("decision", "key"), [("allow", "code"), ("deny", "error")])
async def test_a8_iss_stands_in_every_answer_exactly_once(asker: Asker, decision: str, key: str) -> None:
    """RFC 9207 section 2."""
    answer = (await asker.decide(await asker.ask(iss="https://evil.example"), decision=decision)).redirect
    assert answer["iss"] == asker.service.settings.issuer
    assert key in answer
    metadata = (await asker.send("GET", "/.well-known/oauth-authorization-server")).json
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["issuer"] == answer["iss"]


@pytest.mark.parametrize("resource", ["https://other.example/mcp", "/mcp", "{}#fragment", "{}/", "{}?x=1"])
async def test_a9_foreign_resource_is_an_invalid_target(asker: Asker, resource: str) -> None:
    """RFC 8707 section 2."""
    assert await refused(asker, resource=resource.format(asker.service.settings.resource)) == "invalid_target"


async def test_a9_one_foreign_resource_among_ours_is_an_invalid_target(asker: Asker) -> None:
    """RFC 8707 section 2: the parameter may be repeated, and all of it must be acceptable."""
    ours = asker.service.settings.resource
    assert await refused(asker, resource=[ours, "https://other.example/mcp"]) == "invalid_target"
    assert (await asker.ask(resource=[ours, ours])).status == 200


@pytest.mark.parametrize("mode", ["fragment", "query.jwt", "form_post.jwt", "QUERY", "FORM_POST"])
async def test_a10_answers_go_by_query_or_form_only(asker: Asker, mode: str) -> None:
    """ASVS 10.4.12."""
    assert await refused(asker, response_mode=mode) == "invalid_request"


async def test_a11_redirects_after_a_form_let_the_browser_drop_it(asker: Asker) -> None:
    """OAuth 2.1 section 7.5.4: a 307 would post the password or the consent to the client."""
    assert (await asker.decide(await asker.ask())).status == 303
    assert (await asker.decide(await asker.ask(), decision="deny")).status == 303
    assert (await asker.send("POST", "/authorize", data=dict(asker.request(scope="unknown")))).status == 303


async def test_a11_sign_in_lets_the_browser_drop_the_form(visitor: Asker, add_user: AddUser) -> None:
    """OAuth 2.1 section 7.5.4."""
    await add_user("ada")
    form = {
        "login": "ada",
        "password": PASSWORD,
        "next": "/",
        "csrf": (await visitor.send("GET", "/login")).field("csrf"),
    }
    assert (await visitor.send("POST", "/login", data=form)).status == 303


@pytest.mark.parametrize("path", ["/authorize", "/login", "/consent"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_a12_pages_are_closed_to_scripts_of_other_origins(asker: Asker, path: str, method: str) -> None:
    """RFC 9700 section 2.6: no CORS at the authorization endpoint."""
    answer = await asker.send(
        method, path, headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    "changes", [{"scope": "unknown"}, {"prompt": "none"}, {"response_type": "token"}, {"code_challenge": None}]
)
async def test_a13_nobody_is_sent_away_before_sign_in_for_an_unverified_client(
    visitor: Asker, changes: dict[str, str | None]
) -> None:
    """RFC 9700 section 4.11.2: the error is a page, with a link that a person may follow."""
    answer = await visitor.ask(**changes)
    assert answer.is_page_without_redirect
    assert f"Return to {urlsplit(REDIRECT_URI).netloc}" in answer.text


async def test_a13_client_of_the_operator_hears_of_its_error_at_once(visitor: Asker) -> None:
    """OAuth 2.1 section 4.1.2.1; OpenID Connect Core section 3.1.2.6."""
    await visitor.service.store.add_client(Client("known", "Known", (REDIRECT_URI,), ClientKind.OPERATOR, 1))
    visitor.client_id = "known"
    assert await refused(visitor, prompt="none") == "login_required"


async def test_a14_no_page_can_be_framed(asker: Asker) -> None:
    """OAuth 2.1 section 7.10."""
    pages = [
        await asker.ask(),
        await asker.ask(client_id="nobody"),
        await asker.send("GET", "/"),
        await asker.send("GET", "/nothing"),
    ]
    asker.http.session.cookie_jar.clear()
    pages += [await asker.ask(), await asker.send("GET", "/login")]
    assert [page for page in pages if "frame-ancestors 'none'" not in page.headers["Content-Security-Policy"]] == []


async def test_a3_request_by_form_survives_sign_in(visitor: Asker) -> None:
    """OAuth 2.1 section 3.1: the endpoint takes POST as well; what was asked comes back after sign-in, as a query."""
    page = await visitor.send("POST", "/authorize", data=dict(visitor.request(state="keep me ✓", scope="")))
    assert page.status == 200
    again = urlsplit(page.field("next"))
    assert again.path == "/authorize"
    assert dict(parse_qsl(again.query)) == dict(visitor.request(state="keep me ✓"))


@pytest.mark.parametrize("value", ["%ff", "%C0%80", "%ED%A0%80", "%E2%28%A1"])
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "scope", "code_challenge"])
async def test_a2_text_that_is_no_utf_8_is_refused_before_it_is_read(asker: Asker, name: str, value: str) -> None:
    """OAuth 2.1 appendix B: parameters are UTF-8."""
    query = urlencode([pair for pair in asker.request() if pair[0] != name]) + f"&{name}={value}"
    assert (await raw(asker, query)).is_page_without_redirect


async def test_a2_more_parameters_than_anybody_needs_are_refused(asker: Asker) -> None:
    assert (await raw(asker, urlencode(asker.request()) + "&a=1" * 100)).is_page_without_redirect


async def raw(asker: Asker, query: str) -> Answer:
    """The query byte by byte, as no well-behaved client would send it."""
    return await asker.send("GET", str(URL("/authorize?" + query, encoded=True)))


@pytest.mark.parametrize("body", [b"client_id=\xff", "client_id=é".encode(), b"%00=%00&client_id=%00"])
async def test_a2_form_of_bytes_that_no_form_has_is_refused(asker: Asker, body: bytes) -> None:
    """OAuth 2.1 appendix B."""
    answer = await asker.send("POST", "/authorize", data=body, headers={"Content-Type": FORM})
    assert answer.status == 400
    assert answer.location is None


async def test_a4_answer_that_is_asked_without_a_question_is_refused(asker: Asker) -> None:
    """OpenID Connect Core section 3.1.2.1: consent is always asked for; none stands alone."""
    assert await refused(asker, prompt="none") == "consent_required"
    assert await refused(asker, prompt="none consent") == "invalid_request"
    assert (await asker.ask(prompt="consent", code_challenge=quote(CHALLENGE))).status == 200


async def test_l7_self_registered_client_is_always_asked_for(asker: Asker) -> None:
    """ASVS 10.7.1; OAuth 2.1 section 7.3.1: a consent of before does not speak for whoever uses the name now."""
    await asker.tokens()
    page = await asker.ask()
    assert (page.status, page.location) == (200, None)
    assert 'value="allow"' in page.text


async def test_l7_client_that_is_vouched_for_need_not_ask_twice(asker: Asker) -> None:
    """OpenID Connect Core section 3.1.2.1: prompt none, for what a live grant covers; anything else is asked."""
    await asker.service.store.add_client(Client("known", "Known", (REDIRECT_URI,), ClientKind.OPERATOR, 1))
    asker.client_id = "known"
    assert await refused(asker, prompt="none", scope="notes:read") == "consent_required"
    await asker.tokens(scope="notes:read profile")
    silent = (await asker.ask(prompt="none", scope="notes:read")).redirect
    assert (await asker.redeem(silent["code"])).json["scope"] == "notes:read"
    assert await refused(asker, prompt="none", scope="notes:read notes:write") == "consent_required"


async def test_l7_program_on_this_computer_is_always_asked_for(asker: Asker) -> None:
    """OAuth 2.1 section 7.3.1: any program here can use the id of one that is vouched for, and wait for the answer
    on loopback.
    """
    loopback = "http://127.0.0.1/cb"
    await asker.service.store.add_client(Client("known", "Known", (REDIRECT_URI, loopback), ClientKind.OPERATOR, 1))
    asker.client_id = "known"
    await asker.tokens()
    assert "code" in (await asker.ask(prompt="none")).redirect
    assert (await asker.ask(prompt="none", redirect_uri="http://127.0.0.1:4711/cb")).redirect[
        "error"
    ] == "consent_required"


async def test_l7_consent_that_was_taken_back_must_be_asked_for_again(asker: Asker) -> None:
    """RFC 7009 section 2.1: revoking ends the grant, and with it the answer to prompt none."""
    await asker.service.store.add_client(Client("known", "Known", (REDIRECT_URI,), ClientKind.OPERATOR, 1))
    asker.client_id = "known"
    tokens = await asker.tokens()
    await asker.token(path="/revoke", token=tokens["refresh_token"])
    assert await refused(asker, prompt="none") == "consent_required"


async def test_l7_self_registered_client_that_another_could_be_is_never_answered_without_asking(asker: Asker) -> None:
    """OAuth 2.1 section 7.3.1; ASVS 10.7.1: whoever uses the name now may not be who used it then."""
    loopback = "http://127.0.0.1/cb"
    await asker.tokens()
    assert await refused(asker, prompt="none") == "consent_required"
    await asker.register(token_endpoint_auth_method="client_secret_post", redirect_uris=[loopback])
    await asker.redeem(await asker.code(redirect_uri=loopback))
    assert (await asker.ask(prompt="none", redirect_uri=loopback)).redirect["error"] == "consent_required"


async def test_l7_self_registered_client_that_proves_who_it_is_need_not_ask_twice(asker: Asker) -> None:
    """OAuth 2.1 section 7.3.1 withholds where the identity of the client cannot be assured; a secret and a web
    address of its own assure it.
    """
    await asker.register(token_endpoint_auth_method="client_secret_post")
    assert await refused(asker, prompt="none", scope="notes:read") == "consent_required"
    await asker.tokens(scope="notes:read")
    assert (await asker.redeem((await asker.ask(prompt="none", scope="notes:read")).redirect["code"])).json[
        "scope"
    ] == "notes:read"
    assert await refused(asker, prompt="none", scope="notes:write") == "consent_required"


async def test_l7_operator_vouches_for_a_client_until_it_says_something_else(asker: Asker) -> None:
    """RFC 7592 section 2.2: what was vouched for is what the client said of itself then."""
    store = asker.service.store
    registered = (await asker.register(token_endpoint_auth_method="client_secret_post")).json
    assert "Unverified application" in (await asker.ask()).text
    assert await store.vouch_for_client(asker.client_id, vouched=True)
    assert "Verified by the operator of this server" in (await asker.ask()).text
    document = {
        name: registered[name] for name in ("client_id", "client_name", "redirect_uris", "token_endpoint_auth_method")
    }
    headers = {"Authorization": f"Bearer {registered['registration_access_token']}"}
    for name, vouched in (("Asker", True), ("Something else", False)):
        assert (
            await asker.send(
                "PUT", f"/register/{asker.client_id}", json={**document, "client_name": name}, headers=headers
            )
        ).status == 200
        kept = await store.find_client(asker.client_id)
        assert kept is not None
        assert kept.verified is vouched
    assert await store.vouch_for_client(asker.client_id, vouched=True)
    assert await store.vouch_for_client(asker.client_id, vouched=False)
    assert not await store.vouch_for_client("nobody", vouched=True)
    assert "Unverified application" in (await asker.ask()).text


async def test_l8_consent_page_does_not_work_in_another_browser(
    asker: Asker, add_user: AddUser, sign_in: SignIn
) -> None:
    """RFC 9700 section 4.7: who allows is who was asked."""
    page = await asker.ask()
    asker.http.session.cookie_jar.clear()
    await add_user("mallory")
    await sign_in(asker.http, "mallory")
    stolen = await asker.decide(page)
    assert (stolen.status, stolen.location) == (403, None)
    with_own_token = await asker.decide(page, csrf=(await asker.ask()).field("csrf"))
    assert (with_own_token.status, with_own_token.location) == (403, None)


async def test_l8_consent_page_ends_with_the_session(asker: Asker) -> None:
    """ASVS 7.4.1."""
    page = await asker.ask()
    await asker.send("POST", "/logout", data={"csrf": page.field("csrf")})
    answer = await asker.decide(page)
    assert (answer.status, answer.location) == (403, None)


async def test_l9_consent_cannot_be_given_before_it_is_asked_for(asker: Asker) -> None:
    """ASVS 2.3.1."""
    page = await asker.ask()
    for form in (
        {"decision": "allow"},
        {"decision": "allow", "csrf": page.field("csrf")},
        {"decision": "allow", "request": page.field("request")},
    ):
        answer = await asker.send("POST", "/consent", data=form)
        assert (answer.status, answer.location) == (403, None)


@pytest.mark.parametrize(("first", "second"), [("allow", "deny"), ("deny", "allow")])
async def test_l9_consent_form_is_good_for_one_decision(asker: Asker, first: str, second: str) -> None:
    """ASVS 2.3.1: a second post takes back nothing, and adds nothing."""
    page = await asker.ask()
    answer = (await asker.decide(page, decision=first)).redirect
    again = await asker.decide(page, decision=second)
    assert again.is_page_without_redirect
    assert "You already answered this request" in again.text
    if "code" in answer:
        assert (await asker.redeem(answer["code"])).status == 200


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_l9_double_click_gets_the_one_answer_twice(asker: Asker, decision: str) -> None:
    """ASVS 2.3.4: the first answer may never have reached the browser; there is no second code."""
    page = await asker.ask()
    first, second = [(await asker.decide(page, decision=decision)).location for _ in range(2)]
    assert first == second
    assert first is not None


async def test_l9_answer_of_one_browser_is_not_for_another(asker: Asker, add_user: AddUser, sign_in: SignIn) -> None:
    """RFC 9126 section 4: both came with the same reference; the code that one person's decision gave must not reach
    the other.
    """
    pushed = await asker.token(path="/par", **{name: value for name, value in asker.request() if name != "client_id"})
    reference = "/authorize?" + urlencode({"client_id": asker.client_id, "request_uri": pushed.json["request_uri"]})
    of_ada = await asker.send("GET", reference)
    ada = {cookie.key: cookie.value for cookie in asker.http.session.cookie_jar}
    await add_user("bob")
    asker.http.session.cookie_jar.clear()
    await sign_in(asker.http, "bob")
    assert "code" in (await asker.decide(await asker.send("GET", reference))).redirect
    asker.http.session.cookie_jar.clear()
    asker.http.session.cookie_jar.update_cookies(ada, asker.http.make_url("/"))
    again = await asker.decide(of_ada)
    assert again.is_page_without_redirect
    assert "You already answered this request" in again.text


async def test_l9_of_many_posts_of_a_consent_form_one_gives_a_code(asker: Asker) -> None:
    """ASVS 2.3.4."""
    page = await asker.ask()
    answers = await asyncio.gather(*(asker.decide(page) for _ in range(20)))
    assert len({answer.redirect["code"] for answer in answers}) == 1


async def test_l9_consent_page_works_for_ten_minutes(asker: Asker, clock: Clock) -> None:
    """ASVS 2.3.1."""
    page = await asker.ask()
    clock.now += 600
    assert (await asker.decide(page)).is_page_without_redirect


@pytest.mark.parametrize("decision", ["deny", "", "ALLOW", "\0"])
async def test_l9_whatever_is_not_allow_is_a_refusal(asker: Asker, decision: str) -> None:
    """OAuth 2.1 section 4.1.2.1."""
    assert (await asker.decide(await asker.ask(), decision=decision)).redirect["error"] == "access_denied"


async def test_l9_nothing_is_granted_that_was_not_asked_for_or_not_ticked(asker: Asker) -> None:
    """OAuth 2.1 section 1.4.1."""
    page = await asker.ask(scope="notes:read profile")
    code = (await asker.decide(page, scopes=["notes:read", "notes:write", "unknown"])).redirect["code"]
    assert (await asker.redeem(code)).json["scope"] == "notes:read"
    for ticked in (["notes:write"], []):
        page = await asker.ask(scope="notes:read profile")
        assert (await asker.decide(page, scopes=ticked)).redirect["error"] == "access_denied"
        assert (await asker.decide(page)).is_page_without_redirect
    lasting = await asker.ask(scope="notes:read offline_access")
    assert (await asker.decide(lasting, scopes=["offline_access"])).redirect["error"] == "access_denied"
