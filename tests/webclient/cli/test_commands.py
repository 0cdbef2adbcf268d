"""The commands as people run them: real processes, a real foreign server, and a program that plays the browser."""

import asyncio
import json
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import ClientSession, web
from attrs import frozen

from tests.ports import free_port
from tests.webclient.conftest import foreign
from tests.webclient.foreign import Foreign

__all__ = ["foreign"]
VISITOR = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=10).read()"


@frozen
class Ended:
    status: int
    out: str
    err: str


def hear_ctrl_c() -> None:
    """As in a terminal: what runs the tests may have been started in the background, where Ctrl-C is ignored, and so
    would its children.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@frozen
class Terminal:
    """A person's shell: a home of its own, and a browser that follows where it is sent."""

    home: Path

    async def __call__(self, *arguments: str, **environment: str) -> Ended:
        process = await self.start(*arguments, **environment)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        browser = self.home / "browser"
        browser.write_text(f"#!{sys.executable}\n{VISITOR}\n", encoding="utf-8")
        browser.chmod(0o700)
        inherited = {
            name: value for name, value in os.environ.items() if name.startswith(("COVERAGE", "PYTHON", "PATH"))
        }
        around = {
            **inherited,
            "HOME": str(self.home),
            "XDG_DATA_HOME": str(self.home / "data"),
            "BROWSER": f"{browser} %s",
            "COLUMNS": "100",
            **environment,
        }
        pipe = asyncio.subprocess.PIPE
        program = (sys.executable, "-m", "webclient", *arguments)
        return await asyncio.create_subprocess_exec(
            *program, stdout=pipe, stderr=pipe, env=around, preexec_fn=hear_ctrl_c
        )

    @property
    def tokens(self) -> Path:
        return self.home / "data" / "webclient" / "tokens.json"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


async def test_trace_draws_the_flow_from_the_wish_to_the_tools(terminal: Terminal, foreign: Foreign) -> None:
    ended = await terminal("trace", foreign.url)
    assert ended.status == 0
    for words in (
        "You",
        "This client",
        "Authorization server",
        "MCP server",
        "─ POST /token ─",
        "─ server/discover ─",
        "╌ 401 ╌",
        "Sign in here: http://127.0.0.1",
    ):
        assert words in ended.out + ended.err
    titles = [
        line[5:].split("  ")[0] for line in ended.out.splitlines() if line[:3].strip().isdecimal() and line[3:5] == "  "
    ]
    assert titles[0] == "Connect to this server"
    assert titles[-1] == "List the tools"
    assert len(titles) == 10
    assert "issued here" in ended.out
    assert "Done: The server offers 11 tools." in ended.out
    assert "\x1b" not in ended.out
    assert not terminal.tokens.exists()


async def test_trace_shows_no_secret(terminal: Terminal, foreign: Foreign) -> None:
    ended = await terminal("trace", foreign.url, "--json")
    form = foreign.asked("/token")[0].form
    for secret in (*foreign.access, *foreign.refresh, form["code"], form["code_verifier"]):
        assert secret not in ended.out
    run = json.loads(ended.out)["runs"][0]
    assert [step["number"] for step in run["steps"]] == list(range(1, 11))


@pytest.mark.parametrize("columns", ["100", "50"])
async def test_trace_of_a_failure_names_cause_and_remedy(terminal: Terminal, foreign: Foreign, columns: str) -> None:
    foreign.lies.pkce = ["plain"]
    ended = await terminal("trace", foreign.url, COLUMNS=columns)
    assert ended.status == 1
    told = " ".join(ended.out.split())
    assert "Authorization codes are not protected (step 4)" in told
    assert "✗ It supports PKCE with S256" in told
    assert "What the server's owner can do: Support S256" in told
    assert ("▶" in ended.out) == (columns == "100")
    assert all(len(line) <= 100 for line in ended.out.splitlines())


async def test_trace_of_nothing(terminal: Terminal) -> None:
    ended = await terminal("trace", f"http://127.0.0.1:{free_port()}/mcp")
    assert ended.status == 1
    assert "The server does not accept connections" in ended.out


async def test_trace_stops_where_nobody_can_sign_in(terminal: Terminal, foreign: Foreign) -> None:
    ended = await terminal("trace", foreign.url, "--no-sign-in")
    assert ended.status == 1
    assert "Waiting: The server requires you to sign in first." in ended.out
    assert foreign.asked("/authorize") == []


