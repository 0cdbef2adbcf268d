"""What a person does, from an address to a tool's answer, through the client's own pages."""

import base64

from .browser import Browser
from .conftest import Running
from .foreign import Foreign


async def test_address_alone_leads_to_tools(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, authorization flow: challenge, metadata, registration, consent, token, tools."""
    page = await browser.add(foreign.url)
    assert "The foreign server" in page.text
    assert "Connected" in page.text
    paths = [each.path for each in foreign.seen]
    assert paths == [
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/register",
        "/authorize",
        "/token",
        "/mcp",
        "/mcp",
    ]


async def test_resource_goes_along_to_consent_and_token(browser: Browser, foreign: Foreign) -> None:
    """RFC 8707 section 2."""
    await browser.add(foreign.url)
    assert foreign.asked("/token")[0].form["resource"] == foreign.url


async def test_challenge_decides_the_scopes_asked_for(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, scope selection strategy: the challenge comes before scopes_supported."""
    foreign.lies.challenge = (
        f'Bearer scope="only this", resource_metadata="{foreign.origin}/.well-known/oauth-protected-resource/mcp"'
    )
    page = await browser.add(foreign.url, stop_at="/authorize")
    assert "scope=only+this" in page.url


async def test_scopes_supported_are_asked_for_without_a_challenged_scope(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, scope selection strategy, second step; offline_access where the authorization server offers
    it.
    """
    foreign.lies.challenge = "Bearer"
    foreign.lies.extra_metadata = {"scopes_supported": ["offline_access"]}
    page = await browser.add(foreign.url, stop_at="/authorize")
    assert "scope=profile+notes%3Aread+offline_access" in page.url


async def test_metadata_is_found_without_a_challenge_at_the_root(browser: Browser, foreign: Foreign) -> None:
    """RFC 9728 section 3.1: path first, then root."""
    foreign.lies.challenge, foreign.lies.root_resource_metadata = "", True
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    assert len(foreign.asked("/.well-known/oauth-protected-resource")) == 1


async def test_openid_discovery_is_the_second_door(browser: Browser, foreign: Foreign) -> None:
    """RFC 8414 section 5."""
    foreign.lies.openid_only = True
    assert "Connected" in (await browser.add(foreign.url)).text


async def test_server_without_sign_in_just_works(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url, name="My door")
    assert "My door" in page.text
    assert "This server requires none." in page.text
    assert foreign.asked("/authorize") == []


async def test_sign_in_may_be_asked_for_only_at_the_tools(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.hidden_behind_list = True
    assert "Connected" in (await browser.add(foreign.url)).text


async def test_typed_client_is_used_and_none_registered(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, client registration: pre-registered comes first.

    RFC 6749 section 2.3.1: encoded Basic credentials.
    """
    foreign.lies.no_registration, foreign.lies.auth_methods = True, ["client_secret_basic"]
    page = await browser.add(foreign.url, no_registration="yes", client_id="my id", client_secret="my:secret")
    assert "Connected" in page.text
    assert foreign.asked("/register") == []
    assert (
        foreign.asked("/token")[0].headers["Authorization"]
        == "Basic " + base64.b64encode(b"my%20id:my%3Asecret").decode()
    )


async def test_secret_is_posted_where_only_that_is_offered(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.auth_methods = ["client_secret_post"]
    assert "Connected" in (await browser.add(foreign.url)).text
    assert foreign.asked("/token")[0].form["client_secret"].startswith("s3cret/+ ")


async def test_registration_is_remembered_for_its_issuer(browser: Browser, foreign: Foreign) -> None:
    """RFC 7591 section 3.2.1."""
    await browser.add(foreign.url)
    page = await browser.add(foreign.url)
    assert len(foreign.asked("/register")) == 1
    assert "Use the existing registration" in page.text


async def test_registration_names_a_native_application(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, dynamic client registration: application_type."""
    await browser.add(foreign.url)
    assert foreign.asked("/register")[0].json["application_type"] == "native"


async def test_dead_registration_is_made_anew(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.token_error, foreign.lies.token_status = "invalid_client", 401
    page = await browser.add(foreign.url)
    assert "issued no token: invalid_client" in page.text
    foreign.lies.token_error = None
    page = await browser.submit(page, page.form("/connect"))
    assert "Connected" in page.text
    assert len(foreign.asked("/register")) == 2


async def test_tool_is_called_with_typed_values(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.withhold = frozenset()
    foreign.lies.challenge = (
        'Bearer scope="profile notes:write", '
        f'resource_metadata="{foreign.origin}/.well-known/oauth-protected-resource/mcp"'
    )
    page = await browser.add(foreign.url)
    page = await browser.call(
        page,
        "add_note",
        text="Hello\r\nthere",
        stars="3",
        weight="1.5",
        pinned="true",
        colour="3",
        nickname="",
        **{"tags/0": "a", "size./tags": "1"},
    )
    wanted = {"colour": 3, "pinned": True, "stars": 3, "tags": ["a"], "text": "Hello\nthere", "weight": 1.5}
    assert "returned" in page.text
    sent = foreign.asked("/mcp")[-1]
    assert sent.headers["Mcp-Name"] == "add_note"
    assert sent.json["params"]["arguments"] == wanted


async def test_wrong_values_come_back_with_a_reason_and_nothing_is_lost(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    before = len(foreign.seen)
    page = await browser.call(page, "add_note", text="", stars="many", colour='"blue"', weight="NaN")
    assert page.status == 400
    for sentence in (
        "This field is required.",
        "Enter a whole number.",
        "Choose one of the offered values.",
        "Enter a number.",
    ):
        assert sentence in page.text
    assert page.form("/call", tool="add_note").fields["arg./stars"] == "many"
    assert len(foreign.seen) == before


async def test_free_form_arguments_are_json(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    opened = await browser.get(f"{browser.room_of(page)}/tool?name=free_form")
    done = await browser.submit(opened, opened.form("/call"), **{"arg.": '{"a": 1}'})
    assert 'Done: {"a": 1}' in done.text
    for text, sentence in (("[1]", "must be a JSON object"), ("{}", "The schema says"), ("{", "not valid JSON")):
        wrong = await browser.submit(opened, opened.form("/call"), **{"arg.": text})
        assert (wrong.status, sentence in wrong.text) == (400, True)


async def test_structured_values_become_tables(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "list_notes", limit="5")
    assert "<b>bold</b>" in page.text
    assert {"table", "caption"} <= set(page.reader.tags)


async def test_picture_is_shown_and_an_unknown_one_is_told(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "picture")
    assert page.html.count('src="data:image/png;base64,') == 1
    assert "data:image/svg" not in page.html
    assert page.form("/resources/read").fields["uri"] == "note:1"


async def test_parameter_is_mirrored_into_its_header(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, custom headers from tool parameters."""
    await browser.call(await browser.add(foreign.url), "routed", region="Zürich")
    assert foreign.asked("/mcp")[-1].headers["Mcp-Param-Region"] == "=?base64?WsO8cmljaA==?="


async def test_changed_tool_is_listed_again_and_called_once_more(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, client behavior on HeaderMismatch."""
    page = await browser.add(foreign.url)
    foreign.lies.header_mismatch_once = True
    page = await browser.call(page, "whoami")
    assert "returned" in page.text
    assert foreign.methods()[-3:] == ["tools/call", "tools/list", "tools/call"]


async def test_tool_that_breaks_the_rules_is_left_out(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, x-mcp-header: the client must exclude the tool and say why."""
    page = await browser.add(foreign.url)
    assert "broken is not listed: it requires a header from a parameter that cannot be sent as a header." in page.text


async def test_every_page_of_tools_is_read(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.page_size = 2
    page = await browser.add(foreign.url)
    assert "picture" in page.text
    assert foreign.methods().count("tools/list") == 6


async def test_tools_are_listed_again_on_request(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    foreign.lies.tools = [{"name": "brand_new", "inputSchema": {"type": "object"}}]
    page = await browser.submit(page, page.form("/tools"))
    assert "brand_new" in page.text
    assert "whoami" not in page.text.partition("Flow trace")[0]


async def test_answers_may_come_as_events(browser: Browser, foreign: Foreign) -> None:
    """MCP 2026-07-28, Streamable HTTP: the client must support both kinds of answer."""
    foreign.lies.sse = True
    page = await browser.call(await browser.add(foreign.url), "whoami")
    assert "Ada" in page.text


async def test_disconnect_revokes_and_forgets(browser: Browser, foreign: Foreign, client: Running) -> None:
    """RFC 7009 section 2.1."""
    page = await browser.add(foreign.url)
    refresh = next(iter(foreign.refresh))
    gone = await browser.submit(page, page.form("/disconnect"))
    assert foreign.revoked == [refresh]
    assert "The permission was revoked" in gone.text
    assert (await browser.get(page.path)).status == 404


async def test_disconnect_says_when_nobody_confirmed(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.revoke_status = 503
    page = await browser.add(foreign.url)
    assert "did not confirm" in (await browser.submit(page, page.form("/disconnect"))).text


async def test_disconnect_without_tokens_or_revocation_endpoint(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    page = await browser.add(foreign.url)
    assert "revoked" in (await browser.submit(page, page.form("/disconnect"))).text
    foreign.lies.open_door, foreign.lies.extra_metadata = False, {"revocation_endpoint": None}
    page = await browser.add(foreign.url)
    await browser.submit(page, page.form("/disconnect"))
    assert foreign.revoked == []


async def test_restart_keeps_everything(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await browser.add(foreign.url)
    consents = len(foreign.asked("/authorize"))
    await client.stop()
    await client.start()
    page = await browser.call(await browser.get(page.path), "whoami")
    assert "Ada" in page.text
    assert len(foreign.asked("/authorize")) == consents


async def test_list_shows_state_at_a_glance(browser: Browser, foreign: Foreign) -> None:
    assert "Connect your first MCP server" in (await browser.get("/")).text
    await browser.add(foreign.url, name="First")
    foreign.lies.status = 500
    await browser.add(foreign.url, name="Second")
    page = await browser.get("/")
    assert "First" in page.text
    assert "Connected" in page.text
    assert "Second" in page.text
    assert "Not working" in page.text


async def test_form_refuses_what_is_no_address(browser: Browser) -> None:
    page = await browser.get("/add?url=https://prefilled.example/mcp")
    assert page.form("/add").fields["url"] == "https://prefilled.example/mcp"
    wrong = {
        "ftp://x/": "starting with https://",
        "": "starting with https://",
        "https://": "not a web address",
        "https://x.example:99999/": "not a web address",
        "https://a b/": "not a web address",
        "https://me:pw@x.example/": "Leave out the user name and password",
    }
    for url, sentence in wrong.items():
        answer = await browser.submit(page, page.form("/add"), url=url)
        assert (answer.status, sentence in answer.text) == (400, True), url


async def test_form_wants_the_client_id_it_was_promised(browser: Browser) -> None:
    page = await browser.get("/add")
    answer = await browser.submit(
        page, page.form("/add"), url="https://x.example/", no_registration="yes", client_id=" "
    )
    assert answer.status == 400
    assert "Enter the client id" in answer.text


async def test_health_answers(browser: Browser) -> None:
    assert (await browser.get("/healthz")).html == '{"status": "ok"}'
