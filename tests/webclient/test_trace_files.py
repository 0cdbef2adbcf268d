"""The trace as files to pass on: complete, in their formats, and without a secret.

Canaries are what the foreign server really issued.
"""

import json
import re

import pytest

from webclient.trace.recording.masking import OPEN

from .browser import Browser, Page
from .conftest import Running
from .foreign import Foreign

FILES = {"har": "application/json", "json": "application/json", "html": "text/html"}


async def saved(browser: Browser, page: Page, ending: str, run: str = "all") -> Page:
    return await browser.get(f"{browser.room_of(page)}/trace.{ending}?run={run}")


@pytest.mark.parametrize("jwt", [True, False])
async def test_no_secret_reaches_database_page_or_file(
    browser: Browser, foreign: Foreign, client: Running, jwt: bool
) -> None:
    """Also where the server repeats what it was told, in results and errors. O1."""
    foreign.lies.jwt, foreign.lies.parrot, foreign.lies.auth_methods = jwt, True, ["client_secret_basic"]
    page = await browser.add(foreign.url)
    await browser.call(page, "whoami")
    foreign.lies.token_error = "invalid_grant"
    failed = await browser.add(foreign.url)
    assert "I do not like [code " in failed.text
    shown = [
        page,
        failed,
        *[
            await browser.get(f"{browser.room_of(each)}/trace?run={run}&open=all")
            for each in (page, failed)
            for run in (1, 2)
        ],
    ]
    files = [await saved(browser, each, ending) for each in (page, failed) for ending in FILES]
    await client.stop()
    everything = "".join(each.html for each in [*shown, *files]).encode() + b"".join(
        path.read_bytes() for path in client.files()
    )
    await client.start()
    forms = [each.form for each in foreign.asked("/token")]
    states = [each.headers for each in foreign.asked("/authorize")]
    secrets = {value for form in forms for name, value in form.items() if name in ("code", "code_verifier")}
    secrets |= {*foreign.access, *foreign.refresh, *(token.rsplit(".", 1)[-1] for token in foreign.access)}
    secrets |= {
        each.headers["Authorization"].partition(" ")[2] for each in foreign.seen if "Authorization" in each.headers
    }
    secrets |= {each["client_secret"] for each in foreign.clients.values()}
    assert len(secrets) >= 6
    assert states
    for secret in secrets:
        place = everything.find(secret.encode())
        assert place == -1, everything[place - 300 : place]


@pytest.mark.parametrize("key", ["c4nary-0123456789", "k-47"])
async def test_key_in_the_typed_address_is_in_no_file(browser: Browser, foreign: Foreign, key: str) -> None:
    """Some servers take their key in the address: it is as secret there as anywhere, in the wish, in redirects and
    in what repeats it, however short.
    """
    page = await browser.add(f"{foreign.url}?project=seven&key={key}")
    assert "Connected" in page.text
    foreign.lies.redirect = f"https://elsewhere.example/mcp?sig={key}"
    await browser.call(page, "whoami")
    for ending in FILES:
        text = (await saved(browser, page, ending, "all")).html
        assert "project=seven" in text
        assert key not in text
    assert key not in (await browser.get(browser.room_of(page) + "/trace?run=1&open=all")).html


@pytest.mark.parametrize(
    "key", ["c4naryKEY0123456789abcd", "7f9c24e8-3b0e-4c5a-9d1f-0123456789ab", "s_c4naryKEY0123456789-abcd"]
)
async def test_key_in_the_typed_path_is_in_no_file(browser: Browser, foreign: Foreign, key: str) -> None:
    """Some servers give everybody an address of their own, and whoever knows it is let in."""
    foreign.path = f"/api/notes-for-2026/{key}/mcp"
    page = await browser.add(foreign.url)
    assert "Connected" in page.text
    await browser.call(page, "whoami")
    for ending in FILES:
        text = (await saved(browser, page, ending, "all")).html
        assert "notes-for-2026" in text
        assert key not in text
    shown = (
        (await browser.get(browser.room_of(page) + "/trace?run=1&open=all"))
        .html.partition("<main")[2]
        .partition("</main")[0]
    )
    assert key not in shown
    assert OPEN not in shown


async def test_key_in_the_typed_path_is_in_no_file_after_a_restart(
    browser: Browser, foreign: Foreign, client: Running
) -> None:
    """Nothing was asked of the server since: the file is the first to tell the masker of the address."""
    foreign.path = "/api/c4naryKEY0123456789abcd/mcp"
    page = await browser.add(foreign.url)
    await client.stop()
    await client.start()
    for ending in FILES:
        text = (await saved(browser, page, ending)).html
        assert "/api/" in text
        assert "c4naryKEY0123456789abcd" not in text