async def test_har_is_saved(terminal: Terminal, foreign: Foreign, tmp_path: Path) -> None:
    assert (await terminal("trace", foreign.url, "--har", str(tmp_path / "x.har"))).status == 0
    assert len(json.loads((tmp_path / "x.har").read_text("utf-8"))["log"]["entries"]) == 7
    ended = await terminal("trace", foreign.url, "--har", "/no/where.har")
    assert (ended.status, "cannot be written" in ended.err) == (1, True)


async def test_tokens_are_kept_privately_and_used_again(terminal: Terminal, foreign: Foreign) -> None:
    assert "whoami" in (await terminal("tools", foreign.url)).out
    assert stat.S_IMODE(terminal.tokens.stat().st_mode) == 0o600
    ended = await terminal("call", foreign.url, "whoami")
    assert (ended.status, ended.err, ended.out) == (0, "", '{"name": "Ada"}\n')
    assert len(foreign.asked("/authorize")) == 1
    assert "Deleted" in (await terminal("tools", foreign.url, "--forget")).out
    assert "requires you to sign in" in (await terminal("tools", foreign.url, "--no-sign-in")).err


class Forgetful(dict[str, set[str]]):
    """Tokens that are issued and never known again."""

    def __setitem__(self, token: str, scopes: set[str]) -> None:
        """Keep no token."""


@pytest.mark.parametrize("command", [("tools",), ("call", "whoami")])
async def test_refusal_of_a_fresh_token_is_told_in_the_servers_words_each_time(
    terminal: Terminal, foreign: Foreign, command: tuple[str, ...]
) -> None:
    """RFC 6750 section 3: error_description is there for the developer who has to understand why."""
    foreign.access = Forgetful()
    where = f'resource_metadata="{foreign.origin}/.well-known/oauth-protected-resource/mcp"'
    foreign.lies.challenge = (
        f'Bearer {where}, error="invalid_token", error_description="The issuer is not trusted here"'
    )
    for _ in range(2):
        ended = await terminal(command[0], foreign.url, *command[1:])
        assert ended.status == 1
        told = " ".join(ended.err.split())
        assert "refuses the token that was just issued for it. It says: The issuer is not trusted here." in told
        assert "webclient trace" in told


async def test_refusal_of_a_kept_token_is_told_where_nobody_may_sign_in(terminal: Terminal, foreign: Foreign) -> None:
    foreign.lies.give_refresh = False
    assert (await terminal("tools", foreign.url)).status == 0
    foreign.access.clear()
    told = " ".join((await terminal("tools", foreign.url, "--no-sign-in")).err.split())
    assert "refuses the token. It does not say why." in told


async def test_no_browser_only_prints_the_address_and_waits_for_the_person(
    terminal: Terminal, foreign: Foreign
) -> None:
    process = await terminal.start("tools", foreign.url, "--no-browser", BROWSER="/bin/false")
    assert process.stderr is not None
    address = (await process.stderr.readline()).decode().removeprefix("Sign in here: ").strip()
    assert foreign.asked("/authorize") == []
    async with ClientSession() as person, person.get(address) as answer:
        assert answer.status == 200
    out, _ = await process.communicate()
    assert (process.returncode, b"whoami" in out) == (0, True)


async def read_until(stream: asyncio.StreamReader | None, words: str) -> str:
    assert stream is not None
    read = ""
    async with asyncio.timeout(20):
        while words not in " ".join(read.split()):
            read += (await stream.readline()).decode()
    return read


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("?code=x", "The response has no state"),
        ("?code=x&state=other", "another state than this sign-in"),
        ("?code=x&state=a&state=a", "The response has state more than once"),
    ],
)
async def test_strange_answer_is_told_at_once_and_what_was_traced_is_kept_on_ctrl_c(
    terminal: Terminal, foreign: Foreign, tmp_path: Path, answer: str, words: str
) -> None:
    """RFC 6749 section 10.12.

    A server that loses the state leaves a program waiting: the person sees why, stops it, and has the whole trace.
    """
    process = await terminal.start("trace", foreign.url, "--no-browser", "--har", str(tmp_path / "x.har"))
    address = (await read_until(process.stderr, "Sign in here")).partition("Sign in here: ")[2].split()[0]
    waiting = await read_until(process.stderr, "not registered there.")
    back = dict(parse_qsl(urlsplit(address).query))["redirect_uri"]
    assert back in waiting
    async with ClientSession() as person, person.get(back + answer) as page:
        assert page.status == 403
    await read_until(process.stdout, words)
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 130
    told = " ".join(out.decode().split())
    assert "The response does not belong to this sign-in" in told
    assert words in told
    assert json.loads((tmp_path / "x.har").read_text("utf-8"))["log"]["entries"]


