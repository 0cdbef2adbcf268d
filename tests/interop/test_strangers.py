"""One contract for every client that nobody here wrote, on both eras, against the service as a real process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mcp.client.subscriptions import ResourceUpdated

from tests import provision
from tests.interop.browser import Person
from tests.interop.fastmcp_client import Fast
from tests.interop.inspector import Inspector
from tests.interop.sdk import OfficialPython
from tests.interop.stranger import Answer, Connection, Era, Stranger, Window
from tests.interop.typescript import Revision, Typescript
from tests.ports import free_port
from tests.processes import Program, add_client, running, start_server

STRANGERS: list[Callable[[], Stranger]] = [OfficialPython, Typescript, Fast, Inspector]
WRITE = frozenset({"notes:write"})
ERAS = pytest.mark.parametrize(("era", "revision"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
# FastMCP says so whenever nobody hands it a place to keep tokens.
pytestmark = pytest.mark.filterwarnings("ignore:Using in-memory token storage:UserWarning")


@pytest.fixture(params=STRANGERS, ids=lambda kind: kind.__name__)
def stranger(request: pytest.FixtureRequest) -> Stranger:
    kind: Callable[[], Stranger] = request.param
    return provision.need(kind)


@pytest.fixture(params=STRANGERS, ids=lambda kind: kind.__name__)
def stepping(request: pytest.FixtureRequest, database: Path) -> Stranger:
    """The same, able to step up: Inspector 2.12's command line asks for more only when it was given its client id,
    and gives up after registering one.
    """
    if request.param is Inspector:
        client_id = add_client(database, "http://127.0.0.1:6276/oauth/callback")["client_id"]
        return provision.need(lambda: Inspector(client_id))
    kind: Callable[[], Stranger] = request.param
    return provision.need(kind)


@pytest.fixture
def window(ada: Person) -> Window:
    return Window(ada)


@pytest.fixture(scope="module")
def greetings(database: Path) -> Iterator[Program]:
    """A newcomer's first server, with Ada in its database."""
    with running(start_server("examples.greetings", database, port=free_port())) as program:
        yield program


@pytest.fixture(scope="module")
def guide(database: Path) -> Iterator[Program]:
    """A server that asks, tells and shows."""
    with running(start_server("tests.interop.guide", database, port=free_port())) as program:
        yield program


@pytest.fixture(params=[OfficialPython, Typescript, Fast], ids=lambda kind: kind.__name__)
def listening(request: pytest.FixtureRequest) -> Stranger:
    """Those with a person to ask and an ear for progress: Inspector's command line has neither when it runs by
    itself.
    """
    kind: Callable[[], Stranger] = request.param
    return provision.need(kind)


async def structured(connection: Connection, tool: str, **arguments: object) -> dict[str, object]:
    """The structured result of a call that must succeed."""
    answer = await connection.call(tool, **arguments)
    assert not answer.is_error, answer.text
    assert answer.structured is not None
    return answer.structured