async def test_state_is_not_kept(browser: Browser, foreign: Foreign, client: Running) -> None:
    sent = await browser.add(foreign.url, stop_at="/authorize")
    state = re.search(r"state=([\w-]+)", sent.url)
    assert state
    await browser.get(sent.url)
    await client.stop()
    assert not any(state[1].encode() in path.read_bytes() for path in client.files())
    await client.start()


@pytest.mark.parametrize(("ending", "kind"), FILES.items())
async def test_files_are_downloads_with_plain_names(browser: Browser, foreign: Foreign, ending: str, kind: str) -> None:
    """RFC 6266: what others wrote is never a page of ours."""
    answer = await saved(browser, await browser.add(foreign.url), ending, "1")
    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert re.fullmatch(
        rf'attachment; filename="trace-127-0-0-1-\d+-\d{{8}}-\d{{6}}\.{ending}"', answer.headers["Content-Disposition"]
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_nothing_to_save_is_404(browser: Browser, foreign: Foreign) -> None:
    page = await browser.add(foreign.url)
    assert (await saved(browser, page, "har", "9")).status == 404


async def test_har_has_every_exchange(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "whoami")
    log = json.loads((await saved(browser, page, "har")).html)["log"]
    assert [entry["request"]["url"].removeprefix(foreign.origin) for entry in log["entries"]] == [
        "/mcp",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/register",
        "/token",
        "/mcp",
        "/mcp",
        "/mcp",
    ]
    assert [each["title"] for each in log["pages"]] == ["Connect to this server", "Call whoami"]
    token = log["entries"][4]
    assert token["response"]["status"] == 200
    assert "grant_type=authorization_code" in token["request"]["postData"]["text"]
    assert token["serverIPAddress"] == "127.0.0.1"
    assert token["time"] >= 0


async def test_har_of_a_server_that_does_not_answer(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.slow = 6
    log = json.loads((await saved(browser, await browser.add(foreign.url), "har")).html)["log"]
    assert log["entries"][0]["response"]["status"] == 0
    assert "stopped waiting" in log["entries"][0]["response"]["comment"]


async def test_json_says_what_the_page_says(browser: Browser, foreign: Foreign) -> None:
    foreign.lies.pkce = ["plain"]
    document = json.loads((await saved(browser, await browser.add(foreign.url), "json")).html)
    assert (document["format"], document["version"]) == ("webclient-trace", 1)
    assert document["server"]["url"] == foreign.url
    (run,) = document["runs"]
    assert (run["state"], run["failed_step"]) == ("failed", 4)
    failed = run["steps"][3]
    assert failed["cause"]["title"] == "Authorization codes are not protected"
    assert failed["checks"][-1] == {
        "sentence": "It supports PKCE with S256",
        "held": False,
        "rule": {"name": "RFC 7636 section 4.2", "url": "https://www.rfc-editor.org/rfc/rfc7636.html#section-4.2"},
    }
    assert [chapter["outcome"] for chapter in run["chapters"]] == ["ok", "ok", "failed"]


async def test_page_stands_alone_and_runs_nothing(browser: Browser, foreign: Foreign) -> None:
    page = await browser.call(await browser.add(foreign.url), "list_notes")
    html = (await saved(browser, page, "html")).html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!https://|#)', html)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html
    assert "--lane-client" in html
    assert html.count('class="hop hop-') == 12


async def test_x7_markup_in_every_string_is_text(browser: Browser, foreign: Foreign) -> None:
    """Names, errors, headers, metadata: all of a hostile server's strings are in the trace, and none of them is
    markup.
    """
    evil = "<img src=x onerror=alert(1)></style></pre>"
    foreign.lies.extra_metadata = {evil: evil, "scopes_supported": [evil]}
    foreign.lies.challenge = f'Bearer scope="{evil}", error_description="{evil}"'
    foreign.lies.token_answer = {"scope": evil, evil: evil}
    page = await browser.add(foreign.url)
    await browser.call(page, "<script>alert(1)</script>")
    for each in (
        await browser.get(browser.room_of(page) + "/trace?run=1"),
        await browser.get(browser.room_of(page) + "/trace"),
        await saved(browser, page, "html"),
    ):
        assert "<img src=x" not in each.html
        assert "<script>alert" not in each.html
        assert "&lt;img src=x onerror=alert(1)&gt;" in each.html or "&lt;script&gt;alert(1)" in each.html