async def test_ctrl_c_while_waiting_for_the_person_says_what_to_look_at(terminal: Terminal, foreign: Foreign) -> None:
    process = await terminal.start("trace", foreign.url, "--no-browser")
    await read_until(process.stderr, "not registered there.")
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 130
    assert "shows an error about the redirect URI" in " ".join(out.decode().split())


async def test_typed_client_is_used(terminal: Terminal, foreign: Foreign) -> None:
    foreign.lies.no_registration, foreign.lies.auth_methods = True, ["client_secret_post"]
    ended = await terminal(
        "tools", foreign.url, "--client-id", "mine", "--scope", "extra", WEBCLIENT_CLIENT_SECRET="hidden-away"
    )
    assert ended.status == 0, ended.err
    assert foreign.asked("/token")[0].form["client_secret"] == "hidden-away"
    assert "hidden-away" not in ended.out + ended.err


async def test_tools_are_listed_with_their_parameters(terminal: Terminal, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    ended = await terminal("tools", foreign.url)
    assert "    text (string, required): What to write" in ended.out
    assert "broken is not listed" in ended.err
    assert json.loads((await terminal("tools", foreign.url, "--json")).out)[0]["name"] == "whoami"
    foreign.lies.tools = []
    assert "no tools" in (await terminal("tools", foreign.url)).out


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        (
            ["add_note", "text=a=b", "stars=3", "pinned=yes", "weight=0.5"],
            {"text": "a=b", "stars": 3, "pinned": True, "weight": 0.5},
        ),
        (
            ["add_note", 'text:="7"', 'tags:=["a", "b"]', "nickname:=null"],
            {"text": "7", "tags": ["a", "b"], "nickname": None},
        ),
        (["add_note", "text=7", "more=x"], {"text": "7", "more": "x"}),
    ],
)
async def test_arguments_become_json(
    terminal: Terminal, foreign: Foreign, arguments: list[str], sent: dict[str, Any]
) -> None:
    foreign.lies.open_door = True
    ended = await terminal("call", foreign.url, *arguments)
    assert ended.status == 0, ended.err
    assert json.loads(ended.out.removeprefix("Done: ")) == sent


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["whoami", "x=1"], 2, "whoami has no parameter x. It has: none."),
        (["add_note"], 2, "add_note also needs: text."),
        (["add_note", "text"], 2, "'text' is neither KEY=VALUE nor KEY:=JSON."),
        (["add_note", "=x"], 2, "'=x' is neither"),
        (["add_note", "text=x", "stars=many"], 2, "stars must be a number (integer), not 'many'."),
        (["add_note", "text=x", "stars=1.5"], 2, "stars must be a number (integer), not '1.5'."),
        (["add_note", "text=x", "pinned=1"], 2, "pinned must be yes or no, not '1'."),
        (["add_note", "text:=x"], 2, "text:= is not JSON."),
        (["nothing"], 1, "no tool named nothing. It has: whoami, add_note"),
        (["refuse"], 1, "I will not do that."),
        (["fail"], 3, ""),
    ],
)
async def test_call_that_does_not_work_says_why(
    terminal: Terminal, foreign: Foreign, arguments: list[str], status: int, sentence: str
) -> None:
    foreign.lies.open_door = True
    ended = await terminal("call", foreign.url, *arguments)
    assert ended.status == status
    assert sentence in ended.err
    assert "Traceback" not in ended.err


async def test_result_by_kind(terminal: Terminal, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    assert "[image: image/png, 8 characters of base64" in (await terminal("call", foreign.url, "picture")).out
    assert '"notes"' in (await terminal("call", foreign.url, "list_notes")).out
    assert json.loads((await terminal("call", foreign.url, "whoami", "--json")).out)["structuredContent"] == {
        "name": "Ada"
    }


async def test_control_characters_of_a_server_do_not_reach_the_terminal(terminal: Terminal, foreign: Foreign) -> None:
    """X7 where there is no markup: escape sequences, bells, and text that runs backwards."""
    evil = "\x1b]0;pwned\x07\x1b[2J\u202e\x9b31m\rmoved"
    foreign.lies.open_door = True
    foreign.lies.tools = [
        {
            "name": "x" + evil,
            "description": evil,
            "inputSchema": {"type": "object", "properties": {evil: {"description": evil}}},
        }
    ]
    for arguments in (["tools"], ["trace"], ["call", "nothing"]):
        ended = await terminal(arguments[0], foreign.url, *arguments[1:])
        for forbidden in ("\x1b", "\x07", "\u202e", "\x9b", "\r"):
            assert forbidden not in ended.out + ended.err
    assert "\\x1b[2J" in (await terminal("tools", foreign.url)).out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["trace", "ftp://x"], "is not a web address"),
        (["tools"], "Missing argument 'URL'"),
        (["--port", "1", "tools", "http://x/"], "webclient serve"),
    ],
)
async def test_wrong_question_ends_with_2(terminal: Terminal, arguments: list[str], sentence: str) -> None:
    ended = await terminal(*arguments)
    assert (ended.status, sentence in ended.err) == (2, True)


