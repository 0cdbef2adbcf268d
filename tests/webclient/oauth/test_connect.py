"""connect() against a foreign server on a real port."""

import asyncio
import json
import stat
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from tests.webclient.foreign import Foreign
from webclient import Credentials, FileTokenStore, FlowError, MemoryTokenStore, Preferences, connect
from webclient.errors import ConsentDenied, NeedsScope, NeedsSignIn, Untrusted
from webclient.program.token_stores import TokenFileError
from webclient.sources import Sources
from webclient.trace import MemoryHops, Trace

from .conftest import Person


async def test_program_signs_in_calls_by_name_and_remembers(foreign: Foreign, person: Person) -> None:
    """RFC 8252 section 7.3: the person comes back to a port of this machine."""
    store = MemoryTokenStore()
    async with connect(foreign.url, token_store=store, open_browser=person) as client:
        assert (await client.call_tool("whoami"))["structuredContent"] == {"name": "Ada"}
        assert "add_note" in [tool["name"] for tool in (await client.list_tools()).items]
    async with connect(foreign.url, token_store=store, open_browser=None) as client:
        assert (await client.call_tool("whoami"))["structuredContent"] == {"name": "Ada"}
    [page] = person.pages
    assert page[0] == 200
    assert "Go back to your program" in page[1]
    [asked] = [parse_qs(urlsplit(url).query) for url in person.visited]
    assert asked["redirect_uri"][0].startswith("http://127.0.0.1:")
    assert foreign.asked("/register")[0].json["application_type"] == "native"