@ERAS
async def test_stranger_signs_its_person_in_from_a_bare_url(
    stranger: Stranger, service: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, basic/authorization, and 2025-11-25: discovery, registration, consent, token, and a tool that
    knows who is calling.
    """
    async with stranger.connect(f"{service.url}/mcp", window, era) as connection:
        assert connection.revision == revision
        assert (await structured(connection, "whoami"))["username"] == "ada"
    assert len(window.asked) == 1
    assert window.asked[0].query["resource"] == f"{service.url}/mcp"


@ERAS
async def test_stranger_understands_every_tool_definition(
    stranger: Stranger, service: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, server/tools, listing: names, schemas and hints survive the client's own
    models.
    """
    async with stranger.connect(f"{service.url}/mcp", window, era) as connection:
        tools = await connection.list_tools()
    assert tools.keys() == {"whoami", "list_notes", "search_notes", "add_note", "delete_note"}
    assert tools["add_note"]["inputSchema"]["required"] == ["text"]  # type: ignore[index]
    assert tools["whoami"]["outputSchema"]["type"] == "object"  # type: ignore[index]
    assert tools["delete_note"]["annotations"]["destructiveHint"] is True  # type: ignore[index]


@ERAS
async def test_stranger_keeps_a_note_and_finds_it_again(
    stranger: Stranger, service: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, server/tools, calling: text outside of ASCII goes in and comes out as it was."""
    async with stranger.connect(f"{service.url}/mcp", window, era) as connection:
        added = await structured(connection, "add_note", text=f"Naïve 🗒 über {revision}\nand a second line")
        listing = await structured(connection, "list_notes")
    assert added["text"] == f"Naïve 🗒 über {revision}\nand a second line"
    assert added in listing["notes"]  # type: ignore[operator]


@ERAS
async def test_tool_error_reaches_the_stranger_as_a_result(
    stranger: Stranger, service: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, server/tools, error handling: the refusal of a tool is a result that the model
    can read.
    """
    async with stranger.connect(f"{service.url}/mcp", window, era) as connection:
        answer = await connection.call("delete_note", id=2**40)
    assert answer == Answer(is_error=True, text=f"You have no note {2**40}.")


@ERAS
async def test_stranger_steps_up_when_consent_withheld_a_scope(
    stepping: Stranger, service: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, basic/authorization, step-up: one more consent for what is missing, and the call succeeds
    without losing other scopes.
    """
    window.withheld = [WRITE]
    async with stepping.connect(f"{service.url}/mcp", window, era) as connection:
        assert "notes:write" not in (await structured(connection, "whoami"))["scopes"]  # type: ignore[operator]
        added = await structured(connection, "add_note", text="Allowed the second time")
        person = await structured(connection, "whoami")
    assert added["text"] == "Allowed the second time"
    assert set(person["scopes"]) >= {"notes:read", "notes:write", "profile"}  # type: ignore[call-overload]
    assert len(window.asked) == 2
    assert set(window.asked[1].query["scope"].split()) >= {"notes:read", "notes:write", "profile"}


@ERAS
async def test_stranger_uses_a_newcomers_first_server(
    stranger: Stranger, greetings: Program, window: Window, era: Era, revision: str
) -> None:
    """The README's server of fifteen lines needs nothing more to work with every client."""
    async with stranger.connect(f"{greetings.url}/mcp", window, era) as connection:
        assert connection.revision == revision
        assert (await connection.list_tools()).keys() == {"greet"}
        answer = await connection.call("greet", greeting="Good evening")
    assert (answer.is_error, answer.text) == (False, "Good evening, Ada Lovelace!")


@ERAS
async def test_question_reaches_the_strangers_person_and_its_answer_the_tool(
    listening: Stranger, guide: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28, multi round-trip requests, and 2025-11-25, elicitation: one line of the author's, whichever
    way it travels.
    """
    window.reply = {"nights": 3}
    async with listening.connect(f"{guide.url}/mcp", window, era) as connection:
        answer = await connection.call("plan", city="Turin")
    assert (answer.is_error, answer.text) == (False, "3 nights in Turin")
    assert window.forms == ["How many nights in Turin?"]


@ERAS
async def test_question_that_is_turned_down_is_the_tools_to_handle(
    listening: Stranger, guide: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, elicitation, response actions: no is an answer."""
    async with listening.connect(f"{guide.url}/mcp", window, era) as connection:
        answer = await connection.call("plan", city="Turin")
    assert (answer.is_error, answer.text) == (True, "Nothing was planned.")
    assert len(window.forms) == 1


@ERAS
async def test_stranger_hears_of_progress_in_order(
    listening: Stranger, guide: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, patterns: progress."""
    async with listening.connect(f"{guide.url}/mcp", window, era) as connection:
        answer = await connection.call("walk", steps=4)
    assert answer == Answer(is_error=False, text="4 steps", progress=(1, 2, 3, 4))


@ERAS
async def test_stranger_reads_a_resource_and_gets_a_prompt(
    stranger: Stranger, guide: Program, window: Window, era: Era, revision: str
) -> None:
    """MCP 2026-07-28 and 2025-11-25, server/resources and server/prompts."""
    async with stranger.connect(f"{guide.url}/mcp", window, era) as connection:
        assert await connection.read("city://Turin") == "Turin is worth a visit."
        assert await connection.prompt("visit", city="Turin") == "What should I see in Turin?"


@pytest.mark.parametrize("revision", ["2025-06-18", "2025-03-26"])
async def test_client_of_an_older_revision_works_as_well(service: Program, window: Window, revision: Revision) -> None:
    """2025-06-18 and 2025-03-26, lifecycle, version negotiation: who speaks only that is served in it."""
    async with provision.need(Typescript).connect(f"{service.url}/mcp", window, revision) as connection:
        assert connection.revision == revision
        assert "whoami" in await connection.list_tools()
        answer = await connection.call("add_note", text=f"Written over {revision}")
        refusal = await connection.call("delete_note", id=2**40)
    assert not answer.is_error
    assert refusal.is_error


@ERAS
async def test_client_hears_that_the_tools_changed(guide: Program, window: Window, era: Era, revision: str) -> None:
    """MCP 2026-07-28, subscriptions, and 2025-11-25, tools, list changed notification: what is taught while a client
    listens reaches it by itself.
    """
    async with provision.need(Typescript).connect(f"{guide.url}/mcp", window, era) as connection:
        await connection.listen()
        await connection.call("teach", skill=f"whistle_{era}")
        assert f"whistle_{era}" in await connection.changed_tools()


async def test_client_hears_that_a_resource_reads_differently(guide: Program, window: Window) -> None:
    """MCP 2026-07-28, subscriptions: the acknowledgment names what is honored, and only that resource is told of."""
    async with (
        OfficialPython().connect(f"{guide.url}/mcp", window, "auto") as connection,
        connection.client.listen(resource_subscriptions=["city://Turin"]) as subscription,
    ):
        assert subscription.honored.resource_subscriptions == ["city://Turin"]
        await connection.call("praise", city="Genoa")
        await connection.call("praise", city="Turin")
        assert await anext(aiter(subscription)) == ResourceUpdated(uri="city://Turin")


@pytest.mark.parametrize("district", ["Mitte", "", " Mitte ", "Zürich Süd 🏔", "two\nlines", "=?base64?TWl0dGU=?="])
async def test_argument_that_is_mirrored_in_a_header_arrives_as_it_was(
    stranger: Stranger, guide: Program, window: Window, district: str
) -> None:
    """MCP 2026-07-28, Streamable HTTP, custom headers: whatever the client has to encode is decoded before it is
    compared.
    """
    async with stranger.connect(f"{guide.url}/mcp", window, "auto") as connection:
        await connection.list_tools()
        assert await structured(connection, "find", district=district, floor=-3, lit=True) == {
            "district": district,
            "floor": -3,
            "lit": True,
        }