async def test_token_file_that_others_can_read_is_refused(terminal: Terminal, foreign: Foreign, tmp_path: Path) -> None:
    path = tmp_path / "open.json"
    path.write_text("{}", encoding="utf-8")
    path.chmod(0o644)
    ended = await terminal("tools", foreign.url, "--tokens", str(path))
    assert (ended.status, "chmod 600" in ended.err) == (1, True)


async def test_people_are_added_changed_and_removed(terminal: Terminal, tmp_path: Path) -> None:
    """``webclient user``: what the pages ask for where others can reach them."""
    where = ("--database", f"sqlite:///{tmp_path / 'people.db'}")
    absent = await terminal("user", "list", *where)
    assert (
        absent.status,
        f"There is no database {tmp_path / 'people.db'}. Name the database of the pages" in absent.err,
    ) == (
        1,
        True,
    )
    assert not await asyncio.to_thread((tmp_path / "people.db").exists)
    added = await terminal("user", "add", "Ada", "--password", "correct horse", *where)
    assert added.out == f"Ada can sign in now (database: {tmp_path / 'people.db'}).\n"
    assert (await terminal("user", "list", *where)).out == "Ada\tpassword\n"
    assert (await terminal("user", "set-password", "ada", "--password", "another horse", *where)).status == 0
    taken = await terminal("user", "add", "ADA", "--password", "correct horse", *where)
    assert (taken.status, taken.err) == (1, "Error: There is a person named ADA already.\n")
    weak = await terminal("user", "add", "Eve", "--password", "short", *where)
    assert "at least 8 characters" in weak.err
    assert (await terminal("user", "remove", "Ada", *where)).out == "Removed Ada.\n"
    assert "There is no person named Ada." in (await terminal("user", "remove", "Ada", *where)).err


async def test_pages_for_others_do_not_start_without_anybody(terminal: Terminal, tmp_path: Path) -> None:
    where = ("--host", "0.0.0.0", "--port", str(free_port()), "--database", f"sqlite:///{tmp_path / 'c.db'}")
    ended = await terminal("serve", *where)
    assert (ended.status, "webclient user add" in ended.err) == (1, True)


def answering(foreign: Foreign, result: bytes) -> None:
    """The server's ``whoami`` comes to this result, which need not be what Python would write."""
    foreign.lies.open_door = True

    async def door(request: web.Request) -> web.StreamResponse:
        message = json.loads(await request.text() or "{}")
        if message.get("method") != "tools/call":
            return await foreign._mcp(request)
        return web.Response(
            body=b'{"jsonrpc": "2.0", "id": %d, "result": %s}' % (message["id"], result),
            content_type="application/json",
        )

    foreign.doors[foreign.path] = door


async def test_large_result_is_taken_and_a_larger_one_where_it_is_wanted(terminal: Terminal, foreign: Foreign) -> None:
    text = b"x" * 2 * 1024 * 1024
    answering(foreign, b'{"content": [{"type": "text", "text": "%s"}]}' % text)
    assert (await terminal("call", foreign.url, "whoami")).out.strip() == text.decode()
    refused = await terminal("call", foreign.url, "whoami", "--max-size", "1")
    assert refused.status == 1
    assert "larger than 1,048,576 bytes, so it was cut off. --max-size raises the limit." in refused.err


async def test_json_has_no_infinity(terminal: Terminal, foreign: Foreign) -> None:
    """RFC 8259 section 6: what the server wrote as a number stays one."""
    answering(foreign, b'{"content": [], "structuredContent": {"most": 1e999, "least": [-1e999], "word": "Infinity"}}')
    ended = await terminal("call", foreign.url, "whoami", "--json")
    assert '"most": 1e999' in ended.out
    assert '"word": "Infinity"' in ended.out
    for out in (ended.out, (await terminal("call", foreign.url, "whoami")).out):
        assert json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")) is not None
    assert json.loads(ended.out)["structuredContent"]["least"] == [float("-inf")]


async def test_number_beyond_a_machines_is_sent_as_json(terminal: Terminal, foreign: Foreign) -> None:
    foreign.lies.open_door = True
    await terminal("call", foreign.url, "add_note", "text:=1e999")
    assert "Infinity" not in foreign.seen[-1].body
    assert any("1e999" in each.body for each in foreign.seen)