@pytest.mark.parametrize("status", [201, 202, 203])
async def test_every_success_is_one(foreign: Foreign, person: Person, status: int) -> None:
    """RFC 9110 section 15.3; a token endpoint in the wild answers 201, and a proxy that changes something may say
    203.
    """
    answers = {
        "/token": foreign._token,
        "/register": foreign._register,
        "/.well-known/oauth-authorization-server": foreign._issuer,
    }

    def other(
        answer: Callable[[web.Request], Awaitable[web.Response]],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def door(request: web.Request) -> web.Response:
            response = await answer(request)
            response.set_status(status)
            return response

        return door

    foreign.doors |= {path: other(answer) for path, answer in answers.items()}
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        assert (await client.call_tool("whoami"))["structuredContent"] == {"name": "Ada"}
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == ["authorization_code", "refresh_token"]


async def test_open_server_needs_nobody(foreign: Foreign) -> None:
    foreign.lies.open_door = True
    async with connect(foreign.url, open_browser=None) as client:
        assert (await client.call_tool("whoami"))["structuredContent"] == {"name": "Ada"}


async def test_without_a_browser_the_program_is_told(foreign: Foreign) -> None:
    async with connect(foreign.url, open_browser=None) as client:
        with pytest.raises(NeedsSignIn):
            await client.call_tool("whoami")
    assert foreign.asked("/register") == []


@pytest.mark.parametrize("slash_in", ["authorization_servers", "issuer"])
async def test_slash_of_an_empty_path_makes_no_other_issuer(foreign: Foreign, person: Person, slash_in: str) -> None:
    """RFC 3986 section 6.2.3.

    The authorization server's own spelling is used from there on: in iss, and as what registrations are kept under.
    """
    if slash_in == "issuer":
        foreign.lies.issuer = foreign.lies.answers_iss = foreign.origin + "/"
    else:
        foreign.lies.issuers = [foreign.origin + "/"]
    hops, store = MemoryHops(b"k" * 32), MemoryTokenStore()
    own = foreign.lies.issuer or foreign.origin
    async with connect(
        foreign.url, trace=Trace(hops, foreign.url, Sources()), token_store=store, open_browser=person
    ) as client:
        await client.call_tool("whoami")
        foreign.lies.withhold = frozenset()
        await client.call_tool("add_note", {"text": "Milk"})
    saved = await store.load(foreign.url)
    assert saved.tokens
    assert saved.tokens.issuer == own
    assert any("strict clients" in hop.meaning for hop in hops.hops)


@pytest.mark.parametrize("own", ["{}/x", "{}//", "{}/?", "{}:80", "{}.example"])
async def test_anything_else_is_another_issuer(foreign: Foreign, person: Person, own: str) -> None:
    """RFC 8414 section 3.3."""
    foreign.lies.issuer = own.format(foreign.origin)
    async with connect(foreign.url, open_browser=person) as client:
        with pytest.raises(Untrusted, match="another issuer"):
            await client.call_tool("whoami")


async def test_missing_permission_is_asked_for_with_those_held(foreign: Foreign, person: Person) -> None:
    """MCP 2026-07-28, step-up authorization flow."""
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.lies.withhold = frozenset()
        await client.call_tool("add_note", {"text": "Milk"})
    assert [parse_qs(urlsplit(url).query)["scope"] for url in person.visited] == [
        ["profile notes:read"],
        ["profile notes:read notes:write"],
    ]


async def test_x10_endless_step_up_ends(foreign: Foreign, person: Person) -> None:
    """MCP 2026-07-28, step-up authorization flow: no more than a few times, and remembered."""
    foreign.lies.endless_step_up = True
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        for _ in range(3):
            with pytest.raises(NeedsScope):
                await client.call_tool("add_note", {"text": "Milk"})
    assert len(person.visited) == 3


async def test_calls_that_begin_together_send_the_person_away_once(foreign: Foreign, person: Person) -> None:
    """Who waited for another call's sign-in takes what it brought."""
    async with connect(foreign.url, open_browser=person) as client:
        await asyncio.gather(*(client.call_tool("whoami") for _ in range(5)))
    assert len(person.visited) == 1


class Forgetful(dict[str, set[str]]):
    """Tokens that are issued and never known again."""

    def __setitem__(self, token: str, scopes: set[str]) -> None:
        """Keep no token."""


async def test_x10_server_that_takes_no_token_sends_nobody_away_forever(foreign: Foreign, person: Person) -> None:
    """However many calls run into it at once: each sign-in is for all of them."""
    foreign.access = Forgetful()
    async with connect(foreign.url, open_browser=person) as client:
        results = await asyncio.gather(*(client.call_tool("whoami") for _ in range(5)), return_exceptions=True)
    assert all(isinstance(result, FlowError) for result in results)
    assert len(person.visited) <= 2


async def test_token_that_is_refused_when_fresh_costs_one_consent(foreign: Foreign, person: Person) -> None:
    """A second one would lead to the same place; the trace says why it was refused."""
    foreign.access = Forgetful()
    async with connect(foreign.url, open_browser=person) as client:
        with pytest.raises(NeedsSignIn):
            await client.call_tool("whoami")
    assert len(person.visited) == 1


async def test_refused_token_is_refreshed_without_the_person(foreign: Foreign, person: Person) -> None:
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        await asyncio.gather(*(client.call_tool("whoami") for _ in range(5)))
    assert len(person.visited) == 1
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == ["authorization_code", "refresh_token"]


async def test_ended_sign_in_is_begun_anew(foreign: Foreign, person: Person) -> None:
    """RFC 6749 section 5.2: invalid_grant means that only the person can help."""
    async with connect(foreign.url, open_browser=person) as client:
        await client.call_tool("whoami")
        foreign.access.clear()
        foreign.refresh.clear()
        await client.call_tool("whoami")
    assert len(person.visited) == 2
    assert len(foreign.asked("/register")) == 1


async def test_denied_consent_is_one_sentence(foreign: Foreign, person: Person) -> None:
    foreign.lies.deny = "access_denied"
    async with connect(foreign.url, open_browser=person) as client:
        with pytest.raises(ConsentDenied, match="You denied access"):
            await client.call_tool("whoami")


async def test_nobody_comes_back(foreign: Foreign) -> None:
    async with connect(foreign.url, open_browser=lambda url: None, patience=0.05) as client:
        with pytest.raises(ConsentDenied, match="The browser did not return"):
            await client.call_tool("whoami")


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "https://", "https://a.example:99999/", "javascript:alert(1)"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not a web address"):
        async with connect(url):
            pass


async def test_typed_secret_stays_with_its_first_issuer(foreign: Foreign, person: Person) -> None:
    """MCP 2026-07-28, authorization server binding (X5)."""
    store, credentials = MemoryTokenStore(), Credentials("mine", "canary")
    async with connect(foreign.url, token_store=store, credentials=credentials, open_browser=person) as client:
        await client.call_tool("whoami")
    evil = await Foreign().start()
    foreign.lies.issuers = [evil.origin]
    foreign.access.clear()
    foreign.refresh.clear()
    async with connect(foreign.url, token_store=store, credentials=credentials, open_browser=person) as client:
        with pytest.raises(FlowError, match="names another authorization server"):
            await client.call_tool("whoami")
    assert not any("canary" in each.body or "Authorization" in each.headers for each in evil.seen)
    await evil.stop()


async def test_secret_is_tied_before_it_is_sent_and_another_client_is_not(
    foreign: Foreign, person: Person, tmp_path: Path
) -> None:
    """MCP 2026-07-28, authorization server binding: a sign-in that was given up counts; credentials for the new
    server are those that it gave.
    """
    store, evil = FileTokenStore(tmp_path / "tokens.json"), await Foreign().start()
    async with connect(
        foreign.url,
        token_store=store,
        credentials=Credentials("mine", "canary"),
        open_browser=lambda url: None,
        patience=0.05,
    ) as client:
        with pytest.raises(ConsentDenied):
            await client.call_tool("whoami")
    foreign.lies.issuers = [evil.origin]
    async with connect(
        foreign.url, token_store=store, credentials=Credentials("mine", "canary"), open_browser=person
    ) as client:
        with pytest.raises(FlowError, match="names another authorization server"):
            await client.call_tool("whoami")
    assert evil.asked("/authorize") == []
    foreign.access = evil.access
    async with connect(
        foreign.url, token_store=store, credentials=Credentials("theirs", "given there"), open_browser=person
    ) as client:
        await client.call_tool("whoami")
    assert len(evil.asked("/token")) == 1
    await evil.stop()


async def test_file_is_private_and_shared(foreign: Foreign, person: Person, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tokens.json"
    async with connect(foreign.url, token_store=FileTokenStore(path), open_browser=person) as client:
        await client.call_tool("whoami")
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    foreign.access.clear()

    async def call() -> None:
        async with connect(foreign.url, token_store=FileTokenStore(path), open_browser=None) as client:
            await client.call_tool("whoami")

    await asyncio.gather(*(call() for _ in range(4)))
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == ["authorization_code", "refresh_token"]
    assert list(json.loads(path.read_text())) == [foreign.url]


async def test_next_sign_in_listens_where_it_is_registered(foreign: Foreign, person: Person, tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens.json")
    for _ in range(2):
        async with connect(foreign.url, token_store=store, open_browser=person) as client:
            await client.call_tool("whoami")
        foreign.access.clear()
        foreign.refresh.clear()
    assert len(foreign.asked("/register")) == 1
    assert len({parse_qs(urlsplit(url).query)["redirect_uri"][0] for url in person.visited}) == 1


@pytest.mark.parametrize(
    ("content", "mode", "sentence"),
    [("{}", 0o644, "can be read by others"), ("no json", 0o600, "is not a file that this client wrote")],
)
async def test_file_that_cannot_be_trusted_is_refused(tmp_path: Path, content: str, mode: int, sentence: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(TokenFileError, match=sentence):
        await FileTokenStore(path).load("https://a.example/")


async def test_file_with_strange_members_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.touch(0o600)
    path.write_text('{"https://a.example/": {"tokens": 3}}')
    with pytest.raises(TokenFileError, match="is not a file that this client wrote"):
        await FileTokenStore(path).load("https://a.example/")


async def test_forced_way_is_taken(foreign: Foreign, person: Person) -> None:
    preferences = Preferences(registration="dynamic", auth_method="client_secret_post", scopes=("extra",))
    async with connect(
        foreign.url, preferences=preferences, credentials=Credentials("mine"), open_browser=person
    ) as client:
        await client.call_tool("whoami")
    assert foreign.asked("/register")[0].json["token_endpoint_auth_method"] == "client_secret_post"
    assert "client_secret" in foreign.asked("/token")[0].form
    assert parse_qs(urlsplit(person.visited[0]).query)["scope"] == ["profile notes:read extra"]


CALL = """
import asyncio, sys
from webclient import FileTokenStore, connect

async def main() -> None:
    async with connect(sys.argv[1], token_store=FileTokenStore(sys.argv[2]), open_browser=None) as client:
        await client.call_tool("whoami")

asyncio.run(main())
"""


async def test_processes_refresh_once(foreign: Foreign, person: Person, tmp_path: Path) -> None:
    """RFC 9700 section 4.14.2: a rotated refresh token used by two processes would end the grant."""
    path = tmp_path / "tokens.json"
    async with connect(foreign.url, token_store=FileTokenStore(path), open_browser=person) as client:
        await client.call_tool("whoami")
    foreign.access.clear()
    programs = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", CALL, foreign.url, str(path)) for _ in range(3)
    ]
    assert [await program.wait() for program in programs] == [0, 0, 0]
    assert [each.form["grant_type"] for each in foreign.asked("/token")] == ["authorization_code", "refresh_token"]


async def test_dead_address_of_metadata_leads_to_the_well_known_one(foreign: Foreign, person: Person) -> None:
    """RFC 9728 section 3.1: it is where the document is, whatever a challenge says."""
    foreign.lies.challenge = f'Bearer resource_metadata="{foreign.origin}/nowhere"'
    async with connect(foreign.url, open_browser=person) as client:
        assert (await client.call_tool("whoami"))["structuredContent"] == {"name": "Ada"}
    assert foreign.asked("/nowhere")
